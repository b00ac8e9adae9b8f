"""Command lines, settings, SIM and network: the part of 27.007 that knows nothing of calls.

Decides: which reply a command gets. May touch: the wall clock (AT+CCLK).
Thread: the modem's. Called by: dialect.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from appliance.simulating.commands import Command, Form, parse
from appliance.simulating.faults import Faults

VIETNAM = datetime.timezone(datetime.timedelta(hours=7))
PIN = "1234"
SIM_BUSY_TIMES = 3  # a SIM is busy for the first seconds after power-up


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


class Interpreter:
    """A powered-up modem's command interpreter. Made anew at each power-up."""

    name = "generic"
    meaning = ""
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

    def __init__(self, faults: Faults) -> None:
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
