"""What the network does beside calls and SMS: USSD, call diversion, the data connection.

Decides: what the operator answers. May touch: nothing. Thread: the modem's. Called by: dialect.
3GPP TS 27.007 7.15 (CUSD), 7.11 (CCFC), 10.1 (CGATT, CGACT, CGDCONT). The operator's words are
made up.
"""

from appliance.simulating import gsm7
from appliance.simulating.commands import Command, Form
from appliance.simulating.families.interpreter import Interpreter
from appliance.simulating.families.reply import ERROR, OK, Method, Reply, said
from appliance.simulating.subscription import Forwarding

USSD_AFTER_S = 1.5  # real networks: 1 to 60 s
BALANCE_CODE = "*101#"
BALANCE = "TK goc: 45000d, HSD: 0h ngay 31/12/2030."
EMPTY = "TK goc: 0d, HSD: 0h ngay 01/01/2020."
GSM_CODING, UCS2_CODING = 15, 72  # 3GPP TS 23.038 5
ENDED, NOT_SUPPORTED = "+CUSD: 2", "+CUSD: 4"
VOICE = 1  # <class> of AT+CCFC
ONE_REASON = ("0", "1", "2", "3")  # unconditional, busy, no reply, not reachable
ALL_REASONS = {"4": ONE_REASON, "5": ONE_REASON[1:]}
SWITCH_OFF, SWITCH_ON, ASK, REGISTER, ERASE = "0", "1", "2", "3", "4"
NO_REPLY_S = 20  # the network's value when none is given
DATA, IMS = "1", "2"  # the contexts that an LTE modem has by itself


class Services:
    """The network's services, and the modem's data contexts."""

    def __init__(self, modem: Interpreter) -> None:
        self._modem = modem
        self._active = {DATA, IMS}
        self.methods: dict[str, Method] = {
            "+CUSD": self._ussd,
            "+CCFC": self._diversion,
            "+CGATT": self._attach,
            "+CGACT": self._activate,
            "+CGDCONT": self._contexts,
        }

    # -------------------------------------------------------------- USSD

    def _ussd(self, command: Command, _now: float) -> Reply:
        if command.form is not Form.SET:
            return said("+CUSD: 1") if command.form is Form.READ else said("+CUSD: (0,1,2)")
        if len(command.args) < 2:
            return OK
        faults = self._modem.faults
        if "ussd-refused" in faults or not self._modem.is_registered:
            return ERROR
        asks_balance = command.args[1] in (BALANCE_CODE, self._modem.text(BALANCE_CODE))
        answer = self._balance() if asks_balance else NOT_SUPPORTED
        return Reply(later=((USSD_AFTER_S, answer),))

    def _balance(self) -> str:
        faults = self._modem.faults
        words = EMPTY if "no-credit" in faults else BALANCE
        if "ussd-ended" in faults:
            return ENDED
        if "ussd-hex" in faults:
            return f'+CUSD: 0,"{words.encode("utf-16-be").hex().upper()}",{UCS2_CODING}'
        if "ussd-packed" in faults:
            septets = b"".join(gsm7.characters(words) or ())
            return f'+CUSD: 0,"{gsm7.pack(septets).hex().upper()}",{GSM_CODING}'
        return f'+CUSD: 0,"{self._modem.text(words)}",{GSM_CODING}'

    # -------------------------------------------------------------- diversion

    def _diversion(self, command: Command, _now: float) -> Reply:
        if command.form is Form.TEST:
            return said("+CCFC: (0,1,2,3,4,5)")
        reason, mode, *more = (*command.args, "", "")
        if not self._modem.is_registered or reason not in (*ONE_REASON, *ALL_REASONS):
            return ERROR
        if mode == ASK:
            return said(*(self._diverted(one) for one in ALL_REASONS.get(reason, (reason,))))
        if mode not in (SWITCH_OFF, SWITCH_ON, REGISTER, ERASE):
            return ERROR
        return self._divert(ALL_REASONS.get(reason, (reason,)), mode, tuple(filter(None, more)))

    def _divert(self, reasons: tuple[str, ...], mode: str, more: tuple[str, ...]) -> Reply:
        if mode == SWITCH_ON:
            return OK if all(map(self._modem.subscription.forwarding, reasons)) else ERROR
        to = None
        if mode == REGISTER:
            if not more:
                return ERROR
            after = more[-1] if len(more) > 3 and more[-1].isdecimal() else str(NO_REPLY_S)
            to = Forwarding(more[0], int(after))
        for reason in reasons:
            self._modem.subscription.forward(reason, to)
        return OK

    def _diverted(self, reason: str) -> str:
        to = self._modem.subscription.forwarding(reason)
        if to is None:
            return f"+CCFC: 0,{VOICE}"
        kind = 145 if to.number.startswith("+") else 129
        after = f",,,{to.after_s}" if reason == "2" else ""  # only "no reply" has a time
        return f'+CCFC: 1,{VOICE},"{self._modem.text(to.number)}",{kind}{after}'

    # -------------------------------------------------------------- data

    def _attach(self, command: Command, _now: float) -> Reply:
        if command.form is Form.SET and command.first in ("0", "1"):
            self._modem.attached = command.first == "1"
            return OK
        attached = self._modem.is_registered
        return said(f"+CGATT: {int(attached)}") if command.form is Form.READ else ERROR

    def _activate(self, command: Command, _now: float) -> Reply:
        if command.form is Form.READ:
            contexts = (DATA, IMS)
            return said(*(f"+CGACT: {one},{int(one in self._active)}" for one in contexts))
        if command.form is not Form.SET or command.first not in ("0", "1"):
            return ERROR
        chosen = set(command.args[1:]) or {DATA, IMS}
        self._active = self._active | chosen if command.first == "1" else self._active - chosen
        return OK

    def _contexts(self, command: Command, _now: float) -> Reply:
        if command.form is not Form.READ:
            return OK
        return said('+CGDCONT: 1,"IPV4V6","v-internet"', '+CGDCONT: 2,"IPV4V6","ims"')
