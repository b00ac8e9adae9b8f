"""The quiet hours of a line: does the chores one step at a time, and keeps what they found.

Decides: when there is time for a chore: never while it rings or a call is on.
May touch: the modem, through the port it is given. Thread: the modem link's command thread;
note_ring and take_ussd from the port's reader. Called by: link.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial

from appliance.answering import credit
from appliance.answering.call_rows import CallRows
from appliance.answering.chores import END_USSD, WIPE, Chores, Known, daily_round
from appliance.answering.events import UssdAnswered
from appliance.answering.families.base import Family, Port
from appliance.answering.jobs import Job, JobQueue, Urgency

LOOK_S = 1.0  # how often it is looked whether a chore is due
WAITS_FOR_US = 1  # 27.007 7.15 +CUSD <m>: further user action required


class SpareTime:
    """Lives as long as the link: what it learned outlives a modem that is opened anew."""

    def __init__(
        self, balance_ussd: str, rows: CallRows, jobs: JobQueue, tell: Callable[[Known], None]
    ) -> None:
        self._asks_balance = bool(balance_ussd)
        self._rows, self._jobs, self._tell = rows, jobs, tell
        self._chores = Chores(daily_round(balance_ussd))
        self.learned: Known = {}

    def begin(self, port: Port, family: Family, after_s: float) -> None:
        """A modem is open; its first chore may come after so long."""
        self._later(port, family, None, after_s)

    def note_ring(self) -> None:
        """Somebody calls: the modem's own list of callers must be emptied afterwards."""
        self._chores.ask(WIPE)

    def take_ussd(self, answer: UssdAnswered) -> None:
        """The balance we asked for; what the operator sends by itself is advertising."""
        if answer.mode == WAITS_FOR_US:
            self._chores.ask(END_USSD)
        found = credit.read(answer.text)
        if self._asks_balance and found != credit.Credit():
            self._learn({"credit": found})

    def _step(self, port: Port, family: Family, work: Iterator[Known] | None) -> None:
        """One step of a chore, if the line is quite idle; a call cuts in between two steps."""
        now = time.monotonic()
        if self._rows.is_idle(now):
            if work is None and (chore := self._chores.begin(now)) is not None:
                work = chore.work(port, family)
            known = next(work, None) if work is not None else None
            if known is not None:
                self._learn(known)
                self._later(port, family, work, 0.0)
                return
            work = None
        self._later(port, family, work, LOOK_S)

    def _later(
        self, port: Port, family: Family, work: Iterator[Known] | None, wait_s: float
    ) -> None:
        due = time.monotonic() + wait_s
        self._jobs.put(Job("chores", partial(self._step, port, family, work), Urgency.SPARE, due))

    def _learn(self, known: Known) -> None:
        self.learned.update(known)
        self._tell(known)
