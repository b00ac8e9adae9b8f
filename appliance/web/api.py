"""/api/v1 for programs with a session: JSON, and the sound.

Decides: which fields a locked session sees. May touch: messages, recordings, audit.
Thread: the request's. Called by: scripts, the page's own player. Described by openapi.json.
"""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, abort, g, jsonify, request
from flask.typing import ResponseReturnValue

from appliance.store import messages
from appliance.store.health import is_vietnamese
from appliance.store.messages import MessageEntry
from appliance.web import sound
from appliance.web.cards import Card, open_card
from appliance.web.complaints import health_now
from appliance.web.desk import private_key, rows
from appliance.web.gate import Level, asks
from appliance.web.growing import UNFINISHED, growing
from appliance.web.heard import Heard
from appliance.web.message import note_reading, open_notes

MOST_AT_ONCE = 200  # unsealing 200 messages takes 25 ms here, half a second on a Pi
USUAL = 50

# Columns that anybody signed in may see: codes, counts and times.
CLEAR = (
    *("seq", "id", "call_id", "received_at", "duration_ms", "state", "end_reason", "status"),
    *("outcome", "engine", "model", "word_count", "mean_confidence", "attempts"),
    *("category", "urgency", "urgent_at", "has_speech", "line_quality"),
    *("second_state", "second_engine", "second_model"),
    *("kind", "text_length"),
)
TEXTS = ("transcript", "second", "correction", "written", "partial")

bp = Blueprint("api", __name__, url_prefix="/api/v1")


@bp.get("/messages")
@asks(Level.READY)
def list_messages() -> ResponseReturnValue:
    """The newest messages; `before` continues below a seq."""
    limit = _number("limit", USUAL, MOST_AT_ONCE)
    before = _number("before", 0, 2**62) or None
    entries = messages.list_newest(rows(), limit=limit, before_seq=before)
    private = _key_for_people()
    # whole texts are for one message, where reading leaves an audit row
    listed = [_without(_fields(entry, private), *TEXTS) for entry in entries]
    return jsonify(messages=listed, locked=private is None)


@bp.get("/messages/<message_id>")
@asks(Level.READY)
def one_message(message_id: str) -> ResponseReturnValue:
    """One message; with the key unlocked also its words and notes, and then an audit row."""
    entry = messages.get(rows(), message_id)
    private = _key_for_people()
    fields = _without(_fields(entry, private), "first_words")
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
    sealed: dict[str, Any] = {
        "caller": None,
        "transcript": None,
        "second": None,
        "correction": None,
        "written": None,
        "partial": "",
        "first_words": "",
    }
    if private is not None:
        sealed |= _opened(open_card(entry, private))
    return {
        **{name: getattr(entry, name) for name in CLEAR},
        "forwarded": bool(entry.forwarded),
        "locked": private is None,
        **sealed,
    }


def _without(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}


def _opened(card: Card) -> dict[str, Any]:
    caller = card.caller
    return {
        "caller": {"number": caller.number, "raw": caller.raw, "validity": caller.validity},
        "transcript": card.first and _text(card.first),
        "second": card.second
        and {
            **_text(card.second),
            "agreement": card.second.agreement,
            "dropped": card.second.dropped,
            "cut": card.second.cut,
            "flagged": card.second.is_flagged,
        },
        "correction": None if card.corrected is None else {"text": card.corrected},
        "written": card.written and asdict(card.written),
        "partial": growing(card.entry).text if card.entry.state in UNFINISHED else "",
        "first_words": " ".join(word.text for word in card.first_words),
    }


def _text(heard: Heard) -> dict[str, Any]:
    return {
        "text": heard.text,
        "words": [
            {"word": w.text, "start": w.start, "end": w.end, "conf": w.conf} for w in heard.words
        ],
        "numbers": [asdict(number) for number in heard.numbers],
        "names": [
            {"first": n.first, "last": n.last, "kind": n.kind, "name": n.name, "exact": n.is_exact}
            for n in heard.names
        ],
        "reasons": [asdict(reason) for reason in heard.reasons],
        "taken_back": [asdict(reason) for reason in heard.taken_back],
    }


def _number(name: str, usual: int, most: int) -> int:
    """A whole number from the query; 400 for anything else."""
    given = request.args.get(name, str(usual))
    if not given.isascii() or not given.isdigit() or len(given) > 19:
        abort(400)
    return min(int(given), most)
