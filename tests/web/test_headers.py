import re
from pathlib import Path

import pytest

from appliance.web import headers
from tests.web.conftest import Browser
from tests.web.filling import FilledBox

PAGES = ("/", "/status", "/nothing", "/api/v1/messages", "/api/v1/nothing", "/healthz")
WEB = Path(headers.__file__).parent


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_forbids_whatever_it_does_not_need(officer: Browser, path: str) -> None:
    carried = officer.get(path).headers
    policy = carried["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert carried["X-Content-Type-Options"] == "nosniff"
    assert carried["Referrer-Policy"] == "no-referrer"
    assert carried["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in carried, "only under https"


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "8.8.8.8", "localhost.evil.example:80"]
)
def test_a_name_that_is_not_ours_is_refused(browser: Browser, host: str) -> None:
    answer = browser.get("/sign-in", headers={"Host": host})
    assert answer.status_code == 400
    assert "csrf_token" not in answer.text


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1:8080", "hotline.local", "HOTLINE.local:443", "192.168.1.9"]
)
def test_the_names_of_this_box_are_answered(browser: Browser, host: str) -> None:
    assert browser.get("/sign-in", headers={"Host": host}).status_code == 200


def test_assets_may_be_kept_because_their_address_changes_with_them(browser: Browser) -> None:
    page = browser.get("/sign-in").text
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert len(addresses) >= 2
    for address in addresses:
        answer = browser.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
    assert "immutable" not in browser.get("/static/desk.css").headers["Cache-Control"]


def test_no_template_has_inline_script_or_style_or_leaves_the_house() -> None:
    for path in [*WEB.glob("templates/*.html"), *WEB.glob("static/*")]:
        text = path.read_text("utf-8")
        assert not re.search(r"<script(?![^>]*src=)|\sstyle=|<style|\son[a-z]+=", text), path.name
        outside = [a for a in re.findall(r"https?://[^\s\"')]+", text) if "www.w3.org" not in a]
        assert not outside, path.name


def test_the_first_view_is_small(officer: Browser, box: FilledBox) -> None:
    box.fill()
    page = officer.get("/").data
    assets = re.findall(rb'(?:href|src)="(/static/[^"]+)"', page)
    total = len(page) + sum(len(officer.get(a.decode()).data) for a in set(assets))
    assert total < 200_000
