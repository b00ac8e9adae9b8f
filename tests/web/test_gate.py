"""Every route, asked by everybody: what opens is written here, so a new route must be too."""

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.web.conftest import Browser, Clock, restarted
from tests.web.filling import TECHNICIAN, FilledBox

ID = "<message_id>"
UNLOCK, SIGN_IN = "/unlock", "/sign-in"

# route and method -> what anonymous, locked, unlocked and technician get. A path is a redirect.
EXPECTED: dict[tuple[str, str], tuple[object, object, object, object]] = {
    ("GET", "/"): (SIGN_IN, UNLOCK, 200, 403),
    ("GET", "/queue/lines"): (401, 423, 200, 403),
    ("GET", f"/messages/{ID}"): (SIGN_IN, UNLOCK, 200, 403),
    ("GET", f"/messages/{ID}/live"): (401, 423, 200, 403),
    ("POST", f"/messages/{ID}/status"): (SIGN_IN, UNLOCK, 303, 403),
    ("POST", f"/messages/{ID}/notes"): (SIGN_IN, UNLOCK, 303, 403),
    ("POST", f"/messages/{ID}/retry"): (SIGN_IN, UNLOCK, 303, 403),
    ("POST", f"/messages/{ID}/correction"): (SIGN_IN, UNLOCK, 303, 403),
    ("POST", f"/messages/{ID}/second"): (SIGN_IN, UNLOCK, 303, 403),
    ("GET", "/speech"): (SIGN_IN, UNLOCK, 200, 403),
    ("POST", "/speech/names"): (SIGN_IN, UNLOCK, 403, 403),  # the head's alone
    ("POST", "/speech/keywords"): (SIGN_IN, UNLOCK, 403, 403),
    ("GET", "/filed"): (SIGN_IN, UNLOCK, 200, 403),
    ("GET", "/status"): (SIGN_IN, 200, 200, 200),
    ("GET", "/healthz"): (200, 200, 200, 200),
    ("GET", "/sign-in"): (200, "/", "/", "/"),
    ("POST", "/sign-in"): (403, 403, 403, 403),  # no name, no password
    ("POST", "/sign-out"): (SIGN_IN, SIGN_IN, SIGN_IN, SIGN_IN),
    ("GET", "/unlock"): (SIGN_IN, 200, 200, 403),
    ("POST", "/unlock"): (SIGN_IN, 403, 403, 403),
    ("GET", "/welcome/password"): (SIGN_IN, "/", "/", "/"),
    ("POST", "/welcome/password"): (SIGN_IN, "/", "/", "/"),
    ("GET", "/welcome/recovery"): (SIGN_IN, "/", "/", "/"),
    ("GET", "/welcome/recovery/check"): (SIGN_IN, "/", "/", "/"),
    ("POST", "/welcome/recovery/check"): (SIGN_IN, "/", "/", "/"),
    ("GET", "/password"): (SIGN_IN, 200, 200, 200),
    ("POST", "/password"): (SIGN_IN, 403, 403, 403),  # not without the old one
    ("GET", "/password/changed"): (SIGN_IN, 200, 200, 200),
    ("POST", "/language"): ("/", "/", "/", "/"),
    ("GET", "/api/v1/messages"): (401, 200, 200, 403),
    ("GET", f"/api/v1/messages/{ID}"): (401, 200, 200, 403),
    ("GET", f"/api/v1/messages/{ID}/audio"): (401, 423, 200, 403),
    ("GET", "/api/v1/status"): (401, 200, 200, 200),
}
SECRETS = ("0912345678", "0912 345 678", "con trâu", "bí mật")


