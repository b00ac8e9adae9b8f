"""The status page, and the door bell for machines.

Decides: nothing. May touch: what complaints.py reads, the database.
Thread: the request's. Called by: officers and technicians; /healthz by anybody.
"""

import threading
import time
from dataclasses import dataclass, field
from datetime import date

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from appliance.errors import StoreError
from appliance.store import audit, calls, db, line_health, messages, settings
from appliance.web import line_words, rates
from appliance.web.complaints import complaints, health_now
from appliance.web.desk import desk, private_key, rows
from appliance.web.gate import Level, asks

VERIFY_EVERY_S = 60.0  # 0.7 s per 100,000 rows here, more on a Pi: not for each look


@dataclass
class AuditCheck:
    """The last verification of the audit chain, done again after a minute."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    at: float = -VERIFY_EVERY_S
    verdict: audit.Verdict | None = None

    def verdict_now(self, conn: db.Connection) -> audit.Verdict:
        """The verdict, at most a minute old."""
        with self.lock:
            if self.verdict is None or time.monotonic() - self.at >= VERIFY_EVERY_S:
                self.verdict, self.at = audit.verify(conn), time.monotonic()
            return self.verdict


_CHAIN = AuditCheck()

bp = Blueprint("status", __name__)


@dataclass(frozen=True)
class Line:
    """What the page adds about the line; hours since a call last rang, seconds of the clock."""

    last_day: date | None
    clock_off_s: float | None
    quiet_h: int | None


@bp.get("/status")
@asks(Level.READY)
def page() -> ResponseReturnValue:
    """Show the state of every part."""
    private = private_key()
    health, counts = health_now(), messages.counts(rows())
    rang_at = calls.last_rang_at(rows())
    return render_template(
        "status.html",
        health=health,
        complaints=complaints(),
        counts=counts,
        words=line_words,
        line=Line(
            last_day=line_health.last_day(health.answer, desk().config.modem),
            clock_off_s=health.answer.get("clock_off_s"),
            quiet_h=None if rang_at is None else max(0, int((desk().now() - rang_at) // 3600)),
        ),
        waiting=health.transcribe.get("waiting", counts["recorded"]),
        behind_s=round(health.transcribe.get("behind_s") or 0),
        rates=rates.rates(),
        corrected=rates.corrected_so_far(),
        few=rates.FEW,
        mistakes=None if private is None else rates.mistakes(private),
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
