"""Who read, heard or changed what: rows in a hash chain, written with the change itself.

Decides: what a row's hash covers, and whether the chain is whole. May touch: the audit table.
Thread: any, inside a transaction. Called by: the store's other files, web, the command line.
The chain shows every change made without recomputing it; who can rewrite the whole table is found
by a head noted outside the box (the printed daily sheet, an export). Never a number or words here.
"""

import hashlib
import json
import time
from dataclasses import dataclass
from typing import Any

from appliance.errors import Bug
from appliance.store.db import Connection

# One spelling for one value; made once, since each row is spelt again at every `verify`.
_canonical = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode

START = bytes(32)  # the hash before the first row
ROWS = "SELECT seq, at, actor, action, subject, detail, hash FROM audit ORDER BY seq"

# Who acts when no officer does.
ANSWER, TRANSCRIBE, SETUP = "answer", "transcribe", "set-up"


@dataclass(frozen=True)
class AuditRow:
    """One deed. at: epoch seconds; detail: codes only."""

    seq: int
    at: float
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]


@dataclass(frozen=True)
class Verdict:
    """What `verify` found. head: hex hash of the newest row that fits the chain."""

    ok: bool
    rows: int
    first_bad_seq: int | None
    head: str


def append(
    conn: Connection, actor: str, action: str, subject: str, detail: dict[str, Any] | None = None
) -> int:
    """Write one row inside the caller's transaction; return its number."""
    if not conn.in_transaction:
        raise Bug("an audit row belongs into the transaction of what it tells")
    last = conn.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    seq, previous = (last["seq"] + 1, last["hash"]) if last else (1, START)
    row = (seq, time.time(), actor, action, subject, _canonical(detail or {}))
    conn.execute(
        "INSERT INTO audit (seq, at, actor, action, subject, detail, hash)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (*row, _chained(previous, row)),
    )
    return int(seq)


def verify(conn: Connection) -> Verdict:
    """Walk the chain; finds any row edited, deleted, inserted or moved, and a cut-off end."""
    previous, count = START, 0
    for *row, found in conn.execute(ROWS):
        if row[0] != count + 1 or found != _chained(previous, tuple(row)):
            return Verdict(False, count, count + 1, previous.hex())
        previous, count = found, count + 1
    numbered = conn.execute("SELECT seq FROM sqlite_sequence WHERE name = 'audit'").fetchone()
    if count != (numbered["seq"] if numbered else 0):  # AUTOINCREMENT remembers the last number
        return Verdict(False, count, count + 1, previous.hex())
    return Verdict(True, count, None, previous.hex())


def head(conn: Connection) -> str:
    """Return the hex hash of the newest row: noted elsewhere, it pins everything before it."""
    last = conn.execute("SELECT hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    return (last["hash"] if last else START).hex()


def contains_head(conn: Connection, noted: str) -> bool:
    """Tell whether a head noted earlier is still in the chain: if not, it was rewritten."""
    wanted = bytes.fromhex(noted)
    found = conn.execute("SELECT 1 FROM audit WHERE hash = ?", (wanted,)).fetchone()
    return wanted == START or found is not None


def list_for(conn: Connection, subject: str) -> list[AuditRow]:
    """List what was done to one subject, oldest first."""
    rows = conn.execute(
        "SELECT seq, at, actor, action, subject, detail FROM audit WHERE subject = ? ORDER BY seq",
        (subject,),
    )
    return [AuditRow(**{**row, "detail": json.loads(row["detail"])}) for row in rows]


def _chained(previous: bytes, row: tuple[Any, ...]) -> bytes:
    return hashlib.sha256(previous + _canonical(row).encode()).digest()
