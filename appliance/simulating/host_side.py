"""What the host sees of the modem: its AT port, and the dialect spoken there.

Decides: when a line is printed, held back or kept silent, and when ATA is done.
May touch: one pty. Thread: the modem's. Called by: modem.
"""

from collections.abc import Callable
from pathlib import Path

from appliance.simulating.at_port import AtPort
from appliance.simulating.families.dialect import Dialect, TimedLine
from appliance.simulating.faults import Faults
from appliance.simulating.line import Call, CallState, EndedBy, Line
from appliance.simulating.loop import Loop, Timer
from appliance.simulating.ports import Pty

VANISH_AFTER_S = 0.3  # a reset modem says OK, then leaves the bus
RINGS = ("RING", "+CRING: VOICE")


class HostSide:
    """The AT side of the modem."""

    def __init__(
        self,
        loop: Loop,
        line: Line,
        faults: Faults,
        family: type[Dialect],
        at: Path,
        obeyed: Callable[[], None],
        reset: Callable[[], None],
    ) -> None:
        """obeyed: a command was carried out, its result comes next; reset: restart the modem."""
        self._loop = loop
        self._line = line
        self._faults = faults
        self._family = family
        self._obeyed = obeyed
        self._reset = reset
        self._at = AtPort(loop, Pty(at), faults, self._command_line, self._interrupt)
        self._answering: Timer | None = None
        self._held_rings: list[str] = []
        self._power_ups = 0
        self.dialect = family(line, faults)

    @property
    def is_open(self) -> bool:
        """Whether a host has the AT port open."""
        return self._at.is_open

    def plug(self) -> None:
        """Power up: the port appears, every setting has its first value."""
        self.dialect = self._family(self._line, self._faults)
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

    # -------------------------------------------------------------- printing

    def _print(self, lines: list[TimedLine], call: Call | None = None) -> None:
        for delay_s, line in lines:
            if delay_s:
                self._print_later(delay_s, line, call)
            elif "ring-during-command" in self._faults and line in RINGS:
                self._held_rings.append(line)
            else:
                self._at.say(line)

    def _print_later(self, delay_s: float, line: str, call: Call | None) -> None:
        power_up = self._power_ups

        def still_true() -> None:
            if power_up == self._power_ups and (not call or call.state is not CallState.RELEASED):
                self._at.say(line)

        self._loop.call_after(delay_s, still_true)

    def _say_held_rings(self) -> None:
        held, self._held_rings = self._held_rings, []
        self._at.say(*held)

    # -------------------------------------------------------------- commands

    def _command_line(self, text: str) -> None:
        if "mute" in self._faults or not text:
            return
        if text[:2].upper() != "AT":
            self._at.say("ERROR")
            return
        reply = self.dialect.run(text[2:], self._loop.now())
        self._obeyed()
        self._at.echo = self.dialect.echo
        self._at.say(*reply.lines)
        if reply.answer_after_s is not None:
            self._answering = self._loop.call_after(reply.answer_after_s, self._connect)
            return
        self._say_held_rings()
        self._at.say(reply.final)
        if reply.reset:
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
