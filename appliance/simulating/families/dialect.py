"""What every modem family has in common: 3GPP TS 27.007 and the life of a call.

Decides: which lines announce what happens on the line, and what call commands do to it.
May touch: the Line. Thread: the modem's. Called by: host_side.
A family is a subclass that overrides only what differs.
"""

from abc import ABC, abstractmethod

from appliance.simulating.commands import Command, Form
from appliance.simulating.families.interpreter import ERROR, OK, Interpreter, Method, Reply
from appliance.simulating.faults import Faults
from appliance.simulating.line import Call, CallState, EndedBy, Line

NATIONAL, INTERNATIONAL, UNKNOWN = 129, 145, 128  # type of address, 3GPP TS 24.008 10.5.4.7
CLIP_AFTER_S = 0.1  # measured on real modems: 100 to 150 ms after RING
CLIP_LATE_S = 1.2
CLIP_BEFORE_S = 0.05

TimedLine = tuple[float, str]  # seconds from now, and the line


class Dialect(Interpreter, ABC):
    """A powered-up modem that can be called."""

    answer_s = 0.15
    slow_answer_s = 20.0

    def __init__(self, line: Line, faults: Faults) -> None:
        super().__init__(faults)
        self.line = line
        calls: dict[str, Method] = {
            "A": self._answer,
            "H": self._hook,
            "+CHUP": self._hang_up,
            "+CHLD": self._hold,
            "+CLCC": self._list_calls,
            "+CPAS": self._activity,
            "+CCWA": self._call_waiting,
        }
        self.methods.update(calls)

    # -------------------------------------------------------------- calls: commands

    def _answer(self, _command: Command, _now: float) -> Reply:
        call = self.line.find(CallState.INCOMING)
        if call and "ata-no-carrier" in self.faults:
            self.line.release(call, EndedBy.CALLER)
            call = None
        if not call:
            return Reply(final="NO CARRIER")
        slow = "ata-slow" in self.faults
        return Reply(answer_after_s=self.slow_answer_s if slow else self.answer_s)

    def _hook(self, command: Command, now: float) -> Reply:
        if self.value("+CVHU") != "0":
            return OK  # 27.007 6.20: ATH is ignored, but OK is given
        return self._hang_up(command, now)

    def _hang_up(self, _command: Command, _now: float) -> Reply:
        call = self.line.find(CallState.ACTIVE, CallState.INCOMING)
        if call and "hang-up-ignored" not in self.faults:
            self.line.release(call, EndedBy.BOX)
        return OK

    def _hold(self, command: Command, _now: float) -> Reply:
        if command.form is Form.TEST:
            return self._said("+CHLD: (0,1,1x,2,2x,3,4)")
        if command.first == "0":
            call = self.line.find(CallState.WAITING) or self.line.find(CallState.INCOMING)
        elif command.first.startswith("1") and command.first[1:].isdigit():
            calls = self.line.calls
            call = next((c for c in calls if c.index == int(command.first[1:])), None)
        else:
            return ERROR
        if call and "hang-up-ignored" not in self.faults:
            self.line.release(call, EndedBy.BOX)
        return OK if call else ERROR

    def _call_waiting(self, command: Command, _now: float) -> Reply:
        if command.form is Form.READ:
            return self._said("+CCWA: 1")
        if len(command.args) > 1:
            self.line.call_waiting = command.args[1] == "1"
        return OK

    def _activity(self, _command: Command, _now: float) -> Reply:
        if self.line.find(CallState.ACTIVE):
            return self._said("+CPAS: 4")
        return self._said(f"+CPAS: {3 if self.line.find(CallState.INCOMING) else 0}")

    def _list_calls(self, _command: Command, _now: float) -> Reply:
        data = ['+CLCC: 1,1,0,1,0,"",128'] if "data-row" in self.faults else []
        return self._said(*data, *(self.call_row(call) for call in self.line.calls))

    # -------------------------------------------------------------- calls: lines

    def address(self, call: Call) -> tuple[str, int]:
        """Number and type of address as printed; nothing when the number is withheld."""
        if call.withheld or "withheld" in self.faults:
            return "", UNKNOWN
        kind = INTERNATIONAL if call.number.startswith("+") else NATIONAL
        return self.text(call.number), kind

    def call_row(self, call: Call) -> str:
        """One row of AT+CLCC, 3GPP TS 27.007 7.18."""
        number, kind = self.address(call)
        return f'+CLCC: {call.index},1,{call.state.value},0,0,"{number}",{kind}'

    def ring_lines(self, call: Call, *, first: bool) -> list[TimedLine]:
        """What one ring prints, and when."""
        ring = "+CRING: VOICE" if self.value("+CRC") == "1" else "RING"
        ring_at, clip_at = 0.0, CLIP_LATE_S if "clip-late" in self.faults else CLIP_AFTER_S
        if "clip-before-ring" in self.faults:
            ring_at, clip_at = CLIP_BEFORE_S, 0.0
        lines = [(clip_at, self._caller_line(call))] if self.value("+CLIP") == "1" else []
        if "no-ring" not in self.faults:
            lines.append((ring_at, ring))
        if first and call.forwarded and self.value("+CSSN").startswith("1"):
            lines.append((clip_at, "+CSSU: 0"))
        return sorted(lines, key=lambda timed: timed[0])

    def _caller_line(self, call: Call) -> str:
        number, kind = self.address(call)
        return f'+CLIP: "{number}",{kind},,,,{0 if number else 1}'

    def waiting_lines(self, call: Call) -> list[TimedLine]:
        """What announces a second caller."""
        number, kind = self.address(call)
        return [(0.0, f'+CCWA: "{number}",{kind},1')]

    def answered_lines(self, call: Call) -> list[TimedLine]:  # noqa: ARG002
        """What announces that a call is connected."""
        return []

    @abstractmethod
    def released_lines(
        self, call: Call, was: CallState, by: EndedBy, now: float
    ) -> list[TimedLine]:
        """What announces the end of a call."""

    @abstractmethod
    def key_lines(self, key: str) -> list[TimedLine]:
        """What announces a key pressed by the caller."""

    def boot_lines(self) -> list[TimedLine]:
        """What the modem says by itself after power-up."""
        return []

    # -------------------------------------------------------------- sound

    @abstractmethod
    def sound_flows(self) -> bool:
        """Whether the PCM port carries the call now."""
