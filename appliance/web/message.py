"""The message page: player, words, status, note, history.

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
from appliance.store import audit, calls, db, live, messages, queue, vault
from appliance.web import history, waiting
from appliance.web.cards import Word, open_card, tame, words_of
from appliance.web.desk import actor, desk, private_key, rows
from appliance.web.gate import Level, asks

LONGEST_NOTE = 2000  # characters, about a page; what is longer belongs into the file of the case
NOTED = "noted"  # where the page goes when a note was saved: message.js forgets its draft then
SAME_READING_S = 300.0  # a reload within five minutes is the same reading, not a new one
UNFINISHED = ("recording", "recorded", "transcribing")
RETRIABLE = ("failed", "waiting_for_key")

bp = Blueprint("message", __name__)


@dataclass(frozen=True)
class ShownNote:
    """A note as the page shows it."""

    at: float
    officer: str
    text: str
    damaged: bool = False


@bp.get("/messages/<message_id>")
@asks(Level.UNLOCKED)
def page(message_id: str) -> ResponseReturnValue:
    """Show one message; opening it is written into the audit log."""
    entry = messages.get(rows(), message_id)
    note_reading(message_id)
    return _page(entry)


@bp.get("/messages/<message_id>/live")
@asks(Level.UNLOCKED, passive=True, bare=True)
def growing(message_id: str) -> ResponseReturnValue:
    """Give the words so far, while the message is being recorded and transcribed."""
    entry = messages.get(rows(), message_id)
    words, partial = live_text(message_id)
    return jsonify(
        state=entry.state,
        unfinished=entry.state in UNFINISHED,
        words=[{"word": w.text, "doubtful": w.doubtful} for w in words],
        partial=partial,
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
    return _back(message_id)


@bp.post("/messages/<message_id>/notes")
@asks(Level.UNLOCKED)
def add_note(message_id: str) -> ResponseReturnValue:
    """Add a note, sealed; a text that is too long comes back with a word about it."""
    entry = messages.get(rows(), message_id)
    text = tame_note(request.form.get("text", ""))
    if not text:
        return _back(message_id)
    if len(text) > LONGEST_NOTE:
        fault = gettext("Ghi chú dài quá %(count)s ký tự, chưa lưu.", count=LONGEST_NOTE)
        return _page(entry, fault=fault, draft=text[: LONGEST_NOTE * 3]), 400
    public = vault.load_public_key(desk().config.store.public_key)
    messages.add_note(rows(), message_id, vault.seal_json(public, {"text": text}), actor())
    return _back(message_id, NOTED)


@bp.post("/messages/<message_id>/retry")
@asks(Level.UNLOCKED)
def retry(message_id: str) -> ResponseReturnValue:
    """Ask the machine for the words once more."""
    entry = messages.get(rows(), message_id)
    private = private_key()
    if entry.state in RETRIABLE and private is not None:
        waiting.hand_over_one(rows(), desk().config, private, message_id, actor())
    return _back(message_id)


def live_text(message_id: str) -> tuple[tuple[Word, ...], str]:
    """The words spoken so far, and the ones the machine is still changing its mind about."""
    value = live.read_partial(desk().config.store.run_dir, message_id)
    if value is None:
        return (), ""
    return words_of(value), tame(str(value.get("partial", "")), 2000)


def tame_note(text: str) -> str:
    """A note line by line without control characters."""
    lines = (tame(line, LONGEST_NOTE * 4) for line in text.splitlines())
    return "\n".join(lines).strip()


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


def _page(entry: messages.MessageEntry, fault: str = "", draft: str = "") -> str:
    private = private_key()
    if private is None:
        abort(423)
    words, partial = live_text(entry.id) if entry.state in UNFINISHED else ((), "")
    older, newer = queue.neighbours(rows(), entry.seq)
    return render_template(
        "message.html",
        card=open_card(entry, private),
        call=calls.get(rows(), entry.call_id),
        notes=open_notes(entry.id, private),
        history=history.in_words(audit.list_for(rows(), entry.id)),
        live_words=words,
        partial=partial,
        unfinished=entry.state in UNFINISHED,
        retriable=entry.state in RETRIABLE,
        older=older,
        newer=newer,
        longest_note=LONGEST_NOTE,
        fault=fault,
        draft=draft,
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


def _back(message_id: str, anchor: str | None = None) -> ResponseReturnValue:
    return redirect(url_for("message.page", message_id=message_id, _anchor=anchor), 303)
