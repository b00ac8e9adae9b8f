"""Accounts: who holds a key, and what ends with an account."""

import unicodedata
from pathlib import Path

import pytest

from appliance.errors import NotFound, StoreError
from appliance.store import db, officers, sessions, vault


def add(conn: db.Connection, name: str, role: str = "officer", key: bytes | None = b"w") -> None:
    officers.add(
        conn, name, role, password="one-time", wrapped_key=key, one_time=True, actor="head"
    )


def test_an_account_is_read_back_with_its_password_hashed(conn: db.Connection) -> None:
    add(conn, "Cán bộ trực số một")
    found = officers.get(conn, "Cán bộ trực số một")
    assert found
    assert (found.role, found.wrapped_key, found.one_time, found.disabled) == (
        "officer",
        b"w",
        True,
        False,
    )
    assert vault.verify_password(found.password_hash, "one-time")
    assert "argon2" not in repr(found)
    assert officers.get(conn, "nobody") is None


def test_a_name_is_given_once(conn: db.Connection) -> None:
    add(conn, "can-bo-1")
    with pytest.raises(StoreError, match="already"):
        add(conn, "can-bo-1")


@pytest.mark.parametrize("name", ["", " an", "an ", "x" * 65, "a\nb", "a\x1b[0m"])
def test_a_name_that_cannot_be_shown_is_refused(conn: db.Connection, name: str) -> None:
    with pytest.raises(StoreError, match="name"):
        add(conn, name)
    assert officers.list_all(conn) == []


def test_a_technician_never_gets_a_key(conn: db.Connection) -> None:
    with pytest.raises(StoreError, match="no key"):
        add(conn, "ky-thuat", "technician")
    add(conn, "ky-thuat", "technician", None)
    with pytest.raises(StoreError, match="no key"):
        officers.set_password(conn, "ky-thuat", "hash", b"w", "ky-thuat")


def test_a_role_that_does_not_exist_is_refused(conn: db.Connection) -> None:
    with pytest.raises(StoreError, match="role"):
        add(conn, "can-bo-1", "admin")


def test_choosing_a_password_ends_the_one_time_password_and_its_wrap(conn: db.Connection) -> None:
    add(conn, "can-bo-1")
    officers.set_password(conn, "can-bo-1", "new-hash", b"new-wrap", "can-bo-1")
    found = officers.get(conn, "can-bo-1")
    assert found
    assert (found.password_hash, found.wrapped_key, found.one_time) == (
        "new-hash",
        b"new-wrap",
        False,
    )
    with pytest.raises(NotFound):
        officers.set_password(conn, "nobody", "x", None, "can-bo-1")


def test_a_disabled_officer_has_no_key_and_no_session_but_keeps_his_name(
    conn: db.Connection,
) -> None:
    add(conn, "head", "head")
    add(conn, "can-bo-1")
    token = sessions.create(conn, "can-bo-1", 1.0)
    officers.disable(conn, "can-bo-1", "head")
    officers.disable(conn, "can-bo-1", "head")
    found = officers.get(conn, "can-bo-1")
    assert found
    assert found.disabled
    assert found.wrapped_key is None
    assert sessions.find(conn, token, 2.0) is None
    assert [one.name for one in officers.list_all(conn)] == ["can-bo-1", "head"]
    with pytest.raises(NotFound):
        officers.disable(conn, "nobody", "head")


def test_the_last_head_cannot_be_disabled(conn: db.Connection) -> None:
    add(conn, "old", "head")
    with pytest.raises(StoreError, match="only head"):
        officers.disable(conn, "old", "old")
    add(conn, "new", "head")
    officers.disable(conn, "old", "new")
    with pytest.raises(StoreError, match="only head"):
        officers.disable(conn, "new", "new")


def test_a_new_password_ends_every_session_that_the_old_one_opened(conn: db.Connection) -> None:
    add(conn, "can-bo-1")
    add(conn, "can-bo-2")
    his, other = (sessions.create(conn, name, 1.0) for name in ("can-bo-1", "can-bo-2"))
    officers.set_password(conn, "can-bo-1", "new-hash", b"new-wrap", "head")
    assert sessions.find(conn, his, 2.0) is None
    assert sessions.find(conn, other, 2.0)


def test_the_wrap_of_a_disabled_officer_is_left_in_no_file(
    conn: db.Connection, database: Path
) -> None:
    old = b"the wrap of somebody who knows his password and has a copy of the card" * 3
    add(conn, "head", "head")
    add(conn, "can-bo-1", key=old)
    officers.disable(conn, "can-bo-1", "head")
    assert all(old not in stored.read_bytes() for stored in database.parent.iterdir())


def test_an_old_wrap_is_left_in_no_file(conn: db.Connection, database: Path) -> None:
    old = b"the wrap an installer may still know the password of" * 3
    add(conn, "can-bo-1", key=old)
    db.empty_log(conn)
    assert old in database.read_bytes()
    officers.set_password(conn, "can-bo-1", "h", b"short", "can-bo-1")
    assert all(old not in stored.read_bytes() for stored in database.parent.iterdir())


def test_a_name_typed_with_marks_apart_is_the_same_officer(conn: db.Connection) -> None:
    composed, apart = "trực-ban-đêm", unicodedata.normalize("NFD", "trực-ban-đêm")
    assert composed != apart
    add(conn, apart, "technician", None)
    for spelling in (composed, apart):
        found = officers.get(conn, spelling)
        assert found is not None
        assert found.name == composed
    officers.disable(conn, apart, "set-up")
    found = officers.get(conn, composed)
    assert found is not None
    assert found.disabled
