import threading
from contextlib import closing

import pytest
from flask import Flask

from appliance.store import audit, officers, sessions, setup
from appliance.web.app import create_app
from appliance.web.desk import Desk, forget_dead_keys
from tests.web.conftest import Browser, Clock, restarted
from tests.web.filling import HEAD, OFFICER, PASSWORD, TECHNICIAN, FilledBox


def test_the_right_password_opens_the_queue(browser: Browser) -> None:
    answer = browser.sign_in()
    assert (answer.status_code, answer.location) == (303, "/")
    assert browser.get("/").status_code == 200


@pytest.mark.parametrize(("name", "word"), [(OFFICER, "wrong"), ("nobody", PASSWORD), ("", "")])
def test_a_wrong_name_and_a_wrong_password_read_the_same(
    browser: Browser, name: str, word: str
) -> None:
    answer = browser.sign_in(name, word)
    assert answer.status_code == 403
    assert "Tên hoặc mật khẩu không đúng." in answer.text
    assert browser.get("/").status_code == 302


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(browser: Browser) -> None:
    cookies = browser.sign_in().headers.getlist("Set-Cookie")
    session = next(c for c in cookies if c.startswith("hotline="))
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(session.split("; "))
    assert "Secure" not in session
    assert len(session.split(";")[0]) >= len("hotline=") + 43, "256 bit in base64"


def test_over_https_every_cookie_is_secure_and_bound_to_this_host(app: Flask) -> None:
    browser = Browser(app.test_client())
    https = {"base_url": "https://localhost"}
    token = browser.get("/sign-in", **https)
    assert "Strict-Transport-Security" in token.headers
    fields = {"name": OFFICER, "password": PASSWORD, "csrf_token": _token(token.text)}
    answer = browser.client.post("/sign-in", data=fields, base_url="https://localhost")
    cookies = token.headers.getlist("Set-Cookie") + answer.headers.getlist("Set-Cookie")
    assert any(c.startswith("__Host-hotline=") for c in cookies)
    assert all("Secure" in c for c in cookies)


def _token(page: str) -> str:
    from tests.web.conftest import TOKEN

    found = TOKEN.search(page)
    assert found
    return found[1]


def test_five_wrong_passwords_in_a_minute_and_the_sixth_is_not_looked_at(
    browser: Browser, clock: Clock
) -> None:
    codes = []
    for _ in range(40):
        codes.append(browser.sign_in(OFFICER, "wrong").status_code)
        clock.at += 1.5
    assert codes.count(403) <= 5
    answer = browser.sign_in(OFFICER, PASSWORD)
    assert answer.status_code == 429, "not even the right one, from this address, now"
    assert 0 < int(answer.headers["Retry-After"]) <= 120
    clock.at += 120
    assert browser.sign_in().status_code == 303, "a delay, never a lock-out"


def test_guessing_from_one_address_never_keeps_the_officer_out_of_his_own(
    app: Flask, browser: Browser
) -> None:
    for _ in range(30):
        browser.sign_in(OFFICER, "wrong")
    page = app.test_client()
    other = {"REMOTE_ADDR": "10.0.0.7"}
    token = _token(page.get("/sign-in", environ_base=other).text)
    fields = {"name": OFFICER, "password": PASSWORD, "csrf_token": token}
    assert page.post("/sign-in", data=fields, environ_base=other).status_code == 303


def test_a_restart_does_not_forget_who_has_been_guessing(
    browser: Browser, box: FilledBox, clock: Clock
) -> None:
    for _ in range(30):
        browser.sign_in(OFFICER, "wrong")
    again = Browser(create_app(box.config, now=clock, clock=clock).test_client())
    assert again.sign_in().status_code == 429


def test_a_flood_of_tries_is_stopped_before_the_database(browser: Browser) -> None:
    codes = [browser.sign_in(f"name-{i}", "wrong").status_code for i in range(70)]
    assert codes[-1] == 429
    assert codes.count(403) <= 5


def test_tries_at_the_same_moment_count_one_by_one(app: Flask) -> None:
    codes: list[int] = []

    def guess() -> None:
        browser = Browser(app.test_client())
        codes.append(browser.sign_in(OFFICER, "wrong").status_code)

    guesses = [threading.Thread(target=guess) for _ in range(8)]
    for one in guesses:
        one.start()
    for one in guesses:
        one.join(30)
    assert len(codes) == 8
    assert codes.count(403) <= 5


