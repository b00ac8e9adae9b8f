"""What a crash left behind: rows are made from the files, and open calls get their outcome.

Decides: what a recording without its row, or a call without its end, has become.
May touch: the spool folder, the database. Thread: the clerk's. Called by: clerk, at its start.
Doing it twice changes nothing more; no bad file holds up the others.
"""

import logging
from collections.abc import Iterable

from appliance.config import StoreConfig
from appliance.errors import NotFound, StoreError
from appliance.store import calls, live, messages, spool
from appliance.store.db import Connection

_LOGGER = logging.getLogger(__name__)

DAMAGED = "damaged"  # the error of a message whose file cannot be read


def make_good(conn: Connection, store: StoreConfig, left_over: Iterable[str], at: float) -> None:
    """Recover the recordings `left_over`, then close the calls; at: epoch seconds."""
    for recording_id in messages.list_unfinished(conn, left_over):
        try:
            found = spool.recover(spool.path_of(store.spool_dir, recording_id))
        except (StoreError, OSError) as error:  # OSError: a bad sector
            _LOGGER.warning("recording %s cannot be recovered: %s", recording_id, error)
            _show_damaged(conn, store, recording_id, at)
        else:
            _recover(conn, store, found)
    closed = calls.close_abandoned(conn, at)
    if closed:
        _LOGGER.info("%d calls had been cut short", closed)


def discard(store: StoreConfig, recording_id: str) -> None:
    """Remove a recording in which no sound was ever kept: the caller hung up in the greeting."""
    try:
        spool.path_of(store.spool_dir, recording_id).unlink(missing_ok=True)
        live.forget_stream_key(store.run_dir, recording_id)
    except OSError as error:  # an empty file more is no reason to stop writing
        _LOGGER.warning("an empty recording stays: %s", error.strerror)


def _recover(conn: Connection, store: StoreConfig, found: spool.Recovered) -> None:
    if found.duration_ms > 0 or _has_row(conn, found.recording_id):
        messages.ensure_recovered(conn, found)
        _LOGGER.info("recording %s: %d ms recovered", found.recording_id, found.duration_ms)
        return
    calls.begin(conn, found.call_id, found.ended_at)
    if calls.get(conn, found.call_id).sealed_caller is None:
        calls.set_caller(conn, found.call_id, found.sealed_metadata[-1])
    discard(store, found.recording_id)


def _show_damaged(conn: Connection, store: StoreConfig, recording_id: str, at: float) -> None:
    """The page must show that there was a message, even if nobody can hear it."""
    if spool.path_of(store.spool_dir, recording_id).exists():
        messages.begin(conn, recording_id, spool.call_id_of(recording_id), at)
    messages.fail_recording(conn, recording_id, DAMAGED)


def _has_row(conn: Connection, message_id: str) -> bool:
    try:
        messages.get(conn, message_id)
    except NotFound:
        return False
    return True
