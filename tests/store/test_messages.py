"""A message's row: received, recovered, read, noted upon."""

import os
import sqlite3
from dataclasses import replace

import pytest

from appliance.errors import NotFound, StoreError
from appliance.store import audit, calls, db, messages, spool, vault
from tests.store.stage import CALL_ID, RECORDING_ID, Stage, sound

RECOVERED = spool.Recovered(RECORDING_ID, CALL_ID, (b"early", b"late"), 12_500, False, 1000.0)


def actions(conn: db.Connection, subject: str = RECORDING_ID) -> list[str]:
    return [row.action for row in audit.list_for(conn, subject)]


def begin(conn: db.Connection, number: int) -> str:
    call_id = f"{number:032x}"
    messages.begin(conn, f"{call_id}-1", call_id, 100.0 + number)
    return f"{call_id}-1"


def test_a_message_is_shown_while_it_is_being_recorded(conn: db.Connection) -> None:
    calls.begin(conn, CALL_ID, 99.0)
    calls.set_caller(conn, CALL_ID, b"sealed")
    messages.begin(conn, RECORDING_ID, CALL_ID, 100.0)
    (entry,) = messages.list_newest(conn, limit=10)
    assert (entry.id, entry.state, entry.status, entry.duration_ms) == (
        RECORDING_ID,
        "recording",
        "new",
        None,
    )
    assert (entry.sealed_caller, entry.received_at, entry.outcome) == (b"sealed", 100.0, None)
    assert entry.forwarded is False


def test_a_message_makes_its_call_if_the_call_s_row_is_missing(conn: db.Connection) -> None:
    messages.begin(conn, RECORDING_ID, CALL_ID, 100.0)
    assert calls.get(conn, CALL_ID).started_at == 100.0


def test_finishing_keeps_length_and_reason(conn: db.Connection) -> None:
    messages.begin(conn, RECORDING_ID, CALL_ID, 100.0)
    messages.finish_recording(conn, RECORDING_ID, 15_000, "silence")
    entry = messages.get(conn, RECORDING_ID)
    assert (entry.state, entry.duration_ms, entry.end_reason) == ("recorded", 15_000, "silence")


def test_a_recording_that_broke_off_is_kept_as_cut(conn: db.Connection) -> None:
    messages.begin(conn, RECORDING_ID, CALL_ID, 100.0)
    messages.fail_recording(conn, RECORDING_ID, "disk_full")
    entry = messages.get(conn, RECORDING_ID)
    assert (entry.state, entry.end_reason, entry.error) == ("recorded", "cut", "disk_full")


def test_a_recording_that_never_began_leaves_no_message(conn: db.Connection) -> None:
    messages.fail_recording(conn, RECORDING_ID, "disk_full")
    assert messages.list_newest(conn, limit=10) == []


# ------------------------------------------------------------------ after a crash


def test_missing_rows_are_made_from_the_file_once(conn: db.Connection) -> None:
    assert messages.ensure_recovered(conn, RECOVERED)
    first = messages.get(conn, RECORDING_ID)
    assert (first.state, first.duration_ms, first.end_reason) == ("recorded", 12_500, "cut")
    assert first.received_at == 1000.0 - 12.5
    assert first.sealed_caller == b"late"
    before = conn.execute("SELECT count(*) FROM audit").fetchone()[0]
    assert not messages.ensure_recovered(conn, RECOVERED)
    assert messages.get(conn, RECORDING_ID) == first
    assert conn.execute("SELECT count(*) FROM audit").fetchone()[0] == before
    assert actions(conn) == ["received", "recovered"]


def test_a_row_left_in_recording_is_finished_from_the_file(conn: db.Connection) -> None:
    calls.begin(conn, CALL_ID, 900.0)
    calls.set_caller(conn, CALL_ID, b"known before")
    messages.begin(conn, RECORDING_ID, CALL_ID, 901.0)
    assert messages.ensure_recovered(conn, RECOVERED)
    entry = messages.get(conn, RECORDING_ID)
    assert (entry.state, entry.duration_ms, entry.received_at) == ("recorded", 12_500, 901.0)
    assert entry.sealed_caller == b"known before"


def test_a_complete_file_does_not_count_as_cut(conn: db.Connection) -> None:
    messages.ensure_recovered(conn, replace(RECOVERED, complete=True))
    assert messages.get(conn, RECORDING_ID).end_reason is None


def test_recovery_leaves_finished_messages_alone(conn: db.Connection) -> None:
    messages.begin(conn, RECORDING_ID, CALL_ID, 100.0)
    messages.finish_recording(conn, RECORDING_ID, 15_000, "key")
    assert not messages.ensure_recovered(conn, RECOVERED)
    assert messages.get(conn, RECORDING_ID).duration_ms == 15_000


def test_a_file_without_sound_is_a_message_of_no_length(conn: db.Connection) -> None:
    messages.ensure_recovered(conn, replace(RECOVERED, duration_ms=0))
    assert messages.get(conn, RECORDING_ID).duration_ms == 0