def test_after_a_quarter_of_an_hour_alone_the_page_asks_again(
    officer: Browser, clock: Clock
) -> None:
    clock.at += sessions.IDLE_S + 1
    answer = officer.get("/status?x=1")
    assert (answer.status_code, answer.location) == (302, "/sign-in?next=/status?x%3D1")


def test_polling_does_not_keep_an_officer_signed_in(officer: Browser, clock: Clock) -> None:
    for _ in range(20):
        clock.at += 60
        last = officer.get("/queue/lines").status_code
    assert last == 401


def test_working_keeps_an_officer_signed_in_but_for_one_shift_only(
    officer: Browser, clock: Clock
) -> None:
    codes = []
    for _ in range(60):
        clock.at += 600
        codes.append(officer.get("/").status_code)
    assert codes[:47] == [200] * 47, "eight hours"
    assert codes[48:] == [302] * 12


def test_the_way_back_after_signing_in_is_kept_but_only_on_this_desk(browser: Browser) -> None:
    assert browser.sign_in(next="/status").location == "/status"
    assert browser.sign_in(next="//evil.example/").location == "/"


def test_signing_out_ends_the_session_for_good(officer: Browser, box: FilledBox) -> None:
    cookie = officer.client.get_cookie("hotline")
    assert cookie
    assert officer.post("/sign-out", {}).location == "/sign-in"
    officer.client.set_cookie("hotline", cookie.value)
    assert officer.get("/").status_code == 302


def test_after_a_restart_the_session_lives_but_is_locked_until_the_password_is_given(
    officer: Browser, box: FilledBox, clock: Clock
) -> None:
    again = restarted(officer, box, clock)
    answer = again.get("/messages/" + "a" * 32 + "-1")
    assert answer.location is not None
    assert answer.location.startswith("/unlock?next=/messages/")
    assert again.get("/status").status_code == 200
    assert again.post("/unlock", {"password": "wrong"}, "/unlock").status_code == 403
    answer = again.post("/unlock", {"password": PASSWORD, "next": "/status"}, "/unlock")
    assert (answer.status_code, answer.location) == (303, "/status")
    assert again.get("/").status_code == 200


def test_a_disabled_officer_is_out_at_once(officer: Browser, box: FilledBox) -> None:
    with closing(box.connect()) as conn:
        officers.disable(conn, OFFICER, "truong-cong-an")
    assert officer.get("/").status_code == 302
    assert officer.sign_in().status_code == 403


@pytest.mark.parametrize("how", ["disabled", "reset"])
def test_the_key_of_a_session_ended_from_the_command_line_is_forgotten(
    app: Flask, officer: Browser, box: FilledBox, how: str
) -> None:
    desk: Desk = app.extensions["hotline"]
    cookie = officer.client.get_cookie("hotline")
    assert cookie
    with closing(box.connect()) as conn:  # the tab is closed: nobody asks with this cookie again
        assert forget_dead_keys(desk, conn) == 0
        if how == "disabled":
            officers.disable(conn, OFFICER, HEAD)
        else:
            setup.reset_officer(conn, OFFICER, by=HEAD, by_password=PASSWORD)
        assert desk.key_ring.get(cookie.value)
        assert forget_dead_keys(desk, conn) == 1
    assert desk.key_ring.get(cookie.value) is None


def test_signing_in_again_ends_the_session_this_browser_had(
    app: Flask, officer: Browser, box: FilledBox
) -> None:
    desk: Desk = app.extensions["hotline"]
    before = officer.client.get_cookie("hotline")
    assert before
    fields = {"name": HEAD, "password": PASSWORD}
    assert officer.post("/sign-in", fields, "/status").status_code == 303
    assert desk.key_ring.get(before.value) is None
    with closing(box.connect()) as conn:
        assert sessions.find(conn, before.value, box.now) is None
    assert HEAD in officer.get("/").text


def test_a_technician_sees_the_state_of_the_box_and_no_message(browser: Browser) -> None:
    browser.sign_in(TECHNICIAN, next="/status")
    assert browser.get("/status").status_code == 200
    assert browser.get("/").status_code == 403
    assert browser.get("/api/v1/messages").status_code == 403
    assert browser.get("/unlock").status_code == 403


def test_signing_in_and_failing_leave_audit_rows(browser: Browser, box: FilledBox) -> None:
    browser.sign_in(OFFICER, "wrong")
    browser.sign_in()
    with closing(box.connect()) as conn:
        deeds = [row.action for row in audit.list_for(conn, OFFICER)]
        assert audit.verify(conn).ok
    assert deeds[-2:] == ["sign_in_failed", "signed_in"]
