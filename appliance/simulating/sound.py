"""The sound of a call: frames, the line's playout buffer, and an ear for the beep.

Decides: what the caller hears when. May touch: nothing. Thread: the modem's.
Called by: modem, caller. Sound is 8 kHz signed 16-bit little-endian mono, frames of 20 ms.
"""

import array
import math
import sys

RATE_HZ = 8000
FRAME_MS = 20
FRAME_S = FRAME_MS / 1000
FRAME_BYTES = RATE_HZ * FRAME_MS // 1000 * 2
SILENCE = bytes(FRAME_BYTES)

PREBUFFER_S = 0.06  # three frames: hides the jitter of a host on a busy small machine
PREBUFFER_BYTES = 3 * FRAME_BYTES
HOLD_BYTES = 10 * FRAME_BYTES  # a host that writes ahead of time is stopped by a full buffer

BEEP_HZ = 1000
BEEP_FRAMES = 10  # half of the box's 0.4 s; its warning beeps are shorter
BEEP_OVER_FRAMES = 3  # a gap of one late frame does not end a beep
BEEP_LEAST_RMS = 300.0  # -40 dBFS: quieter is no beep on any line
BEEP_SHARE = 0.7  # of the frame's power lies at the beep's pitch; speech stays below 0.5


class Playout:
    """Turns bytes that arrive anyhow into one frame each 20 ms, a gap where none is there."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._since = 0.0
        self._playing = False

    @property
    def room(self) -> int:
        """How many bytes may be fed now."""
        return HOLD_BYTES - len(self._waiting)

    def feed(self, data: bytes, now: float) -> None:
        """Bytes have arrived from the box."""
        if data and not self._waiting:
            self._since = now
        self._waiting += data

    def next_frame(self, now: float) -> bytes | None:
        """The frame the caller hears now, or None for a gap."""
        enough = len(self._waiting) >= PREBUFFER_BYTES
        if not self._playing and not enough and now - self._since < PREBUFFER_S:
            return None
        piece = bytes(self._waiting[: min(FRAME_BYTES, len(self._waiting) & ~1)])
        del self._waiting[: len(piece)]
        self._playing = bool(piece)
        return piece.ljust(FRAME_BYTES, b"\0") if piece else None


class BeepEar:
    """Hears the box's beep: a steady tone of 1000 Hz, and then its end."""

    def __init__(self) -> None:
        self._tone = self._other = 0

    def hears_end(self, frame: bytes | None) -> bool:
        """Whether a beep is over: 60 ms without its tone have passed with this frame."""
        if frame is not None and tone_share(frame, BEEP_HZ) > BEEP_SHARE:
            self._tone += 1
            self._other = 0
            return False
        self._other += 1
        if self._other < BEEP_OVER_FRAMES:
            return False
        ended = self._tone >= BEEP_FRAMES
        self._tone = 0
        return ended


def tone_share(frame: bytes, pitch_hz: float) -> float:
    """The part of a frame's power at one pitch, 0 to 1 (Goertzel); 0 when it is too quiet."""
    samples = array.array("h", frame)
    if sys.byteorder == "big":
        samples.byteswap()
    power = sum(x * x for x in samples)
    if power < BEEP_LEAST_RMS**2 * len(samples):
        return 0.0
    turn = 2 * math.cos(2 * math.pi * pitch_hz / RATE_HZ)
    before = last = 0.0
    for x in samples:
        before, last = last, x + turn * last - before
    found = last * last + before * before - turn * last * before
    return min(1.0, 2 * found / (len(samples) * power))
