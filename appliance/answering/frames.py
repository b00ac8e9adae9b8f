"""What a frame of call audio is, and whether frames still advance.

Decides: how bytes become frames, and when a stream counts as steady or stalled.
May touch: nothing (PURE). Thread: the caller's. Called by: everything that carries call audio.
Everywhere in this house: 8 kHz, signed 16-bit little-endian, mono.
"""

RATE_HZ = 8000  # what the telephone network carries (G.711, AMR-NB) and SIM7600 CPCMREG sends
SAMPLE_BYTES = 2
FRAME_S = 0.02  # one frame of every mobile speech codec
FRAME_BYTES = int(RATE_HZ * FRAME_S) * SAMPLE_BYTES
SILENT_FRAME = bytes(FRAME_BYTES)

STEADY_GAP_S = 0.2  # frames further apart than this are not yet a steady stream


class FrameCutter:
    """Cuts bytes that come in any lengths, odd ones too, into whole frames."""

    def __init__(self) -> None:
        self._rest = b""

    def cut(self, data: bytes) -> list[bytes]:
        """All frames that are complete now; what is left waits for the next bytes."""
        data = self._rest + data
        whole = len(data) - len(data) % FRAME_BYTES
        self._rest = data[whole:]
        return [data[at : at + FRAME_BYTES] for at in range(0, whole, FRAME_BYTES)]


class FrameWatch:
    """Tells from a frame counter and the time whether a stream is steady or stalled."""

    def __init__(self, now: float) -> None:
        self._count = 0
        self._last_at = now
        self._steady_from = now

    def note(self, count: int, now: float) -> None:
        """`count` frames have passed up to `now` (monotonic seconds)."""
        if count == self._count:
            return
        if now - self._last_at > STEADY_GAP_S:
            self._steady_from = now
        self._count = count
        self._last_at = now

    def steady_s(self) -> float:
        """For how long frames have been coming without a gap."""
        return self._last_at - self._steady_from

    def idle_s(self, now: float) -> float:
        """For how long no frame has come."""
        return now - self._last_at
