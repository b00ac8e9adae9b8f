"""Writes text messages down, sealed: who wrote, and what.

Decides: which go into the officers' queue and which are filed away. May touch: the database.
Thread: the clerk's. Called by: clerk. Nothing of a message stands in a log or in clear.
"""

import logging
import uuid
from collections.abc import Iterable
from pathlib import Path

from appliance.answering.sms import (
    Kind,
    SmsDeleted,
    SmsFact,
    SmsNotSent,
    SmsRead,
    SmsSent,
    Stamp,
)
from appliance.errors import StoreError
from appliance.store import live, outbox, sms, vault
from appliance.store.db import Connection

_LOGGER = logging.getLogger(__name__)

RETRY_S = 60.0  # a network that refuses now may take it a minute later


def write(conn: Connection, run_dir: Path, public_key: bytes, fact: SmsFact, at: float) -> None:
    """Write down what became of a message; doing it twice changes nothing. at: epoch seconds."""
    match fact:
        case SmsDeleted(stamp):
            sms.forget_on_sim(conn, _on_sim(stamp))
        case SmsSent(order_id):
            outbox.done(conn, run_dir, order_id)
        case SmsNotSent(order_id, error):
            outbox.failed(conn, run_dir, order_id, error, at + RETRY_S)
        case SmsRead(kind=Kind.PERSON):
            _keep(conn, run_dir, public_key, fact, at)
        case SmsRead():
            _file_away(conn, public_key, fact, at)


def left_on_sim(conn: Connection) -> Iterable[Stamp]:
    """What a crash left on the SIM although it is stored."""
    return [Stamp(part.place, part.sent_at, part.octets) for part in sms.list_on_sim(conn)]


def _file_away(conn: Connection, public_key: bytes, fact: SmsRead, at: float) -> None:
    sms.file_away(
        *(conn, fact.kind.value),
        at=at,
        sealed=vault.seal_json(public_key, {**_sender(fact), **_text(fact)}),
        text_length=len(fact.text),
        parts=map(_on_sim, fact.stamps),
    )


def _keep(conn: Connection, run_dir: Path, public_key: bytes, fact: SmsRead, at: float) -> None:
    call_id = uuid.uuid4().hex
    sender = {"call_id": call_id, **_sender(fact), "validity": fact.sender.validity, "at": at}
    is_new = sms.keep(
        conn,
        call_id,
        at=at,
        sealed_sender=vault.seal_json(public_key, sender),
        sealed_text=vault.seal_json(public_key, _text(fact)),
        text_length=len(fact.text),
        parts=map(_on_sim, fact.stamps),
    )
    if is_new:
        _show_to_the_judge(run_dir, f"{call_id}-1", fact.text)


def _show_to_the_judge(run_dir: Path, message_id: str, text: str) -> None:
    """The listener judges words; without it the message stands in the queue unjudged."""
    try:
        live.save_written(run_dir, message_id, text)
    except StoreError as error:
        _LOGGER.warning("%s will not be judged: %s", message_id, error)


def _sender(fact: SmsRead) -> dict[str, object]:
    return {"number": fact.sender.number, "raw": fact.sender.raw}


def _text(fact: SmsRead) -> dict[str, object]:
    return {
        "text": fact.text,
        "sent_at": fact.sent_at,
        "parts": fact.parts,
        "missing": list(fact.missing),
    }


def _on_sim(stamp: Stamp) -> sms.OnSim:
    return sms.OnSim(stamp.place, stamp.sent_at, stamp.octets)
