"""The audit chain: no row can be edited, deleted, inserted or moved unseen."""

import sqlite3

import pytest

from appliance.errors import Bug
from appliance.store import audit, db, officers, sessions, settings

ROWS = 100


@pytest.fixture
def book(conn: db.Connection) -> db.Connection:
    with db.transaction(conn):
        for number in range(ROWS):
            audit.append(conn, f"officer-{number % 3}", "read", f"m{number}", {"n": number})
    return conn


def tampered(conn: db.Connection, *statements: str) -> audit.Verdict:
    """Change the table as somebody with the file in his hands would, look, and undo it."""
    conn.execute("BEGIN")
    for trigger in ("audit_is_never_changed", "audit_is_never_deleted"):
        conn.execute(f"DROP TRIGGER {trigger}")
    for statement in statements:
        conn.execute(statement)
    verdict = audit.verify(conn)
    conn.execute("ROLLBACK")
    return verdict


def test_an_untouched_chain_is_whole(book: db.Connection) -> None:
    verdict = audit.verify(book)
    assert (verdict.ok, verdict.rows, verdict.first_bad_seq) == (True, ROWS, None)
    assert verdict.head == audit.head(book)


def test_an_empty_chain_is_whole(conn: db.Connection) -> None:
    assert audit.verify(conn) == audit.Verdict(True, 0, None, audit.head(conn))
    assert audit.contains_head(conn, audit.head(conn))


@pytest.mark.parametrize(
    "change",
    ["actor = 'x'", "action = 'x'", "subject = 'x'", "detail = '{}'", "at = at + 1",
     "hash = zeroblob(32)"],
)  # fmt: skip
def test_any_edit_of_any_row_is_found(book: db.Connection, change: str) -> None:
    for seq in range(1, ROWS + 1):
        verdict = tampered(book, f"UPDATE audit SET {change} WHERE seq = {seq}")
        assert (verdict.ok, verdict.first_bad_seq) == (False, seq)
    assert audit.verify(book).ok  # each change was undone: it was not the change before


def test_any_deleted_row_is_found_the_last_one_too(book: db.Connection) -> None:
    for seq in range(1, ROWS + 1):
        verdict = tampered(book, f"DELETE FROM audit WHERE seq = {seq}")
        assert (verdict.ok, verdict.first_bad_seq) == (False, seq)


def test_any_two_rows_exchanged_are_found(book: db.Connection) -> None:
    for seq in range(1, ROWS):
        for other in {seq + 1, ROWS}:
            verdict = tampered(
                book,
                f"UPDATE audit SET seq = -1 WHERE seq = {seq}",
                f"UPDATE audit SET seq = {seq} WHERE seq = {other}",
                f"UPDATE audit SET seq = {other} WHERE seq = -1",
            )
            assert (verdict.ok, verdict.first_bad_seq) == (False, seq)


def test_an_inserted_row_is_found_wherever_it_stands(book: db.Connection) -> None:
    columns = "at, actor, action, subject, detail, hash"
    for seq in range(1, ROWS + 2):
        copied = 3 if seq == 1 else seq - 1
        verdict = tampered(
            book,
            f"UPDATE audit SET seq = -seq - 1 WHERE seq >= {seq}",
            "UPDATE audit SET seq = -seq WHERE seq < 0",
            f"INSERT INTO audit (seq, {columns})"
            f" SELECT {seq}, {columns} FROM audit WHERE seq = {copied}",
        )
        assert (verdict.ok, verdict.first_bad_seq) == (False, seq)


def test_a_chain_cut_off_and_renumbered_is_found_by_a_head_noted_before(
    book: db.Connection,
) -> None:
    noted = audit.head(book)
    for trigger in ("audit_is_never_changed", "audit_is_never_deleted"):
        book.execute(f"DROP TRIGGER {trigger}")
    book.execute("DELETE FROM audit WHERE seq > 30")
    book.execute("UPDATE sqlite_sequence SET seq = 30 WHERE name = 'audit'")
    assert audit.verify(book).ok  # the chain alone cannot know
    assert not audit.contains_head(book, noted)


def test_a_head_noted_before_is_found_again_after_new_rows(book: db.Connection) -> None:
    noted = audit.head(book)
    with db.transaction(book):
        audit.append(book, "can-bo-1", "read", "m")
    assert audit.contains_head(book, noted)


def test_a_row_that_is_undone_with_its_change_leaves_a_whole_chain(book: db.Connection) -> None:
    with pytest.raises(ZeroDivisionError), db.transaction(book):
        audit.append(book, "can-bo-1", "read", "m")
        _ = 1 / 0
    with db.transaction(book):
        assert audit.append(book, "can-bo-1", "read", "m") == ROWS + 1
    assert audit.verify(book).ok


def test_a_row_outside_a_transaction_is_our_own_mistake(conn: db.Connection) -> None:
    with pytest.raises(Bug):
        audit.append(conn, "can-bo-1", "read", "m")


def test_the_product_itself_cannot_change_or_delete_a_row(book: db.Connection) -> None:
    for statement in ("UPDATE audit SET actor = 'x'", "DELETE FROM audit"):
        with pytest.raises(sqlite3.IntegrityError, match="never"):
            book.execute(statement)


def test_the_rows_of_one_subject_come_in_order_with_their_detail(conn: db.Connection) -> None:
    with db.transaction(conn):
        audit.append(conn, "An", "read", "m1")
        audit.append(conn, "Bình", "status", "m1", {"to": "done", "from": "new"})
        audit.append(conn, "An", "read", "m2")
    rows = audit.list_for(conn, "m1")
    assert [(row.actor, row.action, row.detail) for row in rows] == [
        ("An", "read", {}),
        ("Bình", "status", {"from": "new", "to": "done"}),
    ]


def test_who_signs_in_fails_and_is_disabled_is_written_down(conn: db.Connection) -> None:
    for name in ("can-bo-1", "head"):
        role = "head" if name == "head" else "officer"
        officers.add(
            conn, name, role, password="x", wrapped_key=b"w", one_time=False, actor="set-up"
        )
    token = sessions.create(conn, "can-bo-1", 1.0)
    sessions.note_failure(conn, "can-bo-1", "192.0.2.7", 2.0)
    sessions.end(conn, token)
    sessions.create(conn, "can-bo-1", 3.0)
    officers.set_password(conn, "can-bo-1", "h", b"w", "can-bo-1")
    sessions.create(conn, "can-bo-1", 4.0)
    officers.disable(conn, "can-bo-1", "head")
    assert [(row.actor, row.action) for row in audit.list_for(conn, "can-bo-1")] == [
        ("set-up", "officer_added"),
        ("can-bo-1", "signed_in"),
        ("can-bo-1", "sign_in_failed"),
        ("can-bo-1", "signed_out"),
        ("can-bo-1", "signed_in"),
        ("can-bo-1", "password_changed"),
        ("can-bo-1", "sessions_ended"),
        ("can-bo-1", "signed_in"),
        ("head", "sessions_ended"),
        ("head", "officer_disabled"),
    ]


def test_neither_a_password_typed_as_name_nor_a_setting_s_value_reaches_the_log(
    conn: db.Connection,
) -> None:
    sessions.note_failure(conn, "my-secret-password", "192.0.2.7", 1.0)
    settings.put(conn, "flask_secret", "very-secret", "web")
    text = str([tuple(row) for row in conn.execute("SELECT * FROM audit")])
    assert "secret-password" not in text
    assert "very-secret" not in text
    assert audit.list_for(conn, "unknown")[0].action == "sign_in_failed"
    assert audit.list_for(conn, "flask_secret")[0].actor == "web"
