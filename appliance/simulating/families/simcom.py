"""What SIMCom's LTE modems have in common beyond 27.007.

Decides: SIMCom's call rows, tones and questions. May touch: the wall clock (MISSED_CALL).
Thread: the modem's. Called by: sim7600, a7670.
"""

import datetime
from typing import ClassVar

from appliance.simulating.commands import Command, Form
from appliance.simulating.families.dialect import Dialect
from appliance.simulating.families.interpreter import VIETNAM
from appliance.simulating.families.reply import ERROR, OK, Reply, TimedLine, said
from appliance.simulating.faults import Faults
from appliance.simulating.line import Call, EndedBy, Line
from appliance.simulating.subscription import ICCID, Subscription

READY_AFTER_S = 1.0
FLAG = ("0", "1")
GAIN = tuple("012345678")


class SimCom(Dialect):
    """A SIMCom modem."""

    maker = "SIMCOM INCORPORATED"
    revision_prefix = "+CGMR: "
    message_store = "ME"
    settings: ClassVar = Dialect.settings | {
        "+CMEE": ("2", ("0", "1", "2")),
        "+CSCS": ("UCS2", ("IRA", "GSM", "UCS2")),  # boots so: numbers are hexadecimal
        "+DDET": ("0", FLAG),
        "+AUTOCSQ": ("0,0", FLAG),
        "+CNMP": ("2", None),
        "+CMICGAIN": ("4", GAIN),
        "+COUTGAIN": ("4", GAIN),
        "+CSDVC": ("3", None),
        "+CPSMS": ("0", FLAG),
    }

    def __init__(self, line: Line, faults: Faults, subscription: Subscription) -> None:
        super().__init__(line, faults, subscription)
        self._call_rows = False
        self.methods |= {
            "+CPSI": self._serving_cell,
            "+CICCID": lambda *_: self._of_sim(f"+ICCID: {ICCID}"),
            "+SPIC": lambda *_: said(f"+SPIC: {subscription.pin_tries},10,0,10"),
            "+CRESET": lambda *_: Reply(reset=True),
            "+CECM": lambda *_: OK if self._in_call else ERROR,
        }

    def _list_calls(self, command: Command, now: float) -> Reply:
        if command.form is Form.SET:
            self._call_rows = command.first == "1"
            return OK
        if command.form is Form.READ:
            return said(f"+CLCC: {int(self._call_rows)}")
        return super()._list_calls(command, now)

    def _reset_settings(self, command: Command, now: float) -> Reply:
        self._call_rows = False
        return super()._reset_settings(command, now)

    def _serving_cell(self, _command: Command, _now: float) -> Reply:
        if not self.is_registered:
            return said("+CPSI: NO SERVICE,Online")
        cell = "452-04,0x775C,117004595,399,EUTRAN-BAND3,1650,5,5,-83,-835,-552,15"
        return said(f"+CPSI: LTE,Online,{cell}")

    # -------------------------------------------------------------- lines

    def row_lines(self, call: Call) -> list[TimedLine]:
        """With AT+CLCC=1 a call row comes before the first RING, and at each change."""
        return [(0.0, self.call_row(call))] if self._call_rows else []

    def answered_lines(self, call: Call) -> list[TimedLine]:
        """The call row, then VOICE CALL: BEGIN."""
        return [*self.row_lines(call), (0.0, "VOICE CALL: BEGIN")]

    def end_lines(self, call: Call, lasted_s: int, by: EndedBy) -> list[TimedLine]:
        """VOICE CALL: END with the duration, then NO CARRIER if not by us."""
        ended = (0.0, f"VOICE CALL: END: {lasted_s:06d}")
        no_carrier = [] if by is EndedBy.BOX else [(0.0, "NO CARRIER")]
        return [*self.row_lines(call), ended, *no_carrier]

    def missed_lines(self, call: Call) -> list[TimedLine]:
        """MISSED_CALL with the time of day and the number."""
        clock = datetime.datetime.now(VIETNAM).strftime("%I:%M%p")
        return [*self.row_lines(call), (0.0, f"MISSED_CALL: {clock} {self.address(call)[0]}")]

    def key_lines(self, key: str) -> list[TimedLine]:
        """+RXDTMF once AT+DDET=1 was given."""
        return [(0.0, f"+RXDTMF: {key}")] if self.value("+DDET").startswith("1") else []

    def boot_lines(self) -> list[TimedLine]:
        """What is still seen by a host that opens the port soon after power-up."""
        state = f"+CPIN: {self.sim_state}" if self.sim_state else "+CPIN: NOT INSERTED"
        return [(READY_AFTER_S, state), (READY_AFTER_S, "SMS DONE"), (READY_AFTER_S, "PB DONE")]
