"""What every modem family has in common: 3GPP TS 27.007 commands and the life of a call.

Decides: which reply a command gets, and which lines announce what happens on the line.
May touch: the Line. Thread: the modem's. Called by: modem.
A family is a subclass that overrides only what differs.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from appliance.simulating.commands import Command, Form, parse
from appliance.simulating.faults import Faults
from appliance.simulating.line import Call, CallState, EndedBy, Line

VIETNAM = datetime.timezone(datetime.timedelta(hours=7))
PIN = "1234"
SIM_BUSY_TIMES = 3  # a SIM is busy for the first seconds after power-up
NATIONAL, INTERNATIONAL, UNKNOWN = 129, 145, 128  # type of address, 3GPP TS 24.008 10.5.4.7
CLIP_AFTER_S = 0.1  # measured on real modems: 100 to 150 ms after RING
CLIP_LATE_S = 1.2
CLIP_BEFORE_S = 0.05


@dataclass(frozen=True)
class Reply:
    """The answer to a command line.

    answer_after_s: the final result comes when the network has connected (ATA).
    reset: the modem restarts after its OK.
    """

    lines: tuple[str, ...] = ()
    final: str = "OK"
    answer_after_s: float | None = None
    reset: bool = False


OK = Reply()
ERROR = Reply(final="ERROR")
TimedLine = tuple[float, str]  # seconds from now, and the line
Method = Callable[[Command, float], Reply]


@dataclass(frozen=True)
class CmeError:
    """An error of the equipment, 3GPP TS 27.007 9.2: its number and its text."""

    number: int
    text: str


SIM_PIN_NEEDED = CmeError(11, "SIM PIN required")
SIM_PUK_NEEDED = CmeError(12, "SIM PUK required")
SIM_BUSY = CmeError(14, "SIM busy")
WRONG_PASSWORD = CmeError(16, "incorrect password")

DIGIT = tuple("0123456789")


class Dialect:
    """A powered-up modem's command interpreter. Made anew at each power-up."""

    name = "generic"
    meaning = ""
    answer_s = 0.15
    slow_answer_s = 20.0
    maker, model, revision, imei = "", "", "", ""
    # setting -> (value at power-up, values allowed for its first argument, or None for any)
    settings: ClassVar[dict[str, tuple[str, tuple[str, ...] | None]]] = {
        "+CMEE": ("2", ("0", "1", "2")),
        "+CSCS": ("UCS2", ("IRA", "GSM", "UCS2")),
        "+CLIP": ("0", ("0", "1")),
        "+CRC": ("0", ("0", "1")),
        "+CSSN": ("0,0", ("0", "1")),
        "+CVHU": ("1", ("0", "1")),
        "+CREG": ("0", ("0", "1", "2")),
        "+CEREG": ("0", ("0", "1", "2")),
        "+CTZU": ("0", ("0", "1")),
        "+CTZR": ("0", ("0", "1")),
        "+CNMI": ("2,1,0,0,0", DIGIT),
        "+CMGF": ("0", ("0", "1")),
        "+CLVL": ("2", DIGIT[:6]),
        "+CMUT": ("0", ("0", "1")),
        "+CUSD": ("0", ("0", "1", "2")),
        "S0": ("000", None),
        "S3": ("013", None),
        "S4": ("010", None),
        "Q": ("0", ("0",)),
        "V": ("1", ("1",)),
        "X": ("1", ("0", "1", "2", "3", "4")),
        "&D": ("2", ("0", "1", "2")),
        "&C": ("1", ("0", "1", "2")),
    }

    def __init__(self, line: Line, faults: Faults) -> None:
        self.line = line
        self.faults = faults
        self.echo = True
        self._values = {name: value for name, (value, _) in self.settings.items()}
        locked = "pin-required" in faults or "pin-one-try" in faults
        self._pin_tries = 1 if "pin-one-try" in faults else 3
        self._pin_state = "SIM PIN" if locked else "READY"
        self._sim_busy = SIM_BUSY_TIMES
        self.methods: dict[str, Method] = {
            "E": self._set_echo,
            "Z": self._reset_settings,
            "&F": self._reset_settings,
            "A": self._answer,
            "H": self._hook,
            "+CHUP": self._hang_up,
            "+CHLD": self._hold,
            "+CLCC": self._list_calls,
            "+CPAS": self._activity,
            "+CCWA": self._call_waiting,
            "+CPIN": self._pin,
            "+CSQ": lambda *_: self._said(f"+CSQ: {self._signal()},99"),
            "+CREG": self._registration,
            "+CEREG": self._registration,
            "+COPS": self._operator,
            "+CCLK": self._clock,
            "+CFUN": self._functionality,
            "+CGMI": lambda *_: self._said(self.maker),
            "+CGMM": lambda *_: self._said(self.model),
            "+CGMR": lambda *_: self._said(f"+CGMR: {self.revision}"),
            "+CGSN": lambda *_: self._said(self.imei),
            "I": self._identity,
        }

    # -------------------------------------------------------------- command lines

    def run(self, text: str, now: float) -> Reply:
        """Carry out a command line without its AT; the first error ends it."""
        lines: list[str] = []
        for command in parse(text) or [Command("?")] * bool(text.strip()):
            reply = self._run_one(command, now)
            lines += reply.lines
            if reply.final != "OK" or reply.answer_after_s is not None or reply.reset:
                return Reply(tuple(lines), reply.final, reply.answer_after_s, reply.reset)
        return Reply(tuple(lines))

    def _run_one(self, command: Command, now: float) -> Reply:
        method = self.methods.get(command.name)
        if method:
            return method(command, now)
        if command.name in self.settings:
            return self._setting(command, now)
        return ERROR

    def _setting(self, command: Command, _now: float) -> Reply:
        if command.form is Form.READ:
            value = self._values[command.name]
            quoted = f'"{value}"' if command.name == "+CSCS" else value
            return self._said(f"{command.name}: {quoted}" if command.name[0] == "+" else value)
        allowed = self.settings[command.name][1]
        if command.form is Form.TEST:
            return self._said(f"{command.name}: ({','.join(allowed or DIGIT)})")
        value = ",".join(command.args) or "0"
        if allowed is not None and value.split(",")[0] not in allowed:
            return ERROR
        self._values[command.name] = value
        return OK

    def value(self, name: str) -> str:
        """The present value of a setting."""
        return self._values[name]

    @staticmethod
    def _said(*lines: str) -> Reply:
        return Reply(lines)

    def _failed(self, error: CmeError) -> Reply:
        how = "2" if "cme-text" in self.faults else self.value("+CMEE")
        if how == "0":
            return ERROR
        return Reply(final=f"+CME ERROR: {error.text if how == '2' else error.number}")

    def text(self, words: str) -> str:
        """Words as the chosen character set prints them: UCS2 is hexadecimal."""
        if self.value("+CSCS") != "UCS2":
            return words
        return words.encode("utf-16-be").hex().upper()

    # -------------------------------------------------------------- settings and identity

    def _set_echo(self, command: Command, _now: float) -> Reply:
        self.echo = command.first == "1"
        return OK

    def _reset_settings(self, _command: Command, _now: float) -> Reply:
        self.echo = True
        self._values = {name: value for name, (value, _) in self.settings.items()}
        return OK

    def _identity(self, _command: Command, _now: float) -> Reply:
        return self._said(
            f"Manufacturer: {self.maker}",
            f"Model: {self.model}",
            f"Revision: {self.revision}",
            f"IMEI: {self.imei}",
            "+GCAP: +CGSM",
        )

    def _clock(self, _command: Command, _now: float) -> Reply:
        local = datetime.datetime.now(VIETNAM)
        return self._said(f'+CCLK: "{local:%y/%m/%d,%H:%M:%S}+28"')

    def _functionality(self, command: Command, _now: float) -> Reply:
        if command.form is Form.READ:
            return self._said("+CFUN: 1")
        if command.args == ("1", "1"):
            return Reply(reset=True)
        return OK if command.first == "1" else ERROR

    # -------------------------------------------------------------- SIM and network

    @property
    def is_registered(self) -> bool:
        """Whether the network can ring this modem."""
        return self._pin_state == "READY" and "no-network" not in self.faults

    def _pin(self, command: Command, _now: float) -> Reply:
        if "cme-text" in self.faults and self._sim_busy:
            self._sim_busy -= 1
            return self._failed(SIM_BUSY)
        if command.form is Form.READ:
            return self._said(f"+CPIN: {self._pin_state}")
        if command.form is not Form.SET or self._pin_state == "READY":
            return ERROR
        if self._pin_state == "SIM PIN" and command.first == PIN:
            self._pin_state = "READY"
            return OK
        self._pin_tries = max(0, self._pin_tries - 1)
        self._pin_state = "SIM PIN" if self._pin_tries else "SIM PUK"
        return self._failed(WRONG_PASSWORD if self._pin_tries else SIM_PUK_NEEDED)

    def _signal(self) -> int:
        return 99 if "no-network" in self.faults else 20  # 20 is -73 dBm, 99 unknown

    def _registration(self, command: Command, now: float) -> Reply:
        if command.form is not Form.READ:
            return self._setting(command, now)
        mode = self.value(command.name)
        if "creg-zero" in self.faults and command.name == "+CREG":
            return self._said(f"+CREG: {mode},0")
        if not self.is_registered:
            return self._said(f"{command.name}: {mode},{2 if self._pin_state == 'READY' else 0}")
        place = ',"775C","06F95B2D",7' if mode == "2" else ""
        return self._said(f"{command.name}: {mode},1{place}")

    def _operator(self, command: Command, _now: float) -> Reply:
        if command.form is not Form.READ:
            return OK if command.form is Form.SET else ERROR
        if not self.is_registered:
            return self._said("+COPS: 0")
        return self._said(f'+COPS: 0,0,"{self.text("Viettel Viettel")}",7')

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

    def released_lines(
        self, call: Call, was: CallState, by: EndedBy, now: float
    ) -> list[TimedLine]:
        """What announces the end of a call."""
        raise NotImplementedError

    def key_lines(self, key: str) -> list[TimedLine]:
        """What announces a key pressed by the caller."""
        raise NotImplementedError

    def boot_lines(self) -> list[TimedLine]:
        """What the modem says by itself after power-up."""
        return []

    # -------------------------------------------------------------- sound

    def sound_flows(self) -> bool:
        """Whether the PCM port carries the call now."""
        raise NotImplementedError
