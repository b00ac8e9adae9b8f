"""Huawei 3G voice sticks (E173, E1750, K3715 and others): sound on the third serial port.

Decides: what they say beyond 27.007. May touch: the Line. Thread: the modem's. Called by: modem.
Lines as in asterisk-chan-dongle and its users' reports; none was tried on hardware by us.
"""

from typing import ClassVar

from appliance.simulating.commands import Command, Form
from appliance.simulating.families.dialect import Dialect
from appliance.simulating.families.interpreter import UTRAN
from appliance.simulating.families.reply import ERROR, OK, Reply, TimedLine, said
from appliance.simulating.families.route import Route
from appliance.simulating.faults import Faults
from appliance.simulating.line import Call, EndedBy, Line
from appliance.simulating.subscription import PIN_TRIES, Subscription

TO_PCM_PORT = "2"  # AT^DDSETEX=2
NORMAL_CLEARING = 16  # cause of ^CEND, 3GPP TS 24.008 10.5.4.11
END_STATUS = 29  # seen in every capture of an ordinary end


class Huawei(Dialect):
    """3G only: no LTE, no IMS; a call's sound must be asked for in each call."""

    name = "huawei"
    meaning = "Huawei E173/E1750 3G sticks: sound on the third serial port; for the bench"
    maker = "huawei"
    model = "E173"
    revision = "11.126.85.00.209"
    imei = "353443040000000"
    access = UTRAN
    settings: ClassVar = Dialect.settings | {
        "+CSCS": ("IRA", ("IRA", "GSM", "UCS2")),
        "^CURC": ("1", ("0", "1")),
        "^DDTMFCFG": ("0,0", ("0", "1")),
        "^U2DIAG": ("0", None),
    }

    def __init__(self, line: Line, faults: Faults, subscription: Subscription) -> None:
        super().__init__(line, faults, subscription)
        self._route = Route(faults)
        for absent in ("+CEREG", "+CIREG"):
            self.methods[absent] = lambda *_: ERROR
        self.methods |= {
            "^DDSETEX": self._route_sound,
            "^CVOICE": self._voice,
            "^CPIN": self._pin_counters,
            "^SYSINFO": lambda *_: said(f"^SYSINFO:{2 if self.is_registered else 0},3,0,5,1,,4"),
        }

    @property
    def has_ims(self) -> bool:
        """Never: 3G knows no voice over LTE."""
        return False

    def _voice(self, command: Command, _now: float) -> Reply:
        if command.form is not Form.READ:
            return OK if command.form is Form.SET else said("^CVOICE:(0)")
        locked = "cpcmreg-never" in self.faults  # sticks sold with the voice locked
        return said("^CVOICE:1" if locked else "^CVOICE:0,8000,16,20")

    def _pin_counters(self, _command: Command, _now: float) -> Reply:
        tries = self.subscription.pin_tries
        if self.sim_state == "READY":
            return said(f"^CPIN: READY,,10,{tries},10,{PIN_TRIES}")
        left = 10 if self.sim_state == "SIM PUK" else tries
        return said(f"^CPIN: {self.sim_state or 'NO SIM'},{left},10,{tries},10,{PIN_TRIES}")

    # -------------------------------------------------------------- calls

    def answered_lines(self, call: Call) -> list[TimedLine]:
        """^CONN with the call's row and kind (0: voice)."""
        self._route.new_call()
        self._route.on = False  # asked for anew in each call
        return [(0.0, f"^CONN:{call.index},0")]

    def missed_lines(self, call: Call) -> list[TimedLine]:
        """^CEND with a duration of nothing."""
        return self.end_lines(call, 0, EndedBy.CALLER)

    def end_lines(self, call: Call, lasted_s: int, by: EndedBy) -> list[TimedLine]:  # noqa: ARG002
        """^CEND, whoever hung up: row, seconds, status, cause."""
        return [(0.0, f"^CEND:{call.index},{lasted_s},{END_STATUS},{NORMAL_CLEARING}")]

    def key_lines(self, key: str) -> list[TimedLine]:
        """^DDTMF once AT^DDTMFCFG=0,1 was given."""
        return [(0.0, f"^DDTMF: {key}")] if self.value("^DDTMFCFG") == "0,1" else []

    # -------------------------------------------------------------- sound

    def _route_sound(self, command: Command, _now: float) -> Reply:
        if command.form is not Form.SET or command.first != TO_PCM_PORT or not self._in_call:
            return ERROR
        if self._route.refuses():
            return ERROR
        self._route.on = True
        return OK

    def sound_flows(self) -> bool:
        """In a call, after AT^DDSETEX=2."""
        return self._in_call and self._route.on
