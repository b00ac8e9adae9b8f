"""Sends text messages, one part at a time.

Decides: when to let go of a message for a call. May touch: the modem, through the port it is given.
Thread: the link's command thread. Called by: sms_deeds. Commands: 3GPP TS 27.005 3.5.1 and 4.3.
An error here never holds the text of an error: a command's text would be the message itself.
"""

import time

from appliance.answering.call_rows import CallRows
from appliance.answering.families.base import Port, Refused, tolerated
from appliance.answering.sms import Outgoing, SmsNotSent, SmsSent
from appliance.answering.sms_tray import SmsTray
from appliance.errors import CommandTimeout

CTRL_Z, ESC = "\x1a", "\x1b"  # 27.005 3.5.1: send it; let it be
PROMPT_S = 5.0  # the prompt comes from the modem itself, in tenths of a second
SENT_S = 20.0  # usually 2 to 6 s; a caller who rings meanwhile waits so long at worst
ESCAPED_S = 1.0
EXPIRED, SILENT, REFUSED = "expired", "no_answer", "refused"


class SmsSending:
    """The messages of one opened modem; what is on its way lies in the tray."""

    def __init__(self, port: Port, rows: CallRows, tray: SmsTray) -> None:
        self._port, self._rows, self._tray = port, rows, tray

    def send_part(self, now: float) -> bool:
        """Send the next part there is; False when there is none. now: monotonic seconds."""
        outgoing = self._tray.next_outgoing()
        if outgoing is None:
            return False
        if now > outgoing.until:
            self._tray.over(SmsNotSent(outgoing.order_id, EXPIRED))
        else:
            self._try(outgoing)
        return True

    def _try(self, outgoing: Outgoing) -> None:
        length, line = outgoing.pdus[0]
        try:
            self._port.command(f"AT+CMGS={length}", PROMPT_S)
            if not self._rows.is_idle(time.monotonic()):
                self._leave_prompt()  # it rings: this part is sent after the call
                return
            self._port.command(line + CTRL_Z, SENT_S)
        except Refused as error:
            code = error.final.code
            reason = REFUSED if code is None else f"{REFUSED}_{code}"
            self._tray.over(SmsNotSent(outgoing.order_id, reason))
        except CommandTimeout:
            self._leave_prompt()
            self._tray.over(SmsNotSent(outgoing.order_id, SILENT))
        else:
            del outgoing.pdus[0]
            if not outgoing.pdus:
                self._tray.over(SmsSent(outgoing.order_id))

    def _leave_prompt(self) -> None:
        tolerated(self._port, ESC, ESCAPED_S)
