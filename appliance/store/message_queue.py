"""The transcriber's side of a message: claim it with a lease, save its text, or give it back.

Decides: which message is next, how often it is tried. May touch: the messages table.
Thread: any with its own connection. Called by: transcribing, and web for a retry, as messages.*.
A job may run twice, never zero times: the row is claimed, never taken out, and each attempt is
counted before it begins, so that a recording which kills the decoder is not tried for ever.
"""

from dataclasses import dataclass

from appliance.store import audit
from appliance.store.db import Connection, Row, transaction
from appliance.store.verdicts import RAISED, Verdict, raised

MAX_ATTEMPTS = 3  # then `failed`: still playable, an officer may ask again
CUT = "cut"  # end_reason of a recording without its FINAL frame
GIVE_BACK = "lease_owner = NULL, lease_until = NULL"

# A call in progress comes first: its text is wanted when the caller hangs up.
# The first line is the index's own condition, or it would not be used.
NEXT = """
    SELECT id, call_id, state, attempts FROM messages
    WHERE state IN ('recording', 'recorded', 'transcribing')
      AND (state <> 'recording' OR attempts < ?)
      AND (lease_until IS NULL OR lease_until <= ?) AND next_try_at <= ?
    ORDER BY state <> 'recording', seq LIMIT 1
"""


@dataclass(frozen=True)
class Claim:
    """A message that is ours until the lease ends; attempts: this one included.

    state: recording (the file still grows) or transcribing (it is whole).
    """

    id: str
    call_id: str
    state: str
    attempts: int


def claim_next(conn: Connection, *, now: float, owner: str, lease_s: float) -> Claim | None:
    """Take the next message that nobody works on, count the attempt, or return None.

    now: epoch seconds. One that was tried MAX_ATTEMPTS times becomes `failed` instead.
    """
    if _next(conn, now) is None:  # looking costs no write lock
        return None
    with transaction(conn):
        while (row := _next(conn, now)) is not None:
            if row["attempts"] < MAX_ATTEMPTS:
                return _claim(conn, row, owner, now + lease_s)
            _set_failed(conn, row["id"], None)
    return None


def count_waiting(conn: Connection) -> int:
    """Count the messages whose text is still to come, also those being worked on."""
    row = conn.execute(
        "SELECT count(*) AS n FROM messages"
        " WHERE state IN ('recording', 'recorded', 'transcribing')"  # the index's own condition
    ).fetchone()
    return int(row["n"])


def renew(conn: Connection, message_id: str, owner: str, until: float) -> bool:
    """Keep the lease until that time; False when it is no longer ours."""
    return _update(conn, "lease_until = ?", message_id, owner, until)


def clear_leases(conn: Connection) -> None:
    """Free everything that was claimed; only at the start of the one transcriber."""
    with transaction(conn):
        conn.execute(f"UPDATE messages SET {GIVE_BACK} WHERE lease_owner IS NOT NULL")


def save_transcript(
    conn: Connection,
    message_id: str,
    owner: str,
    *,
    sealed: bytes,
    engine: str,
    model: str,
    word_count: int,
    mean_confidence: float | None,
    end_reason: str | None,
    duration_ms: int,
    verdict: Verdict,
    wants_second: bool,
    now: float,
) -> bool:
    """Keep the sealed text; end_reason as the FINAL frame says, None when it was cut short.

    verdict: its urgency only raises what is there; now: epoch seconds.
    Returns False, and changes nothing, when the lease is no longer ours.
    """
    with transaction(conn):
        is_ours = _update(
            conn,
            f"state = 'transcribed', sealed_transcript = ?, engine = ?, model = ?, word_count = ?,"
            f" mean_confidence = ?, end_reason = coalesce(?, end_reason, '{CUT}'),"
            f" duration_ms = ?, error = NULL, category = ?, has_speech = ?, line_quality = ?,"
            f" second_state = ?, {RAISED}, {GIVE_BACK}",
            message_id,
            owner,
            *(sealed, engine, model, word_count, mean_confidence, end_reason, duration_ms),
            *(verdict.category, verdict.has_speech, verdict.line_quality),
            "wanted" if wants_second else None,
            *raised(verdict.urgency, now),
        )
        if is_ours:
            audit.append(conn, audit.TRANSCRIBE, "transcribed", message_id, {"model": model})
        return is_ours


