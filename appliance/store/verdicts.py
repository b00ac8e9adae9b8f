"""What the machine makes of a message: its category, its urgency, how far to trust its text.

Decides: that urgency is never lowered by a machine. May touch: the messages table.
Thread: any with its own connection. Called by: message_queue, second_queue, transcribing.
Codes only, in clear: the words that decided are the caller's and lie sealed.
"""

from dataclasses import dataclass
from typing import Any

from appliance.store import audit
from appliance.store.db import Connection, transaction

CATEGORIES = ("procedure", "security", "epidemic", "other")
UNREADABLE = "unreadable"  # no text, or none to be trusted: somebody must listen
URGENCIES = ("normal", "urgent", "grave")  # grave: to be reported within 2 hours
QUALITIES = ("good", "fair", "poor")

RANK = "CASE {} WHEN 'grave' THEN 2 WHEN 'urgent' THEN 1 ELSE 0 END"
# The parameters of RAISED, in this order: urgency, urgency, urgency, now.
RAISED = f"""
    urgency = CASE WHEN {RANK.format("?")} > {RANK.format("urgency")} THEN ? ELSE urgency END,
    urgent_at = CASE WHEN ? <> 'normal' THEN coalesce(urgent_at, ?) ELSE urgent_at END
"""


@dataclass(frozen=True)
class Verdict:
    """A judgement on a whole message; None: not looked at."""

    category: str = UNREADABLE
    urgency: str = "normal"
    has_speech: bool | None = None
    line_quality: str | None = None


def raised(urgency: str, now: float) -> tuple[Any, ...]:
    """Give the parameters of RAISED; now: epoch seconds."""
    return urgency, urgency, urgency, now


def raise_urgency(
    conn: Connection, message_id: str, *, category: str, urgency: str, now: float
) -> bool:
    """Note while it is spoken that a message cannot wait; False when that was known.

    now: epoch seconds; the first time stays in urgent_at.
    """
    with transaction(conn):
        changed = conn.execute(
            f"UPDATE messages SET category = ?, {RAISED}"
            f" WHERE id = ? AND {RANK.format('urgency')} < {RANK.format('?')}",
            (category, *raised(urgency, now), message_id, urgency),
        )
        if changed.rowcount:
            audit.append(conn, audit.TRANSCRIBE, "urgent", message_id, {"urgency": urgency})
        return changed.rowcount == 1
