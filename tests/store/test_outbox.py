"""Orders to send a message: claimed by one, tried again, over at their deadline, words in RAM."""

from pathlib import Path

import pytest

from appliance.errors import StoreError
from appliance.store import db, outbox
from appliance.store.outbox import MAX_ATTEMPTS, Sent

NUMBER, TEXT = "0912345678", "Có tin khẩn cấp"


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    made = tmp_path / "run"
    made.mkdir()
    return made


def put(conn: db.Connection, run_dir: Path, text: str = TEXT, deadline: float = 900.0) -> str:
    return outbox.put(conn, run_dir, number=NUMBER, text=text, now=100.0, deadline=deadline)


def test_an_order_is_taken_by_one_and_told_done(conn: db.Connection, run_dir: Path) -> None:
    order_id = put(conn, run_dir)
    order = outbox.claim(conn, run_dir, now=101.0)
    assert order == outbox.Order(order_id, NUMBER, TEXT, 900.0)
    assert outbox.claim(conn, run_dir, now=102.0) is None
    outbox.done(conn, run_dir, order_id)
    assert outbox.get(conn, order_id) == Sent("done", 1, None)
    assert outbox.claim(conn, run_dir, now=103.0) is None


def test_the_oldest_order_comes_first(conn: db.Connection, run_dir: Path) -> None:
    ids = [put(conn, run_dir) for _ in range(3)]
    taken = [outbox.claim(conn, run_dir, now=101.0) for _ in ids]
    assert [order.id for order in taken if order] == ids


def test_neither_number_nor_words_are_in_the_database(
    conn: db.Connection, run_dir: Path, database: Path
) -> None:
    order_id = put(conn, run_dir, "bimat")
    for path in database.parent.glob("hotline.db*"):
        assert b"bimat" not in path.read_bytes()
        assert NUMBER.encode() not in path.read_bytes()
    (file,) = (run_dir / outbox.FOLDER).iterdir()
    assert file.stat().st_mode & 0o007 == 0
    outbox.done(conn, run_dir, order_id)
    assert list((run_dir / outbox.FOLDER).iterdir()) == []


def test_a_failed_order_is_tried_again_later_and_given_up_at_last(
    conn: db.Connection, run_dir: Path
) -> None:
    order_id = put(conn, run_dir)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        now = 100.0 + 10 * attempt
        assert outbox.claim(conn, run_dir, now=now)
        outbox.failed(conn, run_dir, order_id, "refused_38", now + 5)
        assert outbox.claim(conn, run_dir, now=now + 1) is None
    assert outbox.get(conn, order_id) == Sent("failed", MAX_ATTEMPTS, "refused_38")
    assert outbox.claim(conn, run_dir, now=800.0) is None
    assert list((run_dir / outbox.FOLDER).iterdir()) == []


def test_an_order_past_its_deadline_is_not_carried_out(conn: db.Connection, run_dir: Path) -> None:
    order_id = put(conn, run_dir, deadline=150.0)
    assert outbox.claim(conn, run_dir, now=151.0) is None
    assert outbox.get(conn, order_id) == Sent("failed", 0, "expired")


def test_a_power_cut_takes_the_words_and_the_row_says_so(
    conn: db.Connection, run_dir: Path
) -> None:
    order_id = put(conn, run_dir)
    (run_dir / outbox.FOLDER / order_id).unlink()
    other = put(conn, run_dir)
    order = outbox.claim(conn, run_dir, now=101.0)
    assert order is not None
    assert order.id == other
    assert outbox.get(conn, order_id) == Sent("failed", 0, "lost")


def test_a_crash_of_the_sender_frees_its_order_and_never_for_ever(
    conn: db.Connection, run_dir: Path
) -> None:
    order_id = put(conn, run_dir)
    for _ in range(MAX_ATTEMPTS):
        assert outbox.claim(conn, run_dir, now=101.0)
        outbox.clear_leases(conn)
    assert outbox.claim(conn, run_dir, now=101.0) is None
    assert outbox.get(conn, order_id) == Sent("failed", MAX_ATTEMPTS, "crashed")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("", TEXT),
        ("VIETTEL", TEXT),
        ("0912;345", TEXT),
        (NUMBER + "\r", TEXT),
        (NUMBER, ""),
        (NUMBER, "a" * 671),
        (NUMBER, "\ud83d"),
    ],
)
def test_what_cannot_be_sent_is_refused_at_once(
    conn: db.Connection, run_dir: Path, number: str, text: str
) -> None:
    with pytest.raises(StoreError, match="a message is sent to a number"):
        outbox.put(conn, run_dir, number=number, text=text, now=1.0, deadline=9.0)
    assert outbox.claim(conn, run_dir, now=1.0) is None


@pytest.mark.parametrize(
    "content", ["", "[]", '{"number": "RING"}', '{"number": "x", "text": "y"}']
)
def test_a_file_that_is_no_order_counts_as_lost(
    conn: db.Connection, run_dir: Path, content: str
) -> None:
    order_id = put(conn, run_dir)
    (run_dir / outbox.FOLDER / order_id).write_text(content)
    assert outbox.claim(conn, run_dir, now=101.0) is None
    assert outbox.get(conn, order_id) == Sent("failed", 0, "lost")
