"""Speech or not: nothing a line makes by itself is speech, one short word on it is."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from appliance.errors import Bug
from appliance.transcribing.hearing import Ears
from appliance.transcribing.resample import Upsampler
from appliance.transcribing.speech_gate import SpeechGate, speech_spans
from tests.transcribing import sounds

SECONDS = 8.0  # a minute of each was heard by hand: docs/decisions/what-the-engine-hears.md
NO_SPEECH = {
    "nothing": np.zeros(0),
    "silence": np.zeros(64000),
    "busy": sounds.busy(SECONDS),
    "dial": sounds.tone(425, SECONDS),
    "keys": sounds.keys(SECONDS),
    "beep": sounds.tone(1000, SECONDS),
    **{f"white {level}": sounds.white(SECONDS, level) for level in (10, 100, 1000, 8000)},
    **{f"pink {level}": sounds.pink(SECONDS, level) for level in (30, 300, 3000)},
    "hum": sounds.hum(SECONDS, 1000),
    "clicks": sounds.clicks(SECONDS),
}


def wide(pcm: bytes) -> bytes:
    ears = Ears()
    return ears.hear(pcm) + ears.flush()


def untouched(pcm: bytes) -> bytes:
    upsampler = Upsampler()
    return upsampler.push(pcm) + upsampler.flush()


def is_speech(pcm16k: bytes) -> bool:
    gate = SpeechGate()
    gate.hear(pcm16k)
    return gate.has_heard_speech


@pytest.mark.parametrize("name", NO_SPEECH)
def test_what_a_line_makes_by_itself_is_no_speech(name: str) -> None:
    sound = wide(sounds.pcm_of(NO_SPEECH[name]))
    assert not is_speech(sound)
    assert speech_spans(sound) == []


def test_the_gate_needs_no_help_against_tones() -> None:
    assert not is_speech(untouched(sounds.pcm_of(sounds.busy(SECONDS))))
    assert not is_speech(untouched(sounds.pcm_of(sounds.keys(SECONDS))))


@pytest.mark.parametrize("level_db", [-1, -20, -40])
@pytest.mark.parametrize(("voice", "word"), [("vi", "vâng"), ("vi", "cứu với"), ("ko", "네")])
def test_one_short_word_is_speech(tmp_path: Path, voice: str, word: str, level_db: float) -> None:
    pcm = sounds.at_level(sounds.spoken(tmp_path, voice, word), level_db)
    assert is_speech(wide(pcm))
    ((start, end),) = speech_spans(wide(pcm))
    assert 0.5 < start <= 1.1, "a second of silence on each side"
    assert len(pcm) / 16000 - 1.3 < end < len(pcm) / 16000 - 0.4


@pytest.mark.parametrize("snr_db", [10, 0])
def test_speech_in_noise_is_speech(tmp_path: Path, snr_db: float) -> None:
    voice = sounds.samples_of(sounds.spoken(tmp_path, "vi", "có người đánh nhau ở đầu chợ"))
    level = np.sqrt((voice**2).mean()) * 10 ** (-snr_db / 20)
    noise = sounds.pink(len(voice) / 8000, level)[: len(voice)]
    assert is_speech(wide(sounds.pcm_of(voice + noise)))


def test_any_chopping_comes_to_the_same_verdict(tmp_path: Path) -> None:
    sound = wide(sounds.spoken(tmp_path, "vi", "cứu với"))
    cuts = [*range(0, len(sound), 1022), len(sound)]
    gate, verdicts = SpeechGate(), []
    for start, end in itertools.pairwise(cuts):
        gate.hear(sound[start:end])
        verdicts.append(gate.has_heard_speech)
    assert verdicts == sorted(verdicts), "once sure, always sure"
    assert verdicts[-1]
    assert not verdicts[1024 * 30 // 1022], "nobody spoke in the first second"


def test_two_words_far_apart_are_two_stretches(tmp_path: Path) -> None:
    word = sounds.spoken(tmp_path, "vi", "cứu với")
    first, second = speech_spans(wide(word + word))
    assert first[1] < second[0]


def test_listening_for_speech_wakes_no_threads() -> None:
    before = len(list(Path("/proc/self/task").iterdir()))
    assert not is_speech(bytes(32000))
    assert len(list(Path("/proc/self/task").iterdir())) == before, "they cost 15 times the work"


def test_half_a_sample_is_our_own_mistake() -> None:
    with pytest.raises(Bug):
        SpeechGate().hear(b"a")
    with pytest.raises(Bug):
        speech_spans(b"abc")
