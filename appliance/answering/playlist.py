"""The prompts that wait to be heard, as a stream of frames that never dries up.

Decides: which 20 ms the caller hears next: a prompt's, or silence.
May touch: nothing but its own queue. Thread: any; a lock held for microseconds.
Called by: the call's sound (play, clear) and whatever writes to the line (next_frame).
"""

import threading
from collections import deque

from appliance.answering.events import Prompt
from appliance.answering.frames import FRAME_BYTES, FRAME_S, SILENT_FRAME
from appliance.answering.levels import LevelMeter

# What we play may come back: the network there and back takes up to 0.5 s, a sound card 0.2 s.
ECHO_FRAMES = round(1.0 / FRAME_S)


class Playlist:
    """Prompts played one after the other; silence frames before, between and after."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[tuple[Prompt, bytes]] = deque()
        self._played_bytes = 0  # of the first one waiting
        self._quiet_frames = ECHO_FRAMES
        self._meter = LevelMeter()

    def add(self, prompt: Prompt, pcm: bytes) -> None:
        """Play `pcm` after everything that already waits."""
        with self._lock:
            self._waiting.append((prompt, pcm))

    def clear(self) -> None:
        """Forget what plays and what waits; the next frame is silence."""
        with self._lock:
            self._waiting.clear()
            self._played_bytes = 0

    def begin(self) -> None:
        """A new call: nothing waits, nothing was heard yet."""
        with self._lock:
            self._waiting.clear()
            self._played_bytes = 0
            self._quiet_frames = ECHO_FRAMES
            self._meter = LevelMeter()

    def next_frame(self) -> tuple[bytes, Prompt | None]:
        """The next 320 bytes, and the prompt that ends with them, if one does."""
        with self._lock:
            if not self._waiting:
                self._quiet_frames += 1
                return SILENT_FRAME, None
            frame, ended = self._cut_frame()
            self._quiet_frames = 0
            self._meter.hear(frame)
            return frame, ended

    @property
    def echoes(self) -> bool:
        """Whether what the caller's line brings now may be our own voice."""
        return self._quiet_frames < ECHO_FRAMES

    @property
    def levels(self) -> dict[str, float]:
        """How loud the prompts of this call are: out_rms_dbfs, out_peak_dbfs."""
        return self._meter.figures("out")

    def _cut_frame(self) -> tuple[bytes, Prompt | None]:
        prompt, pcm = self._waiting[0]
        frame = pcm[self._played_bytes : self._played_bytes + FRAME_BYTES]
        self._played_bytes += FRAME_BYTES
        if self._played_bytes < len(pcm):
            return frame, None
        self._waiting.popleft()
        self._played_bytes = 0
        return frame.ljust(FRAME_BYTES, b"\0"), prompt
