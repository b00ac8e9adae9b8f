"""The way of a call's sound: whether it is routed, and the clock that moves it every 20 ms.

Decides: when a frame is due. May touch: the PCM port. Thread: the modem's. Called by: modem.
The PCM port is read and written on each 20 ms only.
"""

from collections.abc import Callable
from pathlib import Path

from appliance.simulating.faults import Faults
from appliance.simulating.flow_stop import FlowStop
from appliance.simulating.line import Call, CallState
from appliance.simulating.loop import Loop
from appliance.simulating.pcm_stream import PcmStream
from appliance.simulating.ports import Pty
from appliance.simulating.sound import FRAME_S

LATE_MOST_S = 1.0  # a stopped process does not catch up with more sound than that

# what the caller hears (None: a gap) -> what the caller says, and what is to be done after it
Talk = Callable[[Call, bytes | None], tuple[bytes, Callable[[], None]]]


class SoundPath:
    """The PCM port and the talk that goes through it."""

    def __init__(
        self,
        loop: Loop,
        faults: Faults,
        link: Path,
        is_wanted: Callable[[], bool],
        tell_flow: Callable[[bool], None],
        talk: Talk,
    ) -> None:
        """is_wanted: whether the modem routes the sound now; tell_flow: see FlowStop."""
        self._loop = loop
        self._pcm = PcmStream(Pty(link), faults)
        self._flow = FlowStop(loop, faults, self._pcm, tell_flow)
        self._is_wanted = is_wanted
        self._talk = talk
        self._since = 0.0

    def plug(self) -> None:
        """Make the port appear. Raises LinkTaken, OSError."""
        self._pcm.plug()

    def unplug(self) -> None:
        """Make the port vanish."""
        self._pcm.unplug()

    def route(self) -> None:
        """Something may have changed: begin or stop to carry the sound."""
        if not self._is_wanted():
            self._pcm.stop()
        elif not self._pcm.is_routed:
            self._pcm.start()
            self._flow.sound_started()

    def begin(self, call: Call) -> None:
        """A call is connected: its clock starts."""
        self.route()
        self._since = self._loop.now()
        self._schedule(call, 1)

    def stop(self) -> None:
        """The call is over."""
        self._pcm.stop()

    def _schedule(self, call: Call, number: int) -> None:
        due = self._since + number * FRAME_S
        late = self._loop.now() - due
        if late > LATE_MOST_S:
            self._since += late
        self._loop.call_at(due, lambda: self._frame(call, number))

    def _frame(self, call: Call, number: int) -> None:
        if call.state is not CallState.ACTIVE:
            return
        spoken, then_do = self._talk(call, self._pcm.take(self._loop.now()))
        self._pcm.give(spoken)
        self._schedule(call, number + 1)
        then_do()
