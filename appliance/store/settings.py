"""Small values that the page or the set-up changes: one row per key.

Decides: nothing. May touch: the settings table. Thread: any with its own connection.
Called by: web, setup. The audit log says that a value changed, never the value.
"""

from appliance.store import audit
from appliance.store.db import Connection, transaction


def get(conn: Connection, key: str) -> str | None:
    """Return a value, or None when it was never set."""
    row = conn.execute("SELECT value FROM settings WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row["value"])


def put(conn: Connection, key: str, value: str, actor: str) -> None:
    """Set a value; the old one is overwritten on disk."""
    with transaction(conn):
        conn.execute(
            "INSERT INTO settings (key, value) VALUES (?, ?)"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, value),
        )
        audit.append(conn, actor, "setting_changed", key)
