"""/api/v1 for programs with a session: JSON, and the sound.

Decides: which fields a locked session sees. May touch: messages, recordings, audit.
Thread: the request's. Called by: scripts, the page's own player. Described by openapi.json.
"""

from typing import Any

from flask import Blueprint, abort, g, jsonify, request
from flask.typing import ResponseReturnValue

from appliance.store import messages
from appliance.store.health import is_vietnamese
from appliance.store.messages import MessageEntry
from appliance.web import sound
from appliance.web.cards import FIRST_WORDS, open_card
from appliance.web.complaints import health_now
from appliance.web.desk import private_key, rows
from appliance.web.gate import Level, asks
from appliance.web.message import UNFINISHED, live_text, note_reading, open_notes

MOST_AT_ONCE = 200  # unsealing 200 messages takes 25 ms here, half a second on a Pi
USUAL = 50

bp = Blueprint("api", __name__, url_prefix="/api/v1")


@bp.get("/messages")
@asks(Level.READY)
def list_messages() -> ResponseReturnValue:
    """The newest messages; `before` continues below a seq."""
    limit = _number("limit", USUAL, MOST_AT_ONCE)
    before = _number("before", 0, 2**62) or None
    entries = messages.list_newest(rows(), limit=limit, before_seq=before)
    private = _key_for_people()
    listed = [_fields(entry, private) for entry in entries]
    for fields in listed:
        _shorten(fields)  # whole words are for one message, where reading leaves an audit row
    return jsonify(messages=listed, locked=private is None)


@bp.get("/messages/<message_id>")
@asks(Level.READY)
def one_message(message_id: str) -> ResponseReturnValue:
    """One message; with the key unlocked also its words and notes, and then an audit row."""
    entry = messages.get(rows(), message_id)
    private = _key_for_people()
    fields = _fields(entry, private)
    if private is not None:
        fields["notes"] = [
            {"at": n.at, "officer": n.officer, "text": n.text}
            for n in open_notes(message_id, private)
        ]
        note_reading(message_id)
    return jsonify(fields)


@bp.get("/messages/<message_id>/audio")
@asks(Level.UNLOCKED, bare=True)
def audio(message_id: str) -> ResponseReturnValue:
    """The sound as WAV, whole or in ranges."""
    messages.get(rows(), message_id)
    private = private_key()
    if private is None:
        abort(423)
    return sound.send_wav(message_id, private)


@bp.get("/status")
@asks(Level.READY, passive=True)
def status() -> ResponseReturnValue:
    """The state of the box."""
    seen = health_now()
    return jsonify(
        modem_up=seen.modem_up,
        transcriber_up=seen.transcriber_up,
        line_state=seen.answer.get("state"),
        signal_dbm=seen.answer.get("signal_dbm"),
        registration=seen.answer.get("registration"),
        model=seen.model,
        model_is_vietnamese=is_vietnamese(seen.model),
        disk_free_bytes=seen.disk_free,
        disk_total_bytes=seen.disk_total,
        messages=messages.counts(rows()),
        complaints=seen.complaints,
    )


def _key_for_people() -> bytes | None:
    """The key of an officer; technicians never see a message, not even its clear fields."""
    if g.officer.wrapped_key is None:
        abort(403)
    return private_key()


def _fields(entry: MessageEntry, private: bytes | None) -> dict[str, Any]:
    clear: dict[str, Any] = {
        "seq": entry.seq,
        "id": entry.id,
        "call_id": entry.call_id,
        "received_at": entry.received_at,
        "duration_ms": entry.duration_ms,
        "state": entry.state,
        "end_reason": entry.end_reason,
        "status": entry.status,
        "outcome": entry.outcome,
        "forwarded": bool(entry.forwarded),
        "engine": entry.engine,
        "model": entry.model,
        "word_count": entry.word_count,
        "mean_confidence": entry.mean_confidence,
        "attempts": entry.attempts,
        "locked": private is None,
        "caller": None,
        "transcript": None,
        "partial": "",
    }
    return clear if private is None else {**clear, **_opened(entry, private)}


def _opened(entry: MessageEntry, private: bytes) -> dict[str, Any]:
    card = open_card(entry, private)
    words, partial = live_text(entry.id) if entry.state in UNFINISHED else ((), "")
    so_far = " ".join([*(w.text for w in words), partial]).strip()
    opened: dict[str, Any] = {
        "caller": {
            "number": card.caller.number,
            "raw": card.caller.raw,
            "validity": card.caller.validity,
        },
        "partial": so_far,
    }
    if entry.sealed_transcript is not None and not card.damaged:
        words_out = [
            {"word": w.text, "start": w.start, "end": w.end, "conf": w.conf} for w in card.words
        ]
        opened["transcript"] = {"text": card.text, "words": words_out}
    return opened


def _shorten(fields: dict[str, Any]) -> None:
    transcript = fields.pop("transcript")
    words = transcript["words"][:FIRST_WORDS] if transcript else []
    fields["first_words"] = " ".join(word["word"] for word in words)
    del fields["partial"]


def _number(name: str, usual: int, most: int) -> int:
    """A whole number from the query; 400 for anything else."""
    given = request.args.get(name, str(usual))
    if not given.isascii() or not given.isdigit() or len(given) > 19:
        abort(400)
    return min(int(given), most)
