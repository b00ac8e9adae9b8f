"""One row per recording: how it came, what officers did with it, what is left to do.

Decides: what a message's row says in clear; order is by seq, never by the clock.
May touch: the messages and notes tables. Thread: any with its own connection.
Called by: answering (clerk), web, transcribing. File first, row second: a row can be made anew.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from appliance.errors import NotFound, StoreError
from appliance.store import audit, calls
from appliance.store.db import Connection, transaction
from appliance.store.message_queue import (
    CUT,
    MAX_ATTEMPTS,
    Claim,
    claim_next,
    clear_leases,
    count_waiting,
    fail,
    give_back,
    list_waiting_for_key,
    renew,
    retry_by_hand,
    retry_later,
    save_transcript,
    wait_for_key,
)
from appliance.store.second_queue import (
    claim_second,
    fail_second,
    forget_second,
    put_back_second,
    save_second,
    second_waits_for_key,
    want_second,
)
from appliance.store.spool import Recovered
from appliance.store.verdicts import CATEGORIES, UNREADABLE, URGENCIES, Verdict, raise_urgency

__all__ = [
    "CATEGORIES",
    "CUT",
    "MAX_ATTEMPTS",
    "STATES",
    "STATUSES",
    "UNREADABLE",
    "URGENCIES",
    "Claim",
    "MessageEntry",
    "Note",
    "Verdict",
    "add_note",
    "begin",
    "claim_next",
    "claim_second",
    "clear_leases",
    "count_waiting",
    "counts",
    "ensure_recovered",
    "fail",
    "fail_recording",
    "fail_second",
    "finish_recording",
    "forget_second",
    "get",
    "give_back",
    "list_newest",
    "list_notes",
    "list_unfinished",
    "list_waiting_for_key",
    "put_back_second",
    "raise_urgency",
    "renew",
    "retry_by_hand",
    "retry_later",
    "save_second",
    "save_transcript",
    "second_waits_for_key",
    "set_status",
    "wait_for_key",
    "want_second",
]

STATES = ("recording", "recorded", "transcribing", "transcribed", "waiting_for_key", "failed")
STATUSES = ("new", "in_progress", "done")
NEWEST = 2**63 - 1  # no row has a higher number in SQLite

# When the recording ends while its transcriber follows it, the claim goes on.
STATE_AFTER_RECORDING = """
    CASE WHEN state <> 'recording' THEN state
         WHEN lease_owner IS NULL THEN 'recorded' ELSE 'transcribing' END
"""
ENTRIES = """
    SELECT m.seq, m.id, m.call_id, m.received_at, m.duration_ms, m.state, m.end_reason, m.status,
           m.engine, m.model, m.word_count, m.mean_confidence, m.attempts, m.error,
           c.sealed_metadata AS sealed_caller, m.sealed_transcript, c.outcome, c.forwarded,
           m.category, m.urgency, m.urgent_at, m.has_speech, m.line_quality,
           m.second_state, m.second_engine, m.second_model, m.second_error,
           m.sealed_second, m.sealed_correction, m.kind, m.text_length
    FROM messages m JOIN calls c ON c.id = m.call_id
"""


@dataclass(frozen=True)
class MessageEntry:
    """One message as the queue shows it; *_at in epoch seconds, sealed_* for an officer's key."""

    seq: int
    id: str
    call_id: str
    received_at: float
    duration_ms: int | None
    state: str
    end_reason: str | None
    status: str
    engine: str | None
    model: str | None
    word_count: int | None
    mean_confidence: float | None
    attempts: int
    error: str | None
    sealed_caller: bytes | None
    sealed_transcript: bytes | None
    outcome: str | None
    forwarded: bool
    category: str
    urgency: str
    urgent_at: float | None
    has_speech: bool | None
    line_quality: str | None
    second_state: str | None
    second_engine: str | None
    second_model: str | None
    second_error: str | None
    sealed_second: bytes | None
    sealed_correction: bytes | None
    kind: str  # voice, or sms: then sealed_transcript is what somebody wrote
    text_length: int | None


@dataclass(frozen=True)
class Note:
    """What an officer wrote; at: epoch seconds; sealed: {"text"}."""

    at: float
    officer: str
    sealed: bytes


def begin(conn: Connection, message_id: str, call_id: str, received_at: float) -> None:
    """Make the row when the recording's file exists; an existing one stays as it is."""
    with transaction(conn):
        calls.begin(conn, call_id, received_at)
        made = conn.execute(
            "INSERT OR IGNORE INTO messages (id, call_id, received_at) VALUES (?, ?, ?)",
            (message_id, call_id, received_at),
        )
        if made.rowcount:
            audit.append(conn, audit.ANSWER, "received", message_id)


def finish_recording(conn: Connection, message_id: str, duration_ms: int, end_reason: str) -> None:
    """Note that the file has its FINAL frame; the transcript may already be there."""
    _end_recording(conn, message_id, "duration_ms = ?, end_reason = ?", duration_ms, end_reason)


