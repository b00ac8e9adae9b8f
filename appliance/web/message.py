"""The message page: player, texts, status, note, history.

Decides: what one message shows and what may be changed. May touch: messages, notes, audit.
Thread: the request's. Called by: officers with an unlocked key.
"""

from dataclasses import dataclass

from flask import (
    Blueprint,
    abort,
    jsonify,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from appliance.errors import Damaged
from appliance.store import audit, calls, corrections, db, messages, queue, vault
from appliance.web import history
from appliance.web.accuracy import measure
from appliance.web.again import RETRIABLE, can_be_heard_again
from appliance.web.cards import open_card
from appliance.web.desk import actor, desk, private_key, rows
from appliance.web.gate import Level, asks
from appliance.web.growing import UNFINISHED, growing
from appliance.web.taming import tame_lines
from appliance.web.texts import text_to_correct, texts_of

LONGEST_NOTE = 2000  # characters, about a page; what is longer belongs into the file of the case
LONGEST_CORRECTION = 10_000  # characters: ten minutes, the longest message, spoken fast
NOTED = "noted"  # where the page goes when a note was saved: drafts.js forgets its draft then
SAME_READING_S = 300.0  # a reload within five minutes is the same reading, not a new one

bp = Blueprint("message", __name__)


@dataclass(frozen=True)
class ShownNote:
    """A note as the page shows it."""

    at: float
    officer: str
    text: str
    damaged: bool = False


@dataclass(frozen=True)
class Returned:
    """A form that comes back with a word about it: which one, why, and what was written."""

    form: str = ""
    fault: str = ""
    draft: str = ""


@bp.get("/messages/<message_id>")
@asks(Level.UNLOCKED)
def page(message_id: str) -> ResponseReturnValue:
    """Show one message; opening it is written into the audit log."""
    entry = messages.get(rows(), message_id)
    note_reading(message_id)
    return show(entry)


@bp.get("/messages/<message_id>/live")
@asks(Level.UNLOCKED, passive=True, bare=True)
def live(message_id: str) -> ResponseReturnValue:
    """Give the words so far, while the message is being recorded and transcribed."""
    entry = messages.get(rows(), message_id)
    now = growing(entry)
    return jsonify(
        state=entry.state,
        unfinished=entry.state in UNFINISHED,
        words=[{"word": w.text, "doubtful": w.doubtful} for w in now.words],
        partial=now.partial,
        urgency=now.judgement.urgency,
        verdict=render_template("_so_far.html", judgement=now.judgement),
    )


@bp.post("/messages/<message_id>/status")
@asks(Level.UNLOCKED)
def set_status(message_id: str) -> ResponseReturnValue:
    """Mark a message new, in progress or done."""
    wanted = request.form.get("status", "")
    entry = messages.get(rows(), message_id)
    if wanted not in ("new", "in_progress", "done"):
        abort(400)
    if wanted != entry.status:
        messages.set_status(rows(), message_id, wanted, actor())
    return back_to(message_id)


@bp.post("/messages/<message_id>/notes")
@asks(Level.UNLOCKED)
def add_note(message_id: str) -> ResponseReturnValue:
    """Add a note, sealed; a text that is too long comes back with a word about it."""
    entry = messages.get(rows(), message_id)
    text = tame_lines(request.form.get("text", ""), LONGEST_NOTE * 4)
    if not text:
        return back_to(message_id)
    if len(text) > LONGEST_NOTE:
        fault = gettext("Ghi chú dài quá %(count)s ký tự, chưa lưu.", count=LONGEST_NOTE)
        return show(entry, Returned("note", fault, text[: LONGEST_NOTE * 3])), 400
    public = vault.load_public_key(desk().config.store.public_key)
    messages.add_note(rows(), message_id, vault.seal_json(public, {"text": text}), actor())
    return back_to(message_id, NOTED)


def open_notes(message_id: str, private: bytes) -> list[ShownNote]:
    """All notes of a message, oldest first."""
    shown = []
    for note in messages.list_notes(rows(), message_id):
        try:
            text = str(vault.open_json(private, note.sealed).get("text", ""))
            shown.append(ShownNote(note.at, note.officer, text))
        except Damaged:
            shown.append(ShownNote(note.at, note.officer, "", damaged=True))
    return shown


def show(entry: messages.MessageEntry, returned: Returned | None = None) -> str:
    """Render the page; returned: a form that could not be taken."""
    private = private_key()
    if private is None:
        abort(423)
    card = open_card(entry, private)
    corrected = corrections.list_for(rows(), entry.id)
    if card.corrected is not None and card.second is not None:  # it may have come afterwards
        corrections.count(rows(), entry.id, measure(card.corrected, card.heard))
    older, newer = queue.neighbours(rows(), entry.seq)
    return render_template(
        "message.html",
        card=card,
        judgement=card.judgement,
        texts=texts_of(card, corrected[-1] if corrected else None),
        to_correct=text_to_correct(card),
        call=calls.get(rows(), entry.call_id),
        notes=open_notes(entry.id, private),
        history=history.in_words(audit.list_for(rows(), entry.id)),
        growing=growing(entry),
        unfinished=entry.state in UNFINISHED,
        retriable=entry.state in RETRIABLE,
        can_be_heard_again=can_be_heard_again(entry),
        older=older,
        newer=newer,
        longest_note=LONGEST_NOTE,
        longest_correction=LONGEST_CORRECTION,
        returned=returned or Returned(),
    )


def note_reading(message_id: str) -> None:
    """Write an opening into the audit log, once for a page and its reloads."""
    now = desk().now()
    last_id, last_at = session.get("reading", ("", 0.0))
    session["reading"] = (message_id, now)
    if last_id == message_id and 0 <= now - last_at < SAME_READING_S:
        return
    with db.transaction(rows()):
        audit.append(rows(), actor(), "read", message_id)


def back_to(message_id: str, anchor: str | None = None) -> ResponseReturnValue:
    """Send the browser to the message's page, with a word to its script."""
    return redirect(url_for("message.page", message_id=message_id, _anchor=anchor), 303)
