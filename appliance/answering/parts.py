"""What the call loop is given: the mailbox, and the shapes of the line and of the clerk.

Decides: nothing. May touch: one queue in memory. Thread: post from any, get from the call loop.
Called by: daemon, start_answer, and the tests, which bring parts of their own.
"""

import queue
from typing import Any, Protocol

from appliance.answering.checkup import ModemStatus
from appliance.answering.clerk import Fact
from appliance.answering.events import Event


class Mailbox:
    """Where every thread puts its events, and the call loop takes them one at a time."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Event] = queue.SimpleQueue()

    def post(self, event: Event) -> None:
        """Put an event in; never waits, also safe in a signal handler."""
        self._queue.put(event)

    def get(self, timeout_s: float) -> Event | None:
        """The oldest event, or None when none came in time."""
        try:
            return self._queue.get(timeout=timeout_s) if timeout_s > 0 else self._queue.get(False)
        except queue.Empty:
            return None


class Events(Protocol):
    """A mailbox, as the loop sees it."""

    def post(self, event: Event) -> None:
        """Put an event in."""

    def get(self, timeout_s: float) -> Event | None:
        """Take the oldest event, or None when none came in time."""


class Line(Protocol):
    """What the loop asks of the modem link; nothing waits, results come as events."""

    def answer(self) -> None:
        """ATA; ends in Answered or AnswerFailed."""

    def hang_up(self) -> None:
        """Ends in LineFree or ModemLost."""

    def list_calls(self) -> None:
        """Ends in CallsListed."""

    def route_voice(self) -> None:
        """Ends in VoiceRouted or VoiceRefused."""

    def unroute_voice(self) -> None:
        """Give the call's sound back."""

    def status(self) -> ModemStatus:
        """What is known of the modem now."""

    @property
    def alive(self) -> bool:
        """Whether anybody still looks after the modem."""


class Notes(Protocol):
    """What the loop asks of the clerk."""

    def note(self, fact: Fact, at: float) -> None:
        """Write it down some time soon."""

    def show(self, status: dict[str, Any]) -> None:
        """Show this on the status page."""

    def stop(self, timeout_s: float) -> bool:
        """Write what is left."""

    @property
    def alive(self) -> bool:
        """Whether notes are still written."""
