"""SIMCom SIM7600: LTE modem with the call's sound on a USB serial port.

Decides: what a SIM7600 says beyond SIMCom's rest. May touch: the Line. Thread: the modem's.
Called by: modem. Lines as captured from SIM7600G-H; none was tried on hardware by us.
"""

from typing import ClassVar

from appliance.simulating.commands import Command, Form
from appliance.simulating.families.reply import ERROR, OK, Reply, TimedLine, said
from appliance.simulating.families.route import Route
from appliance.simulating.families.simcom import SimCom
from appliance.simulating.faults import Faults
from appliance.simulating.line import Call, CallState, Line
from appliance.simulating.subscription import Subscription

SOUND_READY_S = 0.1  # ModemManager waits as long: CPCMREG=1 too early is refused


class Sim7600(SimCom):
    """SIM7600E-H and G-H; sound by AT+CPCMREG, in a call only."""

    name = "sim7600"
    meaning = "SIMCom SIM7600E-H/G-H: LTE, sound on a second serial port"
    model = "SIMCOM_SIM7600G-H"
    revision = "LE20B04SIM7600G22"
    imei = "868822040000000"
    settings: ClassVar = SimCom.settings | {
        "+CPCMFRM": ("0", ("0",)),  # 16 kHz sound is refused: the line carries 8 kHz
    }

    def __init__(self, line: Line, faults: Faults, subscription: Subscription) -> None:
        super().__init__(line, faults, subscription)
        self._route = Route(faults)
        self._left_on = False  # CPCMREG=0 was forgotten: no sound in the next call
        self.methods["+CPCMREG"] = self._route_sound

    def _route_sound(self, command: Command, now: float) -> Reply:
        if command.form is Form.READ:
            return said(f"+CPCMREG: {int(self._route.on)}")
        if command.first == "0":
            self._route.on = self._left_on = False
            return OK
        if command.first != "1" or not self._may_route(now):
            return ERROR
        self._route.on = True
        return OK

    def _may_route(self, now: float) -> bool:
        call = self.line.find(CallState.ACTIVE)
        if not call or call.answered_at is None or now - call.answered_at < SOUND_READY_S:
            return False
        return not self._route.refuses()

    def sound_flows(self) -> bool:
        """Only in a call, after CPCMREG=1, and not if it was left on by the call before."""
        return self._in_call and self._route.on and not self._left_on

    def answered_lines(self, call: Call) -> list[TimedLine]:
        """A new call; sound that was left on stays silent."""
        self._left_on = self._route.on
        self._route.new_call()
        return super().answered_lines(call)
