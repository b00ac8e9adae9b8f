"""What the engine is given: the caller's words at a good level, and nothing that only sounds."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import Bug
from appliance.transcribing.engine import RATE_HZ, VoskTranscriber, Word
from appliance.transcribing.hearing import Ears
from appliance.transcribing.resample import Upsampler
from tests.transcribing import sounds


def heard(pcm: bytes) -> bytes:
    ears = Ears()
    return ears.hear(pcm) + ears.flush()


def untouched(pcm: bytes) -> bytes:
    upsampler = Upsampler()
    return upsampler.push(pcm) + upsampler.flush()


def decode(vosk: VoskTranscriber, wide: bytes) -> list[Word]:
    stream = vosk.open(RATE_HZ)
    stream.accept(wide)
    return stream.finish()


def rms(pcm: bytes) -> float:
    samples = sounds.samples_of(pcm)
    return float(np.sqrt((samples**2).mean()))


@given(
    seed=st.integers(0, 99),
    length=st.integers(0, 3000),
    cuts=st.lists(st.integers(0, 3000), max_size=6),
)
def test_any_chopping_gives_the_same_bytes(seed: int, length: int, cuts: list[int]) -> None:
    rng = np.random.default_rng(seed)
    loudness = np.repeat(rng.choice([10, 300, 9000], 30), 100)[:length]
    pcm = sounds.pcm_of(rng.normal(size=length) * loudness)
    ears, pieces = Ears(), [0, *sorted(min(cut, length) for cut in cuts), length]
    together = b"".join(ears.hear(pcm[2 * a : 2 * b]) for a, b in itertools.pairwise(pieces))
    together += ears.flush()
    assert together == heard(pcm)
    assert len(together) == 2 * len(pcm)


def test_half_a_sample_is_our_own_mistake() -> None:
    with pytest.raises(Bug):
        Ears().hear(b"a")


def test_what_was_said_at_a_second_is_heard_at_that_second(voice: bytes) -> None:
    before = sounds.samples_of(untouched(voice))
    after = sounds.samples_of(heard(voice))
    around = range(-40, 41)  # 2.5 ms
    alike = [float(before[40:-40] @ np.roll(after, lag)[40:-40]) for lag in around]
    assert around[int(np.argmax(alike))] == 0


@pytest.mark.parametrize("level_db", [-1, -12, -20, -30])
def test_a_voice_is_brought_to_a_good_level_and_nothing_clips(
    voice: bytes, level_db: float
) -> None:
    samples = sounds.samples_of(heard(sounds.at_level(voice, level_db)))
    assert 16000 < np.abs(samples).max() < 29000
    assert 1800 < np.sqrt((samples**2).mean()) < 4000


def test_a_quiet_caller_keeps_most_words_where_without_ears_nearly_all_are_lost(
    vosk: VoskTranscriber, voice: bytes
) -> None:
    loud = decode(vosk, heard(sounds.at_level(voice, -1)))
    quiet = decode(vosk, heard(sounds.at_level(voice, -30)))
    lost = decode(vosk, untouched(sounds.at_level(voice, -30)))
    assert len(quiet) >= 0.7 * len(loud) > 15
    assert len(lost) < 0.2 * len(loud), "without ears there would be nothing to mend"


def test_the_first_word_of_a_quiet_caller_is_loud_already(tmp_path: Path) -> None:
    pcm = sounds.at_level(sounds.spoken(tmp_path, "vi", "cháy nhà"), -30)
    at = np.flatnonzero(np.abs(sounds.samples_of(pcm)) > 100)[0]
    word = slice(4 * int(at), 4 * int(at) + 4 * 2400)  # 0.3 s, at twice the rate
    assert rms(heard(pcm)[word]) > 10 * rms(untouched(pcm)[word])


def test_a_caller_who_lowers_his_voice_is_followed(voice: bytes) -> None:
    quiet = sounds.at_level(voice, -26)
    sound = heard(sounds.at_level(voice, -1) + quiet)
    last_half = len(quiet)  # of the quiet voice: 6 s at twice the rate
    assert rms(sound[-last_half:]) > 10 * rms(quiet[-last_half // 2 :])


def test_a_bump_of_the_receiver_does_not_make_the_caller_quiet(voice: bytes) -> None:
    quiet = sounds.samples_of(sounds.at_level(voice, -30))
    bumped = quiet.copy()
    bumped[8000:8400] += sounds.white(0.05, 9000)
    after = slice(4 * 8000 + 4 * 4000, None)  # half a second later
    assert rms(heard(sounds.pcm_of(bumped))[after]) > 0.9 * rms(heard(sounds.pcm_of(quiet))[after])


def test_a_constant_offset_changes_nothing(voice: bytes) -> None:
    quiet = sounds.at_level(voice, -6)
    assert heard(sounds.pcm_of(sounds.samples_of(quiet) + 3000)) == heard(quiet)


@pytest.mark.parametrize("sound", ["busy", "keys"])
def test_tones_give_no_words(vosk: VoskTranscriber, sound: str) -> None:
    pcm = sounds.pcm_of(sounds.busy(8) if sound == "busy" else sounds.keys(8))
    assert decode(vosk, heard(pcm)) == []
    assert decode(vosk, untouched(pcm)) != [], "without ears there would be nothing to mend"


def test_a_tone_is_silence_from_its_first_sample_on() -> None:
    pcm = sounds.pcm_of(np.concatenate([np.zeros(8123), sounds.tone(425, 2)]))
    assert np.abs(sounds.samples_of(heard(pcm))).max() < 30


def test_a_loud_tone_does_not_make_the_caller_quiet(voice: bytes) -> None:
    quiet = sounds.at_level(voice, -30)
    sound = heard(sounds.pcm_of(sounds.tone(425, 1, 20000)) + quiet)
    assert rms(sound[len(sound) - 2 * len(quiet) :]) > 0.9 * rms(heard(quiet))


def test_words_around_a_tone_stay(vosk: VoskTranscriber, voice: bytes) -> None:
    said = voice[: 4 * 16000]
    words = decode(vosk, heard(said + sounds.pcm_of(sounds.busy(4))))
    assert words
    assert all(word.end < 4.5 for word in words)


@pytest.mark.parametrize("level", [0, 5, 30])
def test_silence_stays_silence(level: float) -> None:
    pcm = sounds.pcm_of(sounds.white(5, level))
    assert rms(heard(pcm)) <= rms(pcm) + 1


def test_steady_noise_is_not_turned_up() -> None:
    pcm = sounds.pcm_of(sounds.pink(8, 200))
    assert rms(heard(pcm)) < 1.1 * rms(pcm)


def test_a_clipped_voice_is_not_clipped_again(vosk: VoskTranscriber, voice: bytes) -> None:
    clipped = sounds.pcm_of(sounds.samples_of(sounds.at_level(voice[: 4 * 16000], -1)) * 8)
    sound = heard(clipped)
    assert np.abs(sounds.samples_of(sound)).max() < 32767
    assert np.abs(sounds.samples_of(untouched(clipped))).max() >= 32767
    assert len(decode(vosk, sound)) >= 0.9 * len(decode(vosk, untouched(clipped)))
