"""The network's side of the telephone line: who calls, and what became of it.

Decides: the states of calls, call waiting, and who ended a call. May touch: nothing.
Thread: the modem's. Called by: modem, families.
The network knows nothing of AT commands: a listener hears of every change.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from appliance.errors import HotlineError


class CallState(Enum):
    """State of a call; the numbers are 3GPP TS 27.007 7.18 `<stat>`, 6 is SIMCom's."""

    ACTIVE = 0
    INCOMING = 4
    WAITING = 5
    RELEASED = 6


class EndedBy(Enum):
    """Who ended a call."""

    CALLER = "caller"
    BOX = "box"
    NETWORK = "network"


class NotReachable(HotlineError):
    """The network cannot ring the box: line busy, no network, modem off."""


@dataclass(eq=False)
class Call:
    """One call toward the box. index: its row in AT+CLCC. answered_at: monotonic seconds."""

    id: int
    index: int
    number: str
    withheld: bool
    forwarded: bool
    state: CallState
    answered_at: float | None = None


class Listener(Protocol):
    """Who hears of changes on the line."""

    def call_came_in(self, call: Call) -> None:
        """A call rings, or a waiting one rings now that the line is free."""

    def call_waits(self, call: Call) -> None:
        """A second caller; the network offers call waiting."""

    def call_answered(self, call: Call) -> None:
        """The caller and the box are connected."""

    def call_released(self, call: Call, was: CallState, by: EndedBy) -> None:
        """The call is over."""


class Line:
    """One telephone line with call waiting: at most one call rings or talks, one waits."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._last_id = 0
        self.calls: list[Call] = []
        self.call_waiting = True
        self.first_index = 1  # 2 where a data bearer holds row 1

    def place(self, number: str, *, withheld: bool = False, forwarded: bool = False) -> Call:
        """Somebody dials the box; ring() goes on. Raises NotReachable: he gets the busy tone."""
        if self.calls and (len(self.calls) > 1 or not self.call_waiting):
            raise NotReachable("the line is busy")
        self._last_id += 1
        state = CallState.WAITING if self.calls else CallState.INCOMING
        call = Call(self._last_id, self._free_index(), number, withheld, forwarded, state)
        self.calls.append(call)
        return call

    def ring(self, call: Call) -> None:
        """Let the box hear of a call that was placed."""
        if call.state is CallState.WAITING:
            self._listener.call_waits(call)
        else:
            self._listener.call_came_in(call)

    def find(self, *states: CallState) -> Call | None:
        """The call that is in one of these states."""
        return next((call for call in self.calls if call.state in states), None)

    def answer(self, now: float) -> Call | None:
        """Connect the ringing call; None when it is gone."""
        call = self.find(CallState.INCOMING)
        if call:
            call.state = CallState.ACTIVE
            call.answered_at = now
            self._listener.call_answered(call)
        return call

    def release(self, call: Call, by: EndedBy) -> None:
        """End a call; a waiting one rings next."""
        if call.state is CallState.RELEASED:
            return
        was, call.state = call.state, CallState.RELEASED
        self.calls.remove(call)
        self._listener.call_released(call, was, by)
        waiting = self.find(CallState.WAITING)
        if waiting and len(self.calls) == 1:
            waiting.state = CallState.INCOMING
            self._listener.call_came_in(waiting)

    def release_all(self, by: EndedBy) -> None:
        """End every call, the waiting ones first."""
        for call in sorted(self.calls, key=lambda c: c.state is not CallState.WAITING):
            self.release(call, by)

    def _free_index(self) -> int:
        taken = {call.index for call in self.calls}
        return next(i for i in range(self.first_index, 100) if i not in taken)
