"""What is done with an open modem about calls: answer, end, list, bring the sound.

Decides: which of the listed calls are ours to end, and how long the sound is asked for.
May touch: the modem, through the port it is given. Thread: the link's command thread.
Called by: link. AT+CLCC is the truth about calls.
"""

import time
from collections.abc import Callable

from appliance.answering.at_lines import ClccRow
from appliance.answering.call_rows import CallRows
from appliance.answering.events import (
    Answered,
    AnswerFailed,
    CallRow,
    CallsListed,
    Event,
    LineFree,
    Stat,
    VoiceRefused,
    VoiceRouted,
)
from appliance.answering.families.base import Family, Port, Refused
from appliance.answering.jobs import Job, JobQueue
from appliance.answering.timings import Timings
from appliance.errors import CommandTimeout

_RINGS = frozenset({Stat.INCOMING, Stat.WAITING})


class CallDeeds:
    """One opened modem; made anew at each opening. Each deed raises ModemError."""

    wants_voice_until: float | None = None  # monotonic; None once the call has ended

    def __init__(
        self,
        port: Port,
        family: Family,
        rows: CallRows,
        jobs: JobQueue,
        post: Callable[[Event], None],
        timings: Timings,
    ) -> None:
        self._port, self._family, self._rows = port, family, rows
        self._jobs, self._post, self._timings = jobs, post, timings

    def take_stock(self) -> tuple[CallRow, ...]:
        """On a modem just opened: the calls there are, left over or ringing."""
        rows, now = self._family.rows(self._port), time.monotonic()
        self._rows.in_call = False
        self._rows.learn(rows, now)
        calls = self._rows.calls(rows, now)
        if any(row.call.stat is Stat.ACTIVE for row in calls):
            self._rows.begin()
        return _told(calls)

    def answer(self) -> None:
        """ATA; ends in Answered or AnswerFailed."""
        self._rows.begin()
        try:
            self._port.command("ATA", self._timings.answer_s)
        except (Refused, CommandTimeout) as error:
            self._rows.in_call = False
            self._post(AnswerFailed(str(error)))
            if isinstance(error, CommandTimeout):
                raise
        else:
            self._post(Answered())

    def hang_up(self) -> None:
        """End our call; who rings or waits meanwhile is the next caller, and is told of."""
        ours, others = self._sorted()
        if ours or not others:  # AT+CHUP would refuse who rings alone
            self._family.hang_up(self._port, lambda: self._sorted()[0])
            _, others = self._sorted()
        self._rows.end()
        self._jobs.drop("hang up")  # one asked for meanwhile could hit the next caller
        self._post(LineFree())
        if others:
            self._rows.ring(time.monotonic())
            self._post(CallsListed(_told(others)))

    def list_calls(self) -> None:
        """AT+CLCC; ends in CallsListed."""
        calls = self._calls()
        self._note_ringing(calls)  # first: after an empty list it is the next caller who rings
        self._rows.note_listed(calls)
        self._post(CallsListed(_told(calls)))

    def route_voice(self) -> None:
        """Ask for the call's sound until its time is over; VoiceRouted or VoiceRefused."""
        if self.wants_voice_until is None:
            return  # the call has ended meanwhile: what is routed now would stay so
        try:
            self._family.route_voice(self._port)
        except (Refused, CommandTimeout) as error:
            until, now = self.wants_voice_until, time.monotonic()
            if until is not None and now >= until:
                self._post(VoiceRefused(str(error)))
            elif until is not None:
                again = now + self._timings.route_retry_s
                self._jobs.put(Job("route", self.route_voice, due=again))
        else:
            self._post(VoiceRouted())

    def unroute_voice(self) -> None:
        """Give the call's sound back."""
        self._family.unroute_voice(self._port)

    def look_for_calls(self) -> None:
        """Idle: learn which rows are no calls, and find a call whose lines were lost in noise."""
        rows, now = self._family.rows(self._port), time.monotonic()
        self._rows.learn(rows, now)
        calls = self._rows.calls(rows, now)
        self._note_ringing(calls)  # first: after an empty list it is the next caller who rings
        was_in_call = self._rows.in_call
        self._rows.note_listed(calls)
        if was_in_call or not calls:
            return
        self._post(CallsListed(_told(calls)))

    def _note_ringing(self, calls: tuple[ClccRow, ...]) -> None:
        """A call that is listed as ringing rings, also where no line says so a second time."""
        if any(row.call.stat is Stat.INCOMING for row in calls):
            self._rows.ring(time.monotonic())

    def _calls(self) -> tuple[ClccRow, ...]:
        return self._rows.calls(self._family.rows(self._port), time.monotonic())

    def _sorted(self) -> tuple[tuple[ClccRow, ...], tuple[ClccRow, ...]]:
        """The calls that are ours to end, and who rings or waits while we talk in one."""
        calls = self._calls()
        talks = self._rows.in_call
        others = tuple(row for row in calls if talks and row.call.stat in _RINGS)
        return tuple(row for row in calls if row not in others), others


def _told(rows: tuple[ClccRow, ...]) -> tuple[CallRow, ...]:
    return tuple(row.call for row in rows)
