"""Whisper, behind the same contract as Vosk. The only importer of faster_whisper.

Decides: how a Whisper model is asked. May touch: the verified model folder; never the network.
Thread: main of a process of its own. Called by: second_process, measuring.
Its library is optional and loaded late: a box without a second model needs none of it.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib import util
from pathlib import Path
from typing import Any

from appliance.errors import Bug, ModelBroken, TranscribeError
from appliance.transcribing.engine import RATE_HZ, Word
from appliance.transcribing.guards import Guarded, Span, guard
from appliance.vietnamese import nfc

PACKAGE = "faster_whisper"
PACKAGES = Path(__file__).parent.parent / "second-requirements.txt"
LANGUAGE = "vi"
BEAM = 5  # a tenth more work than 1 in speech, and in 10 clips half of the differences were better
WINDOW_S = 30.0  # Whisper's own; a window costs the same however little of it is filled
# Two stretches of speech share a window over a pause this long; over a pause of 10 s the second
# one got lost (seen with Whisper base).
PAUSE_S = 2.0


def check_package() -> None:
    """Raise TranscribeError when the second engine's packages are not installed."""
    if util.find_spec(PACKAGE) is None:
        raise TranscribeError(
            "the second listening's packages are missing: "
            f"{sys.executable} -m pip install --require-hashes -r {PACKAGES}"
        )


class WhisperTranscriber:
    """Whisper with a model folder that has been verified; int8 on one core."""

    engine = "whisper"
    preset: str | None = None  # it has none

    def __init__(self, folder: Path, model: str, language: str = LANGUAGE) -> None:
        """Load it; language: what is spoken. Raises TranscribeError, ModelBroken."""
        check_package()
        from faster_whisper import WhisperModel

        self.model = model
        self._language = language
        try:
            self._model = WhisperModel(
                str(folder),
                device="cpu",
                compute_type="int8",
                cpu_threads=1,
                local_files_only=True,
            )
        except (RuntimeError, ValueError) as error:  # what CTranslate2 raises
            raise ModelBroken(f"the second engine cannot load {folder}: {error}") from error
        if language not in self._model.supported_languages:
            raise ModelBroken(
                f"the Whisper model in {folder} does not know the language {language}"
            )

    def open(self, rate_hz: int) -> "WhisperStream":
        """Begin a recording; any other rate than RATE_HZ is a Bug."""
        if rate_hz != RATE_HZ:
            raise Bug(f"the engine is fed {RATE_HZ} Hz, not {rate_hz}")
        return WhisperStream(self)

    def transcribe(self, pcm: bytes, spans: Sequence[Span]) -> Iterator[Word]:
        """Write down what is said in the spans, seconds, of s16le mono; deterministic."""
        import numpy as np

        clips = [moment for span in join(spans) for moment in span]
        if not clips:  # the library takes none for all of it
            return
        samples = np.frombuffer(pcm, "<i2").astype(np.float32) / 32768
        segments, _ = self._model.transcribe(
            samples,
            language=self._language,
            beam_size=BEAM,
            temperature=0.0,
            # The speech gate has decided: Whisper's own guess made a clear message of 5 s empty.
            no_speech_threshold=None,
            condition_on_previous_text=False,
            word_timestamps=True,
            clip_timestamps=clips,
        )
        length_s = len(pcm) / 2 / RATE_HZ
        for segment in segments:
            yield from _words(segment.words or (), length_s)


class WhisperStream:
    """Whisper wants the whole recording: nothing is settled before `finish`."""

    def __init__(self, transcriber: WhisperTranscriber) -> None:
        self._transcriber = transcriber
        self._pcm = bytearray()
        self._guarded = Guarded((), 0, 0)

    def accept(self, pcm: bytes) -> None:
        """Take sound; an odd number of bytes is a Bug."""
        if len(pcm) % 2:
            raise Bug("half a sample")
        self._pcm += pcm

    def partial(self) -> str:
        """Nothing is open to change."""
        return ""

    def settled(self) -> list[Word]:
        """Return the words that are believed."""
        return list(self._guarded.words)

    def finish(self) -> list[Word]:
        """Listen, and return what the guards believe of it."""
        self.listen()
        return self.settled()

    def listen(self) -> Guarded:
        """Listen where there is speech; what was heard stands apart from what was made up."""
        from appliance.transcribing.speech_gate import speech_spans

        pcm = bytes(self._pcm)
        spans = speech_spans(pcm)
        self._guarded = guard(list(self._transcriber.transcribe(pcm, spans)), spans)
        return self._guarded


def join(spans: Sequence[Span]) -> list[Span]:
    """Put stretches of speech into as few windows as their pauses allow."""
    joined: list[Span] = []
    for start, end in spans:
        if joined and start - joined[-1][1] <= PAUSE_S and end - joined[-1][0] <= WINDOW_S:
            start = joined.pop()[0]
        joined.append((start, end))
    return joined


def _words(found: Iterable[Any], length_s: float) -> Iterator[Word]:
    """Read the library's words: they begin with a space, and may end behind the recording."""
    for word in found:
        start, end = (min(max(float(at), 0.0), length_s) for at in (word.start, word.end))
        if text := nfc(word.word.strip()):
            yield Word(text, start, max(start, end), round(float(word.probability), 3))
