"""The clerk on a real database: rows in order, locks outwaited, crashes made good."""

import errno
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from appliance.answering.actions import (
    CloseRecording,
    KeepSound,
    NoteAnswered,
    NoteCaller,
    NoteEnded,
    NoteForwarded,
    NoteRinging,
    OpenRecording,
    ShowTrouble,
    TroubleOver,
)
from appliance.answering.clerk import Clerk, sealable
from appliance.answering.events import (
    CallerId,
    EndReason,
    Outcome,
    RecordingClosed,
    RecordingFailed,
    RecordingOpened,
)
from appliance.answering.parts import Mailbox
from appliance.answering.recorders import SpoolRecorders
from appliance.config import StoreConfig
from appliance.store import calls, db, live, messages, spool, vault

PATIENCE_S = 30.0
KEYS = vault.make_key_pair()
MINH = CallerId("0912345678", "0912345678")
CALL = f"{1:032x}"
MESSAGE = f"{CALL}-1"


@pytest.fixture
def store(tmp_path: Path) -> StoreConfig:
    made = StoreConfig(tmp_path / "state", tmp_path / "run")
    made.spool_dir.mkdir(parents=True)
    live.prepare(made.run_dir)
    db.migrate(made.database)
    return made


@pytest.fixture
def clerk(store: StoreConfig) -> Iterator[Clerk]:
    made = Clerk(store, KEYS.public)
    yield made
    if made.alive:
        made.stop(PATIENCE_S)


def wait_for(what: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.01)  # the disk has no condition to wait on


def note_a_call(clerk: Clerk, call_id: str = CALL, at: float = 100.0) -> None:
    clerk.note(NoteRinging(call_id), at)
    clerk.note(NoteCaller(call_id, MINH), at + 1)
    clerk.note(NoteForwarded(call_id), at + 1)
    clerk.note(NoteAnswered(call_id), at + 2)
    clerk.note(RecordingOpened(f"{call_id}-1"), at + 3)
    clerk.note(KeepSound(f"{call_id}-1"), at + 14)
    clerk.note(CloseRecording(f"{call_id}-1", EndReason.SILENCE), at + 40)
    clerk.note(RecordingClosed(f"{call_id}-1", 26_000), at + 40)
    clerk.note(NoteEnded(call_id, Outcome.MESSAGE), at + 44)


def record(store: StoreConfig, seconds: float, *, close: bool) -> spool.Recorder:
    mailbox = Mailbox()
    recorders = SpoolRecorders(store, KEYS.public, 20.0, mailbox.post)
    recorders.open(OpenRecording(MESSAGE, CALL, MINH), 100.0)
    assert mailbox.get(PATIENCE_S) == RecordingOpened(MESSAGE)
    for _ in range(round(seconds * 50)):
        recorders.sink_of(MESSAGE)(bytes(320))
    if close:
        recorders.close(CloseRecording(MESSAGE, EndReason.SILENCE))
        assert mailbox.get(PATIENCE_S) == RecordingClosed(MESSAGE, round(seconds * 1000))
    return recorders._recorders[MESSAGE]


def test_a_call_and_its_message_become_rows(store: StoreConfig, clerk: Clerk) -> None:
    clerk.start()
    note_a_call(clerk)
    assert clerk.stop(PATIENCE_S)
    conn = db.connect(store.database)
    entry = calls.get(conn, CALL)
    assert (entry.started_at, entry.answered_at, entry.ended_at) == (100.0, 102.0, 144.0)
    assert (entry.forwarded, entry.outcome) == (True, "message")
    assert entry.sealed_caller is not None
    assert vault.open_json(KEYS.private, entry.sealed_caller) == sealable(CALL, MINH, 101.0)
    message = messages.get(conn, MESSAGE)
    assert (message.state, message.duration_ms) == ("recorded", 26_000)
    assert (message.end_reason, message.received_at) == ("silence", 114.0)


def test_no_number_stands_in_the_database_in_clear(store: StoreConfig, clerk: Clerk) -> None:
    clerk.start()
    note_a_call(clerk)
    assert clerk.stop(PATIENCE_S)
    for path in store.state_dir.glob("hotline.db*"):
        assert b"912345678" not in path.read_bytes()


