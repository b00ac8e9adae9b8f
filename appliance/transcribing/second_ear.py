"""One recording in the second engine's ear: a child process that can be ended at any moment.

Decides: when it takes too long, and what of its answer can be read.
May touch: one child process, two files without a name in memory: no sound, no word on a disk.
Thread: the worker's, the main one. Called by: second_listening. No call here waits for the child.
"""

import contextlib
import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

from appliance import children
from appliance.errors import EX_CONFIG, Bug, ModelBroken, TranscribeError
from appliance.store.spool import BYTES_PER_MS
from appliance.transcribing.engine import Word

# Whisper base takes 0.2 s of a core for each second here (measured), a small model has three times
# its weights; the rest is for a Pi, and for all who go before it.
LIMIT_PER_SECOND = 20.0
LIMIT_LOAD_S = 120.0  # reading and verifying 500 MB on a slow card, and loading it
LAST_WAIT_S = 5.0  # on the way out, for a process that was killed


@dataclass(frozen=True)
class Heard:
    """What the child made of it; dropped, cut: words that its guards took out."""

    model: str
    words: tuple[Word, ...]
    dropped: int
    cut: int


class SecondEar:
    """A child that listens from the moment this is made; now: monotonic seconds."""

    def __init__(self, command: Sequence[str], pcm: bytes, now: float) -> None:
        """Start it; pcm: 8 kHz s16le mono. Raises OSError when the machine has no room for it."""
        self._made = _in_memory("words")
        with _in_memory("sound") as given:
            given.write(pcm)
            given.seek(0)
            self._child = children.start(command, given=given, made=self._made)
        self._until = now + len(pcm) / 1000 / BYTES_PER_MS * LIMIT_PER_SECOND + LIMIT_LOAD_S
        self._is_late = False
        self.was_interrupted = False

    def is_busy(self, now: float) -> bool:
        """Whether it still runs; one that takes too long is ended."""
        if self._child.poll() is not None:
            return False
        if now > self._until and not self._is_late:
            self._is_late = True
            self._child.kill()
        return True

    def interrupt(self) -> None:
        """End it, for something more important; it may take a moment to be gone."""
        if self._child.poll() is None and not self.was_interrupted:
            self.was_interrupted = not self._is_late
            self._child.kill()

    def wait(self) -> None:
        """On the way out only: wait a little for one that was interrupted."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(LAST_WAIT_S)

    def heard(self) -> Heard:
        """Give what it heard, when it is over.

        Raises ModelBroken (the model's fault), TranscribeError (it crashed or took too long).
        """
        code = self._child.returncode
        if self._is_late:
            raise TranscribeError("the second engine took too long")
        if code is None or self.was_interrupted:
            raise Bug("nothing was heard")
        if code == EX_CONFIG:
            raise ModelBroken("the second engine cannot use its model")
        if code != 0:
            raise TranscribeError(f"the second engine ended with {code}")
        return _read(os.pread(self._made.fileno(), os.fstat(self._made.fileno()).st_size, 0))

    def close(self) -> None:
        """Let go of its answer."""
        self._made.close()


def _in_memory(name: str) -> IO[bytes]:
    return os.fdopen(os.memfd_create(name), "w+b")


def _read(answer: bytes) -> Heard:
    try:
        said = json.loads(answer)
        words = tuple(
            Word(str(word), float(start), float(end), float(conf))
            for word, start, end, conf in said["words"]
        )
        return Heard(str(said["model"]), words, int(said["dropped"]), int(said["cut"]))
    except (ValueError, TypeError, KeyError) as error:
        raise TranscribeError("the second engine's answer cannot be read") from error
