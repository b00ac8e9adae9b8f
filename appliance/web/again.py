"""An officer asks the machine to listen once more: for the first time anew, or a second time.

Decides: which messages can be asked for. May touch: messages, keys in RAM.
Thread: the request's. Called by: officers with an unlocked key, from the message page.
"""

from flask import Blueprint, abort, redirect, url_for
from flask.typing import ResponseReturnValue

from appliance.store import messages
from appliance.store.messages import MessageEntry
from appliance.web import waiting
from appliance.web.desk import actor, desk, private_key, rows
from appliance.web.gate import Level, asks

RETRIABLE = ("failed", "waiting_for_key")

bp = Blueprint("again", __name__)


def can_be_heard_again(entry: MessageEntry) -> bool:
    """Whether there is a second engine and this message does not wait for it already."""
    is_on = desk().config.speech.second_model is not None
    is_spoken = entry.kind == "voice"
    return is_on and is_spoken and entry.state == "transcribed" and entry.second_state != "wanted"


@bp.post("/messages/<message_id>/retry")
@asks(Level.UNLOCKED)
def retry(message_id: str) -> ResponseReturnValue:
    """Ask the machine for the words once more."""
    entry = messages.get(rows(), message_id)
    if entry.state in RETRIABLE:
        waiting.hand_over_one(rows(), desk().config, _key(), message_id, actor())
    return _back(message_id)


@bp.post("/messages/<message_id>/second")
@asks(Level.UNLOCKED)
def second(message_id: str) -> ResponseReturnValue:
    """Have the second engine listen when the line is idle."""
    if can_be_heard_again(messages.get(rows(), message_id)):
        waiting.hear_again(rows(), desk().config, _key(), message_id, actor())
    return _back(message_id)


def _key() -> bytes:
    private = private_key()
    if private is None:
        abort(423)
    return private


def _back(message_id: str) -> ResponseReturnValue:
    return redirect(url_for("message.page", message_id=message_id), 303)
