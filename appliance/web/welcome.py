"""The first sign-in: a password of one's own, and the recovery code for the head of the post.

Decides: when an officer is ready to work. May touch: officers, settings, the key ring.
Thread: the request's. Called by: gate, which sends everybody here who has not been.
After it the key that the installation wrapped can be opened by nobody who installed.
"""

import hmac

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from appliance.errors import WrongSecret
from appliance.store import settings, vault
from appliance.web import passwords
from appliance.web.desk import actor, desk, private_key, rows
from appliance.web.gate import Level, asks, is_head_without_recovery
from appliance.web.new_password import renew

ASKED_GROUPS = (2, 7)  # counted from 1: neither can be answered from the first line alone

bp = Blueprint("welcome", __name__, url_prefix="/welcome")


@bp.route("/password", methods=["GET", "POST"])
@asks(Level.SESSION)
def password() -> ResponseReturnValue:
    """Choose a password; the wrap of the one-time password is destroyed."""
    if not g.officer.one_time:
        return redirect(url_for("queue.page"))
    private = private_key()
    if g.officer.wrapped_key is not None and private is None:
        return redirect(url_for("sign_in.unlock", next=url_for("welcome.password")))
    if request.method == "GET":
        return render_template("password.html", shortest=passwords.SHORTEST)
    chosen, again = passwords.typed("password"), passwords.typed("password_again")
    fault = passwords.fault(chosen, again, g.officer.name) or _same_as_before(chosen)
    if fault:
        return render_template("password.html", fault=fault, shortest=passwords.SHORTEST), 400
    with desk().one_hash:
        return renew(chosen, private, url_for("queue.page"))


def _same_as_before(chosen: str) -> str | None:
    with desk().one_hash:
        if vault.verify_password(g.officer.password_hash, chosen):
            return gettext("Hãy chọn mật khẩu khác mật khẩu dùng một lần.")
    return None


@bp.get("/recovery")
@asks(Level.SESSION)
def recovery() -> ResponseReturnValue:
    """Show the recovery code, to be written down."""
    code = _code_being_written()
    if code is None:
        return redirect(url_for("queue.page"))
    return render_template("recovery.html", groups=code.split("-"))


@bp.route("/recovery/check", methods=["GET", "POST"])
@asks(Level.SESSION)
def recovery_check() -> ResponseReturnValue:
    """Ask two groups back; then the key is wrapped with the code and the code forgotten."""
    code, private = _code_being_written(), private_key()
    if code is None or private is None:
        return redirect(url_for("queue.page"))
    if request.method == "GET":
        return render_template("recovery_check.html", asked=ASKED_GROUPS)
    if not all(_is_right(code, number) for number in ASKED_GROUPS):
        fault = gettext("Chưa đúng. Hãy xem lại tờ giấy đã ghi.")
        return render_template("recovery_check.html", asked=ASKED_GROUPS, fault=fault), 400
    with desk().one_hash:
        wrapped = vault.wrap(private, vault.normalise_recovery_code(code))
    settings.put(rows(), "recovery_wrap", wrapped.hex(), actor())
    desk().key_ring.forget_recovery_code(g.token)
    return render_template("recovery_done.html")


def _code_being_written() -> str | None:
    """The code this head is writing down, the same until it is confirmed; None if not due."""
    if g.officer.one_time or not is_head_without_recovery():
        return None
    return desk().key_ring.recovery_code(g.token, vault.make_recovery_code)


def _is_right(code: str, number: int) -> bool:
    """Whether the typed group fits, however its letters were spelt (o for 0, l for 1)."""
    groups = code.split("-")
    groups[number - 1] = request.form.get(f"group_{number}", "")[:16]
    try:
        typed = vault.normalise_recovery_code("-".join(groups))
    except WrongSecret:
        return False
    return hmac.compare_digest(typed, code)
