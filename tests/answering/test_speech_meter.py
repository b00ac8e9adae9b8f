"""When does the caller speak? Real sounds at known levels through the pure meter."""

import random
import subprocess
from pathlib import Path

import numpy
import pytest

from appliance.answering.frames import FRAME_BYTES, FRAME_S, RATE_HZ, SILENT_FRAME
from appliance.answering.speech_meter import SpeechMeter, rms
from tests.sound.network import (
    CADENCES,
    CODECS,
    KEYS,
    Codec,
    Samples,
    keys,
    network_tone,
    sine,
    spoken,
    through,
)

LINE_NOISE = 40.0  # RMS: -58 dBFS, a bad analogue line
SENTENCE = "Nhà tôi ở bản Làng Cang, đêm qua có người lấy trộm xe máy"


def noise(seconds: float, level: float = LINE_NOISE, seed: int = 1) -> Samples:
    made: Samples = numpy.random.default_rng(seed).standard_normal(round(seconds * RATE_HZ))
    return made * level


def hum(seconds: float, level: float, hz: float = 50.0) -> Samples:
    at = numpy.arange(round(seconds * RATE_HZ)) / RATE_HZ
    wave: Samples = numpy.sin(2 * numpy.pi * hz * at)
    return wave * (level * 2**0.5)


def frames_of(samples: Samples) -> list[bytes]:
    pcm = samples.clip(-32768, 32767).astype("<i2").tobytes()
    return [pcm[at : at + FRAME_BYTES] for at in range(0, len(pcm), FRAME_BYTES)]


def changes(frames: list[bytes]) -> list[tuple[float, bool]]:
    """(time in seconds, speaks) of every change the meter tells."""
    meter = SpeechMeter()
    told = [((i + 1) * FRAME_S, meter.hear(frame)) for i, frame in enumerate(frames)]
    return [(at, change) for at, change in told if change is not None]


def loudness(frames: list[bytes]) -> float:
    """Seconds during which the meter hears speech."""
    meter, total = SpeechMeter(), 0.0
    for frame in frames:
        meter.hear(frame)
        total += FRAME_S * meter.speaking
    return total


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Samples:
    """One spoken sentence, peak at full scale."""
    folder: Path = tmp_path_factory.mktemp("voice")
    raw, made = folder / "raw.wav", folder / "voice.raw"
    subprocess.run(["espeak-ng", "-v", "vi", "-w", str(raw), SENTENCE], check=True)
    command = ["sox", str(raw), "-r", "8000", "-c", "1", "-e", "signed", "-b", "16", str(made)]
    effects = ["gain", "-n", "-6", "sinc", "300-3400", "gain", "-n", "-1"]
    subprocess.run([*command, *effects], check=True)
    samples: Samples = numpy.frombuffer(made.read_bytes(), "<i2").astype(numpy.float64)
    return samples * float(32767 / abs(samples).max())


def spoken_at(peak_db: float, voice: Samples) -> Samples:
    """2 s of line noise, the sentence, 3 s of line noise; noise under all of it."""
    speech = voice * 10 ** (peak_db / 20)
    whole = numpy.concatenate([numpy.zeros(2 * RATE_HZ), speech, numpy.zeros(3 * RATE_HZ)])
    return whole + noise(len(whole) / RATE_HZ)


def test_digital_silence_is_no_speech() -> None:
    assert changes([SILENT_FRAME] * 500) == []


@pytest.mark.parametrize("level", [5.0, 40.0, 300.0, 3000.0])
def test_line_noise_is_no_speech_however_loud(level: float) -> None:
    assert changes(frames_of(noise(20, level))) == []


@pytest.mark.parametrize("level", [100.0, 1000.0, 8000.0])
def test_hum_from_the_beginning_is_no_speech(level: float) -> None:
    assert changes(frames_of(hum(20, level) + noise(20))) == []


@pytest.mark.parametrize("hz", [50, 100, 150])
@pytest.mark.parametrize("level", [100.0, 1000.0, 8000.0])
def test_hum_that_begins_later_is_no_speech(level: float, hz: float) -> None:
    assert changes(frames_of(numpy.concatenate([noise(8), hum(20, level, hz) + noise(20)]))) == []


def test_hiss_that_begins_later_is_taken_for_speech_only_until_the_floor_has_risen() -> None:
    """It sounds like somebody who whispers, and whoever whispers must be heard."""
    frames = frames_of(numpy.concatenate([noise(8), noise(20, 1000)]))
    (started, first), (stopped, second) = changes(frames)
    assert (first, second) == (True, False)
    assert 8.0 < started < 8.2
    assert stopped < 8 + 7.0


@pytest.mark.parametrize("level", [5.0, 40.0])
@pytest.mark.parametrize("peak_db", [-3, -20, -35])
@pytest.mark.parametrize("name", CADENCES)
def test_a_tone_of_the_network_is_no_speech(name: str, peak_db: int, level: float) -> None:
    samples = numpy.concatenate([noise(4, level), network_tone(name, 8, peak_db) + noise(8, level)])
    assert changes(frames_of(samples)) == []


