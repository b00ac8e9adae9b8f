"""Quectel EC25, EC20 and EG25-G: LTE modems with the call's sound on the NMEA port.

Decides: what they say beyond 27.007. May touch: the wall clock (AT+QLTS). Thread: the modem's.
Called by: modem. Lines as seen in public captures; none was tried on hardware by us.
"""

import datetime
from typing import ClassVar

from appliance.simulating.commands import Command, Form
from appliance.simulating.families.dialect import Dialect
from appliance.simulating.families.interpreter import VIETNAM
from appliance.simulating.families.reply import ERROR, OK, Reply, TimedLine, said
from appliance.simulating.families.route import Route
from appliance.simulating.faults import Faults
from appliance.simulating.line import Call, CallState, EndedBy, Line
from appliance.simulating.subscription import ICCID, PIN_TRIES, Subscription

FLAG = ("0", "1")
GONE = -1  # <stat> of +QIND: "ccinfo" for a call that is over
DSCI_STATES = {CallState.RELEASED: 6, CallState.ACTIVE: 3, CallState.INCOMING: 4}
TO_NMEA_PORT, TO_SOUND_CARD = "0", "2"  # <port> of AT+QPCMV
PROFILES = ("ROW_Generic_3GPP", "VoLTE-Viettel-Commercial")
READY_AFTER_S = 1.0


