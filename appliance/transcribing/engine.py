"""What a speech engine must do, and Vosk doing it. The only importer of vosk.

Decides: chunk size and which of Vosk's answers are words. May touch: the verified model folder.
Thread: the worker's; a call may take a second and lets other threads run meanwhile.
Called by: worker, and as `python -m appliance.transcribing.engine FOLDER` to try a new model out.
Vosk can hang or abort the whole process (speech of a caller, a bad model): see watch.
"""

import json
import math
import random
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from appliance.errors import Bug

RATE_HZ = 16000  # what the models are trained at; Vosk hangs for ever at a rate of 0 or less
CHUNK_S = 0.25  # always the same: the text must not depend on how the sound arrived
CHUNK_BYTES = int(RATE_HZ * CHUNK_S) * 2
TRY_OUT_S = 2.0
FETCHERS = ("requests", "tqdm")  # a web client and a progress bar


@dataclass(frozen=True)
class Word:
    """One word; start and end in seconds from the beginning, conf from 0 to 1."""

    word: str
    start: float
    end: float
    conf: float


class Stream(Protocol):
    """One recording on its way through an engine."""

    def accept(self, pcm: bytes) -> None:
        """Take s16le mono at the stream's rate, any even number of bytes."""

    def partial(self) -> str:
        """Return the words still open to change, behind those in `settled`."""

    def settled(self) -> list[Word]:
        """Return the words that stay as they are."""

    def finish(self) -> list[Word]:
        """Take what is left and return all words; nothing may follow."""


class Transcriber(Protocol):
    """A loaded speech engine. engine, model: their names, for the transcript."""

    engine: str
    model: str

    @property
    def preset(self) -> str | None:
        """How hard it searches, by name; None: there is no choice."""

    def open(self, rate_hz: int) -> Stream:
        """Begin a recording."""


class VoskTranscriber:
    """Vosk with a model folder that has been verified; loading takes seconds and the RAM."""

    engine = "vosk"

    def __init__(self, folder: Path, model: str, preset: str | None = None) -> None:
        """Load it; preset: how hard it searches, None: as its publisher has it."""
        vosk = _import_vosk()
        vosk.SetLogLevel(-1)
        self.model, self.preset = model, preset
        self._model = vosk.Model(str(folder))

    def open(self, rate_hz: int) -> "VoskStream":
        """Make a recogniser (80 to 150 ms); any other rate than RATE_HZ is a Bug."""
        if rate_hz != RATE_HZ:
            raise Bug(f"the engine is fed {RATE_HZ} Hz, not {rate_hz}")
        recognizer = _import_vosk().KaldiRecognizer(self._model, float(rate_hz))
        recognizer.SetWords(True)
        return VoskStream(recognizer)


def _import_vosk() -> Any:
    """Import Vosk, late, and without what it brings along to fetch models by name.

    That is 16 of its 23 MB (measured), and nothing here may reach the network.
    """
    stand_ins = {name: ModuleType(name) for name in FETCHERS if name not in sys.modules}
    for name, module in stand_ins.items():
        setattr(module, name, None)
    sys.modules |= stand_ins
    import vosk

    for name in stand_ins:
        del sys.modules[name]
    return vosk


class Recognizer(Protocol):
    """The part of vosk.KaldiRecognizer that is used here."""

    def AcceptWaveform(self, data: bytes) -> int:  # noqa: N802
        """Decode; true when a segment has ended."""

    def Result(self) -> str:  # noqa: N802
        """Return the segment that has ended, JSON."""

    def PartialResult(self) -> str:  # noqa: N802
        """Return the open segment, JSON."""

    def FinalResult(self) -> str:  # noqa: N802
        """End the open segment and return it, JSON."""


class VoskStream:
    """A recogniser behind fixed chunks; Vosk cuts a recording into segments, joined here."""

    def __init__(self, recognizer: Recognizer) -> None:
        self._recognizer = recognizer
        self._waiting = bytearray()
        self._words: list[Word] = []

    def accept(self, pcm: bytes) -> None:
        """Decode each chunk that became whole; an odd number of bytes is a Bug.

        Vosk would take it, and return confident nonsense for all that follows.
        """
        if len(pcm) % 2:
            raise Bug("half a sample")
        self._waiting += pcm
        while len(self._waiting) >= CHUNK_BYTES:
            chunk = bytes(self._waiting[:CHUNK_BYTES])
            del self._waiting[:CHUNK_BYTES]
            self._decode(chunk)

    def partial(self) -> str:
        """Return the open segment's text; between two segments Vosk has no "partial" at all."""
        return str(json.loads(self._recognizer.PartialResult()).get("partial", ""))

    def settled(self) -> list[Word]:
        """Return the words of the segments that have ended."""
        return list(self._words)

    def finish(self) -> list[Word]:
        """Decode what is left."""
        if self._waiting:
            self._decode(bytes(self._waiting))
            self._waiting.clear()
        self._words += _words(self._recognizer.FinalResult())
        return self.settled()

    def _decode(self, chunk: bytes) -> None:
        if self._recognizer.AcceptWaveform(chunk):
            self._words += _words(self._recognizer.Result())


def _words(result: str) -> list[Word]:
    """Read Vosk's JSON; without speech it has no "result" at all."""
    return [
        Word(str(w["word"]), float(w["start"]), float(w["end"]), float(w["conf"]))
        for w in json.loads(result).get("result", [])
    ]


def try_out(folder: Path) -> None:
    """Load a model and let it hear two seconds of hum: what is broken breaks here, or is silent.

    Only in a process of its own: garbage in a model aborts the process.
    """
    stream = VoskTranscriber(folder, folder.name).open(RATE_HZ)
    stream.accept(hum())
    stream.finish()


def hum() -> bytes:
    """Make two seconds of a voice-like hum in noise, s16le mono at RATE_HZ."""
    noise = random.Random(1)  # the same every time
    count = int(TRY_OUT_S * RATE_HZ)
    tones = (
        4000 * math.sin(2 * math.pi * 200 * n / RATE_HZ) * (n // 2000 % 2) for n in range(count)
    )
    return struct.pack(f"<{count}h", *(int(tone + noise.gauss(0, 300)) for tone in tones))


if __name__ == "__main__":
    try_out(Path(sys.argv[1]))
