"""The database: safe settings at every open, whole migrations, errors that say what to do."""

import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from appliance.errors import DiskFull, Locked, SchemaTooNew, StoreError
from appliance.store import calls, db
from tests.store.stage import DEADLINE_S


def pragma(conn: db.Connection, name: str) -> object:
    return conn.execute(f"PRAGMA {name}").fetchone()[0]


def test_every_connection_has_the_safe_settings(database: Path) -> None:
    for _ in range(2):
        conn = db.connect(database)
        assert pragma(conn, "journal_mode") == "wal"
        assert pragma(conn, "synchronous") == db.SYNCHRONOUS_FULL
        assert pragma(conn, "foreign_keys") == 1
        assert pragma(conn, "secure_delete") == 1
        assert pragma(conn, "trusted_schema") == 0
        assert pragma(conn, "temp_store") == 2
        conn.close()


def test_a_missing_database_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="run `hotline init`"):
        db.connect(tmp_path / "hotline.db")
    assert list(tmp_path.iterdir()) == []


def test_damage_found_while_rows_are_fetched_says_restore_the_backup(database: Path) -> None:
    conn = db.connect(database)
    with db.transaction(conn):
        for number in range(500):
            calls.begin(conn, f"{number:032x}", 1.0)
    db.empty_log(conn)
    conn.close()
    whole = database.read_bytes()
    database.write_bytes(whole[: -8 * 4096] + b"\xff" * 8 * 4096)
    rows = db.connect(database).execute("SELECT * FROM calls ORDER BY seq")
    assert rows.fetchone()["seq"] == 1
    with pytest.raises(StoreError, match="restore the newest backup"):
        list(rows)


def test_a_database_of_a_newer_release_is_left_alone(database: Path) -> None:
    sqlite3.connect(database).execute("PRAGMA user_version = 99").connection.close()
    with pytest.raises(SchemaTooNew, match="newer release"):
        db.connect(database)
    with pytest.raises(SchemaTooNew):
        db.migrate(database)


def test_a_database_of_an_older_release_asks_for_init(database: Path) -> None:
    sqlite3.connect(database).execute("PRAGMA user_version = 0").connection.close()
    with pytest.raises(StoreError, match="run `hotline init`"):
        db.connect(database)


def test_a_file_that_is_no_database_is_named_damaged(database: Path) -> None:
    database.write_bytes(b"not a database at all" * 500)
    with pytest.raises(StoreError, match="damaged"):
        db.connect(database)


