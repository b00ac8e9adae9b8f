"""What other processes ask of the one that owns the modem: a text message to send.

Decides: who has an order and for how long. May touch: the outbox table, run_dir/outbox.
Thread: any with its own connection. Called by: answering (clerk); whoever asks for a message.
The row says when and how it went; number and words lie in RAM only, and are gone once it is over.
An order may be carried out twice after a crash, but is not taken out to be done: it is leased.
"""

import json
import re
import uuid
from dataclasses import dataclass
from pathlib import Path

from appliance.errors import StoreError
from appliance.store.db import Connection, Row, transaction
from appliance.store.disk import write_whole
from appliance.store.live import FOLDER_MODE

MAX_ATTEMPTS = 3  # then `failed`: whoever asked must take another way
LONGEST_TEXT = 670  # characters: ten parts of UCS2; more is no alarm, and blocks the line
NUMBER = re.compile(r"\+?[0-9]{3,15}")  # E.164 has at most 15 digits; short codes from 3
FOLDER = "outbox"  # in run_dir
WORDS_MODE = 0o660  # of the group that all processes share
LOST = "lost"  # the error of an order whose words went with a power cut
EXPIRED = "expired"
CRASHED = "crashed"

NEXT = """
    SELECT id, attempts, deadline FROM outbox
    WHERE state = 'waiting' AND (lease_until IS NULL OR lease_until <= ?) ORDER BY seq LIMIT 1
"""


@dataclass(frozen=True)
class Order:
    """A message to send; number: as it is dialled; deadline: epoch seconds, useless afterwards."""

    id: str
    number: str
    text: str
    deadline: float


@dataclass(frozen=True)
class Sent:
    """How an order went; state: waiting, done or failed; error: a short code."""

    state: str
    attempts: int
    error: str | None


def put(
    conn: Connection, run_dir: Path, *, number: str, text: str, now: float, deadline: float
) -> str:
    """Ask for a message to be sent before `deadline` (epoch seconds); return the order's id.

    Raises StoreError: no number, no text or too long a one, a run folder that takes no file.
    """
    if not _can_be_sent(number, text):
        raise StoreError(
            "a message is sent to a number (digits, + in front or not) and has"
            f" 1 to {LONGEST_TEXT} characters"
        )
    order_id = uuid.uuid4().hex
    _write_words(run_dir, order_id, number, text)  # words first, row second
    with transaction(conn):
        conn.execute(
            "INSERT INTO outbox (id, asked_at, deadline) VALUES (?, ?, ?)",
            (order_id, now, deadline),
        )
    return order_id


def claim(conn: Connection, run_dir: Path, *, now: float) -> Order | None:
    """Take the oldest order that nobody works on, count the attempt, or return None.

    now: epoch seconds. It is the taker's until its deadline: a call may come first. Orders that
    are too late, were tried too often or whose words are lost become `failed`.
    """
    if _next(conn, now) is None:  # looking costs no write lock
        return None
    with transaction(conn):
        while (row := _next(conn, now)) is not None:
            words = _words(run_dir, row["id"])
            error = _hopeless(row, now, words is None)
            if error is None and words is not None:
                conn.execute(
                    "UPDATE outbox SET attempts = attempts + 1, lease_until = ? WHERE id = ?",
                    (row["deadline"], row["id"]),
                )
                return Order(row["id"], words["number"], words["text"], row["deadline"])
            _end(conn, run_dir, row["id"], "failed", error)
    return None


def clear_leases(conn: Connection) -> None:
    """Free everything that was claimed; only at the start of the one answering process."""
    with transaction(conn):
        conn.execute("UPDATE outbox SET lease_until = NULL WHERE state = 'waiting'")


def done(conn: Connection, run_dir: Path, order_id: str) -> None:
    """It was sent."""
    with transaction(conn):
        _end(conn, run_dir, order_id, "done", None)


def failed(conn: Connection, run_dir: Path, order_id: str, error: str, retry_at: float) -> None:
    """It was not sent; it is tried again from retry_at (epoch seconds) as often as allowed."""
    with transaction(conn):
        row = conn.execute("SELECT attempts FROM outbox WHERE id = ?", (order_id,)).fetchone()
        if row is not None and row["attempts"] >= MAX_ATTEMPTS:
            _end(conn, run_dir, order_id, "failed", error)
        else:
            conn.execute(
                "UPDATE outbox SET error = ?, lease_until = ? WHERE id = ? AND state = 'waiting'",
                (error, retry_at, order_id),
            )


def get(conn: Connection, order_id: str) -> Sent | None:
    """How an order stands; None when there is none."""
    row = conn.execute(
        "SELECT state, attempts, error FROM outbox WHERE id = ?", (order_id,)
    ).fetchone()
    return None if row is None else Sent(**row)


def _next(conn: Connection, now: float) -> Row | None:
    row: Row | None = conn.execute(NEXT, (now,)).fetchone()
    return row


def _hopeless(row: Row, now: float, is_lost: bool) -> str | None:
    if now > row["deadline"]:
        return EXPIRED
    if is_lost:
        return LOST
    return CRASHED if row["attempts"] >= MAX_ATTEMPTS else None


def _end(conn: Connection, run_dir: Path, order_id: str, state: str, error: str | None) -> None:
    conn.execute(
        "UPDATE outbox SET state = ?, error = ?, lease_until = NULL"
        " WHERE id = ? AND state = 'waiting'",
        (state, error, order_id),
    )
    _file(run_dir, order_id).unlink(missing_ok=True)


def _write_words(run_dir: Path, order_id: str, number: str, text: str) -> None:
    folder, words = run_dir / FOLDER, {"number": number, "text": text}
    try:
        if not folder.is_dir():
            folder.mkdir(exist_ok=True)
            folder.chmod(FOLDER_MODE)
        path = _file(run_dir, order_id)
        write_whole(path, json.dumps(words).encode("ascii"), WORDS_MODE, durable=False)
    except OSError as error:
        raise StoreError(f"cannot write {folder}: {error.strerror}") from error


def _words(run_dir: Path, order_id: str) -> dict[str, str] | None:
    try:
        value = json.loads(_file(run_dir, order_id).read_bytes())
        number, text = str(value["number"]), str(value["text"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return {"number": number, "text": text} if _can_be_sent(number, text) else None


def _can_be_sent(number: str, text: str) -> bool:
    has_half_characters = any("\ud800" <= letter <= "\udfff" for letter in text)
    return (
        NUMBER.fullmatch(number) is not None
        and 0 < len(text) <= LONGEST_TEXT
        and not has_half_characters
    )


def _file(run_dir: Path, order_id: str) -> Path:
    return run_dir / FOLDER / order_id