def test_rows_wait_for_a_lock_and_come_in_order(store: StoreConfig, clerk: Clerk) -> None:
    holder = sqlite3.connect(store.database, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    clerk.start()
    began = time.monotonic()
    ids = [f"{n:032x}" for n in range(1, 6)]
    for n, call_id in enumerate(ids):
        note_a_call(clerk, call_id, 1000.0 * n)
    clerk.show({"at": 1.0, "state": "IDLE"})
    assert time.monotonic() - began < 1.0, "noting must never wait"
    wait_for(lambda: live.read_status(store.run_dir, "answer"))
    assert holder.execute("SELECT count(*) FROM calls").fetchone() == (0,)
    holder.execute("ROLLBACK")
    holder.close()
    conn = db.connect(store.database)
    wait_for(lambda: messages.counts(conn) and len(messages.list_newest(conn, limit=9)) == 5)
    assert clerk.stop(PATIENCE_S)
    newest = messages.list_newest(conn, limit=9)
    assert [entry.call_id for entry in newest] == ids[::-1]
    assert {entry.state for entry in newest} == {"recorded"}
    assert [calls.get(conn, i).seq for i in ids] == sorted(calls.get(conn, i).seq for i in ids)


def test_rows_wait_for_a_database_that_is_not_there_yet(tmp_path: Path) -> None:
    store = StoreConfig(tmp_path / "state", tmp_path / "run")
    store.spool_dir.mkdir(parents=True)
    live.prepare(store.run_dir)
    clerk = Clerk(store, KEYS.public)
    clerk.start()
    note_a_call(clerk)
    db.migrate(store.database)
    conn = db.connect(store.database)
    wait_for(lambda: [m for m in messages.list_newest(conn, limit=9) if m.outcome == "message"])
    assert clerk.stop(PATIENCE_S)


def test_a_clerk_that_is_told_to_go_leaves_a_locked_database_alone(
    store: StoreConfig, clerk: Clerk
) -> None:
    holder = sqlite3.connect(store.database, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    clerk.start()
    note_a_call(clerk)
    assert not clerk.stop(0.5)
    assert not clerk.alive
    holder.close()


def test_a_caller_who_hung_up_in_the_greeting_leaves_a_call_and_no_message(
    store: StoreConfig, clerk: Clerk
) -> None:
    record(store, 0, close=True)
    clerk.note(NoteRinging(CALL), 100.0)
    clerk.note(RecordingOpened(MESSAGE), 103.0)
    clerk.note(CloseRecording(MESSAGE, EndReason.CALLER_HUNG_UP), 104.0)
    clerk.note(RecordingClosed(MESSAGE, 0), 104.0)
    clerk.note(NoteEnded(CALL, Outcome.HUNG_UP_IN_GREETING), 104.0)
    clerk._thread.start()  # without looking for left-overs: the file is this call's own
    assert clerk.stop(PATIENCE_S)
    conn = db.connect(store.database)
    assert calls.get(conn, CALL).outcome == "hung_up_in_greeting"
    assert messages.list_newest(conn, limit=9) == []
    assert spool.list_recordings(store.spool_dir) == []
    assert live.read_stream_key(store.run_dir, MESSAGE) is None


def test_a_recording_that_failed_half_way_is_kept_and_says_so(
    store: StoreConfig, clerk: Clerk
) -> None:
    clerk.start()
    clerk.note(NoteRinging(CALL), 100.0)
    clerk.note(RecordingOpened(MESSAGE), 103.0)
    clerk.note(KeepSound(MESSAGE), 110.0)
    clerk.note(RecordingFailed(MESSAGE, "disk_error"), 115.0)
    clerk.note(NoteEnded(CALL, Outcome.MESSAGE), 120.0)
    assert clerk.stop(PATIENCE_S)
    message = messages.get(db.connect(store.database), MESSAGE)
    assert (message.end_reason, message.error) == ("cut", "disk_error")


def test_a_recording_that_could_not_be_opened_leaves_a_refused_call_and_no_message(
    store: StoreConfig, clerk: Clerk
) -> None:
    clerk.start()
    clerk.note(NoteRinging(CALL), 100.0)
    clerk.note(KeepSound(MESSAGE), 101.0)
    clerk.note(RecordingFailed(MESSAGE, "disk_full"), 103.0)
    clerk.note(NoteEnded(CALL, Outcome.REFUSED), 110.0)
    assert clerk.stop(PATIENCE_S)
    conn = db.connect(store.database)
    assert calls.get(conn, CALL).outcome == "refused"
    assert messages.list_newest(conn, limit=9) == []


def test_what_a_crash_left_behind_is_made_good_before_anything_else(
    store: StoreConfig, clerk: Clerk
) -> None:
    recorder = record(store, 3.0, close=False)
    path = spool.path_of(store.spool_dir, MESSAGE)
    wait_for(lambda: path.stat().st_size > 30 * 1600)  # the process dies here
    calls.begin(db.connect(store.database), CALL, 100.0)
    later = f"{2:032x}"
    clerk.start()
    clerk.note(NoteRinging(later), 500.0)
    assert clerk.stop(PATIENCE_S)
    conn = db.connect(store.database)
    message = messages.get(conn, MESSAGE)
    assert (message.state, message.end_reason) == ("recorded", "cut")
    assert message.duration_ms is not None
    assert message.duration_ms >= 2900
    assert message.sealed_caller is not None
    assert vault.open_json(KEYS.private, message.sealed_caller)["number"] == "0912345678"
    assert message.outcome == "message"
    assert calls.get(conn, later).outcome is None
    recorder.close("cut")
    recorder.join(PATIENCE_S)


def test_a_crash_in_the_greeting_leaves_a_lost_call_with_its_number(
    store: StoreConfig, clerk: Clerk
) -> None:
    recorder = record(store, 0, close=False)
    clerk.start()
    assert clerk.stop(PATIENCE_S)
    conn = db.connect(store.database)
    entry = calls.get(conn, CALL)
    assert entry.outcome == "line_lost"
    assert entry.sealed_caller is not None
    assert messages.list_newest(conn, limit=9) == []
    assert spool.list_recordings(store.spool_dir) == []
    recorder.close("cut")
    recorder.join(PATIENCE_S)


def test_a_damaged_file_does_not_keep_the_others_from_being_recovered(
    store: StoreConfig, clerk: Clerk
) -> None:
    damaged = f"{9:032x}-1"
    spool.path_of(store.spool_dir, damaged).write_bytes(b"no recording")
    record(store, 1.0, close=True)
    clerk.start()
    assert clerk.stop(PATIENCE_S)
    conn = db.connect(store.database)
    assert messages.get(conn, MESSAGE).duration_ms == 1000
    assert messages.get(conn, damaged).error == "damaged", "the page shows that there was one"


def test_a_file_on_a_bad_sector_stops_neither_the_clerk_nor_the_others(
    store: StoreConfig, clerk: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = f"{9:032x}-1"
    spool.path_of(store.spool_dir, bad).write_bytes(b"HLR1")
    record(store, 1.0, close=True)
    recover = spool.recover

    def read(path: Path) -> spool.Recovered:
        if path.name.startswith(bad):
            raise OSError(errno.EIO, "Input/output error")
        return recover(path)

    monkeypatch.setattr(spool, "recover", read)
    clerk.start()
    assert clerk.stop(PATIENCE_S)
    assert messages.get(db.connect(store.database), MESSAGE).duration_ms == 1000


def test_an_empty_recording_that_cannot_be_removed_stops_nothing(
    store: StoreConfig, clerk: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_path: Path, missing_ok: bool = False) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "unlink", refuse)
    clerk.start()
    clerk.note(NoteRinging(CALL), 100.0)
    clerk.note(RecordingOpened(MESSAGE), 101.0)
    clerk.note(RecordingClosed(MESSAGE, 0), 102.0)
    clerk.note(NoteEnded(CALL, Outcome.HUNG_UP_IN_GREETING), 103.0)
    assert clerk.stop(PATIENCE_S)
    assert calls.get(db.connect(store.database), CALL).outcome == "hung_up_in_greeting"


def test_rows_wait_for_a_damaged_database_to_be_restored(
    store: StoreConfig, clerk: Clerk, tmp_path: Path
) -> None:
    """Damage shows when a row is fetched, not when the statement is begun."""
    backup = tmp_path / "backup.db"
    conn = db.connect(store.database)
    with db.transaction(conn):
        for number in range(2000):
            messages.begin(conn, f"{number + 100:032x}-1", f"{number + 100:032x}", 1.0)
    db.empty_log(conn)
    conn.close()
    whole = store.database.read_bytes()
    backup.write_bytes(whole)
    store.database.write_bytes(whole[:8192] + b"\xff" * (len(whole) - 8192))
    record(store, 1.0, close=True)
    clerk.start()
    note_a_call(clerk)
    wait_for(lambda: clerk._conn is None and clerk.alive)
    backup.replace(store.database)
    assert clerk.stop(PATIENCE_S)
    assert calls.get(db.connect(store.database), CALL).outcome == "message"


def test_recovering_twice_changes_nothing(store: StoreConfig, clerk: Clerk) -> None:
    record(store, 1.0, close=True)
    clerk.start()
    assert clerk.stop(PATIENCE_S)
    conn = db.connect(store.database)
    before = messages.get(conn, MESSAGE)
    again = Clerk(store, KEYS.public)
    again.start()
    assert again.stop(PATIENCE_S)
    assert messages.get(conn, MESSAGE) == before


def test_the_status_tells_the_troubles_until_they_are_over(
    store: StoreConfig, clerk: Clerk
) -> None:
    clerk.start()
    clerk.note(ShowTrouble("disk_full"), 1.0)
    clerk.note(ShowTrouble("uplink_dead"), 1.0)
    clerk.note(TroubleOver("disk_full"), 2.0)
    clerk.show({"at": 3.0, "state": "IDLE"})
    wait_for(lambda: live.read_status(store.run_dir, "answer"))
    assert live.read_status(store.run_dir, "answer") == {
        "at": 3.0,
        "state": "IDLE",
        "troubles": ["uplink_dead"],
    }


def test_a_note_without_its_row_does_not_hold_up_the_others(
    store: StoreConfig, clerk: Clerk
) -> None:
    clerk.start()
    clerk.note(NoteAnswered(f"{7:032x}"), 1.0)
    note_a_call(clerk)
    assert clerk.stop(PATIENCE_S)
    assert calls.get(db.connect(store.database), CALL).outcome == "message"
