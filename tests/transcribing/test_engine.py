"""The engine: what our side promises whatever Vosk does, and real Vosk on real sound."""

import itertools
import json

import pytest

from appliance.errors import Bug
from appliance.transcribing.engine import CHUNK_BYTES, RATE_HZ, VoskStream, VoskTranscriber
from appliance.transcribing.resample import Upsampler


class Listing:
    """A recogniser that notes the sizes of what it is given; each third chunk ends a segment."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def AcceptWaveform(self, data: bytes) -> int:
        assert type(data) is bytes  # Vosk takes nothing else
        self.sizes.append(len(data))
        return int(len(self.sizes) % 3 == 0)

    def Result(self) -> str:
        at = len(self.sizes) * 0.25
        word = {"word": f"w{len(self.sizes)}", "start": at - 0.2, "end": at, "conf": 0.5}
        return json.dumps({"result": [word], "text": word["word"]})

    def PartialResult(self) -> str:
        return json.dumps({"partial": "open"} if len(self.sizes) % 3 else {"text": ""})

    def FinalResult(self) -> str:
        return json.dumps({"text": ""})


@pytest.mark.parametrize("size", [2, 1600, CHUNK_BYTES, 3 * CHUNK_BYTES + 2])
def test_the_engine_gets_the_same_chunks_however_the_sound_arrives(size: int) -> None:
    sound = bytes(7 * CHUNK_BYTES + 100)
    recognizer = Listing()
    stream = VoskStream(recognizer)
    for at in range(0, len(sound), size):
        stream.accept(sound[at : at + size])
    words = stream.finish()
    assert recognizer.sizes == [CHUNK_BYTES] * 7 + [100]
    assert [word.word for word in words] == ["w3", "w6"]


def test_between_two_segments_there_is_no_partial_text() -> None:
    stream = VoskStream(Listing())
    assert stream.partial() == ""
    stream.accept(bytes(CHUNK_BYTES))
    assert stream.partial() == "open"
    stream.accept(bytes(2 * CHUNK_BYTES))
    assert stream.partial() == ""


def test_half_a_sample_is_our_own_mistake() -> None:
    with pytest.raises(Bug):
        VoskStream(Listing()).accept(b"abc")


@pytest.mark.parametrize("rate_hz", [0, -1, 8000, 44100])
def test_a_rate_that_makes_vosk_hang_or_mishear_never_reaches_it(
    vosk: VoskTranscriber, rate_hz: int
) -> None:
    with pytest.raises(Bug):
        vosk.open(rate_hz)


def test_speech_gives_words_in_order_with_times(vosk: VoskTranscriber, voice: bytes) -> None:
    stream, upsampler = vosk.open(RATE_HZ), Upsampler()
    partials = []
    for at in range(0, len(voice), 1600):
        stream.accept(upsampler.push(voice[at : at + 1600]))
        if at % 8000 == 0:  # as often as the page asks; each costs as much as decoding does
            partials.append(stream.partial())
    words = stream.finish()
    assert any(partials)
    assert len(words) > 5
    assert all(a.end <= b.start + 0.001 for a, b in itertools.pairwise(words))
    assert all(0 < word.end <= 12.1 and 0 <= word.conf <= 1 for word in words)


@pytest.mark.parametrize("sound", [b"", bytes(16000 * 2)], ids=["nothing", "silence"])
def test_without_speech_there_are_no_words(vosk: VoskTranscriber, sound: bytes) -> None:
    stream = vosk.open(RATE_HZ)
    stream.accept(sound)
    assert stream.finish() == []


def test_two_recordings_at_once_do_not_disturb_each_other(
    vosk: VoskTranscriber, voice: bytes
) -> None:
    speaking, silent, upsampler = vosk.open(RATE_HZ), vosk.open(RATE_HZ), Upsampler()
    for at in range(0, 5 * 16000, 4000):
        speaking.accept(upsampler.push(voice[at : at + 4000]))
        silent.accept(bytes(8000))
    assert silent.finish() == []
    assert len(speaking.finish()) > 2
