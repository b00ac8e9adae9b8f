"""Command lines, settings, identity, SIM lock and network: 27.007 without calls.

Decides: which reply a command gets. May touch: the wall clock (AT+CCLK).
Thread: the modem's. Called by: dialect.
"""

import datetime
from dataclasses import replace
from typing import ClassVar

from appliance.simulating.commands import Command, Form, parse
from appliance.simulating.families.reply import (
    ERROR,
    OK,
    SIM_BUSY,
    SIM_NOT_INSERTED,
    SIM_PUK_NEEDED,
    WRONG_PASSWORD,
    CmeError,
    Method,
    Reply,
    TimedLine,
    said,
)
from appliance.simulating.faults import Faults
from appliance.simulating.subscription import ICCID, IMSI, Subscription

VIETNAM = datetime.timezone(datetime.timedelta(hours=7))
ABSURD_CLOCK = "80/01/06,00:00:12+00"  # the first day of GPS time: what a modem has until told
SIM_BUSY_TIMES = 3  # a SIM is busy for the first seconds after power-up
IMS_VOICE = 15  # <ext_info> of +CIREG as seen on A7670E: every IMS service
LTE, UTRAN = 7, 2  # <AcT> of +COPS and +CREG, 27.007 7.3

DIGIT = tuple("0123456789")


