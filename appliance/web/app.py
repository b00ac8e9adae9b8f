"""The officers' desk as a Flask application.

Decides: how the parts are put together. May touch: the database, to read or make the form secret.
Thread: main, once. Called by: serve, the tests.
One blueprint a subject; a view that does not say who may see it is for unlocked officers only.
"""

import secrets
import time
from collections.abc import Callable
from contextlib import closing
from zoneinfo import ZoneInfo

from flask import Flask, request
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect

from appliance.config import Config
from appliance.store import db, settings
from appliance.web import (
    again,
    api,
    assets,
    cards,
    correcting,
    filed,
    gate,
    headers,
    i18n,
    message,
    new_password,
    queue,
    refusals,
    sign_in,
    speech,
    status,
    welcome,
    wording,
)
from appliance.web.desk import Desk, close_rows, desk
from appliance.web.key_ring import KeyRing

LARGEST_REQUEST = speech.LARGEST_FORM  # bytes; what waitress takes in at all

SUBJECTS = (
    sign_in.bp,
    welcome.bp,
    new_password.bp,
    queue.bp,
    message.bp,
    filed.bp,
    correcting.bp,
    again.bp,
    speech.bp,
    status.bp,
    api.bp,
    i18n.bp,
)


class FormCookie(SecureCookieSessionInterface):
    """Flask's signed cookie, which holds the form token: Secure whenever the page is."""

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002
        """Whether the request came over https."""
        return request.is_secure


def create_app(
    config: Config,
    *,
    now: Callable[[], float] = time.time,
    clock: Callable[[], float] = time.monotonic,
) -> Flask:
    """Put the desk together; raises StoreError when `hotline init` has not been run."""
    app = Flask(__name__)
    app.session_interface = FormCookie()
    app.config.update(
        SECRET_KEY=_form_secret(config),
        SESSION_COOKIE_NAME="hotline_form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        WTF_CSRF_TIME_LIMIT=None,  # the form opened at night must still work at 07:00
        WTF_CSRF_SSL_STRICT=False,  # we send no referrer; SameSite=Strict and the token remain
        MAX_FORM_PARTS=50,
    )
    app.extensions["hotline"] = Desk(config, ZoneInfo(config.post.timezone), now, KeyRing(clock))
    headers.install(app, config.web.host)
    gate.measure_forms(app)
    CSRFProtect(app)
    i18n.install(app)
    refusals.install(app)
    gate.watch(app)
    sign_in.limiter.init_app(app)
    for subject in SUBJECTS:
        app.register_blueprint(subject)
    app.teardown_appcontext(close_rows)
    _teach_templates(app)
    return app


def _form_secret(config: Config) -> str:
    """The secret that signs form tokens: kept, so that a restart spoils no open form."""
    with closing(db.connect(config.store.database)) as conn:
        secret = settings.get(conn, "flask_secret")
        if secret is None:
            secret = secrets.token_hex(32)
            settings.put(conn, "flask_secret", secret, "web")
    return secret


def _teach_templates(app: Flask) -> None:
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(asset=assets.asset, wording=wording, diallable=cards.is_diallable)
    app.jinja_env.filters.update(
        moment=lambda at: wording.moment(at, desk().now(), desk().zone),
        full_moment=lambda at: wording.full_moment(at, desk().zone),
        iso_moment=lambda at: wording.iso_moment(at, desk().zone),
        duration=wording.length,
        size=wording.size,
        percent=wording.percent,
    )

    @app.context_processor
    def _post() -> dict[str, object]:
        return {"post": desk().config.post}
