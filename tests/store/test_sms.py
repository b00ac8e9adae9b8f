"""Text messages in the store: entries of the same queue, filed ones apart, nothing twice."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from appliance.store import calls, db, messages, queue, sms
from appliance.store.sms import OnSim

CALL = f"{7:032x}"
ON_SIM = (OnSim(3, 100.0, 40), OnSim(4, 101.0, 40))


def keep(conn: db.Connection, call_id: str = CALL, parts: tuple[OnSim, ...] = ON_SIM) -> bool:
    return sms.keep(
        conn,
        call_id,
        at=200.0,
        sealed_sender=b"who",
        sealed_text=b"what",
        text_length=80,
        parts=parts,
    )


def file_away(conn: db.Connection, kind: str, parts: tuple[OnSim, ...]) -> bool:
    return sms.file_away(conn, kind, at=1.0, sealed=b"what", text_length=9, parts=parts)


def test_a_written_message_is_an_entry_like_any_other(conn: db.Connection) -> None:
    assert keep(conn)
    entry = messages.get(conn, f"{CALL}-1")
    assert (entry.kind, entry.text_length, entry.received_at) == ("sms", 80, 200.0)
    assert (entry.state, entry.status, entry.category) == ("transcribed", "new", "other")
    assert (entry.urgency, entry.outcome, entry.duration_ms) == ("normal", "sms", None)
    assert (entry.sealed_caller, entry.sealed_transcript) == (b"who", b"what")
    messages.set_status(conn, entry.id, "done", "can-bo-1")
    messages.add_note(conn, entry.id, b"note", "can-bo-1")
    assert queue.count_new(conn) == 0
    counted = messages.counts(conn)
    assert (counted["done"], counted["transcribed"]) == (1, 0)  # nobody wrote it down


def test_nobody_transcribes_recovers_or_closes_it(conn: db.Connection) -> None:
    keep(conn)
    assert messages.claim_next(conn, now=1e12, owner="t", lease_s=9) is None
    assert messages.claim_second(conn) is None
    assert messages.count_waiting(conn) == 0
    assert messages.list_waiting_for_key(conn) == []
    assert calls.close_abandoned(conn, 9.0) == 0


def test_what_is_found_on_the_sim_again_is_stored_once(conn: db.Connection) -> None:
    assert keep(conn)
    assert not keep(conn, f"{8:032x}")
    assert not file_away(conn, "service", ON_SIM[:1])
    assert sms.list_on_sim(conn) == list(ON_SIM)
    assert len(messages.list_newest(conn, limit=9)) == 1


def test_once_deleted_from_the_sim_its_place_is_free_for_another(conn: db.Connection) -> None:
    keep(conn)
    for part in ON_SIM:
        sms.forget_on_sim(conn, part)
    assert sms.list_on_sim(conn) == []
    assert keep(conn, f"{8:032x}")


def test_a_later_message_in_the_same_place_is_another_one(conn: db.Connection) -> None:
    keep(conn)
    later = OnSim(3, 555.0, 40)
    assert keep(conn, f"{8:032x}", (later,))
    sms.forget_on_sim(conn, ON_SIM[0])  # the word about the old one comes late
    assert later in sms.list_on_sim(conn)


def test_filed_messages_stand_apart_newest_first(conn: db.Connection) -> None:
    for number, kind in enumerate(sms.KINDS):
        assert file_away(conn, kind, (OnSim(number, None, number),))
    assert sms.count_filed(conn) == 3
    first = sms.list_filed(conn, limit=2)
    rest = sms.list_filed(conn, limit=2, before_seq=first[-1].seq)
    assert [one.kind for one in first + rest] == ["unreadable", "service", "report"]
    assert queue.list_newest(conn, limit=9) == []
    assert queue.count_new(conn) == 0


def test_a_kind_that_is_none_is_refused(conn: db.Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        file_away(conn, "person", ON_SIM)
    assert sms.list_on_sim(conn) == []


def test_a_database_with_calls_in_it_learns_of_text_messages(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    for script in db.MIGRATIONS.glob("000[12]_*.sql"):
        (old / script.name).write_text(script.read_text("utf-8"), "utf-8")
    path = tmp_path / "hotline.db"
    db.migrate(path, folder=old)
    with closing(sqlite3.connect(path)) as before:
        before.execute("INSERT INTO calls (id, started_at) VALUES (?, 1)", (CALL,))
        before.execute(
            "INSERT INTO messages (id, call_id, received_at, state, status)"
            " VALUES (?, ?, 1, 'transcribed', 'done')",
            (f"{CALL}-1", CALL),
        )
        before.commit()
    db.migrate(path)
    with closing(db.connect(path)) as conn:
        entry = messages.get(conn, f"{CALL}-1")
        assert (entry.kind, entry.text_length, entry.status) == ("voice", None, "done")
        assert keep(conn, f"{8:032x}")
        assert [m.kind for m in messages.list_newest(conn, limit=9)] == ["sms", "voice"]