class Interpreter:
    """A powered-up modem's command interpreter. Made anew at each power-up."""

    name = "generic"
    meaning = ""
    maker, model, revision, imei = "", "", "", ""
    revision_prefix = ""
    access = LTE
    # setting -> (value at power-up, values allowed for its first argument, or None for any)
    settings: ClassVar[dict[str, tuple[str, tuple[str, ...] | None]]] = {
        "+CMEE": ("0", ("0", "1", "2")),
        "+CSCS": ("GSM", ("IRA", "GSM", "UCS2")),
        "+CLIP": ("0", ("0", "1")),
        "+CRC": ("0", ("0", "1")),
        "+CSSN": ("0,0", ("0", "1")),
        "+CVHU": ("1", ("0", "1")),
        "+CREG": ("0", ("0", "1", "2")),
        "+CEREG": ("0", ("0", "1", "2")),
        "+CGREG": ("0", ("0", "1", "2")),
        "+CIREG": ("0", ("0", "1", "2")),
        "+CTZU": ("0", ("0", "1")),
        "+CTZR": ("0", ("0", "1")),
        "+CNMI": ("2,1,0,0,0", DIGIT),
        "+CMGF": ("0", ("0", "1")),
        "+CSMS": ("0", ("0", "1")),
        "+CLVL": ("2", DIGIT[:6]),
        "+CMUT": ("0", ("0", "1")),
        "S0": ("000", None),
        "S3": ("013", None),
        "S4": ("010", None),
        "Q": ("0", ("0",)),
        "V": ("1", ("1",)),
        "X": ("1", ("0", "1", "2", "3", "4")),
        "&D": ("2", ("0", "1", "2")),
        "&C": ("1", ("0", "1", "2")),
    }

    def __init__(self, faults: Faults, subscription: Subscription) -> None:
        self.faults = faults
        self.subscription = subscription
        self.echo = True
        self.attached = True  # AT+CGATT; on LTE a modem that detaches is not registered
        self._values = {name: value for name, (value, _) in self.settings.items()}
        self._unlocked = not subscription.asks_for_pin
        self._sim_busy = SIM_BUSY_TIMES
        self.methods: dict[str, Method] = {
            "E": self._set_echo,
            "Z": self._reset_settings,
            "&F": self._reset_settings,
            "+CPIN": self._pin,
            "+CIMI": lambda *_: self._of_sim(IMSI),
            "+CCID": lambda *_: self._of_sim(f"+CCID: {ICCID}"),
            "+CSQ": lambda *_: said(f"+CSQ: {self._signal()},99"),
            "+CREG": self._registration,
            "+CEREG": self._registration,
            "+CGREG": self._registration,
            "+CIREG": self._ims,
            "+COPS": self._operator,
            "+CCLK": self._clock,
            "+CFUN": self._functionality,
            "+CGMI": lambda *_: said(self.maker),
            "+CGMM": lambda *_: said(self.model),
            "+CGMR": lambda *_: said(f"{self.revision_prefix}{self.revision}"),
            "+CGSN": lambda *_: said(self.imei),
            "I": self._identity,
        }

    # -------------------------------------------------------------- command lines

    def run(self, text: str, now: float) -> Reply:
        """Carry out a command line without its AT; the first error ends it."""
        lines: list[str] = []
        later: list[TimedLine] = []
        for command in parse(text) or [Command("?")] * bool(text.strip()):
            reply = self._run_one(command, now)
            lines += reply.lines
            later += reply.later
            if reply.ends_the_line:
                return replace(reply, lines=tuple(lines), later=tuple(later))
        return Reply(tuple(lines), later=tuple(later))

    def _run_one(self, command: Command, now: float) -> Reply:
        method = self.methods.get(command.name)
        if method:
            return method(command, now)
        if command.name in self.settings:
            return self.setting(command)
        return ERROR

    def setting(self, command: Command) -> Reply:
        """Ask for, list or change a setting."""
        if command.form is Form.READ:
            value = self._values[command.name]
            quoted = f'"{value}"' if command.name == "+CSCS" else value
            return said(f"{command.name}: {quoted}" if command.name[0] in "+^" else value)
        allowed = self.settings[command.name][1]
        if command.form is Form.TEST:
            return said(f"{command.name}: ({','.join(allowed or DIGIT)})")
        value = ",".join(command.args) or "0"
        if allowed is not None and value.split(",")[0] not in allowed:
            return ERROR
        self._values[command.name] = value
        return OK

    def value(self, name: str) -> str:
        """The present value of a setting."""
        return self._values[name]

    def failed(self, error: CmeError) -> Reply:
        """An error as AT+CMEE wants it."""
        how = "2" if "cme-text" in self.faults else self.value("+CMEE")
        if how == "0":
            return ERROR
        return Reply(final=f"+CME ERROR: {error.text if how == '2' else error.number}")

    def text(self, words: str) -> str:
        """Words as the chosen character set prints them: UCS2 is hexadecimal."""
        if self.value("+CSCS") != "UCS2" and "ucs2-numbers" not in self.faults:
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
        return said(
            f"Manufacturer: {self.maker}",
            f"Model: {self.model}",
            f"Revision: {self.revision}",
            f"IMEI: {self.imei}",
            "+GCAP: +CGSM",
        )

    def _clock(self, _command: Command, _now: float) -> Reply:
        local = f"{datetime.datetime.now(VIETNAM):%y/%m/%d,%H:%M:%S}+28"
        return said(f'+CCLK: "{ABSURD_CLOCK if "clock-absurd" in self.faults else local}"')

    def _functionality(self, command: Command, _now: float) -> Reply:
        if command.form is Form.READ:
            return said("+CFUN: 1")
        if command.args == ("1", "1"):
            return Reply(reset=True)
        return OK if command.first == "1" else ERROR

    # -------------------------------------------------------------- SIM

    @property
    def sim_state(self) -> str | None:
        """READY, SIM PIN or SIM PUK, as AT+CPIN? says it; None without a SIM."""
        if "no-sim" in self.faults:
            return None
        if not self.subscription.pin_tries:
            return "SIM PUK"
        return "READY" if self._unlocked else "SIM PIN"

    def _of_sim(self, line: str) -> Reply:
        return said(line) if self.sim_state else self.failed(SIM_NOT_INSERTED)

    def _pin(self, command: Command, _now: float) -> Reply:
        if "cme-text" in self.faults and self._sim_busy:
            self._sim_busy -= 1
            return self.failed(SIM_BUSY)
        state = self.sim_state
        if state is None:
            return self.failed(SIM_NOT_INSERTED)
        if command.form is Form.READ:
            return said(f"+CPIN: {state}")
        if command.form is not Form.SET or state == "READY":
            return ERROR
        if state == "SIM PIN" and self.subscription.try_pin(command.first):
            self._unlocked = True
            return OK
        tries = self.subscription.pin_tries
        return self.failed(WRONG_PASSWORD if tries else SIM_PUK_NEEDED)

    # -------------------------------------------------------------- network

    @property
    def is_registered(self) -> bool:
        """Whether the network knows this modem."""
        serves = "no-network" not in self.faults
        return self.sim_state == "READY" and serves and self.attached

    @property
    def has_ims(self) -> bool:
        """Whether voice over LTE is registered."""
        return self.is_registered and "no-volte" not in self.faults

    def _signal(self) -> int:
        return 99 if "no-network" in self.faults else 20  # 20 is -73 dBm, 99 unknown

    def _registration(self, command: Command, _now: float) -> Reply:
        if command.form is not Form.READ:
            return self.setting(command)
        mode = self.value(command.name)
        if "creg-zero" in self.faults and command.name == "+CREG" and self.access == LTE:
            return said(f"+CREG: {mode},0")
        if not self.is_registered:
            searching = self.sim_state == "READY" and self.attached
            return said(f"{command.name}: {mode},{2 if searching else 0}")
        place = f',"775C","06F95B2D",{self.access}' if mode == "2" else ""
        return said(f"{command.name}: {mode},1{place}")

    def _ims(self, command: Command, _now: float) -> Reply:
        if command.form is not Form.READ:
            return self.setting(command)
        mode = self.value("+CIREG")
        services = f",{IMS_VOICE}" if mode == "2" and self.has_ims else ""
        return said(f"+CIREG: {mode},{int(self.has_ims)}{services}")

    def _operator(self, command: Command, _now: float) -> Reply:
        if command.form is not Form.READ:
            return OK if command.form is Form.SET else ERROR
        if not self.is_registered:
            return said("+COPS: 0")
        return said(f'+COPS: 0,0,"{self.text("Viettel Viettel")}",{self.access}')
