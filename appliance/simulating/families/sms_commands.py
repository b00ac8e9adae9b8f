"""SMS in PDU mode, 3GPP TS 27.005: stores, listing, deleting, sending, indications.

Decides: what becomes of a PDU from the network or from the host. May touch: the wall clock.
Thread: the modem's. Called by: dialect, host_side. Text mode is refused.
"""

import datetime

from appliance.simulating import pdu
from appliance.simulating.commands import Command, Form
from appliance.simulating.families.interpreter import VIETNAM, Interpreter
from appliance.simulating.families.reply import ERROR, OK, Method, Reply, said, sms_error
from appliance.simulating.subscription import STORES, Stored, Waiting

# 27.005 3.2.5; below 128: 3GPP TS 24.011 annex E
REJECTED, NOT_SUPPORTED, BAD_PDU, NO_SIM, PIN_NEEDED, BAD_INDEX = 21, 303, 304, 310, 311, 321
NO_NETWORK = 331
SUBMIT_OCTETS_MOST = 164  # the longest SUBMIT: 23.040 9.2.2.2
UNREAD, ALL = "0", "4"  # <stat> of AT+CMGL in PDU mode
DELETE_ALL = "4"  # <delflag> of AT+CMGD; 1 to 3 leave the unread ones
SERVICE_CENTRE = f'+CSCA: "{pdu.SERVICE_CENTRE}",145'


class SmsCommands:
    """The SMS side of a modem."""

    def __init__(self, modem: Interpreter, store: str) -> None:
        self._modem = modem
        self._sim = modem.subscription
        self._store = store
        self.methods: dict[str, Method] = {
            name: self._guarded(method)
            for name, method in {
                "+CPMS": self._choose_store,
                "+CMGL": self._list,
                "+CMGR": self._read,
                "+CMGD": self._delete,
                "+CMGS": self._send,
            }.items()
        }
        self.methods["+CSCA"] = lambda c, _: OK if c.form is Form.SET else said(SERVICE_CENTRE)
        self.methods["+CNMA"] = lambda *_: OK

    def _guarded(self, method: Method) -> Method:
        def guarded(command: Command, now: float) -> Reply:
            state = self._modem.sim_state
            if state != "READY":
                return sms_error(PIN_NEEDED if state else NO_SIM)
            if self._modem.value("+CMGF") != "0":
                return sms_error(NOT_SUPPORTED)
            return method(command, now)

        return guarded

    @property
    def _messages(self) -> dict[int, Stored]:
        return self._sim.stores[self._store]

    # -------------------------------------------------------------- from the network

    def arrive(self, message: Waiting) -> tuple[str, ...] | None:
        """What a PDU from the network prints; None: no place for it, the network keeps it."""
        fields = [*self._modem.value("+CNMI").split(","), "0", "0", "0", "0"]
        how = fields[3] if message.is_report else fields[1]
        if how == "0" and message.is_report:
            return ()
        direct, stored = ("+CDS", "+CDSI") if message.is_report else ("+CMT", "+CMTI")
        if how == ("1" if message.is_report else "2"):
            alpha = "" if message.is_report else ","
            return f"{direct}: {alpha}{pdu.length(message.pdu)}", message.pdu
        index = self._sim.store(self._store, message.pdu)
        if index is None:
            return None
        return () if how == "0" else (f'{stored}: "{self._store}",{index}',)

    # -------------------------------------------------------------- stores

    def _choose_store(self, command: Command, _now: float) -> Reply:
        if command.form is Form.TEST:
            names = ",".join(f'"{name}"' for name in STORES)
            return said(f"+CPMS: ({names}),({names}),({names})")
        if command.form is Form.READ:
            return said("+CPMS: " + ",".join([f'"{self._store}",{self._filled()}'] * 3))
        if not command.args or not set(command.args) <= set(STORES):
            return ERROR
        self._store = command.args[-1]  # the one that received messages go to
        return said("+CPMS: " + ",".join([self._filled()] * 3))

    def _filled(self) -> str:
        return f"{len(self._messages)},{self._sim.places(self._store)}"

    def _list(self, command: Command, _now: float) -> Reply:
        wanted = command.first or UNREAD
        lines: list[str] = []
        for index, message in sorted(self._messages.items()):
            if wanted in (ALL, str(int(message.is_read))):
                lines += f"+CMGL: {index},{_row(message)}", message.pdu
                message.is_read = True
        return said(*lines)

    def _read(self, command: Command, _now: float) -> Reply:
        message = self._messages.get(_index(command))
        if message is None:
            return sms_error(BAD_INDEX)
        lines = f"+CMGR: {_row(message)}", message.pdu
        message.is_read = True
        return said(*lines)

    def _delete(self, command: Command, _now: float) -> Reply:
        flag = command.args[1] if len(command.args) > 1 else "0"
        if flag == "0":
            found = self._messages.pop(_index(command), None)
            return OK if found else sms_error(BAD_INDEX)
        for index, message in list(self._messages.items()):
            if flag == DELETE_ALL or message.is_read:
                del self._messages[index]
        return OK

    # -------------------------------------------------------------- sending

    def _send(self, command: Command, _now: float) -> Reply:
        if not command.first.isdecimal() or not 0 < int(command.first) <= SUBMIT_OCTETS_MOST:
            return sms_error(BAD_PDU)
        return Reply(prompt=lambda text: self._submit(text, int(command.first)))

    def _submit(self, text: str | None, promised: int) -> Reply:
        if text is None:
            return OK  # given up with an escape: nothing is sent, 27.005 3.5.1
        try:
            message, length = pdu.read_submit(text.strip())
        except pdu.NotAnSms:
            return sms_error(BAD_PDU)
        if length != promised:
            return sms_error(BAD_PDU)
        if not self._modem.is_registered:
            return sms_error(NO_NETWORK)
        if "no-credit" in self._modem.faults:
            return sms_error(REJECTED)
        return said(f"+CMGS: {self._sim.submit(message, datetime.datetime.now(VIETNAM))}")


def _row(message: Stored) -> str:
    return f"{int(message.is_read)},,{pdu.length(message.pdu)}"


def _index(command: Command) -> int:
    return int(command.first) if command.first.isdecimal() else 0
