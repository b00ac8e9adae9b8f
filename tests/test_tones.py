"""Are tones and keys found, and never in speech? Real sounds, on the telephone lines they meet."""

import itertools
from pathlib import Path

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.tones import FRAME_BYTES, FRAMES_UNTIL_SURE, Tone, ToneFinder
from tests.sound.network import (
    CADENCES,
    CODECS,
    KEYS,
    RATE_HZ,
    Codec,
    Samples,
    frames_of,
    keys,
    network_tone,
    noise,
    sine,
    spoken,
    through,
)

FRAME_S = 0.02
EDGES_S = 4 * FRAME_S  # partial first and last frames count, and there may be one beyond each
LEVELS_DB = (-3, -20, -35)
TEXT = (
    "Alô, công an xã phải không ạ? Nhà tôi ở bản Làng Cang, đêm qua có người lấy trộm xe máy, "
    "biển số hai mươi bốn bê một, năm bốn ba hai một. Ôi trời ơi, uuu, cô Thu ơi! Chó sủa lúc ba "
    "giờ sáng, chạy ra thì mù mịt cả. Số của tôi là không chín một hai ba bốn năm sáu bảy tám."
)
VOICES = (("vi", 110), ("vi+f3", 130), ("vi+m7", 150), ("vi+whisper", 130))


def found(samples: Samples) -> list[Tone | None]:
    """What the finder tells of each frame."""
    finder = ToneFinder()
    return [finder.hear(frame) for frame in frames_of(samples)]


def told(samples: Samples) -> list[Tone]:
    return [tone for tone in found(samples) if tone is not None]


def pressed(samples: Samples) -> str:
    """The keys, each once for every time it was pressed."""
    digits, before = "", 0
    for tone in found(samples):
        frames = tone.frames if tone else 0
        if tone and tone.digit and frames <= before + (0 if before else FRAMES_UNTIL_SURE):
            digits += tone.digit
        before = frames
    return digits