def test_all_rows_can_be_made_anew_from_the_files_alone(stage: Stage, conn: db.Connection) -> None:
    ids = [f"{number:032x}-1" for number in range(5)]
    for number, recording_id in enumerate(ids):
        path = stage.recorded(sound(100 * (number + 1)), recording_id)
        os.utime(path, (1000 + number, 1000 + number))
    for _ in range(2):
        for recording_id in messages.list_unfinished(conn, spool.list_recordings(stage.spool_dir)):
            path = spool.path_of(stage.spool_dir, recording_id)
            messages.ensure_recovered(conn, spool.recover(path))
    listed = messages.list_newest(conn, limit=10)
    assert [entry.id for entry in reversed(listed)] == ids
    assert [entry.duration_ms for entry in reversed(listed)] == [100, 200, 300, 400, 500]
    sealed = listed[0].sealed_caller
    assert sealed is not None
    assert vault.open_json(stage.keys.private, sealed) == {"number": None}


def test_only_files_without_a_finished_row_need_recovery(conn: db.Connection) -> None:
    finished, open_still, unknown = begin(conn, 1), begin(conn, 2), f"{3:032x}-1"
    messages.finish_recording(conn, finished, 1000, "key")
    ids = [finished, open_still, unknown]
    assert messages.list_unfinished(conn, ids) == [open_still, unknown]


# ------------------------------------------------------------------ the queue


def test_the_newest_come_first_and_pages_do_not_overlap(conn: db.Connection) -> None:
    ids = [begin(conn, number) for number in range(7)]
    first = messages.list_newest(conn, limit=3)
    second = messages.list_newest(conn, limit=3, before_seq=first[-1].seq)
    third = messages.list_newest(conn, limit=3, before_seq=second[-1].seq)
    assert [entry.id for entry in (*first, *second, *third)] == ids[::-1]


def test_the_order_does_not_follow_a_clock_that_was_set_back(conn: db.Connection) -> None:
    for number, at in enumerate((2_000_000_000.0, 5.0, 1_000.0)):
        messages.begin(conn, f"{number:032x}-1", f"{number:032x}", at)
    times = [entry.received_at for entry in messages.list_newest(conn, limit=3)]
    assert times == [1_000.0, 5.0, 2_000_000_000.0]


def test_counts_name_every_status_and_state(conn: db.Connection) -> None:
    ids = [begin(conn, number) for number in range(3)]
    messages.set_status(conn, ids[0], "done", "can-bo-1")
    messages.finish_recording(conn, ids[1], 1000, "key")
    found = messages.counts(conn)
    assert found == dict.fromkeys((*messages.STATUSES, *messages.STATES), 0) | {
        "new": 2,
        "done": 1,
        "recording": 2,
        "recorded": 1,
    }


def test_a_status_change_says_who_and_from_what_to_what(conn: db.Connection) -> None:
    message_id = begin(conn, 1)
    messages.set_status(conn, message_id, "in_progress", "can-bo-1")
    messages.set_status(conn, message_id, "in_progress", "can-bo-2")  # nothing changed
    messages.set_status(conn, message_id, "done", "can-bo-2")
    rows = [row for row in audit.list_for(conn, message_id) if row.action == "status"]
    assert [(row.actor, row.detail) for row in rows] == [
        ("can-bo-1", {"from": "new", "to": "in_progress"}),
        ("can-bo-2", {"from": "in_progress", "to": "done"}),
    ]
    assert messages.get(conn, message_id).status == "done"


def test_a_status_that_does_not_exist_is_refused(conn: db.Connection) -> None:
    message_id = begin(conn, 1)
    with pytest.raises(StoreError, match="only new, in_progress, done"):
        messages.set_status(conn, message_id, "deleted", "can-bo-1")
    assert messages.get(conn, message_id).status == "new"


def test_notes_are_kept_in_order_with_their_officer(conn: db.Connection) -> None:
    message_id = begin(conn, 1)
    messages.add_note(conn, message_id, b"one", "can-bo-1")
    messages.add_note(conn, message_id, b"two", "can-bo-2")
    notes = messages.list_notes(conn, message_id)
    assert [(note.officer, note.sealed) for note in notes] == [
        ("can-bo-1", b"one"),
        ("can-bo-2", b"two"),
    ]
    assert notes[0].at <= notes[1].at
    assert actions(conn, message_id) == ["received", "note", "note"]


def test_a_change_and_its_audit_row_stand_or_fall_together(conn: db.Connection) -> None:
    message_id = begin(conn, 1)
    conn.execute(
        "CREATE TRIGGER no_room BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'x'); END"
    )
    with pytest.raises(sqlite3.IntegrityError):
        messages.set_status(conn, message_id, "done", "can-bo-1")
    with pytest.raises(sqlite3.IntegrityError):
        messages.add_note(conn, message_id, b"x", "can-bo-1")
    assert messages.get(conn, message_id).status == "new"
    assert messages.list_notes(conn, message_id) == []


def test_an_unknown_message_is_not_found(conn: db.Connection) -> None:
    with pytest.raises(NotFound):
        messages.get(conn, RECORDING_ID)
    with pytest.raises(NotFound):
        messages.set_status(conn, RECORDING_ID, "done", "can-bo-1")
    with pytest.raises(NotFound):
        messages.add_note(conn, RECORDING_ID, b"", "can-bo-1")
