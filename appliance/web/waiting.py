"""Messages that lost their key in a power cut get it back when an officer unlocks the desk.

Decides: what a returned key is for. May touch: recordings' headers, keys in RAM, message rows.
Thread: one of its own per unlocking, so that signing in never waits. Called by: sign_in, again.
"""

import contextlib
import logging
import threading

from appliance.config import Config
from appliance.errors import Damaged, HotlineError
from appliance.store import db, live, messages, spool, vault

_LOGGER = logging.getLogger(__name__)


def hand_over(config: Config, private: bytes, officer: str) -> threading.Thread:
    """Hand every waiting message its stream key, in the background."""
    work = threading.Thread(
        target=_hand_over_all, args=(config, private, officer), name="hand-over", daemon=True
    )
    work.start()
    return work


def hand_over_one(
    conn: db.Connection, config: Config, private: bytes, message_id: str, officer: str
) -> None:
    """Put the stream key of one message into RAM and ask for what waits for it."""
    _put_key(config, private, message_id)
    if messages.retry_by_hand(conn, message_id, officer):
        return
    if messages.get(conn, message_id).second_state == "waiting_for_key":
        _put_first_text(conn, config, private, message_id)
        messages.want_second(conn, message_id, officer)
    _forget_unwanted_key(conn, config, message_id)


def hear_again(
    conn: db.Connection, config: Config, private: bytes, message_id: str, officer: str
) -> None:
    """Have the second engine listen to a transcribed message, whether it did before or not."""
    _put_key(config, private, message_id)
    _put_first_text(conn, config, private, message_id)
    messages.want_second(conn, message_id, officer)
    _forget_unwanted_key(conn, config, message_id)


def _put_key(config: Config, private: bytes, message_id: str) -> None:
    path = spool.path_of(config.store.spool_dir, message_id)
    key = spool.open_stream_key(path, private)
    live.save_stream_key(config.store.run_dir, message_id, key)


def _put_first_text(conn: db.Connection, config: Config, private: bytes, message_id: str) -> None:
    """Give the second listening what to compare with; one that is damaged cannot be compared."""
    sealed = messages.get(conn, message_id).sealed_transcript
    if sealed is None:
        return
    try:
        text = str(vault.open_json(private, sealed).get("text", ""))
    except Damaged as error:
        _LOGGER.warning("%s: its text cannot be compared: %s", message_id, error)
        return
    live.save_first_text(config.store.run_dir, message_id, text)


def _forget_unwanted_key(conn: db.Connection, config: Config, message_id: str) -> None:
    """A key in RAM is a recording readable without an officer: not without need."""
    entry = messages.get(conn, message_id)
    if entry.state == "transcribed" and entry.second_state != "wanted":
        live.forget_stream_key(config.store.run_dir, message_id)


def _hand_over_all(config: Config, private: bytes, officer: str) -> None:
    try:
        with contextlib.closing(db.connect(config.store.database)) as conn:
            for message_id in messages.list_waiting_for_key(conn):
                _try_one(conn, config, private, message_id, officer)
    except HotlineError as error:
        _LOGGER.warning("waiting messages not handed over: %s", error)


def _try_one(
    conn: db.Connection, config: Config, private: bytes, message_id: str, officer: str
) -> None:
    try:
        hand_over_one(conn, config, private, message_id, officer)
        _LOGGER.info("%s: its key is back in memory", message_id)
    except (HotlineError, OSError) as error:
        _LOGGER.warning("%s: its key cannot be handed over: %s", message_id, error)