def on_a_line(samples: Samples, peak_db: float, seed: int = 1) -> Samples:
    """0.5 s of the line before and after, its noise 19 dB below one pitch of that peak."""
    quiet = numpy.zeros(RATE_HZ // 2)
    whole = numpy.concatenate([quiet, samples, quiet])
    return whole + noise(len(whole) / RATE_HZ, 2500 * 10 ** (peak_db / 20), seed)[: len(whole)]


# ---------------------------------------------------------------- tones of the network


def is_found(name: str, samples: Samples) -> None:
    """Of what sounds in 5 s of a tone at least 0.7 are found, at its pitches and nowhere else."""
    tones = told(samples)
    assert {tone.kind for tone in tones} == {"progress"}
    lowest = {min(pitches) for pitches, _ in CADENCES[name] if pitches}
    assert all(min(abs(hz - (tone.hz or 0)) for hz in lowest) <= 10 for tone in tones)
    bursts = bursts_s(tones)
    assert 0.7 * lasts_s(name, 5) <= sum(bursts) <= lasts_s(name, 5) + EDGES_S * len(bursts)


def bursts_s(tones: list[Tone]) -> list[float]:
    """How long each burst was said to have lasted with its last frame."""
    following = [*itertools.pairwise(tones), (tones[-1], Tone("progress", 0))]
    return [FRAME_S * tone.frames for tone, after in following if after.frames <= tone.frames]


def lasts_s(name: str, seconds: float) -> float:
    """How long its sound lasts in the first seconds of it."""
    return float((abs(network_tone(name, seconds, 0.0)) > 0).mean() * seconds)


@pytest.mark.parametrize("peak_db", LEVELS_DB)
@pytest.mark.parametrize("name", CADENCES)
def test_a_tone_of_the_network_is_found_however_loud(name: str, peak_db: int) -> None:
    is_found(name, on_a_line(network_tone(name, 5, peak_db), peak_db))


@pytest.mark.parametrize("codec", CODECS[1:])
@pytest.mark.parametrize("name", CADENCES)
def test_a_quiet_tone_is_found_through_any_codec(name: str, codec: Codec, tmp_path: Path) -> None:
    is_found(name, through(codec, on_a_line(network_tone(name, 5, -35), -35), tmp_path))


@given(st.floats(400, 450), st.floats(-40, -1), st.integers(0, 2**16))
@settings(max_examples=40, deadline=None)
def test_any_pitch_that_the_standard_allows_is_found_within_a_quarter_of_a_second(
    hz: float, peak_db: float, seed: int
) -> None:
    tones = told(on_a_line(sine(0.5, peak_db, hz), peak_db, seed))
    assert tones
    assert tones[0].frames <= FRAMES_UNTIL_SURE
    assert abs((tones[0].hz or 0) - hz) <= 5
    assert 0.44 <= tones[-1].frames * FRAME_S <= 0.56


def test_how_long_a_tone_has_lasted_counts_from_its_first_frame_on() -> None:
    told_at = list(enumerate(found(numpy.concatenate([sine(1, -20), sine(1, -20, 425)]))))
    first, tone = next((at, tone) for at, tone in told_at if tone)
    assert abs((first + 1 - tone.frames) * FRAME_S - 1.0) <= EDGES_S / 2 + 1e-9


def test_two_frames_lost_by_the_network_do_not_interrupt_a_tone() -> None:
    samples = sine(2, -20, 425)
    samples[8000:8320] = 0
    frames = [tone.frames for tone in told(samples)]
    assert frames == sorted(frames)
    assert frames[-1] >= 99


def test_a_tone_that_has_ended_begins_anew() -> None:
    frames = [tone.frames for tone in told(network_tone("busy", 2.5))]
    assert sum(a > b for a, b in itertools.pairwise(frames)) == 2
    assert max(frames) * FRAME_S <= 0.56


@pytest.mark.parametrize("hz", [300, 660, 860, 1000, 1100, 1600, 2000])
def test_a_pitch_that_no_network_uses_is_no_tone(hz: int) -> None:
    """1000 Hz: the beep of the box itself."""
    assert told(on_a_line(sine(3, -10, hz), -10)) == []


# ---------------------------------------------------------------- keys


@given(
    st.text(KEYS, min_size=1, max_size=12),
    st.floats(0.05, 0.2),
    st.floats(0.05, 0.2),
    st.sampled_from(LEVELS_DB),
    st.integers(0, 159),
)
@settings(max_examples=40, deadline=None)
def test_keys_of_50_ms_with_pauses_of_50_ms_are_read_wherever_their_frames_begin(
    text: str, on_s: float, off_s: float, peak_db: int, late: int
) -> None:
    """ITU-T Q.24 wants 40 ms; telephones give at least 65 (ETSI ES 201 235-2)."""
    line = on_a_line(keys(text, on_s, off_s, peak_db), peak_db)
    assert pressed(numpy.concatenate([numpy.zeros(late), line])) == text


@given(st.sampled_from(KEYS), st.floats(0.001, 0.024), st.integers(0, 159))
@settings(max_examples=60, deadline=None)
def test_what_sounds_like_a_key_for_less_than_24_ms_is_none(
    key: str, on_s: float, late: int
) -> None:
    """ITU-T Q.24: 20 to 25 ms and shorter is to be rejected."""
    silence = numpy.zeros(late + 800)
    assert pressed(numpy.concatenate([silence, keys(key, on_s, 0.1)])) == ""


@given(st.sampled_from(KEYS), st.floats(-6, 6))
@settings(max_examples=40, deadline=None)
def test_row_and_column_may_differ_in_loudness_by_6_db(key: str, twist_db: float) -> None:
    row, column = divmod(KEYS.index(key), 4)
    low = sine(0.1, -20, (697, 770, 852, 941)[row])
    high = sine(0.1, -20 + twist_db, (1209, 1336, 1477, 1633)[column])
    assert pressed(on_a_line(low + high, -20)) == key


@pytest.mark.parametrize("codec", ["alaw", "mulaw", "amr_12_2"])
@pytest.mark.parametrize("peak_db", LEVELS_DB)
def test_keys_are_read_through_the_codecs_that_carry_them(
    codec: Codec, peak_db: int, tmp_path: Path
) -> None:
    """GSM full rate and the lowest AMR rate maim keys: there the modem has to read them."""
    line = on_a_line(keys(KEYS, 0.065, 0.065, peak_db), peak_db)
    assert pressed(through(codec, line, tmp_path)) == KEYS


# ---------------------------------------------------------------- what is neither


@pytest.mark.parametrize(("voice", "speed"), VOICES)
def test_in_speech_there_is_never_a_tone_nor_a_key(voice: str, speed: int, tmp_path: Path) -> None:
    """Each voice speaks 20 s or more, on four lines: five minutes in all."""
    speech = spoken(voice, TEXT, speed, tmp_path)
    assert len(speech) > 20 * RATE_HZ
    lines: tuple[Codec, ...] = ("none", "alaw", "gsm", "amr_4_75")
    assert [told(through(codec, speech, tmp_path)) for codec in lines] == [[], [], [], []]


@given(st.integers(0, 2**16), st.floats(1, 12000))
@settings(max_examples=20, deadline=None)
def test_noise_is_never_a_tone(seed: int, level: float) -> None:
    assert told(noise(3, level, seed)) == []


@given(st.lists(st.binary(min_size=0, max_size=FRAME_BYTES), max_size=30))
def test_any_bytes_are_taken_and_a_short_frame_is_no_tone(frames: list[bytes]) -> None:
    finder = ToneFinder()
    for frame in frames:
        tone = finder.hear(frame)
        assert tone is None or len(frame) == FRAME_BYTES


def test_silence_and_an_offset_are_no_tone() -> None:
    assert told(numpy.zeros(RATE_HZ)) == []
    assert told(numpy.full(RATE_HZ, 3000.0)) == []
    assert not ToneFinder().suspicious
