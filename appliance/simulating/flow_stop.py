"""The fault "flow-stop": the modem's sound buffer is full for a while.

Decides: when the modem takes no sound. May touch: nothing but the loop and the PCM stream.
Thread: the modem's. Called by: modem.
"""

from collections.abc import Callable

from appliance.simulating.faults import Faults
from appliance.simulating.loop import Loop, Timer
from appliance.simulating.pcm_stream import PcmStream

STOP_AFTER_S = 1.5  # in the middle of any greeting
STOP_FOR_S = 2.0


class FlowStop:
    """Stops the box's sound once in each call, and lets it go on."""

    def __init__(
        self, loop: Loop, faults: Faults, pcm: PcmStream, tell: Callable[[bool], None]
    ) -> None:
        """tell: announce to the host whether it may write (True) or must not."""
        self._loop = loop
        self._faults = faults
        self._pcm = pcm
        self._tell = tell
        self._next: Timer | None = None

    def sound_started(self) -> None:
        """The sound of a call is routed from now on."""
        if self._next:
            self._next.cancel()
        if "flow-stop" in self._faults:
            self._next = self._loop.call_after(STOP_AFTER_S, self._stop)

    def _stop(self) -> None:
        if self._pcm.is_routed:
            self._pcm.is_full = True
            self._tell(False)
            self._next = self._loop.call_after(STOP_FOR_S, self._go)

    def _go(self) -> None:
        if self._pcm.is_routed:
            self._pcm.is_full = False
            self._tell(True)
