"""The queue: what cannot wait, then what came in, newest first, and the call on the line now.

Decides: what one line shows, when a poll has nothing new. May touch: calls and messages.
Thread: the request's. Called by: officers with an unlocked key; polled once a second.
A poll is three indexed queries; only if its mark changed is anything unsealed and rendered.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, g, make_response, render_template, request
from flask.typing import ResponseReturnValue

from appliance.store import queue, sms
from appliance.store.messages import MessageEntry
from appliance.store.queue import QueueRow
from appliance.web.cards import Caller, Card, open_caller, open_card
from appliance.web.complaints import complaints, health_now
from appliance.web.desk import desk, private_key, rows
from appliance.web.gate import Level, asks
from appliance.web.growing import UNFINISHED, Growing, growing
from appliance.web.i18n import language

ON_A_PAGE = 30  # lines; an officer's morning fits on one page
# Urgent messages nobody has taken up stand above all others, so that none drowns below a day's
# calls; no more of them than leave the newest lines in sight.
URGENT_ON_TOP = 8
# The longest call is 300 s; a call without an end that is older was cut by a power failure, and
# the answering process closes its row at its next start.
LIVE_AT_MOST_S = 900.0

bp = Blueprint("queue", __name__)


@dataclass(frozen=True)
class Line:
    """One line of the queue: a message, or a call that left none."""

    row: QueueRow
    caller: Caller
    card: Card | None = None
    phase: str = ""  # ringing, greeting, recording: the call is on the line now
    growing: Growing | None = None

    @property
    def key(self) -> str:
        """What the page's script tells lines apart by."""
        return self.row.message.id if self.row.message else self.row.call.id


@dataclass(frozen=True)
class Found:
    """The rows of one page: those above all others, and those in their order."""

    urgent: list[QueueRow]
    newest: list[QueueRow]

    @property
    def all(self) -> list[QueueRow]:
        """Both."""
        return self.urgent + self.newest


@bp.get("/")
@asks(Level.UNLOCKED)
def page() -> ResponseReturnValue:
    """Show the queue; `before` continues below a line."""
    before = _before()
    found, older = _find(before)
    return render_template(
        "queue.html",
        **_shown(found),
        mark=_mark(found),
        before=before,
        older=older,
        filed=sms.count_filed(rows()),
    )


@bp.get("/queue/lines")
@asks(Level.UNLOCKED, passive=True, bare=True)
def lines() -> ResponseReturnValue:
    """Give the lines again if anything changed since the asker's mark, else 304."""
    found, _ = _find(_before())
    mark = _mark(found)
    if request.if_none_match.contains(mark):
        return "", 304, {"ETag": f'"{mark}"'}
    answer = make_response(render_template("_lines.html", **_shown(found)))
    answer.set_etag(mark)
    return answer


def _before() -> int | None:
    given = request.args.get("before", "")
    if not given:
        return None
    if not given.isascii() or not given.isdigit() or len(given) > 18:
        abort(404)
    return int(given)


def _find(before: int | None) -> tuple[Found, int | None]:
    """The rows of a page, and where the next one begins; the urgent ones on the first only."""
    newest = queue.list_newest(rows(), limit=ON_A_PAGE + 1, before_seq=before)
    older = newest[ON_A_PAGE - 1].seq if len(newest) > ON_A_PAGE else None
    urgent = [] if before else queue.list_urgent_new(rows(), limit=URGENT_ON_TOP)
    urgent = [row for row in urgent if not _phase(row)]  # the call on the line stands higher still
    on_top = {row.message.id for row in urgent if row.message}
    rest = [r for r in newest[:ON_A_PAGE] if not (r.message and r.message.id in on_top)]
    return Found(urgent, rest), older


def _shown(found: Found) -> dict[str, object]:
    private = private_key()
    if private is None:
        abort(423)
    shown = [_line(row, private) for row in found.newest]
    return {
        "live": [line for line in shown if line.phase],
        "urgent": [_line(row, private) for row in found.urgent],
        "lines": [line for line in shown if not line.phase],
        "complaints": complaints(),
        "unread": queue.count_new(rows()),
    }


def _line(row: QueueRow, private: bytes) -> Line:
    caller = open_caller(row.call.sealed_caller, private)
    phase = _phase(row)
    if row.message is None:
        return Line(row, caller, phase=phase)
    return Line(row, caller, open_card(row.message, private), phase, growing(row.message))


def _phase(row: QueueRow) -> str:
    """Where a call on the line stands; empty when it is over."""
    if row.call.outcome is not None or desk().now() - row.call.started_at > LIVE_AT_MOST_S:
        return ""
    if row.message is not None:
        return "recording" if row.message.state == "recording" else ""
    return "greeting" if row.call.answered_at is not None else "ringing"


def _mark(found: Found) -> str:
    """What the page looks like, without unsealing anything."""
    seen = [
        (row.seq, row.call.outcome, row.call.answered_at, len(row.call.sealed_caller or b""))
        + (_message_mark(row.message) if row.message else ())
        for row in found.all
    ]
    spoken = [
        growing(row.message) for row in found.all if row.message and row.message.state in UNFINISHED
    ]
    today = datetime.fromtimestamp(desk().now(), desk().zone).date()  # "today" turns "yesterday"
    codes = health_now().complaints
    phases = [_phase(row) for row in found.all]
    unread = queue.count_new(rows())  # also of messages that are not on this page
    whole = repr((seen, spoken, today, codes, phases, unread, language(), g.officer.name))
    return hashlib.sha256(whole.encode()).hexdigest()[:32]


def _message_mark(m: MessageEntry) -> tuple[object, ...]:
    return (
        *(m.id, m.state, m.status, m.duration_ms, m.word_count),
        *(m.category, m.urgency, m.has_speech, m.second_state),
        (m.sealed_correction or b"")[:32],  # a new public key each time something is sealed
    )