def wait_for_key(conn: Connection, message_id: str, owner: str) -> bool:
    """Put it aside until an officer's session hands its key over; False when not ours."""
    with transaction(conn):
        is_ours = _update(
            conn, f"state = 'waiting_for_key', attempts = 0, {GIVE_BACK}", message_id, owner
        )
        if is_ours:
            audit.append(conn, audit.TRANSCRIBE, "waiting_for_key", message_id)
        return is_ours


def retry_later(
    conn: Connection, message_id: str, owner: str, error: str, next_try_at: float
) -> bool:
    """Give it back for another try at that time (epoch seconds); False when not ours."""
    return _update(
        conn,
        "state = CASE state WHEN 'recording' THEN state ELSE 'recorded' END,"
        f" error = ?, next_try_at = ?, {GIVE_BACK}",
        message_id,
        owner,
        *(error, next_try_at),
    )


def give_back(conn: Connection, message_id: str, owner: str) -> bool:
    """Put it back as if it had never been claimed: we were told to stop; False when not ours."""
    return _update(
        conn,
        "state = CASE state WHEN 'recording' THEN state ELSE 'recorded' END,"
        f" attempts = attempts - 1, {GIVE_BACK}",
        message_id,
        owner,
    )


def fail(conn: Connection, message_id: str, owner: str, error: str) -> bool:
    """Give up: no text, still playable; False when the lease is no longer ours."""
    with transaction(conn):
        is_ours = _update(conn, GIVE_BACK, message_id, owner)
        if is_ours:
            _set_failed(conn, message_id, error)
        return is_ours


def retry_by_hand(conn: Connection, message_id: str, actor: str) -> bool:
    """Queue a failed or waiting message anew; False when it is neither."""
    with transaction(conn):
        changed = conn.execute(
            "UPDATE messages SET state = 'recorded', attempts = 0, next_try_at = 0, error = NULL"
            " WHERE id = ? AND state IN ('failed', 'waiting_for_key')",
            (message_id,),
        )
        if changed.rowcount:
            audit.append(conn, actor, "retry", message_id)
        return changed.rowcount == 1


def list_waiting_for_key(conn: Connection) -> list[str]:
    """List the messages whose key only an officer can give, oldest first.

    Also those that were transcribed and wait for their second listening.
    """
    rows = conn.execute(
        "SELECT id, seq FROM messages WHERE state = 'waiting_for_key'"
        " UNION SELECT id, seq FROM messages WHERE second_state = 'waiting_for_key' ORDER BY seq"
    )
    return [row["id"] for row in rows]


def _next(conn: Connection, now: float) -> Row | None:
    row: Row | None = conn.execute(NEXT, (MAX_ATTEMPTS, now, now)).fetchone()
    return row


def _claim(conn: Connection, row: Row, owner: str, until: float) -> Claim:
    state = "recording" if row["state"] == "recording" else "transcribing"
    attempts = row["attempts"] + 1
    conn.execute(
        "UPDATE messages SET state = ?, attempts = ?, lease_owner = ?, lease_until = ?"
        " WHERE id = ?",
        (state, attempts, owner, until, row["id"]),
    )
    return Claim(row["id"], row["call_id"], state, attempts)


def _set_failed(conn: Connection, message_id: str, error: str | None) -> None:
    """Without an error of its own the last one stays; "crashed": the decoder never came back."""
    conn.execute(
        f"UPDATE messages SET state = 'failed', error = coalesce(?, error, 'crashed'), {GIVE_BACK}"
        " WHERE id = ?",
        (error, message_id),
    )
    audit.append(conn, audit.TRANSCRIBE, "failed", message_id)


def _update(conn: Connection, change: str, message_id: str, owner: str, *values: object) -> bool:
    """Change a message whose lease is ours."""
    with transaction(conn):
        changed = conn.execute(
            f"UPDATE messages SET {change} WHERE id = ? AND lease_owner = ?",
            (*values, message_id, owner),
        )
        return changed.rowcount == 1
