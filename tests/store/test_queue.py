from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from appliance.store import calls, db, messages, queue


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[db.Connection]:
    db.migrate(tmp_path / "hotline.db")
    with closing(db.connect(tmp_path / "hotline.db")) as made:
        yield made


def ring(conn: db.Connection, number: int, *takes: int) -> str:
    call_id = f"{number:032x}"
    calls.begin(conn, call_id, float(number))
    for take in takes:
        messages.begin(conn, f"{call_id}-{take}", call_id, float(number))
    return call_id


def test_calls_stand_newest_first_with_the_message_they_left(conn: db.Connection) -> None:
    with_message, without = ring(conn, 1, 1), ring(conn, 2)
    calls.set_caller(conn, with_message, b"sealed")
    calls.end(conn, without, 9.0, "missed")
    rows = queue.list_newest(conn, limit=10)
    assert [row.call.id for row in rows] == [without, with_message]
    assert rows[0].message is None
    assert rows[0].call == calls.get(conn, without)
    assert rows[1].message == messages.get(conn, f"{with_message}-1")
    assert rows[1].message is not None
    assert rows[1].message.sealed_caller == b"sealed"


def test_the_next_page_goes_on_below_a_row(conn: db.Connection) -> None:
    made = [ring(conn, number) for number in range(7)]
    first = queue.list_newest(conn, limit=4)
    rest = queue.list_newest(conn, limit=4, before_seq=first[-1].seq)
    assert [row.call.id for row in first + rest] == made[::-1]


def test_a_call_with_two_takes_has_two_rows(conn: db.Connection) -> None:
    call_id = ring(conn, 1, 1, 2)
    ids = [row.message.id for row in queue.list_newest(conn, limit=9) if row.message]
    assert ids == [f"{call_id}-2", f"{call_id}-1"]


def test_what_is_urgent_and_new_stands_grave_first_and_leaves_when_taken_up(
    conn: db.Connection,
) -> None:
    ids = [f"{ring(conn, number, 1)}-1" for number in range(4)]
    for message_id, urgency in zip(ids, ("grave", "urgent", "normal", "urgent"), strict=True):
        messages.raise_urgency(conn, message_id, category="security", urgency=urgency, now=1.0)

    def on_top(limit: int = 9) -> list[str]:
        rows = queue.list_urgent_new(conn, limit=limit)
        return [row.message.id for row in rows if row.message]

    assert on_top() == [ids[0], ids[3], ids[1]]
    assert on_top(limit=2) == [ids[0], ids[3]]
    messages.set_status(conn, ids[0], "in_progress", "can-bo-1")
    assert on_top() == [ids[3], ids[1]]


def test_neighbours_are_messages_only(conn: db.Connection) -> None:
    first, _, last = ring(conn, 1, 1), ring(conn, 2), ring(conn, 3, 1)
    seqs = [messages.get(conn, f"{one}-1").seq for one in (first, last)]
    assert queue.neighbours(conn, seqs[0]) == (None, f"{last}-1")
    assert queue.neighbours(conn, seqs[1]) == (f"{first}-1", None)


def test_the_query_never_walks_a_table_however_long_it_is(conn: db.Connection) -> None:
    plan = conn.execute(f"EXPLAIN QUERY PLAN {queue.NEWEST_CALLS}", (2**62, 30)).fetchall()
    steps = [row["detail"] for row in plan]
    assert all("SEARCH" in step or "USING INDEX" in step for step in steps if "c" in step[:8]), (
        steps
    )
    assert not any("TEMP B-TREE FOR ORDER BY" in step for step in steps), steps
