"""What is done with an open modem about text messages: find, read, hand over, delete, send.

Decides: when the line is quiet enough for it. May touch: the modem, through the port it is given.
Thread: the link's command thread; one command per job, so that a ring waits for one at most.
Called by: link. Commands: 3GPP TS 27.005. A message is deleted only once it is stored, and only
if its place still holds that very message.
"""

import logging
import re
import time
from collections.abc import Iterator

from appliance.answering import pdu
from appliance.answering.call_rows import CallRows
from appliance.answering.families.base import Port, Refused
from appliance.answering.jobs import Job, JobQueue, Urgency
from appliance.answering.sms import Joiner, Part, Stamp
from appliance.answering.sms_sending import SmsSending
from appliance.answering.sms_tray import SmsTray
from appliance.errors import CommandTimeout

LOOK_S = 180.0  # +CMTI may be lost in noise, or come while the modem was being opened
SIM_S = 5.0  # a SIM takes tenths of a second; a ring waits for one command at most
BUSY_S = 2.0  # the line is not idle: rings come every 2 to 5 s
CAPACITY = 10  # places of the smallest SIM cards sold; used when the modem does not say
FREE_PLACES = 4  # kept for new messages while parts wait for each other
NAME = "sms"  # of the job
NO_SUCH_PLACE = 321  # 27.005 3.2.5: some modems answer so for an empty place

_LOGGER = logging.getLogger(__name__)
_LISTED = re.compile(r"\+CMGL: ?([0-9]{1,5}),")
_USED = re.compile(r"\+CPMS: ?[0-9]{1,5}, ?([0-9]{1,5})(?:,|$)")


class SmsDeeds:
    """The messages of one opened modem; made anew at each opening."""

    def __init__(self, port: Port, rows: CallRows, jobs: JobQueue, tray: SmsTray) -> None:
        self._port, self._rows, self._jobs, self._tray = port, rows, jobs, tray
        self._sending = SmsSending(port, rows, tray)
        self._joiner = Joiner(CAPACITY - FREE_PLACES)
        self._handed: set[int] = set()  # places whose message the clerk has not stored yet
        self._stuck: set[int] = set()  # places the modem would not delete at the last try
        self._list_at = 0.0  # monotonic; at once
        self._silent_until = 0.0  # monotonic; a modem that does not answer is left alone so long
        self._is_ready = False

    def begin(self) -> None:
        """Look at the SIM as soon as the line is idle, and from then on."""
        if self._tray.is_read:
            self._tray.open_port(self.look_soon)
            self.look_soon()

    def look_soon(self) -> None:
        """Ask for a look; from any thread."""
        self._look_at(max(time.monotonic(), self._silent_until))

    def look(self) -> None:
        """Do one thing about messages, and come again for the next."""
        now = time.monotonic()
        if not self._rows.is_idle(now):
            self._look_at(now + BUSY_S)
            return
        try:
            again = self._do_next(now) if self._is_ready else self._prepare()
        except CommandTimeout as error:
            _LOGGER.info("text messages must wait: %s", error)
            again, self._silent_until = False, now + LOOK_S
        self._look_at(now if again else self._next_look())
        if self._tray.has_work(self._stuck):  # it may have come since: its wake was just dropped
            self.look_soon()

    def _next_look(self) -> float:
        times = (self._list_at, self._joiner.due)
        return max(self._silent_until, min(at for at in times if at is not None))

    def _look_at(self, due: float) -> None:
        self._jobs.drop(NAME)
        self._jobs.put(Job(NAME, self.look, Urgency.MESSAGE, due))

    def _prepare(self) -> bool:
        """PDU mode, or nothing: in text mode a stranger's words would stand between our lines."""
        if self._asked("AT+CMGF=0") is None:
            _LOGGER.warning("the modem refuses PDU mode: text messages stay on the SIM")
            self._silent_until = time.monotonic() + LOOK_S
            return False
        for line in self._asked('AT+CPMS="SM","SM","SM"') or ():
            used = _USED.match(line)
            if used:
                self._joiner.room = max(1, int(used[1]) - FREE_PLACES)
        self._is_ready = True
        return True

    def _do_next(self, now: float) -> bool:
        """One deed; True when there may be more to do at once. What somebody waits for is first."""
        if self._sending.send_part(now):
            return True
        stored = self._tray.next_kept(self._stuck)
        if stored is not None:
            self._delete(stored)
            return True
        place = self._tray.next_arrived()
        if place is not None:
            self._take_in(self._read(place), now)
            return True
        if now >= self._list_at:
            self._stuck.clear()
            for part in self._list():
                self._take_in(part, now)
            self._list_at = now + LOOK_S
            return True
        self._hand_over(now)
        return False

    def _hand_over(self, now: float) -> None:
        for sms in self._joiner.take_ready(now):
            self._handed |= {stamp.place for stamp in sms.stamps}
            self._tray.hand(sms)

    def _take_in(self, part: Part | None, now: float) -> None:
        if part is None:
            return
        place = part.stamp.place
        if place not in self._handed and place not in self._joiner.places:
            self._joiner.add(part, now)

    def _delete(self, stamp: Stamp) -> None:
        """AT+CMGD, 27.005 3.5.4; a place that holds something else is left alone.

        A modem too busy to say what lies there has not said that it is empty.
        """
        lines = self._asked(f"AT+CMGR={stamp.place}", empty=NO_SUCH_PLACE)
        if lines is None:
            self._stuck.add(stamp.place)
            return
        part = self._part(stamp.place, lines)
        if part is not None and part.stamp == stamp:
            if self._asked(f"AT+CMGD={stamp.place}") is None:
                self._stuck.add(stamp.place)  # tried again at the next look at the whole SIM
                return
            self._joiner.drop(stamp.place)
        self._handed.discard(stamp.place)
        self._tray.deleted(stamp)

    def _read(self, place: int) -> Part | None:
        """AT+CMGR, 27.005 3.4.3: its last line is the PDU; an empty place has none."""
        return self._part(place, self._asked(f"AT+CMGR={place}") or ())

    @staticmethod
    def _part(place: int, lines: tuple[str, ...]) -> Part | None:
        found = [line for line in lines if pdu.is_pdu(line)]
        return pdu.decode(place, found[-1]) if found else None

    def _list(self) -> Iterator[Part]:
        """AT+CMGL=4, 27.005 3.4.2: all of them, each a line with its place and one with the PDU."""
        place: int | None = None
        for line in self._asked("AT+CMGL=4") or ():
            header = _LISTED.match(line)
            if header:
                place = int(header[1])
            elif place is not None and pdu.is_pdu(line):
                yield pdu.decode(place, line)
                place = None

    def _asked(self, text: str, empty: int | None = None) -> tuple[str, ...] | None:
        """Reply lines, or None when refused; raises CommandTimeout.

        empty: the CMS error code that means: nothing is there.
        """
        try:
            return self._port.command(text, SIM_S)
        except Refused as error:
            _LOGGER.debug("messages: %s", error)
            return () if empty is not None and error.final.code == empty else None