class Quectel(Dialect):
    """EC25-E and its sisters; sound by AT+QPCMV=1,0, at any time."""

    name = "quectel"
    meaning = "Quectel EC25/EC20/EG25-G: LTE, sound on the NMEA port"
    maker = "Quectel"
    model = "EC25"
    revision = "EC25EFAR06A06M4G"
    imei = "866758040000000"
    message_store = "ME"
    has_data_row = True
    settings: ClassVar = Dialect.settings | {
        "+CMEE": ("1", ("0", "1", "2")),
        "+QTONEDET": ("0", FLAG),
        "^DSCI": ("0", FLAG),
        "+QAUDMOD": ("0", None),
        "+QMIC": ("20577,16384", None),
        "+QRXGAIN": ("20577", None),
        "+QEEC": ("0", None),
        "+QGPSCFG": ("outport", None),
    }

    def __init__(self, line: Line, faults: Faults, subscription: Subscription) -> None:
        super().__init__(line, faults, subscription)
        self._route = Route(faults)
        self._port = TO_NMEA_PORT
        self._reports = {"ccinfo": "0", "smsincoming": "0", "csq": "0", "all": "1"}
        self._config = {"ims": "1", "nwscanmode": "0", "volte_disable": "0"}
        self.methods |= {
            "+QPCMV": self._route_sound,
            "+QHUP": self._hang_up_one,
            "+QINDCFG": self._choose_reports,
            "+QURCCFG": lambda c, _: OK if c.form is Form.SET else said('+QURCCFG: "urcport"'),
            "+QCFG": self._configuration,
            "+QMBNCFG": self._profiles,
            "+QNWINFO": self._cell,
            "+QCSQ": lambda *_: said('+QCSQ: "LTE",52,-81,195,-10'),
            "+QLTS": self._network_time,
            "+QPINC": self._pin_counters,
            "+QCCID": lambda *_: self._of_sim(f"+QCCID: {ICCID}"),
        }

    # -------------------------------------------------------------- questions

    def _configuration(self, command: Command, _now: float) -> Reply:
        name, *values = (*command.args, "")[: max(1, len(command.args))]
        if name == "usbcfg":
            return said('+QCFG: "usbcfg",0x2C7C,0x0125,1,1,1,1,1,0,0') if not values else ERROR
        if name not in self._config:
            return ERROR
        if values:
            self._config[name] = values[0]
            return OK
        registered = f",{int(self.has_ims)}" if name == "ims" else ""
        return said(f'+QCFG: "{name}",{self._config[name]}{registered}')

    def _profiles(self, command: Command, _now: float) -> Reply:
        if command.first == "List":
            rows = (
                f'+QMBNCFG: "List",{i},{int(i == 0)},{int(i == 0)},"{name}",0x0501081F,201901141'
                for i, name in enumerate(PROFILES)
            )
            return said(*rows)
        if command.first == "AutoSel" and len(command.args) == 1:
            return said('+QMBNCFG: "AutoSel",1')
        return OK if command.first in ("AutoSel", "Select", "Deactivate") else ERROR

    def _cell(self, _command: Command, _now: float) -> Reply:
        if not self.is_registered:
            return said("+QNWINFO: No Service")
        return said('+QNWINFO: "FDD LTE","45204","LTE BAND 3",1650')

    def _network_time(self, command: Command, _now: float) -> Reply:
        if not self.is_registered or "clock-absurd" in self.faults:
            return said('+QLTS: ""')
        zone = VIETNAM if command.first == "2" else datetime.UTC
        now = datetime.datetime.now(zone)
        return said(f'+QLTS: "{now:%Y/%m/%d,%H:%M:%S}+28,0"')

    def _pin_counters(self, command: Command, _now: float) -> Reply:
        rows = {"SC": self.subscription.pin_tries, "P2": PIN_TRIES}
        chosen = {command.first: rows[command.first]} if command.first in rows else rows
        return said(*(f'+QPINC: "{name}",{tries},10' for name, tries in chosen.items()))

    # -------------------------------------------------------------- calls

    def _hang_up_one(self, command: Command, _now: float) -> Reply:
        if not command.first.isdecimal():
            return ERROR
        if len(command.args) < 2:
            call = self.line.find(CallState.ACTIVE, CallState.INCOMING)
        else:
            call = self._row_numbered(command.args[1])
        self._release(call)
        return OK if call else ERROR

    def _choose_reports(self, command: Command, _now: float) -> Reply:
        if command.first not in self._reports:
            return ERROR
        if len(command.args) == 1:
            return said(f'+QINDCFG: "{command.first}",{self._reports[command.first]}')
        if command.args[1] not in FLAG:
            return ERROR
        self._reports[command.first] = command.args[1]
        return OK

    def row_lines(self, call: Call) -> list[TimedLine]:
        """+QIND: "ccinfo" and ^DSCI, as far as they are switched on."""
        lines = []
        if self._reports["ccinfo"] == "1":
            state = GONE if call.state is CallState.RELEASED else call.state.value
            lines.append(f'+QIND: "ccinfo",{call.index},1,{state},0,0,{self.caller(call)}')
        if self.value("^DSCI") == "1":
            state = DSCI_STATES.get(call.state, call.state.value)
            number, kind = self.address(call)
            lines.append(f"^DSCI: {call.index},1,{state},0,{number},{kind}")
        return [(0.0, line) for line in lines]

    def missed_lines(self, call: Call) -> list[TimedLine]:
        """NO CARRIER, as for an answered call."""
        return self.end_lines(call, 0, EndedBy.CALLER)

    def answered_lines(self, call: Call) -> list[TimedLine]:
        """A new call; the sound stays routed from call to call."""
        self._route.new_call()
        return super().answered_lines(call)

    def key_lines(self, key: str) -> list[TimedLine]:
        """+QTONEDET with the key's ASCII code, once AT+QTONEDET=1 was given."""
        return [(0.0, f"+QTONEDET: {ord(key)}")] if self.value("+QTONEDET") == "1" else []

    def boot_lines(self) -> list[TimedLine]:
        """What is still seen by a host that opens the port soon after power-up."""
        state = f"+CPIN: {self.sim_state}" if self.sim_state else "+CPIN: NOT INSERTED"
        return [(0.0, "RDY"), (READY_AFTER_S, state), (READY_AFTER_S, '+QIND: "SMS DONE"')]

    # -------------------------------------------------------------- sound

    def _route_sound(self, command: Command, _now: float) -> Reply:
        if command.form is Form.READ:
            return said(f"+QPCMV: {int(self._route.on)},{self._port}")
        if command.form is not Form.SET or command.first not in FLAG:
            return ERROR
        if command.first == "1":
            port = command.args[1] if len(command.args) > 1 else TO_NMEA_PORT
            if port not in (TO_NMEA_PORT, TO_SOUND_CARD) or self._route.refuses():
                return ERROR
            self._port = port
        self._route.on = command.first == "1"
        return OK

    def sound_flows(self) -> bool:
        """In a call, after AT+QPCMV=1,0; with 1,2 it goes to a sound card that is not played."""
        return self._in_call and self._route.on and self._port == TO_NMEA_PORT

    def flow_lines(self, *, go: bool) -> list[TimedLine]:
        """+QPCMV: 0,0 stops the host, 1,0 lets it go on."""
        return [(0.0, f"+QPCMV: {int(go)},0")]
