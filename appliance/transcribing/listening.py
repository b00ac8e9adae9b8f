"""One recording on its way from the growing file to words, and what its sound tells besides.

Decides: when a recording is over. May touch: its file (read), its partial text in RAM.
Thread: the worker's. Called by: worker.
One `step` decodes at most one chunk, so that a call in progress never waits for an old message.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from appliance.errors import Damaged, NotFound, UnreadableAudio
from appliance.store import live, spool
from appliance.transcribing.engine import CHUNK_S, RATE_HZ, Stream, Transcriber, Word
from appliance.transcribing.hearing import Ears
from appliance.transcribing.line_quality import LineQuality, Quality
from appliance.transcribing.speech_gate import SpeechGate
from appliance.transcribing.watch import Watch

STEP_BYTES = int(spool.RATE_HZ * CHUNK_S) * 2
PARTIAL_EVERY_S = 0.3  # the page asks about once a second; each write is a file in RAM
Judge = Callable[[Sequence[Word], str], dict[str, Any]]  # settled words and what may change
LIVE_FOR_S = 5.0  # a growing file was seen to pause for 2 s on a bad card; a dead one stays still


class Listening:
    """Follows one recording; `step` until `over`, then `finish`."""

    def __init__(
        self,
        recording_id: str,
        path: Path,
        stream_key: bytes,
        *,
        is_growing: bool,
        transcriber: Transcriber,
        watch: Watch,
        judge: Judge,
        now: float,
    ) -> None:
        """Open the file; is_growing: a recorder writes it now.

        judge: says what each new text is about. now: monotonic seconds, as in all methods.
        Raises UnreadableAudio.
        """
        try:
            self._follower = spool.Follower(path, stream_key)
        except (NotFound, Damaged) as error:
            raise UnreadableAudio(str(error)) from error
        self._watch, self._judge = watch, judge
        self._ears, self._gate, self._line = Ears(), SpeechGate(), LineQuality()
        self._pending = bytearray()
        self._partial_at, self._shown = now, ("", 0)
        self._is_growing, self._grew_at = is_growing, now
        self.recording_id = recording_id
        self.heard_bytes = 0
        self.words: list[Word] | None = None
        with watch.guard():
            self._stream: Stream = transcriber.open(RATE_HZ)

    @property
    def behind_s(self) -> float:
        """How much sound was read and is not decoded yet."""
        return len(self._pending) / 1000 / spool.BYTES_PER_MS

    @property
    def duration_ms(self) -> int:
        """How much sound there was."""
        return (self.heard_bytes + len(self._pending)) // spool.BYTES_PER_MS

    @property
    def has_speech(self) -> bool:
        """Whether somebody has spoken so far; tones, noise and a blank line are no speech."""
        return self._gate.has_heard_speech

    @property
    def line_quality(self) -> Quality:
        """How good the line was so far."""
        return self._line.figures().quality

    @property
    def reason(self) -> str | None:
        """Why the recording ended, as the FINAL frame says; None: cut short."""
        return self._follower.reason

    @property
    def ended(self) -> bool:
        """Whether the file says that nothing will follow, and all of it was decoded."""
        return (self._follower.ended or self._follower.damaged) and not self._pending

    def is_live(self, now: float) -> bool:
        """Whether somebody is speaking right now: the file still grows."""
        return self._is_growing and not self._follower.ended and now - self._grew_at < LIVE_FOR_S

    def is_idle(self, now: float) -> bool:
        """Whether there is nothing to do although the file has no end: its recorder died?"""
        return not (self.ended or self._pending or self.is_live(now))

    def look(self, now: float) -> None:
        """Read what is new in the file, which costs next to nothing."""
        fresh = self._follower.read()
        if fresh:
            self._pending += fresh
            self._grew_at = now

    def step(self) -> bool:
        """Decode at most one chunk of what was read; False when there was nothing.

        Raises UnreadableAudio when not one frame opens with the key.
        """
        if self._follower.damaged and not self.duration_ms:
            raise UnreadableAudio("the recording does not open with its key")
        piece = bytes(self._pending[:STEP_BYTES])
        if not piece:
            return False
        del self._pending[: len(piece)]
        self.heard_bytes += len(piece)
        self._line.hear(piece)
        self._pass_on(self._ears.hear(piece))
        return True

    def _pass_on(self, sound: bytes) -> None:
        self._gate.hear(sound)
        with self._watch.guard():
            self._stream.accept(sound)

    def show(self, run_dir: Path, now: float) -> None:
        """Write what was understood so far, when it changed and not too often."""
        if now - self._partial_at < PARTIAL_EVERY_S:
            return
        with self._watch.guard():
            partial = self._stream.partial()
        words = self._stream.settled()
        self._partial_at = now
        if (partial, len(words)) != self._shown:
            self._shown = (partial, len(words))
            triage = self._judge(words, partial)  # first: the flag must not wait for the page
            as_json = [asdict(word) for word in words]
            live.write_partial(run_dir, self.recording_id, as_json, partial, triage)

    def finish(self) -> list[Word]:
        """Return all words; doing it again returns them again (the database may be locked)."""
        if self.words is None:
            self._pass_on(self._ears.flush())
            with self._watch.guard():
                self.words = self._stream.finish()
        return self.words

    def close(self) -> None:
        """Let go of the file."""
        self._follower.close()
