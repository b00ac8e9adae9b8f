"""Sessions end by themselves, and a restart does not forget failed sign-ins."""

from pathlib import Path

import pytest

from appliance.store import db, officers, sessions
from appliance.store.sessions import ABSOLUTE_S, IDLE_S


@pytest.fixture(autouse=True)
def accounts(conn: db.Connection) -> None:
    for name in ("can-bo-1", "can-bo-2"):
        officers.add(
            conn, name, "officer", password="x", wrapped_key=None, one_time=False, actor="head"
        )


def test_a_token_finds_its_officer_and_no_other_token_does(conn: db.Connection) -> None:
    an, binh = sessions.create(conn, "can-bo-1", 100.0), sessions.create(conn, "can-bo-2", 100.0)
    assert sessions.find(conn, an, 101.0) == sessions.Session("can-bo-1", 100.0, 100.0)
    assert sessions.find(conn, binh, 101.0) == sessions.Session("can-bo-2", 100.0, 100.0)
    for wrong in ("", an[:-1], an + "x", an.swapcase()):
        assert sessions.find(conn, wrong, 101.0) is None


def test_a_token_has_256_bits_and_is_nowhere_in_the_database(
    conn: db.Connection, database: Path
) -> None:
    token = sessions.create(conn, "can-bo-1", 100.0)
    assert len(token) >= 43
    assert sessions.create(conn, "can-bo-1", 100.0) != token
    for path in database.parent.glob("hotline.db*"):
        assert token.encode() not in path.read_bytes()


def test_an_idle_session_ends_and_looking_does_not_keep_it_alive(conn: db.Connection) -> None:
    token = sessions.create(conn, "can-bo-1", 0.0)
    for at in (100.0, 500.0, IDLE_S - 1):
        assert sessions.find(conn, token, at)
    assert sessions.find(conn, token, IDLE_S) is None


def test_a_used_session_lives_one_shift_and_no_longer(conn: db.Connection) -> None:
    token, now = sessions.create(conn, "can-bo-1", 0.0), 0.0
    while now + IDLE_S / 2 < ABSOLUTE_S:
        now += IDLE_S / 2
        assert sessions.find(conn, token, now)
        sessions.touch(conn, token, now)
    sessions.touch(conn, token, ABSOLUTE_S - 1)
    assert sessions.find(conn, token, ABSOLUTE_S - 1)
    assert sessions.find(conn, token, ABSOLUTE_S) is None


def test_touching_does_not_wake_a_session_that_has_ended(conn: db.Connection) -> None:
    token = sessions.create(conn, "can-bo-1", 0.0)
    sessions.touch(conn, token, IDLE_S + 1)
    assert sessions.find(conn, token, IDLE_S + 2) is None


def test_signing_out_ends_this_session_only(conn: db.Connection) -> None:
    here, there = sessions.create(conn, "can-bo-1", 0.0), sessions.create(conn, "can-bo-1", 0.0)
    sessions.end(conn, here)
    sessions.end(conn, here)
    assert sessions.find(conn, here, 1.0) is None
    assert sessions.find(conn, there, 1.0)


def test_all_sessions_of_one_officer_end_together(conn: db.Connection) -> None:
    mine = [sessions.create(conn, "can-bo-1", 0.0) for _ in range(3)]
    other = sessions.create(conn, "can-bo-2", 0.0)
    assert sessions.end_all(conn, "can-bo-1") == 3
    assert not any(sessions.find(conn, token, 1.0) for token in mine)
    assert sessions.find(conn, other, 1.0)


def test_what_is_over_is_swept_at_the_next_sign_in(conn: db.Connection) -> None:
    sessions.create(conn, "can-bo-1", 0.0)
    sessions.create(conn, "can-bo-1", IDLE_S + 1)
    assert conn.execute("SELECT count(*) FROM sessions").fetchone()[0] == 1


def test_failures_are_counted_by_account_and_by_address_and_survive_a_restart(
    conn: db.Connection, database: Path
) -> None:
    sessions.note_failure(conn, "can-bo-1", "192.0.2.1", 10.0)
    sessions.note_failure(conn, "can-bo-1", "192.0.2.2", 20.0)
    sessions.note_failure(conn, "can-bo-2", "192.0.2.1", 30.0)
    conn.close()
    again = db.connect(database)
    assert sessions.failures_since(again, account="can-bo-1", since=0.0) == [10.0, 20.0]
    assert sessions.failures_since(again, address="192.0.2.1", since=0.0) == [10.0, 30.0]
    assert sessions.failures_since(again, account="can-bo-1", address="192.0.2.1", since=0.0) == [
        10.0
    ]
    assert sessions.failures_since(again, account="can-bo-1", since=10.0) == [20.0]
    again.close()


def test_old_failures_are_forgotten_and_endless_names_take_no_room(conn: db.Connection) -> None:
    sessions.note_failure(conn, "x" * 100_000, "192.0.2.1", 0.0)
    assert sessions.failures_since(conn, account="x" * 100_000, since=-1.0) == [0.0]
    longest = conn.execute("SELECT max(length(account)) FROM login_failures").fetchone()[0]
    assert longest == sessions.LONGEST_KEPT
    sessions.note_failure(conn, "can-bo-1", "192.0.2.1", sessions.FAILURES_KEPT_S)
    assert len(sessions.failures_since(conn, since=-1.0)) == 1


def test_a_clock_that_is_set_back_does_not_lengthen_a_session(conn: db.Connection) -> None:
    token = sessions.create(conn, "can-bo-1", 2e9)
    assert sessions.find(conn, token, 2e9 - 60), "a small correction ends nothing"
    assert sessions.find(conn, token, 2e9 - 14 * 24 * 3600) is None
