"""The status page, bare for now, and the door bell for machines.

Decides: nothing. May touch: what health.py reads, the database.
Thread: the request's. Called by: officers and technicians; /healthz by anybody.
"""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from appliance.errors import StoreError
from appliance.store import messages, settings
from appliance.web import health
from appliance.web.desk import desk, rows
from appliance.web.gate import Level, asks

_CHAIN = health.AuditCheck()

bp = Blueprint("status", __name__)


@bp.get("/status")
@asks(Level.READY)
def page() -> ResponseReturnValue:
    """Show the state of every part."""
    return render_template(
        "status.html",
        health=health.look(desk()),
        counts=messages.counts(rows()),
        audit=_CHAIN.verdict_now(rows()),
        database=desk().config.store.database,
    )


@bp.get("/healthz")
@asks(Level.OPEN)
def healthz() -> ResponseReturnValue:
    """Whether the page and its database work, and nothing else."""
    try:
        settings.get(rows(), "flask_secret")
    except StoreError:
        return "not ok\n", 503, {"Content-Type": "text/plain; charset=utf-8"}
    return "ok\n", 200, {"Content-Type": "text/plain; charset=utf-8"}
