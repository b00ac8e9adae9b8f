"""An officer changes his own password.

Decides: whether he may. May touch: officers, sessions, the key ring.
Thread: the request's. Called by: officers and technicians; welcome takes `renew`.
The old password is asked for: an unwatched desk must not become somebody else's for good.
"""

from flask import Blueprint, abort, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from appliance.store import officers, vault
from appliance.web import passwords
from appliance.web.desk import actor, desk, forget_dead_keys, rows
from appliance.web.gate import Level, asks
from appliance.web.sign_in import Refused, open_session, prove

bp = Blueprint("new_password", __name__, url_prefix="/password")


@bp.get("")
@asks(Level.READY)
def form() -> ResponseReturnValue:
    """Ask for the old password and, twice, for the new one."""
    return _form()


@bp.post("")
@asks(Level.READY)
def change() -> ResponseReturnValue:
    """Wrap the key anew; his other sessions end, this one gets a new token."""
    old = passwords.typed("old_password")
    chosen, again = passwords.typed("password"), passwords.typed("password_again")
    with desk().one_hash:
        try:
            private = prove(old)
        except Refused as refused:
            return refused.on(_form(refused.fault))
        fault = passwords.fault(chosen, again, g.officer.name)
        if chosen == old:
            fault = gettext("Hãy chọn mật khẩu khác mật khẩu hiện tại.")
        if fault:
            return _form(fault), 400
        return renew(chosen, private, url_for("new_password.changed"))


@bp.get("/changed")
@asks(Level.READY)
def changed() -> ResponseReturnValue:
    """Say that it is done."""
    return render_template("password_changed.html")


def renew(chosen: str, private: bytes | None, where: str) -> ResponseReturnValue:
    """Give this officer another password: all his sessions end, and a new one begins here.

    With `one_hash` held. private: the post's key, None for a technician.
    """
    name = g.officer.name
    wrapped = vault.wrap(private, chosen) if private is not None else None
    officers.set_password(rows(), name, vault.hash_password(chosen), wrapped, actor())
    forget_dead_keys(desk(), rows())
    fresh = officers.get(rows(), name)
    if fresh is None or fresh.disabled:
        abort(403)
    answer = redirect(where, 303)
    open_session(answer, fresh, chosen)
    return answer


def _form(fault: str = "") -> str:
    return render_template("new_password.html", fault=fault, shortest=passwords.SHORTEST)
