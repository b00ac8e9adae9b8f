"""Who may sign in, with which role, and each one's wrap of the post's key.

Decides: what a role may hold. May touch: the officers table, and sessions when access ends.
Thread: any with its own connection. Called by: web, setup, the command line.
A technician looks after the box and has no wrap: he can open nothing a caller said.
"""

from dataclasses import dataclass, field

from appliance.errors import Locked, NotFound, StoreError
from appliance.store import audit, sessions, vault
from appliance.store.db import Connection, Row, empty_log, transaction
from appliance.vietnamese import nfc

OFFICER, HEAD, TECHNICIAN = "officer", "head", "technician"
ROLES = (OFFICER, HEAD, TECHNICIAN)
LONGEST_NAME = 64
COLUMNS = "name, role, password_hash, wrapped_key, one_time, disabled"


@dataclass(frozen=True)
class Officer:
    """One account. one_time: the password was given, not chosen, and must be changed first."""

    name: str
    role: str
    password_hash: str = field(repr=False)
    wrapped_key: bytes | None = field(repr=False)
    one_time: bool
    disabled: bool


def add(
    conn: Connection,
    name: str,
    role: str,
    *,
    password: str,
    wrapped_key: bytes | None,
    one_time: bool,
    actor: str,
) -> None:
    """Make an account; raises StoreError when name or role cannot be, or the name is taken."""
    name = nfc(name)
    _check(name, role, wrapped_key)
    password_hash = vault.hash_password(password)  # slow: not inside the transaction
    with transaction(conn):
        if get(conn, name) is not None:
            raise StoreError(f"there is an officer {name} already")
        conn.execute(
            "INSERT INTO officers (name, role, password_hash, wrapped_key, one_time)"
            " VALUES (?, ?, ?, ?, ?)",
            (name, role, password_hash, wrapped_key, one_time),
        )
        audit.append(conn, actor, "officer_added", name, {"role": role})


def get(conn: Connection, name: str) -> Officer | None:
    """Return one account, disabled or not, or None; a keyboard may spell the name apart."""
    row = conn.execute(f"SELECT {COLUMNS} FROM officers WHERE name = ?", (nfc(name),)).fetchone()
    return None if row is None else _officer(row)


def existing(conn: Connection, name: str) -> Officer:
    """Return one account that must be there; raises NotFound."""
    officer = get(conn, name)
    if officer is None:
        raise NotFound(f"there is no officer {name}")
    return officer


def unlock(conn: Connection, name: str, password: str) -> bytes:
    """Open the post's private key with an officer's password.

    Raises NotFound, WrongSecret, Locked (technicians and disabled accounts hold no key).
    """
    wrapped = existing(conn, name).wrapped_key
    if wrapped is None:
        raise Locked(f"{name} holds no key: ask an officer or the head")
    return vault.unwrap(wrapped, password)


def list_all(conn: Connection) -> list[Officer]:
    """List all accounts by name, the disabled ones too: their names stand in the audit log."""
    return [_officer(row) for row in conn.execute(f"SELECT {COLUMNS} FROM officers ORDER BY name")]


def set_password(
    conn: Connection,
    name: str,
    password_hash: str,
    wrapped_key: bytes | None,
    actor: str,
    *,
    one_time: bool = False,
) -> None:
    """Replace password and wrap together, and end his sessions. Raises NotFound.

    one_time: the new password must be changed at the next sign-in.
    The old wrap is overwritten: who still knows the old password opens nothing with it.
    """
    with transaction(conn):
        officer = existing(conn, name)
        name = officer.name
        _check(name, officer.role, wrapped_key)
        conn.execute(
            "UPDATE officers SET password_hash = ?, wrapped_key = ?, one_time = ? WHERE name = ?",
            (password_hash, wrapped_key, one_time, name),
        )
        audit.append(conn, actor, "password_changed", name)
        sessions.end_all(conn, name, actor=actor)
    if not conn.in_transaction:
        empty_log(conn)


def disable(conn: Connection, name: str, actor: str) -> None:
    """End an account: no sign-in, no sessions, its wrap destroyed.

    Raises NotFound, and StoreError for the last head: nobody could let anybody in any more.
    """
    with transaction(conn):
        officer = existing(conn, name)
        if officer.disabled:
            return
        name = officer.name
        if officer.role == HEAD and _is_last_head(conn, name):
            raise StoreError(f"{name} is the only head of the post: add another one first")
        conn.execute("UPDATE officers SET disabled = 1, wrapped_key = NULL WHERE name = ?", (name,))
        sessions.end_all(conn, name, actor=actor)
        audit.append(conn, actor, "officer_disabled", name)
    if not conn.in_transaction:
        empty_log(conn)


def _is_last_head(conn: Connection, name: str) -> bool:
    others = conn.execute(
        "SELECT 1 FROM officers WHERE role = ? AND disabled = 0 AND name <> ?", (HEAD, name)
    )
    return others.fetchone() is None


def _check(name: str, role: str, wrapped_key: bytes | None) -> None:
    if not (0 < len(name) <= LONGEST_NAME and name.isprintable() and name == name.strip()):
        raise StoreError(f"an officer's name has 1 to {LONGEST_NAME} visible characters")
    if role not in ROLES:
        raise StoreError(f"a role is one of {', '.join(ROLES)}, not {role!r}")
    if role == TECHNICIAN and wrapped_key is not None:
        raise StoreError("a technician gets no key")


def _officer(row: Row) -> Officer:
    flags = {"one_time": bool(row["one_time"]), "disabled": bool(row["disabled"])}
    return Officer(**{**row, **flags})
