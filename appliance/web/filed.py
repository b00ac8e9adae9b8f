"""Text messages that are nobody's task: the operator's, delivery reports, broken ones.

Decides: nothing. May touch: filed_sms, the audit log. Thread: the request's.
Called by: officers with an unlocked key, from a link below the queue. They are never "new".
"""

import re
from dataclasses import dataclass

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from appliance.errors import Damaged
from appliance.store import sms, vault
from appliance.store.sms import FiledSms
from appliance.web.desk import private_key, rows
from appliance.web.gate import Level, asks
from appliance.web.heard import LONGEST_NUMBER
from appliance.web.message import note_reading
from appliance.web.taming import tame
from appliance.web.written import Written, written_of

ON_A_PAGE = 30  # as in the queue
STATUS = re.compile("0x[0-9a-f]{2}")  # as answering stores it
LAST_DELIVERED, TRYING = 0x02, range(0x20, 0x40)  # 23.040 9.2.3.15
SUBJECT = "filed-sms"  # of the audit row

bp = Blueprint("filed", __name__)


@dataclass(frozen=True)
class ShownSms:
    """One of them; written: None when it is damaged."""

    entry: FiledSms
    sender: str = ""
    written: Written | None = None

    @property
    def report(self) -> str:
        """What a delivery report says, 3GPP TS 23.040 9.2.3.15; empty for anything else."""
        text = self.written.text if self.written and self.entry.kind == "report" else ""
        if not STATUS.fullmatch(text):
            return ""
        status = int(text, 16)
        if status <= LAST_DELIVERED:
            return "delivered"
        return "trying" if status in TRYING else "failed"


@bp.get("/filed")
@asks(Level.UNLOCKED)
def page() -> ResponseReturnValue:
    """Show them, newest first; opening the page is written into the audit log."""
    private = private_key()
    if private is None:
        abort(423)
    before = _before()
    found = sms.list_filed(rows(), limit=ON_A_PAGE + 1, before_seq=before)
    older = found[ON_A_PAGE - 1].seq if len(found) > ON_A_PAGE else None
    note_reading(SUBJECT)
    shown = [_open(entry, private) for entry in found[:ON_A_PAGE]]
    return render_template("filed.html", shown=shown, older=older, before=before)


def _before() -> int | None:
    given = request.args.get("before", "")
    if given and (not given.isascii() or not given.isdigit() or len(given) > 18):
        abort(404)
    return int(given) if given else None


def _open(entry: FiledSms, private: bytes) -> ShownSms:
    try:
        value = vault.open_json(private, entry.sealed)
    except Damaged:
        return ShownSms(entry)
    sender = value.get("number") or value.get("raw") or ""
    return ShownSms(entry, tame(str(sender), LONGEST_NUMBER), written_of(value))
