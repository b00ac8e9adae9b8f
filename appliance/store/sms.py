"""Text messages: one from a person becomes an entry of the queue, all others are filed away.

Decides: which of them is stored already. May touch: calls, messages, filed_sms, sms_on_sim.
Thread: any with its own connection. Called by: answering (sms_notes), web (filed, queue),
transcribing (written).
Stored first, deleted from the SIM afterwards: a crash in between must not make two entries.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from appliance.store import audit
from appliance.store.db import Connection, transaction
from appliance.store.messages import NEWEST
from appliance.store.verdicts import RAISED, raised

OUTCOME = "sms"  # of the call row that a written message stands on
KINDS = ("report", "service", "unreadable")  # of what is filed away


@dataclass(frozen=True)
class OnSim:
    """One stored part that may still lie on the SIM; sent_at: epoch seconds, None if unreadable."""

    place: int
    sent_at: float | None
    octets: int


@dataclass(frozen=True)
class FiledSms:
    """One message that was filed away; sealed: {"number", "raw", "text", "sent_at"}."""

    seq: int
    received_at: float
    kind: str
    text_length: int
    sealed: bytes


def keep(
    conn: Connection,
    call_id: str,
    *,
    at: float,
    sealed_sender: bytes,
    sealed_text: bytes,
    text_length: int,
    parts: Iterable[OnSim],
) -> bool:
    """Make a person's message an entry of the queue; False when it is one already."""
    parts = tuple(parts)
    message_id = f"{call_id}-1"
    with transaction(conn):
        if _is_stored(conn, parts):
            return False
        conn.execute(
            "INSERT INTO calls (id, started_at, sealed_metadata, ended_at, outcome)"
            " VALUES (?, ?, ?, ?, ?)",
            (call_id, at, sealed_sender, at, OUTCOME),
        )
        conn.execute(
            "INSERT INTO messages (id, call_id, received_at, sealed_transcript, text_length,"
            " kind, state, category) VALUES (?, ?, ?, ?, ?, 'sms', 'transcribed', 'other')",
            (message_id, call_id, at, sealed_text, text_length),
        )
        audit.append(conn, audit.ANSWER, "sms_received", message_id)
        _note_on_sim(conn, parts)
        return True


def file_away(
    conn: Connection,
    kind: str,
    *,
    at: float,
    sealed: bytes,
    text_length: int,
    parts: Iterable[OnSim],
) -> bool:
    """Keep a message that is nobody's task; False when it is kept already."""
    parts = tuple(parts)
    with transaction(conn):
        if _is_stored(conn, parts):
            return False
        conn.execute(
            "INSERT INTO filed_sms (received_at, kind, text_length, sealed) VALUES (?, ?, ?, ?)",
            (at, kind, text_length, sealed),
        )
        _note_on_sim(conn, parts)
        return True


def judge(
    conn: Connection, message_id: str, *, category: str, urgency: str, word_count: int, now: float
) -> bool:
    """Note what a text message is about; word_count says that it was judged. now: epoch seconds.

    Urgency is only ever raised. False when there is no such message.
    """
    with transaction(conn):
        changed = conn.execute(
            f"UPDATE messages SET category = ?, word_count = ?, {RAISED}"
            " WHERE id = ? AND kind = 'sms'",
            (category, word_count, *raised(urgency, now), message_id),
        )
        if changed.rowcount:
            audit.append(conn, audit.TRANSCRIBE, "judged", message_id, {"urgency": urgency})
        return changed.rowcount == 1


def list_on_sim(conn: Connection) -> list[OnSim]:
    """List what is stored and not known to be deleted from the SIM."""
    rows = conn.execute("SELECT place, sent_at, octets FROM sms_on_sim ORDER BY place")
    return [OnSim(**row) for row in rows]


def forget_on_sim(conn: Connection, part: OnSim) -> None:
    """It is deleted from the SIM: its place may hold another message now."""
    with transaction(conn):
        conn.execute(
            "DELETE FROM sms_on_sim WHERE place = ? AND sent_at IS ? AND octets = ?",
            (part.place, part.sent_at, part.octets),
        )


def list_filed(conn: Connection, *, limit: int, before_seq: int | None = None) -> list[FiledSms]:
    """List what was filed away, newest first; before_seq: only older ones."""
    rows = conn.execute(
        "SELECT seq, received_at, kind, text_length, sealed FROM filed_sms"
        " WHERE seq < ? ORDER BY seq DESC LIMIT ?",
        (NEWEST if before_seq is None else before_seq, limit),
    )
    return [FiledSms(**row) for row in rows]


def count_filed(conn: Connection) -> int:
    """How many messages were filed away."""
    return int(conn.execute("SELECT count(*) AS n FROM filed_sms").fetchone()["n"])


def _is_stored(conn: Connection, parts: tuple[OnSim, ...]) -> bool:
    """Whether each part was found in its place before and not deleted since."""
    return bool(parts) and set(parts) <= set(list_on_sim(conn))


def _note_on_sim(conn: Connection, parts: tuple[OnSim, ...]) -> None:
    for part in parts:
        conn.execute(
            "INSERT OR REPLACE INTO sms_on_sim (place, sent_at, octets) VALUES (?, ?, ?)",
            (part.place, part.sent_at, part.octets),
        )
