"""What every modem family has in common: 3GPP TS 27.007 and the life of a call.

Decides: which lines announce what happens on the line, and what call commands do to it.
May touch: the Line. Thread: the modem's. Called by: host_side.
A family is a subclass that overrides only what differs.
"""

from appliance.simulating.commands import Command, Form
from appliance.simulating.families.interpreter import Interpreter
from appliance.simulating.families.phonebook import Phonebook
from appliance.simulating.families.reply import ERROR, OK, Method, Reply, TimedLine, said
from appliance.simulating.families.services import Services
from appliance.simulating.families.sms_commands import SmsCommands
from appliance.simulating.faults import Faults
from appliance.simulating.line import Call, CallState, EndedBy, Line
from appliance.simulating.subscription import Subscription

NATIONAL, INTERNATIONAL, UNKNOWN = 129, 145, 128  # type of address, 3GPP TS 24.008 10.5.4.7
HOME = "+84"
MASKED = "XXXX"
CLIP_AFTER_S = 0.1  # measured on real modems: 100 to 150 ms after RING
CLIP_LATE_S = 1.2
CLIP_BEFORE_S = 0.05
DATA_ROW = '+CLCC: 1,1,0,1,0,"",128'


class Dialect(Interpreter):
    """A powered-up modem that can be called."""

    answer_s = 0.15
    slow_answer_s = 20.0
    message_store = "SM"  # where received SMS go at power-up
    has_data_row = False  # AT+CLCC lists a data bearer as row 1 even without the fault
    has_3g = True  # without: no voice over LTE means that nobody can call
    is_analogue = False  # the sound leaves through an audio connector, not a serial port

    def __init__(self, line: Line, faults: Faults, subscription: Subscription) -> None:
        super().__init__(faults, subscription)
        self.line = line
        self.sms = SmsCommands(self, self.message_store)
        calls: dict[str, Method] = {
            "A": self._answer,
            "H": self._hook,
            "+CHUP": self._hang_up,
            "+CHLD": self._hold,
            "+CLCC": self._list_calls,
            "+CPAS": self._activity,
            "+CCWA": self._call_waiting,
        }
        for chapter in (calls, self.sms.methods, Services(self).methods, Phonebook(self).methods):
            self.methods.update(chapter)

    @property
    def can_ring(self) -> bool:
        """Whether the network can ring this modem: over LTE, or over 3G."""
        return self.is_registered and (self.has_3g or self.has_ims)

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
        self._release(call)
        return OK

    def _release(self, call: Call | None) -> None:
        if call and "hang-up-ignored" not in self.faults:
            self.line.release(call, EndedBy.BOX)

    def _hold(self, command: Command, _now: float) -> Reply:
        if command.form is Form.TEST:
            return said("+CHLD: (0,1,1x,2,2x,3,4)")
        if command.first == "0":
            call = self.line.find(CallState.WAITING) or self.line.find(CallState.INCOMING)
        elif command.first.startswith("1") and command.first[1:].isdecimal():
            call = self._row_numbered(command.first[1:])
        else:
            return ERROR
        self._release(call)
        return OK if call else ERROR

    def _row_numbered(self, index: str) -> Call | None:
        return next((call for call in self.line.calls if str(call.index) == index), None)

    def _call_waiting(self, command: Command, _now: float) -> Reply:
        if command.form is Form.READ:
            return said("+CCWA: 1")
        if len(command.args) > 1:
            self.line.call_waiting = command.args[1] == "1"
        return OK

    def _activity(self, _command: Command, _now: float) -> Reply:
        if self.line.find(CallState.ACTIVE):
            return said("+CPAS: 4")
        return said(f"+CPAS: {3 if self.line.find(CallState.INCOMING) else 0}")

    def _list_calls(self, command: Command, _now: float) -> Reply:
        if command.form is not Form.EXECUTE:
            return OK if command.form is Form.TEST else ERROR
        has_data_row = self.has_data_row or "data-row" in self.faults
        rows = (self.call_row(call) for call in self.line.calls)
        return said(*([DATA_ROW] if has_data_row else []), *rows)

    # -------------------------------------------------------------- calls: who

    def address(self, call: Call) -> tuple[str, int]:
        """Number and type of address as printed; nothing when the number is withheld."""
        if call.withheld or "withheld" in self.faults:
            return "", UNKNOWN
        if "masked-number" in self.faults:
            return self.text(MASKED), NATIONAL
        number = call.number
        if "international-number" in self.faults and number.startswith("0"):
            number = HOME + number[1:]
        kind = INTERNATIONAL if number.startswith("+") else NATIONAL
        return self.text(number), kind

    def caller(self, call: Call) -> str:
        """Number and type of address as they stand in a line."""
        number, kind = self.address(call)
        quote = "" if "unquoted-number" in self.faults else '"'
        return f"{quote}{number}{quote},{kind}"

    def call_row(self, call: Call) -> str:
        """One row of AT+CLCC, 3GPP TS 27.007 7.18."""
        mode = int("volte-row-mode" in self.faults)
        return f"+CLCC: {call.index},1,{call.state.value},{mode},0,{self.caller(call)}"

    # -------------------------------------------------------------- calls: lines

    def row_lines(self, call: Call) -> list[TimedLine]:  # noqa: ARG002
        """The line with which the family tells each change of a call, if it has one."""
        return []

    def ring_lines(self, call: Call, *, first: bool) -> list[TimedLine]:
        """What one ring prints, and when."""
        rows = self.row_lines(call) if first and "no-ring" not in self.faults else []
        if "call-row-only" in self.faults:
            return rows
        ring = "+CRING: VOICE" if self.value("+CRC") == "1" else "RING"
        ring_at, clip_at = 0.0, CLIP_LATE_S if "clip-late" in self.faults else CLIP_AFTER_S
        if "clip-before-ring" in self.faults:
            ring_at, clip_at = CLIP_BEFORE_S, 0.0
        lines = [(clip_at, self._caller_line(call))] if self.value("+CLIP") == "1" else []
        if "no-ring" not in self.faults:
            lines.append((ring_at, ring))
        if first and call.forwarded and self.value("+CSSN").startswith("1"):
            lines.append((clip_at, "+CSSU: 0"))
        return rows + sorted(lines, key=lambda timed: timed[0])

    def _caller_line(self, call: Call) -> str:
        return f"+CLIP: {self.caller(call)},,,,{0 if self.address(call)[0] else 1}"

    def waiting_lines(self, call: Call) -> list[TimedLine]:
        """What announces a second caller."""
        return [*self.row_lines(call), (0.0, f"+CCWA: {self.caller(call)},1")]

    def answered_lines(self, call: Call) -> list[TimedLine]:
        """What announces that a call is connected."""
        return self.row_lines(call)

    def released_lines(
        self, call: Call, was: CallState, by: EndedBy, now: float
    ) -> list[TimedLine]:
        """What announces the end of a call, spoilt by the faults of its end."""
        if "end-silent" in self.faults and by is not EndedBy.BOX:
            return []
        if was is CallState.WAITING:
            return self.row_lines(call)
        if was is CallState.INCOMING:
            return self.missed_lines(call) if by is not EndedBy.BOX else self.row_lines(call)
        if "end-no-carrier" in self.faults:
            return [(0.0, "NO CARRIER")]
        if "end-bare" in self.faults:
            return [(0.0, "VOICE CALL:END")]
        lasted_s = 0 if call.answered_at is None else int(now - call.answered_at)
        lines = self.end_lines(call, lasted_s, by)
        return lines * 2 if "end-twice" in self.faults else lines

    def missed_lines(self, call: Call) -> list[TimedLine]:
        """What tells that the caller gave up; the standard: RING comes no more, that is all."""
        return self.row_lines(call)

    def end_lines(self, call: Call, lasted_s: int, by: EndedBy) -> list[TimedLine]:  # noqa: ARG002
        """What tells that an answered call is over; the standard has NO CARRIER."""
        return self.row_lines(call) + ([] if by is EndedBy.BOX else [(0.0, "NO CARRIER")])

    def key_lines(self, key: str) -> list[TimedLine]:  # noqa: ARG002
        """What announces a key pressed by the caller; the standard has nothing."""
        return []

    def boot_lines(self) -> list[TimedLine]:
        """What the modem says by itself after power-up."""
        return []

    def flow_lines(self, *, go: bool) -> list[TimedLine]:  # noqa: ARG002
        """What asks the host to stop writing sound, or to go on."""
        return []

    # -------------------------------------------------------------- sound

    def sound_flows(self) -> bool:
        """Whether the PCM port carries the call now; a family without one never does."""
        return False

    @property
    def _in_call(self) -> bool:
        return self.line.find(CallState.ACTIVE) is not None
