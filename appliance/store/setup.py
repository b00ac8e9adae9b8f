"""Sets a post up, and lets further officers in: folders, keys, database, first account.

Decides: in which order, so that an interrupted set-up is completed by the next one.
May touch: state_dir, run_dir. Thread: main. Called by: `hotline init`, `hotline officer add`.
Nothing is ever overwritten: a second key pair would make every older recording unreadable.
"""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from appliance.config import Config
from appliance.errors import Locked, StoreError, WrongSecret
from appliance.store import audit, db, live, officers, settings, vault
from appliance.store.db import Connection, transaction
from appliance.store.officers import Officer

FOLDER_MODE = 0o2770  # setgid: files belong to the group that all processes share
PUBLIC_KEY = "public_key"  # settings key, hex: from it the file can be made anew
RECOVERY_CODE = "recovery-code"  # who acts, in the audit log
RECOVERY_WRAP = "recovery_wrap"  # settings key, hex: the private key under the recovery code


@dataclass(frozen=True)
class InitResult:
    """head: the first officer's name. one_time_password: only when he was made just now."""

    head: str
    one_time_password: str | None
    created: bool


def init(config: Config, *, head_name: str) -> InitResult:
    """Make what is missing and bring the database up to date; harmless to repeat.

    Raises StoreError when something cannot be written, or when what is there does not fit.
    """
    store = config.store
    _make_folder(store.state_dir)
    _make_folder(store.spool_dir)
    live.prepare(store.run_dir)
    db.migrate(store.database)
    with closing(db.connect(store.database)) as conn:
        head = _head(conn)
        if head is not None and (store.public_key.exists() or _is_in_use(conn, head)):
            _keep_public_key(conn, store.public_key)
            return InitResult(head.name, None, created=False)
        if store.public_key.exists():
            raise StoreError(
                f"{store.public_key} is there, but its officers are not in the database: restore"
                " a backup (or move the key away: what was recorded with it is lost then)"
            )
        password = _begin_post(conn, store.public_key, head_name)
        return InitResult(head_name, password, created=True)


def add_officer(conn: Connection, name: str, role: str, *, by: str, by_password: str) -> str:
    """Let somebody in by an officer who holds the key; return the new one-time password.

    Raises NotFound, WrongSecret, Locked (the granting officer holds no key), StoreError.
    """
    return _add(conn, name, role, officers.unlock(conn, by, by_password), by)


def add_officer_by_recovery(conn: Connection, name: str, role: str, code: str) -> str:
    """Let somebody in with the post's recovery code; return his one-time password.

    Raises WrongSecret, Locked (no code was ever written down), StoreError.
    """
    return _add(conn, name, role, unlock_by_recovery(conn, code), RECOVERY_CODE)


def reset_officer(conn: Connection, name: str, *, by: str, by_password: str) -> str:
    """Give an officer who forgot his password a one-time password; ends his sessions.

    Raises NotFound, WrongSecret, Locked (the granting officer holds no key).
    """
    return _reset(conn, name, officers.unlock(conn, by, by_password), by)


def reset_officer_by_recovery(conn: Connection, name: str, code: str) -> str:
    """The same with the post's recovery code; raises NotFound, WrongSecret, Locked."""
    return _reset(conn, name, unlock_by_recovery(conn, code), RECOVERY_CODE)


def disable_officer(conn: Connection, name: str, *, by: str, by_password: str) -> None:
    """End an account; by: any account, so that the audit log names who it really was.

    Raises NotFound, WrongSecret, StoreError (the last head).
    """
    granter = officers.existing(conn, by)
    if granter.disabled or not vault.verify_password(granter.password_hash, by_password):
        raise WrongSecret(f"this is not the password of {by}")
    officers.disable(conn, name, by)


def unlock_by_recovery(conn: Connection, code: str) -> bytes:
    """Open the post's private key with its recovery code; raises WrongSecret, Locked."""
    wrapped = settings.get(conn, RECOVERY_WRAP)
    if wrapped is None:
        raise Locked("this post has no recovery code yet: it is made at the head's first sign-in")
    return vault.unwrap(bytes.fromhex(wrapped), vault.normalise_recovery_code(code))


def _begin_post(conn: Connection, public_key: Path, head_name: str) -> str:
    """Make key pair and head together: outside his wrap the private key exists nowhere.

    The file comes last. Without it nothing can be recorded, so a set-up that was interrupted
    before (its password was never printed) may be begun anew.
    """
    pair = vault.make_key_pair()
    with transaction(conn):
        conn.execute("DELETE FROM sessions")
        conn.execute("DELETE FROM officers")
        password = _add(conn, head_name, officers.HEAD, pair.private, audit.SETUP)
        settings.put(conn, PUBLIC_KEY, pair.public.hex(), audit.SETUP)
    vault.save_public_key(public_key, pair.public)
    return password


def _reset(conn: Connection, name: str, private: bytes, actor: str) -> str:
    officer = officers.existing(conn, name)
    if officer.disabled:
        raise StoreError(f"the account of {name} is disabled: add a new one")
    password = vault.make_one_time_password()
    wrapped = None if officer.role == officers.TECHNICIAN else vault.wrap(private, password)
    hashed = vault.hash_password(password)  # slow: not inside the transaction
    officers.set_password(conn, name, hashed, wrapped, actor, one_time=True)
    return password


def _add(conn: Connection, name: str, role: str, private: bytes, actor: str) -> str:
    password = vault.make_one_time_password()
    wrapped = None if role == officers.TECHNICIAN else vault.wrap(private, password)
    officers.add(
        conn, name, role, password=password, wrapped_key=wrapped, one_time=True, actor=actor
    )
    return password


def _head(conn: Connection) -> Officer | None:
    heads = (one for one in officers.list_all(conn) if one.role == officers.HEAD)
    return next(heads, None)


def _is_in_use(conn: Connection, head: Officer) -> bool:
    """Whether the key pair matters to anybody: then it is kept, whatever is missing beside it."""
    has_messages = conn.execute("SELECT 1 FROM messages LIMIT 1").fetchone() is not None
    return has_messages or not head.one_time or len(officers.list_all(conn)) > 1


def _keep_public_key(conn: Connection, path: Path) -> None:
    """Make a missing file anew; one that is not the post's key is told now, not at a call."""
    public = bytes.fromhex(settings.get(conn, PUBLIC_KEY) or "")
    if not path.exists():
        vault.save_public_key(path, public)
    if vault.load_public_key(path) != public:
        raise StoreError(f"{path} is not the key of this post's officers: restore it from a backup")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if folder.stat().st_mode & 0o7777 != FOLDER_MODE:
            folder.chmod(FOLDER_MODE)
    except OSError as error:
        raise StoreError(f"cannot make {folder}: {error.strerror}") from error