def test_an_unwritable_folder_is_told_in_one_line(database: Path) -> None:
    reader = (
        "import os, sys; from pathlib import Path; from appliance.errors import StoreError\n"
        "from appliance.store import db; os.setgid(65534); os.setuid(65534)\n"
        "try: db.connect(Path(sys.argv[1]))\n"
        "except StoreError as error: print(error)\n"
    )
    if os.geteuid() != 0:
        pytest.skip("needs root to become somebody else")
    for folder in (database.parent, *database.parent.parents):
        if "pytest" in str(folder):
            folder.chmod(0o755)
    database.chmod(0o644)
    done = subprocess.run(
        [sys.executable, "-c", reader, str(database)], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("cannot write ")
    assert len(done.stdout.splitlines()) == 1


def test_the_database_belongs_to_the_group_and_to_nobody_else(tmp_path: Path) -> None:
    before = os.umask(0o007)
    try:
        db.migrate(tmp_path / "hotline.db")
        conn = db.connect(tmp_path / "hotline.db")
        calls.begin(conn, "c", 1.0)
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(("hotline.db", "hotline.db-wal", "hotline.db-shm"), 0o660)


# ------------------------------------------------------------------ transactions


def test_a_transaction_that_raises_leaves_nothing(conn: db.Connection) -> None:
    with pytest.raises(ZeroDivisionError), db.transaction(conn):
        calls.begin(conn, "a", 1.0)
        _ = 1 / 0
    assert calls.list_live(conn) == []
    assert not conn.in_transaction


def test_a_transaction_inside_another_is_undone_with_it(conn: db.Connection) -> None:
    with pytest.raises(ZeroDivisionError), db.transaction(conn):
        with db.transaction(conn):
            calls.begin(conn, "a", 1.0)
        assert conn.in_transaction
        _ = 1 / 0
    assert calls.list_live(conn) == []


def test_a_database_held_by_another_process_is_locked_and_free_again(database: Path) -> None:
    holder, conn = db.connect(database), db.connect(database, busy_timeout_s=0.05)
    with db.transaction(holder):
        calls.begin(holder, "a", 1.0)
        with pytest.raises(Locked, match="another process"):
            calls.begin(conn, "b", 1.0)
        assert calls.list_live(conn) == []  # reading goes on meanwhile
    calls.begin(conn, "b", 1.0)
    assert [call.id for call in calls.list_live(conn)] == ["a", "b"]


def test_an_exclusive_lock_is_locked_too_even_for_opening(database: Path) -> None:
    holder = sqlite3.connect(database, isolation_level=None)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(Locked):
        db.connect(database, busy_timeout_s=0.05)
    holder.close()
    db.connect(database).close()


def test_two_writers_wait_for_each_other(database: Path) -> None:
    def write(prefix: str) -> None:
        conn = db.connect(database, busy_timeout_s=DEADLINE_S)
        for number in range(25):
            calls.begin(conn, f"{prefix}{number}", 1.0)
        conn.close()

    writers = [threading.Thread(target=write, args=(prefix,)) for prefix in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(DEADLINE_S)
    assert len(calls.list_live(db.connect(database))) == 50


def test_a_full_disk_keeps_the_old_rows_and_takes_new_ones_when_there_is_room(
    conn: db.Connection,
) -> None:
    calls.begin(conn, "before", 1.0)
    pages = pragma(conn, "page_count")
    conn.execute(f"PRAGMA max_page_count = {pages}")  # SQLITE_FULL, as from the disk
    with pytest.raises(DiskFull, match="disk is full"):
        calls.set_caller(conn, "before", bytes(100_000))
    assert not conn.in_transaction
    conn.execute("PRAGMA max_page_count = 100000")
    calls.set_caller(conn, "before", bytes(100_000))
    assert calls.get(conn, "before").sealed_caller == bytes(100_000)


# ------------------------------------------------------------------ migrations


def folder_with(tmp_path: Path, second: str) -> Path:
    folder = tmp_path / "migrations"
    folder.mkdir(exist_ok=True)
    (folder / "0001_one.sql").write_text("CREATE TABLE kept (x);\nINSERT INTO kept VALUES (1);\n")
    (folder / "0002_two.sql").write_text(second)
    return folder


def tables(path: Path) -> list[str]:
    rows = sqlite3.connect(path).execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return sorted(name for (name,) in rows)


def test_migrating_twice_changes_nothing(database: Path) -> None:
    before = sqlite3.connect(database).execute("SELECT sql FROM sqlite_master").fetchall()
    assert db.migrate(database) == len(list(db.MIGRATIONS.glob("*.sql")))
    after = sqlite3.connect(database).execute("SELECT sql FROM sqlite_master").fetchall()
    assert before == after


def test_a_migration_that_fails_in_the_middle_leaves_the_old_schema(tmp_path: Path) -> None:
    path = tmp_path / "h.db"
    broken = "CREATE TABLE half (x);\nDELETE FROM kept;\nINSERT INTO nowhere VALUES (1);\n"
    with pytest.raises(StoreError):
        db.migrate(path, folder=folder_with(tmp_path, broken))
    assert tables(path) == ["kept"]
    assert sqlite3.connect(path).execute("SELECT x FROM kept").fetchall() == [(1,)]
    mended = broken.replace("nowhere", "half")
    assert db.migrate(path, folder=folder_with(tmp_path, mended)) == 2
    assert tables(path) == ["half", "kept"]


def test_a_migration_killed_in_the_middle_leaves_the_old_schema(tmp_path: Path) -> None:
    path = tmp_path / "h.db"
    endless = (
        "CREATE TABLE half (x);\n"
        "INSERT INTO half WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)\n"
        "    SELECT randomblob(1000) FROM n;\n"
    )
    folder = folder_with(tmp_path, endless)
    run = "import sys; from pathlib import Path; from appliance.store import db\n"
    run += "db.migrate(Path(sys.argv[1]), folder=Path(sys.argv[2]))"
    with subprocess.Popen([sys.executable, "-c", run, str(path), str(folder)]) as process:
        guard = threading.Timer(DEADLINE_S, process.kill)
        guard.start()
        wal = path.with_name("h.db-wal")
        while process.poll() is None and not (wal.exists() and wal.stat().st_size > 8_000_000):
            threading.Event().wait(0.01)
        process.kill()
        guard.cancel()
    assert wal.stat().st_size > 8_000_000  # it really was in the middle
    assert tables(path) == ["kept"]
    mended = folder_with(tmp_path, "CREATE TABLE half (x);")
    assert db.migrate(path, folder=mended) == 2


def test_an_unwritable_place_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot write"):
        db.migrate(tmp_path / "missing" / "h.db")


def test_a_semicolon_inside_a_trigger_or_text_does_not_cut_a_statement(tmp_path: Path) -> None:
    script = (
        "CREATE TRIGGER t BEFORE DELETE ON kept\nBEGIN\n    SELECT 1;\n"
        "    SELECT RAISE(ABORT, 'no; never');\nEND;\nINSERT INTO kept VALUES ('a;b');\n"
    )
    path = tmp_path / "h.db"
    assert db.migrate(path, folder=folder_with(tmp_path, script)) == 2
    assert sqlite3.connect(path).execute("SELECT count(*) FROM kept").fetchone() == (2,)
