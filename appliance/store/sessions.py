"""Sessions that the server can end, and failed sign-ins that a restart does not forget.

Decides: how long a session lives. May touch: the sessions and login_failures tables.
Thread: any with its own connection. Called by: web, officers.
Only the SHA-256 of a token is stored: who reads the database cannot become an officer.
"""

import hashlib
import secrets
from dataclasses import dataclass

from appliance.store import audit
from appliance.store.db import Connection, transaction

TOKEN_BYTES = 32  # 256 bit; OWASP ASVS 7.2.3 asks for 128
IDLE_S = 15 * 60.0  # an officer called away leaves the page open (ASVS 7.3.1)
ABSOLUTE_S = 8 * 3600.0  # one shift (ASVS 7.3.2)
CLOCK_SLACK_S = 300.0  # a clock corrected back by more must not lengthen a session
FAILURES_KEPT_S = 24 * 3600.0  # longer than any delay that is counted from them
LONGEST_KEPT = 64  # of a typed account name: it may be anything


@dataclass(frozen=True)
class Session:
    """Who is signed in; *_at in epoch seconds."""

    officer: str
    created_at: float
    seen_at: float


def create(conn: Connection, officer: str, now: float) -> str:
    """Sign an officer in and return the token for his cookie; sweeps what is over."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction(conn):
        conn.execute(
            "DELETE FROM sessions WHERE seen_at <= ? OR created_at <= ?",
            (now - IDLE_S, now - ABSOLUTE_S),
        )
        conn.execute(
            "INSERT INTO sessions (token_hash, officer, created_at, seen_at) VALUES (?, ?, ?, ?)",
            (_hashed(token), officer, now, now),
        )
        audit.append(conn, officer, "signed_in", officer)
    return token


def find(conn: Connection, token: str, now: float) -> Session | None:
    """Return the session of a token if it still lives; looking does not keep it alive."""
    row = conn.execute(
        "SELECT officer, created_at, seen_at FROM sessions"
        " WHERE token_hash = ? AND seen_at > ? AND created_at > ? AND seen_at < ?",
        (_hashed(token), now - IDLE_S, now - ABSOLUTE_S, now + CLOCK_SLACK_S),
    ).fetchone()
    return None if row is None else Session(**row)


def touch(conn: Connection, token: str, now: float) -> None:
    """Keep a living session alive: its officer did something (polling is not doing)."""
    with transaction(conn):
        conn.execute(
            "UPDATE sessions SET seen_at = ? WHERE token_hash = ? AND seen_at > ?",
            (now, _hashed(token), now - IDLE_S),
        )


def end(conn: Connection, token: str) -> None:
    """Sign out; an unknown token is no mistake."""
    with transaction(conn):
        row = conn.execute(
            "DELETE FROM sessions WHERE token_hash = ? RETURNING officer", (_hashed(token),)
        ).fetchone()
        if row is not None:
            audit.append(conn, row["officer"], "signed_out", row["officer"])


def end_all(conn: Connection, officer: str, *, actor: str | None = None) -> int:
    """End every session of an officer (actor: who does it, if not he); return how many."""
    with transaction(conn):
        ended = conn.execute("DELETE FROM sessions WHERE officer = ?", (officer,)).rowcount
        if ended:
            audit.append(conn, actor or officer, "sessions_ended", officer, {"sessions": ended})
        return ended


def note_failure(conn: Connection, account: str, address: str, now: float) -> None:
    """Remember a failed sign-in; account as typed, address of the asker."""
    with transaction(conn):
        conn.execute("DELETE FROM login_failures WHERE at <= ?", (now - FAILURES_KEPT_S,))
        conn.execute(
            "INSERT INTO login_failures (account, address, at) VALUES (?, ?, ?)",
            (account[:LONGEST_KEPT], address, now),
        )
        # People type passwords into the name field: only names that exist reach the log.
        known = conn.execute("SELECT 1 FROM officers WHERE name = ?", (account,)).fetchone()
        name = account if known else "unknown"
        audit.append(conn, name, "sign_in_failed", name, {"address": address})


def failures_since(
    conn: Connection, *, since: float, account: str | None = None, address: str | None = None
) -> list[float]:
    """List when sign-ins failed after `since` for an account, an address, or both; oldest first."""
    rows = conn.execute(
        "SELECT at FROM login_failures WHERE at > ? AND account = coalesce(?, account)"
        " AND address = coalesce(?, address) ORDER BY at",
        (since, account and account[:LONGEST_KEPT], address),
    )
    return [row["at"] for row in rows]


def _hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
