"""What the officers' queue asks: every call, newest first, with the message it left or none.

Decides: nothing. May touch: reads calls and messages. Thread: any with its own connection.
Called by: web. One query over two indexes, so that a page may ask once a second.
"""

from dataclasses import dataclass, fields
from typing import Any

from appliance.store.calls import CallEntry
from appliance.store.db import Connection, Row
from appliance.store.messages import NEWEST, MessageEntry, entry_of

# Columns of MessageEntry that lie in its call's row.
OF_THE_CALL = {"sealed_caller": "sealed_metadata", "outcome": "outcome", "forwarded": "forwarded"}
CALL = [f"c.{OF_THE_CALL.get(f.name, f.name)} AS call_{f.name}" for f in fields(CallEntry)]
MESSAGE = [
    f"c.{OF_THE_CALL[f.name]} AS message_{f.name}"
    if f.name in OF_THE_CALL
    else f"m.{f.name} AS message_{f.name}"
    for f in fields(MessageEntry)
]
NEWEST_CALLS = f"""
    SELECT {", ".join(CALL + MESSAGE)}
    FROM calls c LEFT JOIN messages m ON m.call_id = c.id
    WHERE c.seq < ? ORDER BY c.seq DESC, m.seq DESC LIMIT ?
"""

URGENT_AND_NEW = f"""
    SELECT {", ".join(CALL + MESSAGE)}
    FROM messages m JOIN calls c ON c.id = m.call_id
    WHERE m.urgency <> 'normal' AND m.status = 'new'
    ORDER BY m.urgency = 'grave' DESC, m.seq DESC LIMIT ?
"""


@dataclass(frozen=True)
class QueueRow:
    """One call and the message it left, if any; a call with two takes has two rows."""

    call: CallEntry
    message: MessageEntry | None

    @property
    def seq(self) -> int:
        """The order of the queue: the call's number, never a clock that may jump."""
        return self.call.seq


def list_newest(conn: Connection, *, limit: int, before_seq: int | None = None) -> list[QueueRow]:
    """List the newest `limit` rows, below `before_seq` (a row's seq) when given."""
    below = NEWEST if before_seq is None else before_seq
    return [_row(row) for row in conn.execute(NEWEST_CALLS, (below, limit))]


def list_urgent_new(conn: Connection, *, limit: int) -> list[QueueRow]:
    """List urgent messages that nobody has taken up, the grave ones first, then the newest."""
    return [_row(row) for row in conn.execute(URGENT_AND_NEW, (limit,))]


def neighbours(conn: Connection, seq: int) -> tuple[str | None, str | None]:
    """Give the ids of the next older and the next newer message of a message's seq."""
    older = conn.execute("SELECT id FROM messages WHERE seq < ? ORDER BY seq DESC LIMIT 1", (seq,))
    newer = conn.execute("SELECT id FROM messages WHERE seq > ? ORDER BY seq LIMIT 1", (seq,))
    found = [cursor.fetchone() for cursor in (older, newer)]
    return found[0] and found[0]["id"], found[1] and found[1]["id"]


def count_new(conn: Connection) -> int:
    """How many messages nobody has taken up; one look into an index, for every poll."""
    found = conn.execute("SELECT count(*) AS n FROM messages WHERE status = 'new'").fetchone()
    return int(found["n"])


def _row(row: Row) -> QueueRow:
    call = _part(row, "call_")
    call["forwarded"] = bool(call["forwarded"])
    if row["message_id"] is None:
        return QueueRow(CallEntry(**call), None)
    return QueueRow(CallEntry(**call), entry_of(_part(row, "message_")))


def _part(row: Row, prefix: str) -> dict[str, Any]:
    return {k.removeprefix(prefix): row[k] for k in row.keys() if k.startswith(prefix)}  # noqa: SIM118
