import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from appliance.web.app import create_app
from tests.web.filling import OFFICER, PASSWORD, FilledBox, config_in, make_box

NOW = 1_795_479_120.0  # 24/11/2026 07:12 in Asia/Ho_Chi_Minh
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Clock:
    """Both clocks of a desk; a test moves them."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> float:
        return self.at


class Browser:
    """A Flask client that fills in forms as a person does."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **more: object) -> TestResponse:
        return self.client.get(path, **more)

    def token(self, page: str = "/sign-in") -> str:
        found = TOKEN.search(self.client.get(page, follow_redirects=True).text)
        assert found, f"no form on {page}"
        return found[1]

    def post(self, path: str, fields: dict[str, str], page: str = "/status") -> TestResponse:
        return self.client.post(path, data={**fields, "csrf_token": self.token(page)})

    def sign_in(self, name: str = OFFICER, password: str = PASSWORD, **more: str) -> TestResponse:
        return self.post("/sign-in", {"name": name, "password": password, **more}, "/sign-in")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """A box set up once; its passwords cost a second of Argon2."""
    folder = tmp_path_factory.mktemp("pattern")
    return folder, make_box(folder, NOW).private


@pytest.fixture
def box(tmp_path: Path, pattern: tuple[Path, bytes]) -> FilledBox:
    """A box with three officers and nothing in it yet."""
    folder, private = pattern
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    made = FilledBox(config_in(tmp_path), private, NOW)
    made.healthy()
    return made


@pytest.fixture
def app(box: FilledBox, clock: Clock) -> Flask:
    return create_app(box.config, now=clock, clock=clock)


@pytest.fixture
def browser(app: Flask) -> Browser:
    """Nobody has signed in yet."""
    return Browser(app.test_client())


def restarted(browser: Browser, box: FilledBox, clock: Clock) -> Browser:
    """The same browser after the box was restarted: signed in, but locked."""
    cookie = browser.client.get_cookie("hotline")
    assert cookie
    again = Browser(create_app(box.config, now=clock, clock=clock).test_client())
    again.client.set_cookie("hotline", cookie.value)
    return again


@pytest.fixture
def officer(browser: Browser) -> Iterator[Browser]:
    """An officer at the desk, the key unlocked."""
    assert browser.sign_in().status_code == 303
    yield browser
