"""Does the caller's side hear that he has hung up? The network's tones through the whole ear."""

import itertools
from pathlib import Path

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.answering.events import HangUpToneHeard
from appliance.answering.frames import FRAME_BYTES, FRAME_S
from appliance.answering.incoming import SETTLING_S, Incoming
from appliance.answering.prompts import load_prompts, tone
from tests.sound.network import (
    CODECS,
    HANG_UP_TONES,
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

SENTENCE = "Nhà tôi ở bản Làng Cang, đêm qua có người lấy trộm xe máy của con tôi."
PROMPTS = load_prompts(None)


def gone_at(samples: Samples, step: int = FRAME_BYTES) -> list[float]:
    """When it is told that the caller is gone, in seconds from the beginning."""
    pcm = b"".join(frames_of(samples))
    incoming, told = Incoming(), []
    incoming.hear(bytes(FRAME_BYTES), -2 * SETTLING_S)
    for at in range(0, len(pcm), step):
        now = (at + step) / FRAME_BYTES * FRAME_S
        told += [now for e in incoming.hear(pcm[at : at + step], now) if e == HangUpToneHeard()]
    return told


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Samples:
    return spoken("vi", SENTENCE, 150, tmp_path_factory.mktemp("voice"))


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("name", HANG_UP_TONES)
def test_a_caller_is_gone_when_a_tone_follows_his_words_for_two_seconds(
    name: str, codec: Codec, voice: Samples, tmp_path: Path
) -> None:
    """Pauses count; a tone that pauses just then is waited for, and 0.2 s of it to be sure."""
    samples = numpy.concatenate([voice, network_tone(name, 4.5)])
    line = through(codec, samples + noise(len(samples) / RATE_HZ, 15)[: len(samples)], tmp_path)
    first = gone_at(line)[0] - len(voice) / RATE_HZ
    assert 1.9 <= first <= 2.5


@pytest.mark.parametrize("peak_db", [-3, -20, -35])
def test_a_busy_tone_is_enough_however_loud(peak_db: int) -> None:
    busy = network_tone("busy", 4, peak_db)
    assert gone_at(busy)[0] <= 2.5
    assert gone_at(busy + noise(4, 20))[0] <= 2.5


@given(st.floats(0, 5000), st.integers(1, 3 * FRAME_BYTES))
@settings(max_examples=20, deadline=None)
def test_it_is_heard_at_any_level_of_noise_below_it_and_however_the_bytes_are_cut(
    level: float, step: int
) -> None:
    busy = network_tone("busy", 3, -3) + noise(3, level)
    assert len(gone_at(busy, step)) == 1


def test_while_the_tone_goes_on_it_is_told_again() -> None:
    told = gone_at(network_tone("dial", 7))
    assert len(told) == 3
    assert all(1.7 <= b - a <= 2.1 for a, b in itertools.pairwise(told))


def test_frames_lost_by_the_network_do_not_hide_it() -> None:
    busy = network_tone("busy", 6).copy()
    for at in range(1600, len(busy), 2400):  # one of fifteen
        busy[at : at + 160] = 0
    assert gone_at(busy)


def test_less_than_two_seconds_of_it_mean_nothing(voice: Samples) -> None:
    assert gone_at(numpy.concatenate([voice, network_tone("dial", 1.8), voice])) == []


@pytest.mark.parametrize("begin_s", [0.4, 0.6, 1.2, 2.0])
@pytest.mark.parametrize("word_s", [0.5, 0.9])
def test_somebody_who_speaks_between_its_sounds_is_there(
    word_s: float, begin_s: float, voice: Samples
) -> None:
    word = voice[round(begin_s * RATE_HZ) :][: round(word_s * RATE_HZ)]
    parts = [part for _ in range(5) for part in (sine(0.9, -20, 425), word)]
    line = numpy.concatenate([sine(1, -20), *parts])
    assert gone_at(line + noise(len(line) / RATE_HZ, 20)[: len(line)]) == []


def test_somebody_who_speaks_over_it_is_there(voice: Samples) -> None:
    speech = numpy.tile(voice, 3) * 0.5
    assert gone_at(speech + network_tone("busy", len(speech) / RATE_HZ, -25)) == []


def test_a_ringing_tone_is_not_that_of_a_caller_who_has_gone() -> None:
    assert gone_at(network_tone("ringing", 12)) == []


def test_a_device_that_beeps_each_second_is_no_busy_tone() -> None:
    beeps = numpy.tile(numpy.concatenate([sine(0.25, -15, 425), sine(0.75, -15)]), 12)
    assert gone_at(beeps + noise(12, 30)) == []


def test_a_melody_is_no_busy_tone() -> None:
    """A post may open its greeting with one, and it may echo."""
    notes = [sine(0.4, -10, hz) for hz in (349, 392, 440, 494, 523, 587)]
    assert gone_at(numpy.tile(numpy.concatenate(notes), 4)) == []


def test_keys_are_no_hang_up_tone() -> None:
    assert gone_at(keys("0912345678" * 2, 0.2, 0.1)) == []
    assert gone_at(sine(5, -10, 941, 1336)) == []


@pytest.mark.parametrize("codec", ["none", "alaw", "gsm", "amr_4_75"])
def test_the_echo_of_what_we_say_is_no_hang_up_tone(codec: Codec, tmp_path: Path) -> None:
    """Every prompt, and the beep drawn out to 5 s, as loud as they are played and 20 dB lower."""
    said = b"".join([*PROMPTS.values(), tone(5.0)])
    samples = numpy.frombuffer(said, "<i2").astype(numpy.float64)
    for echo in (samples, samples * 0.1):
        assert gone_at(through(codec, echo + noise(len(echo) / RATE_HZ, 15), tmp_path)) == []
