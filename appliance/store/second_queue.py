"""The second listening's side of a message: wanted, tried when the line is idle, saved or not.

Decides: which message is listened to again next, how often it is tried.
May touch: the messages table. Thread: any with its own connection.
Called by: transcribing, and web when an officer asks, as messages.*.
There is one transcriber and it listens to one message at a time: no lease is needed, and what a
crash left stands there as `wanted`, with its attempt counted.
"""

from appliance.store import audit
from appliance.store.db import Connection, transaction
from appliance.store.verdicts import RAISED, raised

MAX_SECOND_ATTEMPTS = 3  # then `failed`: the first text stays as it is
MAY_BE_WANTED = ("waiting_for_key", "failed", "done", "flagged")


def claim_second(conn: Connection) -> str | None:
    """Name the oldest message that is to be heard again, its attempt counted, or None.

    Only messages whose first listening is over. One that was tried too often becomes `failed`.
    """
    if _next(conn) is None:  # looking costs no write lock
        return None
    with transaction(conn):
        while (found := _next(conn)) is not None:
            message_id, attempts = found
            if attempts < MAX_SECOND_ATTEMPTS:
                conn.execute(
                    "UPDATE messages SET second_attempts = second_attempts + 1 WHERE id = ?",
                    (message_id,),
                )
                return message_id
            _fail(conn, message_id, None)
    return None


def save_second(
    conn: Connection,
    message_id: str,
    *,
    sealed: bytes,
    engine: str,
    model: str,
    is_flagged: bool,
    category: str | None,
    urgency: str,
    now: float,
) -> bool:
    """Keep the sealed second text; is_flagged: it differs wildly from the first.

    category: what this text says, None: leave it; urgency only ever rises. now: epoch seconds.
    False, and nothing is changed, when it is no longer wanted.
    """
    with transaction(conn):
        changed = conn.execute(
            "UPDATE messages SET second_state = ?, sealed_second = ?, second_engine = ?,"
            f" second_model = ?, second_error = NULL, category = coalesce(?, category), {RAISED}"
            " WHERE id = ? AND second_state = 'wanted'",
            (
                *("flagged" if is_flagged else "done", sealed, engine, model, category),
                *(*raised(urgency, now), message_id),
            ),
        )
        if changed.rowcount:
            audit.append(conn, audit.TRANSCRIBE, "heard_again", message_id, {"model": model})
        return changed.rowcount == 1


def put_back_second(conn: Connection, message_id: str) -> None:
    """Undo the claim: a call came, or we were told to stop; the attempt does not count."""
    _update(conn, "second_attempts = max(second_attempts - 1, 0)", message_id)


def second_waits_for_key(conn: Connection, message_id: str) -> None:
    """Put it aside until an officer's session hands its key over."""
    _update(conn, "second_state = 'waiting_for_key', second_attempts = 0", message_id)


def fail_second(conn: Connection, message_id: str, error: str) -> None:
    """Give up (error: a short code): there is no better text than the first."""
    with transaction(conn):
        _fail(conn, message_id, error)


def want_second(conn: Connection, message_id: str, actor: str) -> bool:
    """Have a transcribed message heard again; False when it waits for that already."""
    with transaction(conn):
        changed = conn.execute(
            "UPDATE messages SET second_state = 'wanted', second_attempts = 0, second_error = NULL"
            " WHERE id = ? AND state = 'transcribed'"
            f" AND (second_state IS NULL OR second_state IN {MAY_BE_WANTED})",
            (message_id,),
        )
        if changed.rowcount:
            audit.append(conn, actor, "second_wanted", message_id)
        return changed.rowcount == 1


def forget_second(conn: Connection) -> int:
    """Want no second listening any more (it was switched off); return how many waited."""
    with transaction(conn):
        return conn.execute(
            "UPDATE messages SET second_state = NULL"
            " WHERE second_state IN ('wanted', 'waiting_for_key')"
        ).rowcount


def _next(conn: Connection) -> tuple[str, int] | None:
    row = conn.execute(
        "SELECT id, second_attempts FROM messages"
        " WHERE second_state = 'wanted' AND state = 'transcribed' ORDER BY seq LIMIT 1"
    ).fetchone()
    return None if row is None else (row["id"], row["second_attempts"])


def _fail(conn: Connection, message_id: str, error: str | None) -> None:
    """Without an error of its own the last one stays; "crashed": the engine never came back."""
    conn.execute(
        "UPDATE messages SET second_state = 'failed',"
        " second_error = coalesce(?, second_error, 'crashed')"
        " WHERE id = ? AND second_state = 'wanted'",
        (error, message_id),
    )
    audit.append(conn, audit.TRANSCRIBE, "second_failed", message_id)


def _update(conn: Connection, change: str, message_id: str) -> None:
    with transaction(conn):
        conn.execute(
            f"UPDATE messages SET {change} WHERE id = ? AND second_state = 'wanted'",
            (message_id,),
        )
