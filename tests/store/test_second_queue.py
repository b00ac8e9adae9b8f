"""The second listening's queue: wanted, tried three times at most, the first text untouched."""

from pathlib import Path

import pytest

from appliance.store import audit, db, messages
from appliance.store.second_queue import MAX_SECOND_ATTEMPTS
from tests.store.test_message_queue import CALM, claim, recorded, save


def transcribed(conn: db.Connection, number: int, *, wants_second: bool = True) -> str:
    message_id = recorded(conn, number)
    assert claim(conn, 0.0)
    assert save(conn, message_id, wants_second=wants_second)
    return message_id


def save_second(conn: db.Connection, message_id: str, urgency: str = "normal") -> bool:
    return messages.save_second(
        conn,
        message_id,
        sealed=b"better words",
        engine="whisper",
        model="base",
        is_flagged=False,
        category="security",
        urgency=urgency,
        now=99.0,
    )


def test_without_a_second_engine_nothing_waits_for_it(conn: db.Connection) -> None:
    message_id = transcribed(conn, 1, wants_second=False)
    assert messages.claim_second(conn) is None
    assert messages.get(conn, message_id).second_state is None


def test_the_oldest_is_heard_again_first_and_both_texts_stay(conn: db.Connection) -> None:
    first, second = transcribed(conn, 1), transcribed(conn, 2)
    assert messages.claim_second(conn) == first
    assert save_second(conn, first)
    entry = messages.get(conn, first)
    assert (entry.sealed_transcript, entry.sealed_second) == (b"words", b"better words")
    assert (entry.second_state, entry.category) == ("done", "security")
    assert messages.claim_second(conn) == second
    assert "heard_again" in [row.action for row in audit.list_for(conn, first)]


def test_a_message_that_is_still_spoken_is_not_heard_again_yet(conn: db.Connection) -> None:
    message_id = transcribed(conn, 1)
    conn.execute("UPDATE messages SET state = 'recording' WHERE id = ?", (message_id,))
    assert messages.claim_second(conn) is None


def test_what_crashes_the_second_engine_is_given_up_after_three_tries(conn: db.Connection) -> None:
    message_id = transcribed(conn, 1)
    for _ in range(MAX_SECOND_ATTEMPTS):
        assert messages.claim_second(conn) == message_id
    assert messages.claim_second(conn) is None
    entry = messages.get(conn, message_id)
    assert (entry.second_state, entry.second_error) == ("failed", "crashed")
    assert entry.state == "transcribed"
    assert entry.sealed_transcript == b"words"


def test_giving_way_to_a_call_costs_no_attempt(conn: db.Connection) -> None:
    message_id = transcribed(conn, 1)
    for _ in range(MAX_SECOND_ATTEMPTS * 2):
        assert messages.claim_second(conn) == message_id
        messages.put_back_second(conn, message_id)
    assert messages.claim_second(conn) == message_id


def test_without_its_key_it_waits_for_an_officer_who_can_ask_again(conn: db.Connection) -> None:
    message_id = transcribed(conn, 1)
    assert messages.claim_second(conn)
    messages.second_waits_for_key(conn, message_id)
    assert messages.claim_second(conn) is None
    assert messages.list_waiting_for_key(conn) == [message_id]
    assert messages.want_second(conn, message_id, "can-bo-1")
    assert messages.list_waiting_for_key(conn) == []
    assert messages.claim_second(conn) == message_id
    assert not messages.want_second(conn, message_id, "can-bo-1")


def test_a_failed_one_can_be_asked_for_again(conn: db.Connection) -> None:
    message_id = transcribed(conn, 1)
    messages.fail_second(conn, message_id, "no_memory")
    assert messages.get(conn, message_id).second_error == "no_memory"
    assert messages.want_second(conn, message_id, "can-bo-1")
    assert messages.get(conn, message_id).second_error is None


def test_a_text_nobody_wants_any_more_is_not_saved(conn: db.Connection) -> None:
    message_id = transcribed(conn, 1)
    assert messages.claim_second(conn)
    assert messages.forget_second(conn) == 1
    assert not save_second(conn, message_id)
    assert messages.get(conn, message_id).sealed_second is None


@pytest.mark.parametrize(
    ("first", "second", "stays"),
    [
        ("normal", "urgent", "urgent"),
        ("urgent", "normal", "urgent"),
        ("grave", "urgent", "grave"),
        ("urgent", "grave", "grave"),
    ],
)
def test_the_second_text_raises_urgency_and_never_lowers_it(
    conn: db.Connection, first: str, second: str, stays: str
) -> None:
    message_id = recorded(conn, 1)
    assert claim(conn, 0.0)
    save(conn, message_id, verdict=messages.Verdict("other", first), wants_second=True)
    assert messages.claim_second(conn)
    save_second(conn, message_id, second)
    assert messages.get(conn, message_id).urgency == stays


def test_urgency_is_raised_while_it_is_spoken_once(conn: db.Connection) -> None:
    message_id = recorded(conn, 1, finished=False)
    raise_it = {"category": "security", "urgency": "urgent", "now": 7.0}
    assert messages.raise_urgency(conn, message_id, **raise_it)  # type: ignore[arg-type]
    assert not messages.raise_urgency(conn, message_id, **raise_it)  # type: ignore[arg-type]
    entry = messages.get(conn, message_id)
    assert (entry.urgency, entry.urgent_at, entry.category) == ("urgent", 7.0, "security")
    assert [row.action for row in audit.list_for(conn, message_id)].count("urgent") == 1


def test_the_whole_text_does_not_take_back_what_was_heard_live(conn: db.Connection) -> None:
    message_id = recorded(conn, 1, finished=False)
    messages.raise_urgency(conn, message_id, category="security", urgency="grave", now=7.0)
    messages.finish_recording(conn, message_id, 1000, "key")
    assert claim(conn, 0.0)
    save(conn, message_id, verdict=CALM)
    entry = messages.get(conn, message_id)
    assert (entry.urgency, entry.urgent_at, entry.category) == ("grave", 7.0, "other")
    assert entry.has_speech is True


def test_a_database_of_the_first_release_is_brought_up_and_keeps_its_messages(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "first"
    folder.mkdir()
    script = "0001_first_call.sql"
    (folder / script).write_text((db.MIGRATIONS / script).read_text("utf-8"), "utf-8")
    path = tmp_path / "hotline.db"
    assert db.migrate(path, folder=folder) == 1
    old = db._open(path, 1.0)
    old.execute("INSERT INTO calls (id, started_at) VALUES ('c', 1.0)")
    old.execute(
        "INSERT INTO messages (id, call_id, received_at, state) VALUES ('m', 'c', 1, 'transcribed')"
    )
    old.close()
    db.migrate(path)
    conn = db.connect(path)
    entry = messages.get(conn, "m")
    assert (entry.category, entry.urgency, entry.has_speech) == ("unreadable", "normal", None)
    conn.close()
