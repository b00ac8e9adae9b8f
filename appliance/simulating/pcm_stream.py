"""The PCM port: the sound of the call, 320 bytes each 20 ms, both ways.

Decides: how frames are cut and what is lost when the host does not keep up.
May touch: one pty. Thread: the modem's. Called by: modem.
"""

from appliance.simulating.faults import Faults
from appliance.simulating.ports import Pty
from appliance.simulating.sound import FRAME_BYTES, Playout

UNSENT_MOST = 4 * FRAME_BYTES  # a host that does not read loses whole frames


class PcmStream:
    """The serial port that carries the sound while the modem routes it there."""

    def __init__(self, pty: Pty, faults: Faults) -> None:
        self._pty = pty
        self._faults = faults
        self._playout: Playout | None = None
        self._unsent = bytearray()
        self.is_full = False  # takes no sound for now

    @property
    def is_routed(self) -> bool:
        """Whether the sound of a call goes through here now."""
        return self._playout is not None

    def plug(self) -> None:
        """Make the port appear. Raises LinkTaken, OSError."""
        self._pty.plug()
        self.stop()

    def unplug(self) -> None:
        """Make the port vanish."""
        self._pty.unplug()
        self.stop()

    def start(self) -> None:
        """The sound is routed here from now on."""
        if self._playout is None:
            self._pty.discard()  # written while no sound was routed: never heard
            self._playout = Playout()

    def stop(self) -> None:
        """The sound is routed here no more."""
        self._playout = None
        self._unsent.clear()
        self.is_full = False

    def take(self, now: float) -> bytes | None:
        """The frame that the box lets the caller hear now; None: a gap, or nothing is routed."""
        if self._playout is None:
            return None
        stalls = self.is_full or "pcm-uplink-stall" in self._faults
        if self._playout.room > 0 and not stalls:
            self._playout.feed(self._pty.read(self._playout.room), now)
        return self._playout.next_frame(now)

    def give(self, frame: bytes) -> None:
        """Send a frame of the caller's sound to the box, if it is routed there."""
        if self._playout is None:
            return
        if len(self._unsent) < UNSENT_MOST:
            self._unsent += frame
        length = len(self._unsent)
        if "pcm-odd-bytes" in self._faults and length % 2 == 0:
            length -= 1
        took = self._pty.write(bytes(self._unsent[:length]))
        del self._unsent[:took]
