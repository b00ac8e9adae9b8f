"""Corrections stand beside the machine's text; their errors are counted by month and engine."""

import pytest

from appliance.errors import NotFound
from appliance.store import audit, corrections, db, messages
from appliance.store.corrections import Measured
from tests.store.test_message_queue import recorded
from tests.store.test_second_queue import transcribed

VOSK = Measured("vosk", "small-vn", 10, 4, 2)
WHISPER = Measured("whisper", "base", 10, 1, 1)


def correct(conn: db.Connection, message_id: str, *measured: Measured) -> None:
    corrections.save(conn, message_id, sealed=b"right words", officer="can-bo-1", measured=measured)


def test_the_machines_text_stays_and_every_correction_is_kept(conn: db.Connection) -> None:
    message_id = transcribed(conn, 1)
    correct(conn, message_id, VOSK)
    corrections.save(conn, message_id, sealed=b"righter", officer="can-bo-2", measured=[VOSK])
    entry = messages.get(conn, message_id)
    assert (entry.sealed_transcript, entry.sealed_correction) == (b"words", b"righter")
    found = corrections.list_for(conn, message_id)
    assert [(c.officer, c.sealed) for c in found] == [
        ("can-bo-1", b"right words"),
        ("can-bo-2", b"righter"),
    ]
    assert [row.action for row in audit.list_for(conn, message_id)].count("corrected") == 2
    assert [e.id for e in corrections.newest_corrected(conn, 5)] == [message_id]


def test_only_the_newest_correction_of_a_message_counts(conn: db.Connection) -> None:
    message_id = transcribed(conn, 1)
    correct(conn, message_id, VOSK, WHISPER)
    correct(conn, message_id, Measured("vosk", "small-vn", 12, 6, 3))
    rows = corrections.accuracy(conn)
    assert [(r.engine, r.messages, r.syllables, r.errors) for r in rows] == [("vosk", 1, 12, 6)]


def test_errors_are_summed_by_month_engine_and_line(conn: db.Connection) -> None:
    for number in (1, 2):  # both received in January 1970
        correct(conn, transcribed(conn, number), VOSK, WHISPER)
    sums = {r.engine: (r.month, r.line_quality, r.messages, r.errors_toneless) for r in
            corrections.accuracy(conn)}  # fmt: skip
    assert sums == {"vosk": ("1970-01", "good", 2, 4), "whisper": ("1970-01", "good", 2, 2)}


def test_the_month_is_that_of_the_posts_own_clock(conn: db.Connection) -> None:
    message_id = transcribed(conn, 1)
    conn.execute("UPDATE messages SET received_at = 31 * 86400 - 3600 WHERE id = ?", (message_id,))
    correct(conn, message_id, VOSK)
    assert corrections.accuracy(conn)[0].month == "1970-01"
    assert corrections.accuracy(conn, 7 * 3600)[0].month == "1970-02"


def test_correcting_what_is_not_there_changes_nothing(conn: db.Connection) -> None:
    recorded(conn, 1)
    with pytest.raises(NotFound):
        correct(conn, "f" * 32 + "-1", VOSK)
    assert corrections.accuracy(conn) == []
