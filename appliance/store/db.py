"""The one door to the database: connect, transaction, migrate, and the only PRAGMAs.

Decides: how SQLite is opened, and what its errors are called here. May touch: the database file.
Thread: any; one connection per thread. Called by: the store's own files; every process connects.
WAL + synchronous=FULL: measured, NORMAL lost recent commits in 75 of 75 simulated power cuts.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from appliance.errors import DiskFull, Locked, SchemaTooNew, StoreError

MIGRATIONS = Path(__file__).parent / "migrations"
SYNCHRONOUS_FULL = 2  # what `PRAGMA synchronous` answers for FULL
SETTINGS = (
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",  # no spill file beside the sandbox
    "PRAGMA secure_delete = ON",  # deleted rows are overwritten with zeros
    "PRAGMA trusted_schema = OFF",  # a tampered file cannot call functions through its schema
)

Row = sqlite3.Row  # for the store's other files: sqlite3 itself appears only here


class Cursor(sqlite3.Cursor):
    """The rows of a statement; damage may show only when its row is fetched."""

    def fetchone(self) -> Any:
        """The next row, or None."""
        with _named_errors():
            return super().fetchone()

    def fetchall(self) -> list[Any]:
        """All rows that are left."""
        with _named_errors():
            return super().fetchall()

    def __next__(self) -> Any:
        with _named_errors():
            return super().__next__()


class Connection(sqlite3.Connection):
    """A connection whose errors are StoreErrors, so that no other room needs sqlite3."""

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        """Run one statement; raises Locked, DiskFull or StoreError for what the world does."""
        with _named_errors():
            return self.cursor(Cursor).execute(sql, parameters)


def connect(path: Path, *, busy_timeout_s: float = 5.0) -> Connection:
    """Open the existing database in autocommit mode, rows by name.

    busy_timeout_s: how long a statement waits for another process before Locked.
    Raises StoreError (missing, unwritable, old: says what to do), SchemaTooNew, Locked.
    """
    if not path.exists():
        raise StoreError(f"no database at {path}: run `hotline init`")
    for place in (path, path.parent):  # the folder too: -wal and -shm are made in it
        if not os.access(place, os.W_OK):
            raise StoreError(f"cannot write {place}: give it to the group of the service")
    conn = _open(path, busy_timeout_s)
    newest, found = _newest(MIGRATIONS), _version(conn)
    if found == newest:
        return conn
    conn.close()
    if found > newest:
        raise SchemaTooNew(f"{path} was written by a newer release: install that one again")
    raise StoreError(f"{path} is of an older release: run `hotline init` to bring it up to date")


@contextmanager
def transaction(conn: Connection) -> Iterator[None]:
    """Everything inside is written, or nothing; inside another transaction it joins that one.

    Keep it short: all other writers wait. Raises Locked when another process holds the
    database for longer than the busy timeout, DiskFull when there is no room.
    """
    if conn.in_transaction:
        yield
        return
    conn.execute("BEGIN IMMEDIATE")
    try:
        yield
        conn.execute("COMMIT")
    finally:
        if conn.in_transaction:  # the body raised, or the commit could not be written
            conn.execute("ROLLBACK")


def empty_log(conn: Connection) -> None:
    """Fold the write-ahead log into the file, so that what was replaced stands in neither.

    As far as other readers allow at this moment; not inside a transaction.
    """
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def migrate(path: Path, *, folder: Path = MIGRATIONS) -> int:
    """Create the database or bring it to the newest schema; return the schema's number.

    Each numbered file of `folder` runs in one transaction with its number: after a crash the
    database has the whole step or nothing of it. Raises StoreError, SchemaTooNew, Locked.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o660))  # SQLite itself would make it 0644
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror}") from error
    conn = _open(path, busy_timeout_s=30.0)  # the processes may still be closing
    try:
        if _version(conn) > _newest(folder):
            raise SchemaTooNew(f"{path} was written by a newer release: install that one again")
        for number, script in _numbered(folder):
            _step(conn, number, script.read_text("utf-8"))
        return _version(conn)
    finally:
        conn.close()


def _step(conn: Connection, number: int, script: str) -> None:
    with transaction(conn):
        if _version(conn) >= number:
            return
        for statement in _statements(script):
            conn.execute(statement)
        conn.execute(f"PRAGMA user_version = {number}")


def _statements(script: str) -> Iterator[str]:
    """Cut a script into statements; executescript would commit the open transaction first."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _open(path: Path, busy_timeout_s: float) -> Connection:
    try:
        conn = sqlite3.connect(
            path, timeout=busy_timeout_s, isolation_level=None, factory=Connection
        )
    except sqlite3.OperationalError as error:
        raise StoreError(f"cannot open {path}: {error}") from error
    conn.row_factory = sqlite3.Row
    mode = conn.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    for setting in SETTINGS:
        conn.execute(setting)
    synchronous = conn.execute("PRAGMA synchronous").fetchone()[0]
    if mode != "wal" or synchronous != SYNCHRONOUS_FULL:
        conn.close()
        raise StoreError(f"{path} cannot be kept safe on this disk: journal {mode}, {synchronous=}")
    return conn


def _version(conn: Connection) -> int:
    return int(conn.execute("PRAGMA user_version").fetchone()[0])


def _newest(folder: Path) -> int:
    return max((number for number, _ in _numbered(folder)), default=0)


def _numbered(folder: Path) -> list[tuple[int, Path]]:
    return sorted((int(script.name.split("_")[0]), script) for script in folder.glob("*.sql"))


class _named_errors:  # noqa: N801 - reads as a function; a generator costs three times as much
    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _where: object) -> None:
        ours = (sqlite3.IntegrityError, sqlite3.ProgrammingError)
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, ours):
            raise _named(error) from error


def _named(error: sqlite3.DatabaseError) -> StoreError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the primary code, without its detail
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Locked("another process holds the database: it is tried again")
    if code == sqlite3.SQLITE_FULL:
        return DiskFull("the disk is full: the database takes no more rows until there is room")
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StoreError(f"the database is damaged ({error}): restore the newest backup")
    return StoreError(f"the database cannot be used: {error}")
