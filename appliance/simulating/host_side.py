"""What the host sees of the modem: its AT port, and the dialect spoken there.

Decides: when a line is printed, held back or kept silent, and when ATA is done.
May touch: one pty. Thread: the modem's. Called by: modem.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from appliance.simulating.at_port import AtPort
from appliance.simulating.families.dialect import Dialect
from appliance.simulating.families.reply import ERROR, OK, Reply, TimedLine
from appliance.simulating.faults import Faults
from appliance.simulating.line import Call, CallState, EndedBy, Line
from appliance.simulating.loop import Loop, Timer
from appliance.simulating.ports import Pty
from appliance.simulating.subscription import Waiting

SLOW_REPLY_S = 2.0
VANISH_AFTER_S = 0.3  # a reset modem says OK, then leaves the bus
RINGS = ("RING", "+CRING: VOICE")


class HostSide:
    """The AT side of the modem."""

    def __init__(
        self,
        loop: Loop,
        line: Line,
        faults: Faults,
        power_up: Callable[[], Dialect],
        at: Path,
        obeyed: Callable[[], None],
        reset: Callable[[], None],
    ) -> None:
        """power_up: a dialect with its first values; reset: restart the modem.

        obeyed: a command was carried out, its result comes next.
        """
        self._loop = loop
        self._line = line
        self._faults = faults
        self._power_up = power_up
        self._obeyed = obeyed
        self._reset = reset
        self._at = AtPort(loop, Pty(at), faults, self._command_line, self._interrupt)
        self._answering: Timer | None = None
        self._held_rings: list[str] = []
        self._power_ups = 0
        self.dialect = power_up()

    @property
    def is_open(self) -> bool:
        """Whether a host has the AT port open."""
        return self._at.is_open

    def plug(self) -> None:
        """Power up: the port appears, every setting has its first value."""
        self.dialect = self._power_up()
        self._at.echo = True
        self._at.plug()
        self._power_ups += 1
        self._print(self.dialect.boot_lines())

    def unplug(self) -> None:
        """Power gone: the port vanishes, what was under way is forgotten."""
        self._power_ups += 1
        self._at.unplug()
        self._cancel_answering()
        self._held_rings.clear()

    # -------------------------------------------------------------- what the line tells

    def rings(self, call: Call, *, first: bool) -> None:
        """One ring; none is printed while ATA is under way."""
        if not self._answering:
            self._say_held_rings()
            if first and "garbage-burst" in self._faults:
                self._at.burst()
            self._print(self.dialect.ring_lines(call, first=first), call)

    def call_waits(self, call: Call) -> None:
        """A second caller."""
        self._print(self.dialect.waiting_lines(call), call)

    def call_answered(self, call: Call) -> None:
        """The network has connected the call."""
        self._print(self.dialect.answered_lines(call))

    def call_released(self, call: Call, was: CallState, by: EndedBy) -> None:
        """The call is over; an ATA under way ends in NO CARRIER."""
        self._held_rings.clear()
        if self._answering and was is CallState.INCOMING:
            self._cancel_answering()
            self._at.say("NO CARRIER")
        else:
            self._print(self.dialect.released_lines(call, was, by, self._loop.now()))

    def key_pressed(self, key: str) -> None:
        """The caller pressed a key."""
        self._print(self.dialect.key_lines(key))

    def flow(self, *, go: bool) -> None:
        """The modem's sound buffer is full, or takes sound again."""
        self._print(self.dialect.flow_lines(go=go))

    def message_arrives(self, message: Waiting) -> bool:
        """An SMS or a delivery report from the network; False: no place for it."""
        lines = self.dialect.sms.arrive(message)
        self._print([(0.0, line) for line in lines or ()])
        return lines is not None

    # -------------------------------------------------------------- printing

    def _print(self, lines: Iterable[TimedLine], call: Call | None = None) -> None:
        if "deaf" in self._faults:
            return
        for delay_s, line in lines:
            if delay_s:
                self._print_later(delay_s, line, call)
            elif "ring-during-command" in self._faults and line in RINGS:
                self._held_rings.append(line)
            else:
                self._at.say(line)

    def _print_later(self, delay_s: float, line: str, call: Call | None) -> None:
        def still_true() -> None:
            if not call or call.state is not CallState.RELEASED:
                self._at.say(line)

        self._later(delay_s, still_true)

    def _later(self, delay_s: float, action: Callable[[], None]) -> None:
        """Do something in so many seconds, unless the modem has lost its power by then."""
        power_up = self._power_ups

        def if_powered() -> None:
            if power_up == self._power_ups:
                action()

        self._loop.call_after(delay_s, if_powered)

    def _say_held_rings(self) -> None:
        held, self._held_rings = self._held_rings, []
        self._at.say(*held)

    # -------------------------------------------------------------- commands

    def _command_line(self, text: str) -> None:
        if "mute" in self._faults or not text:
            return
        if "slow" in self._faults:
            self._later(SLOW_REPLY_S, lambda: self._obey(text))
        else:
            self._obey(text)

    def _obey(self, text: str) -> None:
        reply = self._reply_to(text)
        self._obeyed()
        self._at.echo = self.dialect.echo or "echo-on" in self._faults
        self._at.say(*reply.lines)
        if reply.answer_after_s is not None:
            self._answering = self._loop.call_after(reply.answer_after_s, self._connect)
        elif reply.prompt:
            self._prompt(reply.prompt)
        else:
            self._finish(reply)

    def _reply_to(self, text: str) -> Reply:
        prefix, words = text[:2].upper(), text[2:]
        if prefix != "AT" or ("error-everything" in self._faults and words.strip()):
            return ERROR
        return OK if "deaf" in self._faults else self.dialect.run(words, self._loop.now())

    def _prompt(self, submit: Callable[[str | None], Reply]) -> None:
        def take(text: str | None) -> None:
            reply = submit(text)
            self._obeyed()
            self._at.say(*reply.lines)
            self._finish(reply)

        self._at.ask_for_text(take)

    def _finish(self, reply: Reply) -> None:
        self._say_held_rings()
        self._at.say(reply.final)
        self._print(reply.later)
        if reply.reset and "reset-ignored" not in self._faults:
            self._loop.call_after(VANISH_AFTER_S, self._reset)

    def _interrupt(self) -> bool:
        """A byte from the host aborts a pending ATA, V.250 5.6.1; the call rings on."""
        if not self._answering or "mute" in self._faults:
            return False
        self._cancel_answering()
        self._at.say("NO CARRIER")
        return True

    def _cancel_answering(self) -> None:
        if self._answering:
            self._answering.cancel()
            self._answering = None

    def _connect(self) -> None:
        self._answering = None
        self._at.say("OK")
        self._line.answer(self._loop.now())
