"""What every page of one running desk shares: configuration, clocks, keys, the database.

Decides: nothing. May touch: the database (one connection a request).
Thread: any; connections are never shared. Called by: every blueprint.
Polls are many and small: `app.create_app` keeps one connection open so that the last reader
leaving does not make SQLite checkpoint and fsync after each of them.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import tzinfo
from urllib.parse import urlsplit

from flask import current_app, g

from appliance.config import Config
from appliance.store import db, sessions
from appliance.web.key_ring import KeyRing
from appliance.web.listenings import Listenings


@dataclass(frozen=True)
class Desk:
    """One running desk. now: epoch seconds; one_hash: Argon2 takes 32 MiB, so one at a time."""

    config: Config
    zone: tzinfo
    now: Callable[[], float]
    key_ring: KeyRing
    one_hash: threading.Lock = field(default_factory=threading.Lock)
    listenings: Listenings = field(default_factory=Listenings)


def desk() -> Desk:
    """The desk of the running application."""
    found: Desk = current_app.extensions["hotline"]
    return found


def rows() -> db.Connection:
    """The connection to the database of this request."""
    if "rows" not in g:
        g.rows = db.connect(desk().config.store.database)
    connection: db.Connection = g.rows
    return connection


def close_rows(_error: BaseException | None = None) -> None:
    """Give the connection back when the request is over."""
    connection = g.pop("rows", None)
    if connection is not None:
        connection.close()


def forget_dead_keys(desk: Desk, conn: db.Connection) -> int:
    """Forget the keys of sessions that ended without their browser asking; how many.

    The command line ends sessions in another process (`hotline officer disable`).
    """
    now = desk.now()
    return desk.key_ring.sweep(lambda token: sessions.find(conn, token, now) is not None)


def private_key() -> bytes | None:
    """The post's private key, if this session has unlocked it."""
    return desk().key_ring.get(g.token) if g.get("token") else None


def actor() -> str:
    """Who does what this request does, for the audit log."""
    name: str = g.officer.name
    return name


def local_path(wanted: str | None) -> str:
    """Where to go back to: a path of this desk, never another address; "/" when in doubt."""
    if not wanted or not wanted.startswith("/") or wanted[1:2] in ("/", "\\"):
        return "/"
    if any(ord(c) < 0x21 or c == "\\" for c in wanted):
        return "/"
    parts = urlsplit(wanted)
    return wanted if not parts.scheme and not parts.netloc else "/"
