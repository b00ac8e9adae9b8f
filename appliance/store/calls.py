"""One row per call, from the first ring to its outcome.

Decides: what is known of a call in clear (times, outcome) and sealed (who called).
May touch: the calls table. Thread: any with its own connection. Called by: answering, web, store.
Each function is one transaction, or joins the one that is open. Doing one twice does no harm.
"""

from dataclasses import dataclass

from appliance.errors import NotFound
from appliance.store.db import Connection, Row, transaction

MESSAGE, LINE_LOST = "message", "line_lost"  # two of answering's Outcomes
COLUMNS = (
    "seq, id, started_at, sealed_metadata AS sealed_caller,"
    " forwarded, answered_at, ended_at, outcome"
)


@dataclass(frozen=True)
class CallEntry:
    """One call; *_at in epoch seconds. sealed_caller: who called, for an officer's key."""

    seq: int
    id: str
    started_at: float
    sealed_caller: bytes | None
    forwarded: bool
    answered_at: float | None
    ended_at: float | None
    outcome: str | None


def begin(conn: Connection, call_id: str, started_at: float) -> None:
    """Make the row at the first ring; an existing one stays as it is."""
    with transaction(conn):
        conn.execute(
            "INSERT OR IGNORE INTO calls (id, started_at) VALUES (?, ?)", (call_id, started_at)
        )


def set_caller(conn: Connection, call_id: str, sealed_metadata: bytes) -> None:
    """Keep who called, sealed; the newest word of the network wins."""
    _update(conn, "sealed_metadata = ?", call_id, sealed_metadata)


def mark_forwarded(conn: Connection, call_id: str) -> None:
    """Note that the call was diverted to us: the duty phone did not pick up."""
    _update(conn, "forwarded = 1", call_id)


def mark_answered(conn: Connection, call_id: str, at: float) -> None:
    """Note when we answered; the first time counts."""
    _update(conn, "answered_at = coalesce(answered_at, ?)", call_id, at)


def end(conn: Connection, call_id: str, at: float, outcome: str) -> None:
    """Note what became of the call; the first outcome stays."""
    _update(
        conn,
        "ended_at = coalesce(ended_at, ?), outcome = coalesce(outcome, ?)",
        call_id,
        at,
        outcome,
    )


def close_abandoned(conn: Connection, at: float) -> int:
    """Give the calls a crash left open their outcome: message if one was recorded, else lost.

    Only at start, before a new call may begin. Returns how many there were.
    """
    with transaction(conn):
        return conn.execute(
            "UPDATE calls SET ended_at = ?, outcome = CASE"
            " WHEN EXISTS (SELECT 1 FROM messages WHERE call_id = calls.id) THEN ? ELSE ? END"
            " WHERE outcome IS NULL",
            (at, MESSAGE, LINE_LOST),
        ).rowcount


def list_live(conn: Connection) -> list[CallEntry]:
    """List the calls going on now, oldest first."""
    rows = conn.execute(f"SELECT {COLUMNS} FROM calls WHERE outcome IS NULL ORDER BY seq")
    return [_entry(row) for row in rows]


def newest(conn: Connection) -> CallEntry | None:
    """Return the call that rang last, if there was one."""
    row = conn.execute(f"SELECT {COLUMNS} FROM calls ORDER BY seq DESC LIMIT 1").fetchone()
    return None if row is None else _entry(row)


def last_rang_at(conn: Connection) -> float | None:
    """When a call last came in, epoch seconds; None before the first."""
    at = conn.execute("SELECT max(started_at) AS at FROM calls").fetchone()["at"]
    return None if at is None else float(at)


def get(conn: Connection, call_id: str) -> CallEntry:
    """Return one call; raises NotFound."""
    row = conn.execute(f"SELECT {COLUMNS} FROM calls WHERE id = ?", (call_id,)).fetchone()
    if row is None:
        raise NotFound("no such call")
    return _entry(row)


def _update(conn: Connection, change: str, call_id: str, *values: object) -> None:
    with transaction(conn):
        changed = conn.execute(f"UPDATE calls SET {change} WHERE id = ?", (*values, call_id))
        if changed.rowcount == 0:
            raise NotFound("no such call")


def _entry(row: Row) -> CallEntry:
    return CallEntry(**{**row, "forwarded": bool(row["forwarded"])})