def fail_recording(conn: Connection, message_id: str, error: str) -> None:
    """Note that writing stopped early (error: a short code); what is on disk is kept as cut.

    Without a row nothing was recorded, and there is nothing to note.
    """
    _end_recording(conn, message_id, "error = ?, end_reason = ?", error, CUT)


def list_unfinished(conn: Connection, recording_ids: Iterable[str]) -> list[str]:
    """Pick the recordings that need `recover`: those without a row, or still `recording`."""
    rows = conn.execute("SELECT id FROM messages WHERE state <> 'recording'")
    finished = {row["id"] for row in rows}
    return [recording_id for recording_id in recording_ids if recording_id not in finished]


def ensure_recovered(conn: Connection, found: Recovered) -> bool:
    """Make the rows agree with a recovered file; tell whether anything had to be changed."""
    started_at = found.ended_at - found.duration_ms / 1000
    with transaction(conn):
        row = conn.execute(
            "SELECT state FROM messages WHERE id = ?", (found.recording_id,)
        ).fetchone()
        if row is not None and row["state"] != "recording":
            return False
        calls.begin(conn, found.call_id, started_at)
        conn.execute(  # the newest word of the network is the last in the file
            "UPDATE calls SET sealed_metadata = coalesce(sealed_metadata, ?) WHERE id = ?",
            (found.sealed_metadata[-1], found.call_id),
        )
        begin(conn, found.recording_id, found.call_id, started_at)
        reason = None if found.complete else CUT  # the true one is sealed in the FINAL frame
        _end_recording(
            conn,
            found.recording_id,
            "duration_ms = ?, end_reason = ?",
            *(found.duration_ms, reason),
        )
        audit.append(conn, audit.ANSWER, "recovered", found.recording_id)
        return True


def list_newest(
    conn: Connection, *, limit: int, before_seq: int | None = None
) -> list[MessageEntry]:
    """List messages, newest first; before_seq: only older ones (the next page)."""
    rows = conn.execute(
        f"{ENTRIES} WHERE m.seq < ? ORDER BY m.seq DESC LIMIT ?",
        (NEWEST if before_seq is None else before_seq, limit),
    )
    return [entry_of(dict(row)) for row in rows]


def get(conn: Connection, message_id: str) -> MessageEntry:
    """Return one message; raises NotFound."""
    row = conn.execute(f"{ENTRIES} WHERE m.id = ?", (message_id,)).fetchone()
    if row is None:
        raise NotFound("no such message")
    return entry_of(dict(row))


def set_status(conn: Connection, message_id: str, status: str, actor: str) -> None:
    """Move a message on (new, in_progress, done); raises NotFound, StoreError."""
    if status not in STATUSES:
        raise StoreError(f"a message cannot be {status!r}, only {', '.join(STATUSES)}")
    with transaction(conn):
        before = get(conn, message_id).status
        if status == before:
            return
        conn.execute("UPDATE messages SET status = ? WHERE id = ?", (status, message_id))
        audit.append(conn, actor, "status", message_id, {"from": before, "to": status})


def add_note(conn: Connection, message_id: str, sealed: bytes, actor: str) -> None:
    """Keep an officer's sealed note; raises NotFound."""
    with transaction(conn):
        get(conn, message_id)
        conn.execute(
            "INSERT INTO notes (message_id, at, officer, sealed) VALUES (?, ?, ?, ?)",
            (message_id, time.time(), actor, sealed),
        )
        audit.append(conn, actor, "note", message_id)


def list_notes(conn: Connection, message_id: str) -> list[Note]:
    """List the notes of a message, oldest first."""
    rows = conn.execute(
        "SELECT at, officer, sealed FROM notes WHERE message_id = ? ORDER BY seq", (message_id,)
    )
    return [Note(**row) for row in rows]


def counts(conn: Connection) -> dict[str, int]:
    """Count messages by status, and spoken ones by state, under the names of both.

    All names are there.
    """
    found = dict.fromkeys((*STATUSES, *STATES), 0)
    for column, which in (("status", ""), ("state", "WHERE kind = 'voice'")):
        rows = conn.execute(
            f"SELECT {column} AS name, count(*) AS n FROM messages {which} GROUP BY 1"
        )
        found |= {row["name"]: row["n"] for row in rows}
    return found


def _end_recording(conn: Connection, message_id: str, change: str, *values: object) -> None:
    with transaction(conn):
        conn.execute(
            f"UPDATE messages SET {change}, state = {STATE_AFTER_RECORDING} WHERE id = ?",
            (*values, message_id),
        )


def entry_of(columns: dict[str, Any]) -> MessageEntry:
    """Make an entry of its columns; SQLite has no truth values of its own."""
    spoken = columns["has_speech"]
    return MessageEntry(
        **{
            **columns,
            "forwarded": bool(columns["forwarded"]),
            "has_speech": None if spoken is None else bool(spoken),
        }
    )
