"""The line as the daemon sees it: requests return at once, what came of them is an event.

Decides: when to open, probe and give up the modem.
May touch: the modem, through the port it is given. Thread: its own command thread, the only one
that sends; on_event comes from the port's reader. Called by: modem (ModemLink), daemon.
AT+CLCC is the truth about calls; what the modem prints unasked is a wake-up.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from appliance.answering import checkup
from appliance.answering.call_deeds import CallDeeds
from appliance.answering.call_rows import CallRows
from appliance.answering.checkup import ModemStatus
from appliance.answering.events import (
    AnswerFailed,
    CallRow,
    Event,
    ModemLost,
    ModemUp,
    Ringing,
    SmsArrived,
    UssdAnswered,
    VoiceRefused,
)
from appliance.answering.families import choice, probe
from appliance.answering.families.base import OpenPort, Port, Refused
from appliance.answering.jobs import Job, JobQueue, Urgency
from appliance.answering.ladder import Rung
from appliance.answering.rescuing import Climber, restart
from appliance.answering.sim_pin import SimPin
from appliance.answering.sms_deeds import SmsDeeds
from appliance.answering.sms_tray import SmsTray
from appliance.answering.spare_time import SpareTime
from appliance.answering.start import Identity, identify, knock
from appliance.answering.timings import Timings
from appliance.config import ModemConfig
from appliance.errors import CommandTimeout, ModemError
from appliance.errors import ModemLost as PortLost

MISSES_MAX = 3  # questions in a row without answer before the modem counts as lost
SILENT = "the modem does not answer any more: the box is restarting it"
CLOSE_S = 5.0  # the reader looks up every second; a write takes 3 s at most

_LOGGER = logging.getLogger(__name__)


class Link:
    """Keeps one modem ready and does one thing with it at a time; every method returns at once."""

    def __init__(
        self,
        config: ModemConfig,
        post: Callable[[Event], None],
        open_port: OpenPort,
        timings: Timings | None = None,
        usb_ports: Callable[[], Iterable[probe.UsbPort]] = probe.usb_ports,
        climber: Climber | None = None,
    ) -> None:
        self._config = config
        self._post = post
        self._open_port = open_port
        self._usb_ports = usb_ports
        self._timings = timings or Timings()
        self._jobs = JobQueue()
        self._closing = threading.Event()
        self._lock = threading.RLock()  # status, ports and what came while opening
        self._status = ModemStatus()
        self._early: list[Event] = []
        self._pcm: str | None = None
        self._port: Port | None = None
        self._deeds: CallDeeds | None = None
        self._rows = CallRows()
        self._spare = SpareTime(config.balance_ussd, self._rows, self._jobs, self._note)
        self.sms = SmsTray()
        self._misses = 0
        self._climber = climber or Climber()
        self._pin = SimPin(config.sim_pin_file, self._climber.refused_pins)
        self._thread = threading.Thread(target=self._run, name="modem-link", daemon=True)

    # ------------------------------------------------------------ what the daemon asks

    def start(self) -> None:
        """Begin to open the modem; ModemUp or ModemLost tells how it went."""
        self._thread.start()

    def close(self) -> None:
        """Give the port back; the only method that waits, a few seconds at most."""
        self._closing.set()
        self._jobs.wake()
        with self._lock:
            port = self._port
        if port is not None:
            port.abort()
        if self._thread.is_alive():
            self._thread.join(CLOSE_S)

    def answer(self) -> None:
        """ATA; ends in Answered or AnswerFailed."""
        if not self._ask("answer", CallDeeds.answer, Urgency.ANSWER):
            self._post(AnswerFailed("the modem is not there"))

    def hang_up(self) -> None:
        """End every call and verify it; ends in LineFree, or ModemLost after a reset."""
        self._want_voice(None)
        self._ask("hang up", CallDeeds.hang_up)

    def list_calls(self) -> None:
        """AT+CLCC; ends in CallsListed."""
        self._ask("calls", CallDeeds.list_calls)

    def route_voice(self) -> None:
        """Ask for the call's sound until the modem gives it; VoiceRouted or VoiceRefused."""
        self._want_voice(time.monotonic() + self._timings.route_s)
        if not self._ask("route", CallDeeds.route_voice):
            self._post(VoiceRefused("the modem is not there"))

    def unroute_voice(self) -> None:
        """Give the call's sound back."""
        self._want_voice(None)
        self._ask("unroute", CallDeeds.unroute_voice)

    def status(self) -> ModemStatus:
        """What is known now; for any thread."""
        with self._lock:
            port = self._port
            at = port.last_answer_at if port else None
            return replace(self._status, last_answer_at=at, pcm_port=self.pcm_port())

    def pcm_port(self) -> str | None:
        """The port that carries the call's sound: configured, or found beside the AT port."""
        if self._config.pcm_port != "auto":
            return self._config.pcm_port
        with self._lock:
            return self._pcm

    @property
    def alive(self) -> bool:
        """False once the command thread has ended: of close(), or of a mistake of ours."""
        return self._thread.is_alive()

    def _ask(
        self, name: str, deed: Callable[[CallDeeds], None], urgency: Urgency = Urgency.CALL
    ) -> bool:
        with self._lock:
            if not self._status.up or (deeds := self._deeds) is None:
                return False
            self._jobs.drop(name)  # one waiting question of a kind is enough
            self._jobs.put(Job(name, lambda: deed(deeds), urgency))
            return True

    def _want_voice(self, until: float | None) -> None:
        with self._lock:
            if self._deeds is not None:
                self._deeds.wants_voice_until = until

    # ------------------------------------------------------------ the command thread

    def _run(self) -> None:
        wait_s = self._timings.reopen_first_s
        told = False
        while not self._closing.is_set():
            try:
                port = self._open()
                told, wait_s = False, self._timings.reopen_first_s
                self._serve(port)
                self._give_up("closed", tell=False)
            except ModemError as error:
                trouble, rung = self._climber.fell(error.code)
                reason = str(error) if trouble == error.code else SILENT
                self._give_up(reason, tell=not told, trouble=trouble)
                told = True
                if rung is Rung.RESTART:
                    self._restart()
                    wait_s = self._timings.reopen_first_s
            if self._closing.wait(wait_s):
                return
            wait_s = min(2 * wait_s, self._timings.reopen_max_s)

    def _open(self) -> Port:
        found = probe.resolve(self._config.port, self._usb_ports(), self._config.family)
        port = self._open_port(
            found.at, self._take_event, lambda _: self._jobs.wake(), self._timings.reply_s
        )
        self._hold(port)
        knock(port, found.at, self._timings.knock_s)
        who = identify(port)
        chosen = choice.choose(self._config.family, who.model, who.revision, found.kinds)
        family = chosen.family
        self._pin.unlock(port, family)
        family.prepare(port)
        with self._lock:
            self._pcm = probe.sound_port(found, family)
        self._misses = 0
        deeds = CallDeeds(port, family, self._rows, self._jobs, self._post, self._timings)
        self._come_up(who, deeds, deeds.take_stock())
        self._note({"other_family": chosen.other_family})
        self._climber.came_up(found.at)
        self._probe_later(port, deeds, 0, 0.0)
        self._spare.begin(port, family, self._timings.chores_after_s)
        SmsDeeds(port, self._rows, self._jobs, self.sms).begin()
        _LOGGER.info("modem up: %s %s (%s) on %s", who.model, who.revision, family.name, found.at)
        return port

    def _restart(self) -> None:
        """Open the port once more for AT+CFUN=1,1; what cannot be opened cannot be restarted."""
        try:
            at = probe.resolve(self._config.port, self._usb_ports(), self._config.family).at
            port = self._open_port(at, lambda _: None, lambda _: None, self._timings.reply_s)
        except ModemError as error:
            _LOGGER.info("no restart of the modem: %s", error)
            return
        self._hold(port)
        restart(port, self._timings.vanish_s)
        with self._lock:
            self._port = None
        port.close()

    def _hold(self, port: Port) -> None:
        with self._lock:
            self._port = port
        if self._closing.is_set():
            port.abort()  # close() came while it was being opened, and could not see it

    def _come_up(self, who: Identity, deeds: CallDeeds, calls: tuple[CallRow, ...]) -> None:
        with self._lock:
            self._deeds = deeds
            status = ModemStatus(True, "", who.model, who.revision)
            self._status = replace(status, **self._spare.learned)  # type: ignore[arg-type]
            early, self._early = self._early, []
            self._post(ModemUp(who.model, who.revision, calls))
            for event in early if calls else ():  # a ring whose call is gone again is none
                self._post(event)

    def _give_up(self, reason: str, *, tell: bool, trouble: str = "") -> None:
        self.sms.lose_port()  # before the jobs are cleared: none may be added for this port
        with self._lock:
            port, self._port, self._deeds = self._port, None, None
            changed = self._status.up or reason != self._status.reason
            self._status = ModemStatus(False, reason, trouble=trouble)
            self._early.clear()
            self._jobs.clear()
        if port is not None:
            port.close()
        if self._closing.is_set():
            return
        if changed:
            _LOGGER.warning("modem lost: %s", reason)
        if tell:
            self._post(ModemLost(reason))

    def _serve(self, port: Port) -> None:
        while not self._closing.is_set():
            job = self._jobs.take()
            port.check()
            if job is not None:
                self._perform(job)

    def _perform(self, job: Job) -> None:
        """Do a job; a question without a good answer is asked again, up to three times in a row."""
        try:
            job.deed()
        except (CommandTimeout, Refused) as error:
            self._misses += 1
            if self._misses >= MISSES_MAX:
                raise PortLost(f"the modem does not do its work: {error}", error.code) from error
            if job.name != "answer":
                self._jobs.put(replace(job, due=time.monotonic() + self._timings.retry_s))
        else:
            if job.urgency < Urgency.MESSAGE:  # those behind it tolerate silence
                self._misses = 0

    # ------------------------------------------------------------ the idle modem

    def _probe(self, port: Port, deeds: CallDeeds, step: int) -> None:
        """One idle question; the next is a job of its own, so that a call can cut in."""
        if self._rows.is_ringing(time.monotonic()):
            self._probe_later(port, deeds, step, 1.0)
        elif step < len(checkup.QUESTIONS):
            self._note(checkup.QUESTIONS[step](port))
            self._probe_later(port, deeds, step + 1, 0.0)
        else:
            deeds.look_for_calls()
            self._probe_later(port, deeds, 0, self._timings.probe_s)

    def _probe_later(self, port: Port, deeds: CallDeeds, step: int, wait_s: float) -> None:
        due = time.monotonic() + wait_s
        self._jobs.put(Job("probe", lambda: self._probe(port, deeds, step), Urgency.POLL, due))

    def _note(self, known: dict[str, object]) -> None:
        with self._lock:
            self._status = replace(self._status, **known)  # type: ignore[arg-type]

    # ------------------------------------------------------------ what the modem says

    def _take_event(self, event: Event) -> None:
        """Pass on what the modem says; while it is being opened, keep it until ModemUp."""
        if isinstance(event, UssdAnswered):
            self._spare.take_ussd(event)
            return
        if isinstance(event, SmsArrived):
            self.sms.arrived(event.place)
            return
        if isinstance(event, Ringing):
            self._rows.ring(time.monotonic())
            self._spare.note_ring()
        with self._lock:
            if not self._status.up:
                self._early.append(event)
                return
        self._post(event)
