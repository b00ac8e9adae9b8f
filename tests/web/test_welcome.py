import re
from contextlib import closing
from pathlib import Path

import pytest

from appliance.errors import WrongSecret
from appliance.store import db, officers, settings, setup, vault
from appliance.web.app import create_app
from tests.web.conftest import NOW, Browser
from tests.web.filling import HEAD, FilledBox, make_box

CHOSEN = "bốn cây lim xanh"


@pytest.fixture
def fresh(tmp_path: Path) -> tuple[FilledBox, str]:
    """A box nobody has signed in to, and the head's one-time password."""
    box = make_box(tmp_path, NOW, ready=False)
    password = vault.make_one_time_password()
    with closing(box.connect()) as conn:
        hashed, wrapped = vault.hash_password(password), vault.wrap(box.private, password)
        with db.transaction(conn):
            conn.execute(
                "UPDATE officers SET password_hash = ?, wrapped_key = ?", (hashed, wrapped)
            )
    return box, password


def browser_of(box: FilledBox) -> Browser:
    return Browser(create_app(box.config).test_client())


def choose(browser: Browser, password: str, again: str | None = None) -> int:
    fields = {"password": password, "password_again": password if again is None else again}
    return browser.post("/welcome/password", fields, "/welcome/password").status_code


def code_shown(browser: Browser) -> str:
    groups = re.findall(r"<b>([0-9A-Z]{4})</b>", browser.get("/welcome/recovery").text)
    assert len(groups) == 8
    return "-".join(groups)


def test_the_heads_first_sign_in_ends_with_a_sealed_envelope(fresh: tuple[FilledBox, str]) -> None:
    box, one_time = fresh
    browser = browser_of(box)
    assert browser.sign_in(HEAD, one_time).status_code == 303
    assert browser.get("/").location == "/welcome/password"
    assert browser.get("/api/v1/messages").status_code == 403
    assert choose(browser, CHOSEN) == 303
    assert browser.get("/").location == "/welcome/recovery"
    code = code_shown(browser)
    assert code_shown(browser) == code, "the same sheet of paper stays right"
    groups = code.split("-")
    check = "/welcome/recovery/check"
    wrong = {"group_2": groups[1], "group_7": "0000" if groups[6] != "0000" else "1111"}
    assert browser.post(check, wrong, check).status_code == 400
    assert browser.get("/").location == "/welcome/recovery"
    right = {"group_2": groups[1].lower(), "group_7": f" {groups[6]} "}
    assert browser.post(check, right, check).status_code == 200
    assert browser.get("/").status_code == 200
    assert browser.get("/welcome/recovery").location == "/", "never shown again"
    with closing(box.connect()) as conn:
        wrap = bytes.fromhex(settings.get(conn, "recovery_wrap") or "")
        assert vault.unwrap(wrap, vault.normalise_recovery_code(code)) == box.private
        assert setup.add_officer_by_recovery(conn, "moi", "officer", code.lower())


def test_the_one_time_password_opens_nothing_afterwards(fresh: tuple[FilledBox, str]) -> None:
    box, one_time = fresh
    browser = browser_of(box)
    browser.sign_in(HEAD, one_time)
    old = browser.client.get_cookie("hotline")
    choose(browser, CHOSEN)
    new = browser.client.get_cookie("hotline")
    assert old and new and old.value != new.value
    again = browser_of(box)
    assert again.sign_in(HEAD, one_time).status_code == 403
    assert again.sign_in(HEAD, CHOSEN).status_code == 303
    with closing(box.connect()) as conn:
        head = officers.get(conn, HEAD)
        assert head is not None
        assert head.wrapped_key is not None
        with pytest.raises(WrongSecret):
            vault.unwrap(head.wrapped_key, one_time)
        assert vault.unwrap(head.wrapped_key, CHOSEN) == box.private


def test_weak_or_mistyped_or_the_old_password_is_not_taken(fresh: tuple[FilledBox, str]) -> None:
    box, one_time = fresh
    browser = browser_of(box)
    browser.sign_in(HEAD, one_time)
    assert choose(browser, "ngắn") == 400
    assert choose(browser, CHOSEN, CHOSEN + "x") == 400
    assert choose(browser, "matkhau12345") == 400
    assert choose(browser, one_time) == 400
    assert browser.get("/").location == "/welcome/password"


def test_an_interrupted_first_sign_in_goes_on_at_the_next_one(fresh: tuple[FilledBox, str]) -> None:
    box, one_time = fresh
    browser = browser_of(box)
    browser.sign_in(HEAD, one_time)
    choose(browser, CHOSEN)
    first = code_shown(browser)
    later = browser_of(box)
    later.sign_in(HEAD, CHOSEN)
    assert later.get("/").location == "/welcome/recovery"
    assert code_shown(later) != first, "a code that was not asked back is worth nothing"
