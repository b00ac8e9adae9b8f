"""How well and how fast an engine hears recordings whose words somebody wrote down.

Decides: which files of a folder belong together, and what counts as an error.
May touch: the folder (read), the speech model. Thread: main. Called by: speech_command.
Errors are jiwer's, on syllables: what spaces part in Vietnamese. A recording takes the same way
through ears and engine as a caller's does.
"""

import resource
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import jiwer

from appliance.config import SpeechConfig
from appliance.errors import ConfigError, UnreadableAudio
from appliance.transcribing import manifest, presets, sound_file
from appliance.transcribing.engine import CHUNK_S, RATE_HZ, Transcriber, VoskTranscriber
from appliance.transcribing.hearing import Ears
from appliance.transcribing.resample import IN_HZ
from appliance.vietnamese import fold_syllables, nfc, syllables

Engine = Literal["vosk", "second"]

PIECE_BYTES = int(IN_HZ * CHUNK_S) * 2  # as `listening` reads a call


@dataclass(frozen=True)
class Pair:
    """A recording and the file with its words; either may be missing."""

    name: str
    sound: Path | None
    text: Path | None

    @property
    def file(self) -> str:
        """The name to speak of it by."""
        path = self.sound or self.text
        return path.name if path else self.name


@dataclass(frozen=True)
class Cost:
    """Seconds of processor and of the clock on the wall."""

    cpu_s: float
    wall_s: float


@dataclass(frozen=True)
class Errors:
    """How many syllables were said, and how many were heard wrong, missed or made up."""

    syllables: int
    errors: int
    errors_toneless: int

    @property
    def rate(self) -> float:
        """Errors a syllable; above 1 when much was made up."""
        return self.errors / self.syllables

    @property
    def rate_toneless(self) -> float:
        """The same without tone marks, as words are searched for."""
        return self.errors_toneless / self.syllables


@dataclass(frozen=True)
class Measured:
    """One recording, heard; peak_mb: the most memory of this process so far."""

    file: str
    sound_s: float
    errors: Errors
    cost: Cost
    peak_mb: float
    heard: str
    came_as: str | None = None


@dataclass(frozen=True)
class Unmeasured:
    """One file that says nothing about the engine, and why."""

    file: str
    reason: str


class Stopwatch:
    """Runs from when it is made; the processor's seconds are those of the whole process."""

    def __init__(self) -> None:
        self._cpu, self._wall = time.process_time(), time.monotonic()

    def read(self) -> Cost:
        """Say what it took so far."""
        return Cost(time.process_time() - self._cpu, time.monotonic() - self._wall)


def load(engine: Engine, speech: SpeechConfig) -> tuple[Transcriber, Cost]:
    """Check and load the configured engine; raises ConfigError, ModelMissing, ModelBroken."""
    watch = Stopwatch()
    transcriber: Transcriber
    if engine == "vosk":
        derived = presets.derive(speech.model, speech.preset)
        transcriber = VoskTranscriber(derived.folder, derived.name, derived.preset)
    else:
        transcriber = _load_second(speech.second_model)
    return transcriber, watch.read()


def _load_second(folder: Path | None) -> Transcriber:
    if folder is None:
        raise ConfigError("[speech] second_model is not set: there is no second engine to measure")
    from appliance.transcribing.whisper import WhisperTranscriber  # heavy, and not always there

    name = manifest.describe_for("second_model", folder).name
    manifest.verify(folder)
    return WhisperTranscriber(folder, name)


def find_pairs(folder: Path) -> list[Pair]:
    """List NAME.wav and NAME.txt by name, whatever case their endings have."""
    ends: dict[str, dict[str, Path]] = {".wav": {}, ".txt": {}}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in ends:
            ends[path.suffix.lower()][nfc(path.stem)] = path
    sounds, texts = ends[".wav"], ends[".txt"]
    return [Pair(n, sounds.get(n), texts.get(n)) for n in sorted(sounds | texts)]


def measure(pairs: Sequence[Pair], transcriber: Transcriber) -> Iterator[Measured | Unmeasured]:
    """Hear one recording after the other; what cannot be measured says why."""
    for pair in pairs:
        try:
            yield _measure(pair, transcriber)
        except UnreadableAudio as error:
            yield Unmeasured(pair.file, str(error))


def _measure(pair: Pair, transcriber: Transcriber) -> Measured:
    """Hear one recording; raises UnreadableAudio."""
    if pair.sound is None:
        raise UnreadableAudio(f"there is no {pair.name}.wav beside it")
    said = _read_text(pair)
    sound = sound_file.read(pair.sound)
    watch = Stopwatch()
    heard = hear(sound.pcm, transcriber)
    cost = watch.read()
    errors = count_errors(said, heard)
    return Measured(pair.file, sound.duration_s, errors, cost, peak_mb(), heard, sound.came_as)


def _read_text(pair: Pair) -> str:
    if pair.text is None:
        raise UnreadableAudio(f"there is no {pair.name}.txt beside it")
    try:
        text = pair.text.read_text("utf-8-sig")  # Windows puts a mark in front
    except UnicodeDecodeError as error:
        raise UnreadableAudio(
            f"{pair.text.name} is not UTF-8 (byte {error.start}): save it as UTF-8"
        ) from error
    except OSError as error:
        raise UnreadableAudio(f"{pair.text.name} cannot be read: {error.strerror}") from error
    if not syllables(text):
        raise UnreadableAudio(f"{pair.text.name} has no words: write down what is said")
    return text


def hear(pcm: bytes, transcriber: Transcriber) -> str:
    """Turn 8 kHz s16le mono into text."""
    ears, stream = Ears(), transcriber.open(RATE_HZ)
    for at in range(0, len(pcm), PIECE_BYTES):
        stream.accept(ears.hear(pcm[at : at + PIECE_BYTES]))
    stream.accept(ears.flush())
    return " ".join(word.word for word in stream.finish())


def count_errors(said: str, heard: str) -> Errors:
    """Compare two texts; said must have a syllable."""
    right = syllables(said)
    return Errors(
        len(right),
        _distance(right, syllables(heard)),
        _distance(fold_syllables(said), fold_syllables(heard)),
    )


def _distance(said: list[str], heard: list[str]) -> int:
    found = jiwer.process_words(" ".join(said), " ".join(heard))
    return int(found.substitutions + found.deletions + found.insertions)


def total(results: Sequence[Measured]) -> Measured:
    """All recordings as if they were one; there must be one."""
    return Measured(
        file="total",
        sound_s=sum(r.sound_s for r in results),
        errors=Errors(
            sum(r.errors.syllables for r in results),
            sum(r.errors.errors for r in results),
            sum(r.errors.errors_toneless for r in results),
        ),
        cost=Cost(sum(r.cost.cpu_s for r in results), sum(r.cost.wall_s for r in results)),
        peak_mb=max(r.peak_mb for r in results),
        heard="",
    )


def peak_mb() -> float:
    """The most memory this process ever had in RAM; ru_maxrss is in KiB on Linux (getrusage(2))."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
