"""An officer writes down what was really said; the machine's texts stay as they are.

Decides: what a correction may be. May touch: corrections, the accuracy counts.
Thread: the request's. Called by: officers with an unlocked key, from the message page.
Saving a text that was right all along is worth as much: only then do the figures mean something.
"""

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from appliance.store import corrections, messages, vault
from appliance.web.accuracy import measure
from appliance.web.cards import SMS, open_card
from appliance.web.desk import actor, desk, private_key, rows
from appliance.web.gate import Level, asks
from appliance.web.growing import UNFINISHED
from appliance.web.message import LONGEST_CORRECTION, Returned, back_to, show
from appliance.web.taming import tame_lines

CORRECTED = "corrected"  # tells drafts.js that the draft is saved
# A Vietnamese letter is up to nine bytes of a form: the longest text and some too long to take.
LARGEST_FORM = 256 * 1024

bp = Blueprint("correcting", __name__)


@bp.post("/messages/<message_id>/correction")
@asks(Level.UNLOCKED, largest=LARGEST_FORM)
def save(message_id: str) -> ResponseReturnValue:
    """Keep the corrected text, sealed; one that is too long comes back with a word about it."""
    entry = messages.get(rows(), message_id)
    private = private_key()
    if private is None:
        abort(423)
    if entry.state in UNFINISHED:  # the machine still writes: its text would not be the one seen
        abort(400)
    if entry.kind == SMS:  # nobody heard it wrong: it stands as it was written
        abort(400)
    text = tame_lines(request.form.get("text", ""), LONGEST_CORRECTION * 4)
    if len(text) > LONGEST_CORRECTION:
        fault = gettext("Bản sửa dài quá %(count)s ký tự, chưa lưu.", count=LONGEST_CORRECTION)
        returned = Returned("correction", fault, text[: LONGEST_CORRECTION * 2])
        return show(entry, returned), 400
    card = open_card(entry, private)
    if text != card.corrected:
        public = vault.load_public_key(desk().config.store.public_key)
        corrections.save(
            rows(),
            message_id,
            sealed=vault.seal_json(public, {"text": text}),
            officer=actor(),
            measured=measure(text, card.heard),
        )
    return back_to(message_id, CORRECTED)
