"""A call's row, from the first ring to its outcome."""

from collections.abc import Callable

import pytest

from appliance.errors import NotFound
from appliance.store import calls, db, messages

CALL = "c" * 32


def test_a_call_is_live_from_the_first_ring_until_its_outcome(conn: db.Connection) -> None:
    calls.begin(conn, CALL, 100.5)
    calls.begin(conn, "d" * 32, 101.0)
    assert [call.id for call in calls.list_live(conn)] == [CALL, "d" * 32]
    calls.end(conn, CALL, 130.0, "missed")
    assert [call.id for call in calls.list_live(conn)] == ["d" * 32]


def test_everything_noted_about_a_call_is_read_back(conn: db.Connection) -> None:
    calls.begin(conn, CALL, 100.5)
    calls.set_caller(conn, CALL, b"sealed early")
    calls.set_caller(conn, CALL, b"sealed late")
    calls.mark_forwarded(conn, CALL)
    calls.mark_answered(conn, CALL, 105.0)
    calls.end(conn, CALL, 130.0, "message")
    assert calls.get(conn, CALL) == calls.CallEntry(
        1, CALL, 100.5, b"sealed late", True, 105.0, 130.0, "message"
    )


def test_saying_the_same_twice_keeps_what_was_said_first(conn: db.Connection) -> None:
    for at, outcome in ((1.0, "message"), (2.0, "line_lost")):
        calls.begin(conn, CALL, at)
        calls.mark_answered(conn, CALL, at)
        calls.end(conn, CALL, at, outcome)
    found = calls.get(conn, CALL)
    assert (found.started_at, found.answered_at, found.ended_at) == (1.0, 1.0, 1.0)
    assert found.outcome == "message"


def test_calls_a_crash_left_open_get_their_outcome(conn: db.Connection) -> None:
    for letter in "abc":
        calls.begin(conn, letter * 32, 1.0)
    calls.end(conn, "a" * 32, 2.0, "missed")
    messages.begin(conn, f"{'b' * 32}-1", "b" * 32, 1.5)
    assert calls.close_abandoned(conn, 9.0) == 2
    assert calls.close_abandoned(conn, 9.5) == 0
    outcomes = [calls.get(conn, letter * 32).outcome for letter in "abc"]
    assert outcomes == ["missed", "message", "line_lost"]
    assert calls.get(conn, "b" * 32).ended_at == 9.0


@pytest.mark.parametrize(
    "deed",
    [
        lambda conn: calls.get(conn, CALL),
        lambda conn: calls.set_caller(conn, CALL, b""),
        lambda conn: calls.mark_answered(conn, CALL, 1.0),
        lambda conn: calls.end(conn, CALL, 1.0, "missed"),
    ],
)
def test_an_unknown_call_is_not_found(
    conn: db.Connection, deed: Callable[[db.Connection], object]
) -> None:
    with pytest.raises(NotFound):
        deed(conn)
