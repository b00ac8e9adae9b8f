"""SIMCom SIM7600: LTE modem with the call's sound on a USB serial port.

Decides: what a SIM7600 says beyond 27.007. May touch: the Line. Thread: the modem's.
Called by: modem. Lines as captured from SIM7600G-H; none was tried on hardware by us.
"""

import datetime
from typing import ClassVar

from appliance.simulating.commands import Command, Form
from appliance.simulating.families.dialect import Dialect, TimedLine
from appliance.simulating.families.interpreter import ERROR, OK, VIETNAM, Method, Reply
from appliance.simulating.faults import Faults
from appliance.simulating.line import Call, CallState, EndedBy, Line

SOUND_READY_S = 0.1  # ModemManager waits as long: CPCMREG=1 too early is refused
REFUSALS = 5
READY_AFTER_S = 1.0
FLAG = ("0", "1")


class Sim7600(Dialect):
    """SIM7600E-H and G-H; sound by AT+CPCMREG, in a call only."""

    name = "sim7600"
    meaning = "SIMCom SIM7600E-H/G-H: LTE, sound on a second serial port"
    maker = "SIMCOM INCORPORATED"
    model = "SIMCOM_SIM7600G-H"
    revision = "LE20B04SIM7600G22"
    imei = "868822040000000"
    settings: ClassVar = Dialect.settings | {
        "+DDET": ("0", FLAG),
        "+AUTOCSQ": ("0,0", FLAG),
        "+CPCMFRM": ("0", ("0",)),  # 16 kHz sound is refused: the line carries 8 kHz
        "+CNMP": ("2", None),
        "+CMICGAIN": ("4", tuple("012345678")),
        "+COUTGAIN": ("4", tuple("012345678")),
        "+CSDVC": ("3", None),
        "+CPSMS": ("0", FLAG),
    }

    def __init__(self, line: Line, faults: Faults) -> None:
        super().__init__(line, faults)
        self._call_rows = False
        self._routed = False
        self._left_on = False  # CPCMREG=0 was forgotten: no sound in the next call
        self._refusals_left = REFUSALS
        more: dict[str, Method] = {
            "+CPCMREG": self._route_sound,
            "+CPSI": self._serving_cell,
            "+CIREG": lambda *_: self._said("+CIREG: 0,1"),
            "+SPIC": lambda *_: self._said(f"+SPIC: {self._pin_tries},10,0,10"),
            "+CRESET": lambda *_: Reply(reset=True),
            "+CECM": lambda *_: OK if self.line.find(CallState.ACTIVE) else ERROR,
        }
        self.methods.update(more)

    def _list_calls(self, command: Command, now: float) -> Reply:
        if command.form is Form.SET:
            self._call_rows = command.first == "1"
            return OK
        if command.form is Form.READ:
            return self._said(f"+CLCC: {int(self._call_rows)}")
        return super()._list_calls(command, now)

    def _reset_settings(self, command: Command, now: float) -> Reply:
        self._call_rows = False
        return super()._reset_settings(command, now)

    def _serving_cell(self, _command: Command, _now: float) -> Reply:
        if not self.is_registered:
            return self._said("+CPSI: NO SERVICE,Online")
        cell = "452-04,0x775C,117004595,399,EUTRAN-BAND3,1650,5,5,-83,-835,-552,15"
        return self._said(f"+CPSI: LTE,Online,{cell}")

    # -------------------------------------------------------------- sound

    def _route_sound(self, command: Command, now: float) -> Reply:
        if command.form is Form.READ:
            return self._said(f"+CPCMREG: {int(self._routed)}")
        if command.first == "0":
            self._routed = self._left_on = False
            return OK
        if command.first != "1" or not self._may_route(now):
            return ERROR
        self._routed = True
        return OK

    def _may_route(self, now: float) -> bool:
        call = self.line.find(CallState.ACTIVE)
        if not call or call.answered_at is None or now - call.answered_at < SOUND_READY_S:
            return False
        if "cpcmreg-never" in self.faults:
            return False
        if "cpcmreg-error" in self.faults and self._refusals_left:
            self._refusals_left -= 1
            return False
        return True

    def sound_flows(self) -> bool:
        """Only in a call, after CPCMREG=1, and not if it was left on by the call before."""
        active = self.line.find(CallState.ACTIVE) is not None
        return active and self._routed and not self._left_on

    # -------------------------------------------------------------- lines

    def _row(self, call: Call) -> list[TimedLine]:
        return [(0.0, self.call_row(call))] if self._call_rows else []

    def ring_lines(self, call: Call, *, first: bool) -> list[TimedLine]:
        """With AT+CLCC=1 a call row comes before the first RING."""
        rows = self._row(call) if first and "no-ring" not in self.faults else []
        return rows + super().ring_lines(call, first=first)

    def waiting_lines(self, call: Call) -> list[TimedLine]:
        """The call row, then +CCWA."""
        return self._row(call) + super().waiting_lines(call)

    def answered_lines(self, call: Call) -> list[TimedLine]:
        """The call row, then VOICE CALL: BEGIN."""
        self._left_on = self._routed
        self._refusals_left = REFUSALS
        return [*self._row(call), (0.0, "VOICE CALL: BEGIN")]

    def released_lines(
        self, call: Call, was: CallState, by: EndedBy, now: float
    ) -> list[TimedLine]:
        """VOICE CALL: END with the duration, NO CARRIER if not by us; MISSED_CALL unanswered."""
        if "end-silent" in self.faults and by is not EndedBy.BOX:
            return []
        if was is CallState.WAITING:
            return self._row(call)
        if was is CallState.INCOMING:
            return [*self._row(call), *([] if by is EndedBy.BOX else [self._missed(call)])]
        lasted_s = 0 if call.answered_at is None else int(now - call.answered_at)
        return self._end_lines(call, f"{lasted_s:06d}", by)

    def _end_lines(self, call: Call, lasted: str, by: EndedBy) -> list[TimedLine]:
        if "end-no-carrier" in self.faults:
            return [(0.0, "NO CARRIER")]
        if "end-bare" in self.faults:
            return [(0.0, "VOICE CALL:END")]
        lines = [*self._row(call), (0.0, f"VOICE CALL: END: {lasted}")]
        if by is not EndedBy.BOX:
            lines.append((0.0, "NO CARRIER"))
        return lines * 2 if "end-twice" in self.faults else lines

    def _missed(self, call: Call) -> TimedLine:
        clock = datetime.datetime.now(VIETNAM).strftime("%I:%M%p")
        return 0.0, f"MISSED_CALL: {clock} {self.address(call)[0]}"

    def key_lines(self, key: str) -> list[TimedLine]:
        """+RXDTMF once AT+DDET=1 was given."""
        return [(0.0, f"+RXDTMF: {key}")] if self.value("+DDET").startswith("1") else []

    def boot_lines(self) -> list[TimedLine]:
        """What is still seen by a host that opens the port soon after power-up."""
        state = f"+CPIN: {self._pin_state}"
        return [(READY_AFTER_S, state), (READY_AFTER_S, "SMS DONE"), (READY_AFTER_S, "PB DONE")]
