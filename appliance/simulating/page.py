"""The officers' page as a browser would see it, for the demo.

Decides: nothing. May touch: the page over http on this machine.
Thread: one at a time. Called by: demo.
Speaks only http, like any browser: it shares no code with the page.
"""

import html
import http.client
import http.cookiejar
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

TIMEOUT_S = 10.0  # signing in costs one Argon2 on a slow machine
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
TAG = re.compile(r"<[^>]+>")


class PageError(Exception):
    """The page answered something a person could not go on with."""


class Page:
    """A signed-in reader of the officers' page."""

    def __init__(self, address: str) -> None:
        self._address = address
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._browser = urllib.request.build_opener(jar)

    def is_up(self) -> bool:
        """Whether the page answers at all."""
        try:
            return bool(self._get("/healthz"))
        except PageError:
            return False

    def sign_in(self, name: str, one_time_password: str, new_password: str) -> None:
        """Sign in for the first time: one-time password, then a password of one's own."""
        self._post("/sign-in", {"name": name, "password": one_time_password})
        self._post("/welcome/password", {"password": new_password, "password_again": new_password})
        self.messages()

    def is_ready(self) -> bool:
        """Whether the line is up and the speech model loaded."""
        status = self._json("/api/v1/status")
        return bool(status["modem_up"] and status["transcriber_up"])

    def messages(self) -> list[dict[str, Any]]:
        """The newest messages."""
        listed: list[dict[str, Any]] = self._json("/api/v1/messages")["messages"]
        return listed

    def message(self, message_id: str) -> dict[str, Any]:
        """One message with everything the officer may read."""
        shown: dict[str, Any] = self._json(f"/api/v1/messages/{message_id}")
        return shown

    def has_words(self, message_id: str) -> bool:
        """Whether any word of the message can be read, even while it is spoken."""
        shown = self.message(message_id)
        return bool(shown["partial"]) or shown["transcript"] is not None

    def shows(self, message_id: str, text: str) -> bool:
        """Whether the queue links to the message and its page shows these words."""
        queue = self._get("/")
        page = html.unescape(TAG.sub(" ", self._get(f"/messages/{message_id}")))
        return f"/messages/{message_id}" in queue and text in " ".join(page.split())

    def _json(self, path: str) -> Any:
        return json.loads(self._get(path))

    def _get(self, path: str) -> str:
        return self._ask(urllib.request.Request(self._address + path))

    def _post(self, path: str, fields: dict[str, str]) -> str:
        found = TOKEN.search(self._get(path))
        if not found:
            raise PageError(f"the page {path} shows no form")
        data = urllib.parse.urlencode({**fields, "csrf_token": found[1]}).encode()
        return self._ask(urllib.request.Request(self._address + path, data=data))

    def _ask(self, request: urllib.request.Request) -> str:
        try:
            with self._browser.open(request, timeout=TIMEOUT_S) as answer:
                body: bytes = answer.read()
        except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
            raise PageError(f"{request.selector}: {error}") from error
        return body.decode()
