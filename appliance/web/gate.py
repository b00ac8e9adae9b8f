"""Who may see what: every view names its level, and a view that names none asks for the most.

Decides: whether a request goes on, and where it goes instead. May touch: sessions, the key ring.
Thread: the request's. Called by: Flask, before each request.
Polls are passive: a page left open does not keep its officer signed in.
"""

from collections.abc import Callable
from enum import IntEnum
from typing import TypeVar

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Locked as LockedAnswer

from appliance.store import officers, sessions, settings
from appliance.web.desk import desk, private_key, rows

LARGEST_FORM = 64 * 1024  # bytes; the usual longest form is a note
TOUCH_EVERY_S = 20.0  # a player asks for many ranges: not a write and an fsync for each

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])


class Level(IntEnum):
    """What a view asks for, from nothing to the unlocked key."""

    OPEN = 0  # anybody
    SESSION = 1  # signed in, perhaps still with the one-time password
    READY = 2  # signed in with a password of one's own
    UNLOCKED = 3  # and the post's key unlocked in this session


def asks(
    level: Level, *, passive: bool = False, bare: bool = False, largest: int = LARGEST_FORM
) -> Callable[[View], View]:
    """Say what a view asks for. passive: not an activity; bare: refused by code, not redirected.

    largest: bytes of a form it takes.
    """

    def mark(view: View) -> View:
        view.level, view.passive, view.bare = level, passive, bare  # type: ignore[attr-defined]
        view.largest = largest  # type: ignore[attr-defined]
        return view

    return mark


def cookie_name() -> str:
    """__Host- binds the cookie to this host and path; browsers take it only over https."""
    return "__Host-hotline" if request.is_secure else "hotline"


def measure_forms(app: Flask) -> None:
    """Refuse a form that is larger than its view takes; before anything reads a form."""
    app.before_request(_limit_form)


def watch(app: Flask) -> None:
    """Stand at the door of every view of this application."""
    app.before_request(_let_in)


def is_head_without_recovery() -> bool:
    """Whether the head of the post has still to write down the recovery code."""
    return g.officer.role == "head" and settings.get(rows(), "recovery_wrap") is None


def is_bare() -> bool:
    """Whether the asker is a program or a script of the page: codes instead of redirects."""
    view = current_app.view_functions.get(request.endpoint or "")
    return request.path.startswith("/api/") or bool(getattr(view, "bare", False))


def _limit_form() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    request.max_content_length = getattr(view, "largest", LARGEST_FORM)
    request.max_form_memory_size = request.max_content_length


def _let_in() -> ResponseReturnValue | None:
    g.session = g.officer = g.token = None
    if request.endpoint is None or request.endpoint == "static":
        return None  # 404 and the shipped assets need nobody's name
    view = current_app.view_functions[request.endpoint]
    level = getattr(view, "level", Level.UNLOCKED)
    _find_session()
    if level == Level.OPEN:
        return None
    if g.session is None:
        return _refuse("sign_in.form", 401)
    if not getattr(view, "passive", False):
        _touch()
    return _steps_left(level)


def _find_session() -> None:
    token = request.cookies.get(cookie_name())
    if not token:
        return
    session = sessions.find(rows(), token, desk().now())
    officer = officers.get(rows(), session.officer) if session else None
    if session is None or officer is None or officer.disabled:
        desk().key_ring.drop(token)
        return
    g.session, g.officer, g.token = session, officer, token


def _touch() -> None:
    now = desk().now()
    if now - g.session.seen_at > TOUCH_EVERY_S:
        sessions.touch(rows(), g.token, now)
    left_s = g.session.created_at + sessions.ABSOLUTE_S - now
    desk().key_ring.extend(g.token, min(sessions.IDLE_S, left_s))


def _steps_left(level: Level) -> ResponseReturnValue | None:
    """Whatever stands between this officer and the view; None when nothing does."""
    if level == Level.SESSION:
        return None
    locked = g.officer.wrapped_key is not None and private_key() is None
    if locked and (g.officer.one_time or level == Level.UNLOCKED):
        return _refuse("sign_in.unlock", 423)
    if g.officer.one_time:
        return _refuse("welcome.password", 403)
    if level == Level.UNLOCKED and g.officer.wrapped_key is None:
        abort(403)  # technicians look after the box, not after what people told it
    if not locked and is_head_without_recovery():
        return _refuse("welcome.recovery", 403)
    return None


def _refuse(page: str, code: int) -> ResponseReturnValue:
    if is_bare():
        if code == LockedAnswer.code:
            raise LockedAnswer
        abort(code)
    back = _way_back()
    return redirect(url_for(page, next=None if back == "/" else back))


def _way_back() -> str:
    if request.method == "GET":
        return request.full_path.rstrip("?")
    message_id = (request.view_args or {}).get("message_id")
    return url_for("message.page", message_id=message_id) if message_id else "/"
