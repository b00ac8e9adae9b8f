"""An officer changes his own password: the key is wrapped anew, his other sessions end."""

from contextlib import closing

import pytest
from flask import Flask

from appliance.errors import WrongSecret
from appliance.store import audit, officers, vault
from appliance.web.desk import Desk
from tests.web.conftest import Browser, Clock, restarted
from tests.web.filling import OFFICER, PASSWORD, TECHNICIAN, FilledBox

CHOSEN = "bốn cây lim xanh"


def change(browser: Browser, old: str = PASSWORD, new: str = CHOSEN, again: str = "") -> int:
    fields = {"old_password": old, "password": new, "password_again": again or new}
    return browser.post("/password", fields, "/password").status_code


def test_the_new_password_opens_the_messages_and_the_old_one_nothing(
    officer: Browser, box: FilledBox
) -> None:
    made = box.add_message("0912345678", "một hai ba", box.now)
    assert 'href="/password"' in officer.get("/").text
    assert change(officer) == 303
    assert "ba" in officer.get(f"/messages/{made}").text, "he works on without signing in again"
    with closing(box.connect()) as conn:
        found = officers.existing(conn, OFFICER)
        assert [row.action for row in audit.list_for(conn, OFFICER)].count("password_changed") == 2
    assert found.wrapped_key
    assert vault.unwrap(found.wrapped_key, CHOSEN) == box.private
    with pytest.raises(WrongSecret):
        vault.unwrap(found.wrapped_key, PASSWORD)
    assert officer.post("/sign-out", {}).status_code == 303
    assert officer.sign_in(OFFICER, PASSWORD).status_code == 403
    assert officer.sign_in(OFFICER, CHOSEN).status_code == 303


def test_his_other_sessions_end_and_their_keys_are_forgotten_at_once(
    app: Flask, officer: Browser
) -> None:
    elsewhere = Browser(app.test_client())
    elsewhere.sign_in()
    desk: Desk = app.extensions["hotline"]
    token = elsewhere.client.get_cookie("hotline")
    before = officer.client.get_cookie("hotline")
    assert token
    assert before
    assert desk.key_ring.get(token.value)
    assert change(officer) == 303
    assert desk.key_ring.get(token.value) is None
    assert elsewhere.get("/").status_code == 302
    after = officer.client.get_cookie("hotline")
    assert after
    assert after.value != before.value


@pytest.mark.parametrize(
    ("old", "new", "again", "code"),
    [
        ("not mine", CHOSEN, "", 403),
        (PASSWORD, CHOSEN, "another one", 400),
        (PASSWORD, "short", "", 400),
        (PASSWORD, "password123", "", 400),
        (PASSWORD, PASSWORD, "", 400),
    ],
)
def test_what_is_not_good_enough_changes_nothing(
    officer: Browser, box: FilledBox, old: str, new: str, again: str, code: int
) -> None:
    with closing(box.connect()) as conn:
        before = officers.get(conn, OFFICER)
        assert change(officer, old, new, again) == code
        assert officers.get(conn, OFFICER) == before
    assert officer.get("/").status_code == 200


def test_guessing_the_old_password_at_an_unwatched_desk_is_slowed_down(officer: Browser) -> None:
    codes = [change(officer, "a guess") for _ in range(20)]
    assert codes.count(403) <= 5
    assert change(officer) == 429


def test_a_locked_session_is_unlocked_by_it(officer: Browser, box: FilledBox, clock: Clock) -> None:
    again = restarted(officer, box, clock)
    assert again.get("/").location == "/unlock"
    assert change(again) == 303
    assert again.get("/").status_code == 200


def test_a_technician_changes_his_too_and_still_gets_no_key(
    browser: Browser, box: FilledBox
) -> None:
    browser.sign_in(TECHNICIAN, next="/status")
    assert change(browser, "wrong") == 403
    assert change(browser) == 303
    with closing(box.connect()) as conn:
        found = officers.existing(conn, TECHNICIAN)
    assert found.wrapped_key is None
    assert vault.verify_password(found.password_hash, CHOSEN)