def routes(app: Flask) -> set[tuple[str, str]]:
    return {
        (method, str(rule))
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def ask(browser: Browser, method: str, path: str, token: str | None) -> TestResponse:
    if method == "GET":
        return browser.get(path)
    fields = {"status": "done", "text": "đã gọi", "csrf_token": token or ""}
    return browser.client.post(path, data=fields)


def seen(answer: TestResponse) -> object:
    """The code, or where it sends one."""
    if (
        answer.status_code in (302, 303)
        and "/messages/" not in (answer.location or "").split("?")[0]
    ):
        return (answer.location or "").split("?")[0]
    return answer.status_code


@pytest.fixture
def message_id(box: FilledBox) -> str:
    return box.add_message("0912345678", "mất con trâu bí mật", box.now - 60)


def test_every_route_is_in_the_table_and_nothing_else(app: Flask) -> None:
    assert routes(app) == set(EXPECTED)


def someone(who: str, browser: Browser, box: FilledBox, clock: Clock) -> Browser:
    if who == "anonymous":
        return browser
    browser.sign_in(TECHNICIAN if who == "technician" else "can-bo-1")
    return restarted(browser, box, clock) if who == "locked" else browser


@pytest.mark.parametrize(
    ("number", "who"), [(0, "anonymous"), (1, "locked"), (2, "unlocked"), (3, "technician")]
)
def test_each_route_lets_in_whom_it_should(
    number: int, who: str, browser: Browser, box: FilledBox, clock: Clock, message_id: str
) -> None:
    asker = someone(who, browser, box, clock)
    token = asker.token("/status")
    routes_of_all = sorted(EXPECTED, key=lambda one: one[1] == "/sign-out")
    found = {
        one: seen(ask(asker, one[0], one[1].replace(ID, message_id), token))
        for one in routes_of_all
    }
    assert found == {one: EXPECTED[one][number] for one in routes_of_all}


@pytest.mark.parametrize("who", ["anonymous", "locked", "unlocked"])
@pytest.mark.parametrize("token", [None, "wrong", "IjEi.aaaa.bbbb"])
def test_no_form_is_taken_without_its_token(
    who: str,
    token: str | None,
    browser: Browser,
    box: FilledBox,
    clock: Clock,
    message_id: str,
) -> None:
    asker = someone(who, browser, box, clock)
    for method, path in EXPECTED:
        if method == "POST":
            answer = ask(asker, method, path.replace(ID, message_id), token)
            assert answer.status_code == 400, path


@pytest.mark.parametrize("who", ["anonymous", "locked", "technician"])
def test_nothing_sealed_is_shown_to_who_has_no_key(
    who: str, browser: Browser, box: FilledBox, clock: Clock, message_id: str
) -> None:
    asker = someone(who, browser, box, clock)
    for method, path in EXPECTED:
        if method == "GET":
            answer = asker.client.get(path.replace(ID, message_id), follow_redirects=True)
            assert not any(secret in answer.text for secret in SECRETS), path


@pytest.mark.parametrize(
    "path",
    [
        *("/messages/x", "/messages/" + "a" * 32 + "-1", "/messages/" + "a" * 32 + "-0"),
        *("/messages/..%2f..%2fetc%2fpasswd", "/messages/%00", "/messages/" + "9" * 5000),
        *("/api/v1/messages/x", "/api/v1/messages/x/audio", "/messages/'%20OR%201=1--"),
        *("/messages/%F0%9F%92%A9", "/messages/x/live", "/nothing", "/static/../app.py"),
        *("/?before=x", "/?before=%F0%9D%9F%99", "/queue/lines?before=-1"),
    ],
)
def test_an_unknown_or_malformed_id_is_not_found_and_never_a_fault(
    officer: Browser, path: str
) -> None:
    answer = officer.get(path)
    assert answer.status_code == 404
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("query", ["limit=x", "before=1e9", "limit=" + "9" * 30])
def test_a_malformed_number_is_a_bad_request(officer: Browser, query: str) -> None:
    answer = officer.get(f"/api/v1/messages?{query}")
    assert (answer.status_code, answer.json) == (400, {"error": "bad_request"})


@pytest.mark.parametrize("what", ["status", "notes", "retry", "second", "correction"])
def test_changing_an_unknown_message_is_not_found(officer: Browser, what: str) -> None:
    unknown = f"/messages/{'b' * 32}-1/{what}"
    assert officer.post(unknown, {"status": "done", "text": "x"}).status_code == 404


def test_a_form_of_a_megabyte_is_refused(officer: Browser) -> None:
    fields = {"name": "x" * 1_000_000, "csrf_token": officer.token("/status")}
    assert officer.client.post("/sign-in", data=fields).status_code in (400, 413)
