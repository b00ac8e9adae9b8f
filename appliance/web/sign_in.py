"""Signing in and out, and unlocking after the box has restarted.

Decides: who is let in. May touch: sessions, login failures, the key ring.
Thread: the request's; one Argon2 at a time (32 MiB each). Called by: officers.
Unknown names cost the same hash as known ones, so that time does not tell them apart.
"""

import contextlib

from flask import (
    Blueprint,
    abort,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from werkzeug.wrappers import Response

from appliance.errors import WrongSecret
from appliance.store import officers, sessions, vault
from appliance.web import patience, waiting
from appliance.web.desk import desk, local_path, rows
from appliance.web.gate import Level, asks, cookie_name
from appliance.web.passwords import typed

LONGEST_NAME = 64
REFUSED = 403  # 401 would have to name an HTTP scheme, and a form is none
FLOOD = "60 per minute"  # tries of any kind from one address: below it the delays decide


class Refused(Exception):
    """A password that is wrong, or that was not looked at; wait: seconds."""

    def __init__(self, fault: str, code: int = REFUSED, wait: int = 0) -> None:
        super().__init__(fault)
        self.fault, self.code, self.wait = fault, code, wait

    def on(self, page: str) -> Response:
        """The page that says so."""
        answer = make_response(page, self.code)
        if self.wait:
            answer.headers["Retry-After"] = str(self.wait)
        return answer


bp = Blueprint("sign_in", __name__)
limiter = Limiter(get_remote_address, storage_uri="memory://", headers_enabled=False)


@bp.get("/sign-in")
@asks(Level.OPEN)
def form() -> ResponseReturnValue:
    """The form; who is already in goes where he wanted to go."""
    if g.session is not None:
        return redirect(local_path(request.args.get("next")))
    return _form()


@bp.post("/sign-in")
@asks(Level.OPEN)
@limiter.limit(FLOOD)
def sign_in() -> ResponseReturnValue:
    """Check name and password; the same answer whichever is wrong."""
    name = request.form.get("name", "").strip()[:LONGEST_NAME]
    password = typed("password")
    with desk().one_hash:
        wait = _seconds_to_wait(name)
        if wait:
            refused = Refused(_wait_text(wait), 429, wait)
            return refused.on(_form(refused.fault))
        officer = _check(name, password)
        if officer is None:
            sessions.note_failure(rows(), name, _address(), desk().now())
            refused = Refused(gettext("Tên hoặc mật khẩu không đúng."))
            return refused.on(_form(refused.fault))
        answer = redirect(local_path(request.form.get("next")), 303)
        open_session(answer, officer, password)
    return answer


@bp.post("/sign-out")
@asks(Level.SESSION)
def sign_out() -> ResponseReturnValue:
    """End the session here and in the store; its key is gone with it."""
    desk().key_ring.drop(g.token)
    sessions.end(rows(), g.token)
    session.clear()
    answer = redirect(url_for("sign_in.form"), 303)
    answer.delete_cookie(cookie_name(), secure=request.is_secure, httponly=True, samesite="Strict")
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'  # ASVS 14.3.1
    return answer


@bp.route("/unlock", methods=["GET", "POST"])
@asks(Level.SESSION)
def unlock() -> ResponseReturnValue:
    """The box was restarted: the same officer gives the password once more."""
    if g.officer.wrapped_key is None:
        abort(403)
    if request.method == "GET":
        return render_template("unlock.html", next=local_path(request.args.get("next")))
    password = typed("password")
    back = local_path(request.form.get("next"))
    try:
        with desk().one_hash:
            private = prove(password)
    except Refused as refused:
        return refused.on(render_template("unlock.html", fault=refused.fault, next=back))
    if private is not None:
        keep_key(g.token, private, g.officer)
    return redirect(back, 303)


def prove(password: str) -> bytes | None:
    """Let the signed-in officer prove who he is; his key, None for a technician. Raises Refused.

    With `one_hash` held, so that tries at the same moment count one by one.
    """
    wait = _seconds_to_wait(g.officer.name)
    if wait:
        raise Refused(_wait_text(wait), 429, wait)
    wrapped = g.officer.wrapped_key
    if wrapped is None and vault.verify_password(g.officer.password_hash, password):
        return None
    with contextlib.suppress(WrongSecret):
        if wrapped is not None:
            return vault.unwrap(wrapped, password)
    sessions.note_failure(rows(), g.officer.name, _address(), desk().now())
    raise Refused(gettext("Mật khẩu không đúng."))


def open_session(answer: Response, officer: officers.Officer, password: str) -> None:
    """Make a session with a new token, unlock the key for it, put the cookie on the answer.

    The session this browser had before ends: its cookie is overwritten, nobody could end it.
    """
    if g.token is not None:
        desk().key_ring.drop(g.token)
        sessions.end(rows(), g.token)
    token = sessions.create(rows(), officer.name, desk().now())
    if officer.wrapped_key is not None:
        keep_key(token, vault.unwrap(officer.wrapped_key, password), officer)
    session.clear()  # a new form token for a new person (ASVS 7.2.4)
    answer.set_cookie(
        cookie_name(), token, httponly=True, secure=request.is_secure, samesite="Strict", path="/"
    )


def keep_key(token: str, private: bytes, officer: officers.Officer) -> None:
    """Keep the unlocked key for this session and hand waiting messages their stream keys."""
    desk().key_ring.put(token, private, sessions.IDLE_S)
    waiting.hand_over(desk().config, private, officer.name)


def _check(name: str, password: str) -> officers.Officer | None:
    officer = officers.get(rows(), name)
    if officer is None or officer.disabled:
        vault.verify_password(_nobody(), password)
        return None
    return officer if vault.verify_password(officer.password_hash, password) else None


_NOBODY: list[str] = []


def _nobody() -> str:
    """The hash of a password nobody knows, made once, as dear as a real one."""
    if not _NOBODY:
        _NOBODY.append(vault.hash_password(vault.make_one_time_password()))
    return _NOBODY[0]


def _seconds_to_wait(name: str) -> int:
    """A fresh address is always looked at: else anybody could keep an officer out."""
    now = desk().now()
    since = now - patience.WINDOW_S
    here = sessions.failures_since(rows(), address=_address(), since=since)
    if not here:
        return 0
    there = sessions.failures_since(rows(), account=name, since=since)
    return -int(-max(patience.wait_s(here, now), patience.wait_s(there, now)) // 1)


def _address() -> str:
    return request.remote_addr or ""


def _wait_text(seconds: int) -> str:
    return gettext("Sai nhiều lần. Hãy chờ %(seconds)s giây rồi thử lại.", seconds=seconds)


def _form(fault: str = "") -> str:
    back = local_path(request.values.get("next"))
    name = request.form.get("name", "")[:LONGEST_NAME]
    return render_template("sign_in.html", fault=fault, next=back, name=name)