@pytest.mark.parametrize("codec", CODECS[1:])
@pytest.mark.parametrize("peak_db", [-3, -35])
@pytest.mark.parametrize("idle", [0.0, 20.0])
def test_a_busy_tone_is_no_speech_through_any_codec(
    codec: Codec, peak_db: int, idle: float, tmp_path: Path
) -> None:
    busy = numpy.concatenate([numpy.zeros(RATE_HZ), network_tone("busy", 8, peak_db)])
    line = through(codec, busy + noise(9, idle), tmp_path)
    assert changes(frames_of(line)) == []


@pytest.mark.parametrize("peak_db", [-3, -20, -35])
def test_keys_are_no_speech(peak_db: int) -> None:
    pressed = keys(KEYS, 0.15, 0.1, peak_db)
    assert changes(frames_of(pressed + noise(len(pressed) / RATE_HZ, 20))) == []


@pytest.mark.parametrize("hz", [700, 1000, 2000, 2700, 3300])
def test_beeps_are_no_speech(hz: int) -> None:
    """1000 Hz: our own beep, as it echoes."""
    beeps = numpy.tile(numpy.concatenate([sine(0.6, -15, hz), sine(1.4, -15)]), 6)
    assert changes(frames_of(numpy.concatenate([noise(3, 20), beeps + noise(12, 20)]))) == []


def test_silence_is_counted_from_the_last_word_on_although_a_busy_tone_follows(
    voice: Samples,
) -> None:
    samples = numpy.concatenate([noise(2), voice * 0.3, network_tone("busy", 6)])
    told = changes(frames_of(samples + noise(len(samples) / RATE_HZ, 20)[: len(samples)]))
    assert told[-1][1] is False
    assert told[-1][0] < 2 + len(voice) / RATE_HZ + 1.0


@pytest.mark.parametrize("peak_db", [-10, -20, -30])
def test_a_sentence_is_heard_from_its_beginning_to_its_end(peak_db: float, voice: Samples) -> None:
    told = changes(frames_of(spoken_at(peak_db, voice)))
    assert told[0][1] is True
    assert told[-1][1] is False
    end = 2 + len(voice) / RATE_HZ
    assert 2.0 < told[0][0] < 2.5
    assert end - 0.3 < told[-1][0] < end + 1.0


@pytest.mark.parametrize("codec", CODECS[1:])
@pytest.mark.parametrize("peak_db", [-10, -30])
def test_a_sentence_is_heard_whole_through_any_codec(
    codec: Codec, peak_db: float, voice: Samples, tmp_path: Path
) -> None:
    told = changes(frames_of(through(codec, spoken_at(peak_db, voice), tmp_path)))
    end = 2 + len(voice) / RATE_HZ
    assert told[0][1] is True
    assert told[-1][1] is False
    assert 2.0 < told[0][0] < 2.5
    assert end - 0.3 < told[-1][0] < end + 1.0


def test_somebody_who_whispers_is_heard(tmp_path: Path) -> None:
    whispered = spoken("vi+whisper", SENTENCE, 150, tmp_path) * 10 ** (-20 / 20)
    samples = numpy.concatenate([noise(2), whispered + noise(20)[: len(whispered)]])
    assert 2.0 < changes(frames_of(samples))[0][0] < 2.5
    assert loudness(frames_of(samples)) > 0.8 * len(whispered) / RATE_HZ


def test_a_fluent_talker_is_never_taken_for_silent_as_long_as_a_call_ends_by_silence(
    voice: Samples,
) -> None:
    speech = numpy.tile(voice[: int(len(voice) * 0.97)], 12) * 10 ** (-10 / 20)
    frames = frames_of(speech + noise(len(speech) / RATE_HZ))
    assert loudness(frames) > 0.9 * len(frames) * FRAME_S


def test_speech_from_the_very_first_frame_is_heard(voice: Samples) -> None:
    told = changes(frames_of(voice * 0.3 + noise(len(voice) / RATE_HZ)))
    assert told[0][1] is True
    assert told[0][0] < 1.5


def test_a_click_is_no_speech() -> None:
    samples = noise(6)
    for at_s in (1, 2, 3, 4, 5):
        samples[at_s * RATE_HZ : at_s * RATE_HZ + 240] = 20000  # 30 ms
    assert changes(frames_of(samples)) == []


def test_clicks_do_not_keep_a_silent_call_open(voice: Samples) -> None:
    samples = spoken_at(-10, voice)
    end = 2 * RATE_HZ + len(voice)
    for at in range(end, len(samples) - 400, 2400):  # one each 0.3 s
        samples[at : at + 160] = 20000
    assert changes(frames_of(samples))[-1][1] is False


def test_frames_lost_by_the_network_do_not_turn_noise_into_speech() -> None:
    frames = frames_of(noise(20, 200.0))
    lost = random.Random(7)
    frames = [SILENT_FRAME if lost.random() < 0.05 else frame for frame in frames]
    assert changes(frames) == []


def test_a_constant_offset_is_no_sound() -> None:
    assert rms((1000).to_bytes(2, "little", signed=True) * 160) == 0.0
    assert changes(frames_of(noise(5) + 2000)) == []


def test_level_is_the_root_mean_square() -> None:
    assert abs(rms(frames_of(hum(0.02, 1000, 500))[0]) - 1000) < 5
    assert rms(b"") == 0.0
