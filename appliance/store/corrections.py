"""What officers corrected in a transcript, and how often each engine was wrong.

Decides: that the machine's text is never overwritten; which correction counts (the newest).
May touch: the corrections and accuracy tables, and the messages' newest correction.
Thread: any with its own connection. Called by: web. The texts are sealed; the counts are clear.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass

from appliance.errors import NotFound
from appliance.store import audit
from appliance.store.db import Connection, transaction
from appliance.store.messages import ENTRIES, MessageEntry, entry_of

BY_MONTH = """
    SELECT strftime('%Y-%m', m.received_at + ?, 'unixepoch') AS month, a.engine, a.model,
           m.line_quality, count(*) AS messages, sum(a.syllables) AS syllables,
           sum(a.errors) AS errors, sum(a.errors_toneless) AS errors_toneless
    FROM accuracy a JOIN messages m ON m.id = a.message_id
    GROUP BY 1, 2, 3, 4 ORDER BY 1 DESC, 2, 3, 4
"""


@dataclass(frozen=True)
class Measured:
    """How far one engine's text was from the corrected one; counts of syllables."""

    engine: str
    model: str
    syllables: int
    errors: int
    errors_toneless: int


@dataclass(frozen=True)
class Correction:
    """One corrected text; at: epoch seconds; sealed: {"text"}."""

    at: float
    officer: str
    sealed: bytes


@dataclass(frozen=True)
class AccuracyRow:
    """The errors of one engine in one month ("2026-11") on lines of one quality."""

    month: str
    engine: str
    model: str
    line_quality: str | None
    messages: int
    syllables: int
    errors: int
    errors_toneless: int


def save(
    conn: Connection,
    message_id: str,
    *,
    sealed: bytes,
    officer: str,
    measured: Iterable[Measured],
) -> None:
    """Keep a corrected text beside the machine's; raises NotFound.

    measured: each engine's errors against it; they replace those of an earlier correction.
    """
    with transaction(conn):
        changed = conn.execute(
            "UPDATE messages SET sealed_correction = ? WHERE id = ?", (sealed, message_id)
        )
        if changed.rowcount == 0:
            raise NotFound("no such message")
        conn.execute(
            "INSERT INTO corrections (message_id, at, officer, sealed) VALUES (?, ?, ?, ?)",
            (message_id, time.time(), officer, sealed),
        )
        conn.execute("DELETE FROM accuracy WHERE message_id = ?", (message_id,))
        count(conn, message_id, measured)
        audit.append(conn, officer, "corrected", message_id)


def count(conn: Connection, message_id: str, measured: Iterable[Measured]) -> None:
    """Count engines that the newest correction has not counted yet: a second text may come late."""
    rows = conn.execute("SELECT engine, model FROM accuracy WHERE message_id = ?", (message_id,))
    known = {(row["engine"], row["model"]) for row in rows}
    fresh = [each for each in measured if (each.engine, each.model) not in known]
    if not fresh:  # the page asks at each opening: no write lock for nothing
        return
    with transaction(conn):
        for each in fresh:
            conn.execute(
                "INSERT OR IGNORE INTO accuracy VALUES (?, ?, ?, ?, ?, ?)",
                (
                    *(message_id, each.engine, each.model),
                    *(each.syllables, each.errors, each.errors_toneless),
                ),
            )


def list_for(conn: Connection, message_id: str) -> list[Correction]:
    """List the corrections of a message, oldest first."""
    rows = conn.execute(
        "SELECT at, officer, sealed FROM corrections WHERE message_id = ? ORDER BY seq",
        (message_id,),
    )
    return [Correction(**row) for row in rows]


def accuracy(conn: Connection, utc_offset_s: float = 0.0) -> list[AccuracyRow]:
    """Sum the errors by month of the call, engine, model and line, the newest month first."""
    return [AccuracyRow(**row) for row in conn.execute(BY_MONTH, (utc_offset_s,))]


def newest_corrected(conn: Connection, limit: int) -> list[MessageEntry]:
    """List the newest messages that an officer has corrected."""
    rows = conn.execute(
        f"{ENTRIES} WHERE m.sealed_correction IS NOT NULL ORDER BY m.seq DESC LIMIT ?", (limit,)
    )
    return [entry_of(dict(row)) for row in rows]
