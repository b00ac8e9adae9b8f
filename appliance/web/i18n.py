"""Vietnamese first, English by one switch.

Decides: the language of an answer. May touch: the language cookie. Thread: the request's.
Called by: Flask-Babel, and the switch on every page.
Vietnamese is the key of the catalogue; translations/en holds the English.
"""

from flask import Blueprint, Flask, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import Babel

from appliance.web.desk import desk, local_path
from appliance.web.gate import Level, asks

LANGUAGES = {"vi": "Tiếng Việt", "en": "English"}
COOKIE = "hotline_language"
A_YEAR_S = 31_536_000

bp = Blueprint("i18n", __name__)


def install(app: Flask) -> None:
    """Let Flask-Babel choose by cookie, then by the post's configuration."""
    app.config["BABEL_DEFAULT_LOCALE"] = "vi"
    Babel(app, locale_selector=language)
    app.jinja_env.globals.update(language=language, languages=LANGUAGES)


def language() -> str:
    """The language of this answer."""
    chosen = request.cookies.get(COOKIE, "")
    return chosen if chosen in LANGUAGES else desk().config.post.language


@bp.post("/language")
@asks(Level.OPEN)
def switch() -> ResponseReturnValue:
    """Remember the language in a cookie and go back to the page."""
    answer = redirect(local_path(request.form.get("next")), 303)
    chosen = request.form.get("language", "")
    if chosen in LANGUAGES:
        answer.set_cookie(
            COOKIE,
            chosen,
            max_age=A_YEAR_S,
            httponly=True,
            secure=request.is_secure,
            samesite="Strict",
        )
    return answer
