"""What is kept of a second text: the words, what they say, how far they agree with the first ones.

Decides: whether a second text is to be trusted, and what it may change about its message.
May touch: the messages table, the key and the first text in run_dir.
Thread: the worker's. Called by: second_listening.
A text that is not trusted is kept and shown all the same; an alarm in it is never lost.
"""

import logging
from typing import Any

from appliance.errors import NotFound
from appliance.store import live, messages, vault
from appliance.store.messages import UNREADABLE, MessageEntry
from appliance.transcribing import guards, transcript
from appliance.transcribing.outcomes import Desk
from appliance.transcribing.second_ear import Heard
from appliance.transcribing.triage import RANK, Judgement
from appliance.transcribing.whisper import WhisperTranscriber
from appliance.transcribing.word_lists import ListReader, WordLists

_LOGGER = logging.getLogger(__name__)

ENGINE = WhisperTranscriber.engine


def save(desk: Desk, lists: ListReader, message_id: str, heard: Heard) -> None:
    """Seal and keep it, then forget the key; raises Locked, DiskFull: call it again."""
    try:
        entry = messages.get(desk.conn, message_id)
        _save(desk, lists.read(desk.conn), entry, heard)
    except NotFound:
        _LOGGER.info("%s was deleted while it was heard again", message_id)
    live.forget_stream_key(desk.run_dir, message_id)


def _save(desk: Desk, lists: WordLists, entry: MessageEntry, heard: Heard) -> None:
    judgement = transcript.judge(heard.words, lists.triage, entry.has_speech)
    agreement = _agreement(desk, entry, heard)
    is_flagged = guards.is_wild(agreement)
    made = transcript.transcript_of(
        heard.words, judgement, engine=ENGINE, model=heard.model, names=lists.names
    )
    is_saved = messages.save_second(
        desk.conn,
        entry.id,
        sealed=vault.seal_json(
            desk.public_key, made | {"second": _notes(heard, agreement, is_flagged)}
        ),
        engine=ENGINE,
        model=heard.model,
        is_flagged=is_flagged,
        category=None if is_flagged else _category(entry, judgement),
        urgency=judgement.urgency,
        now=desk.wall(),
    )
    if is_saved:
        _LOGGER.info("heard %s again%s", entry.id, ", not to be trusted" if is_flagged else "")


def _agreement(desk: Desk, entry: MessageEntry, heard: Heard) -> float | None:
    """Compare with the first text; where nobody spoke that one was made up."""
    first = live.read_first_text(desk.run_dir, entry.id)
    if first is None or entry.has_speech is False:
        return None
    return guards.agreement(first, " ".join(word.word for word in heard.words))


def _category(entry: MessageEntry, judgement: Judgement) -> str | None:
    """Leave the one there is where this text says less: unreadable, or less urgent."""
    if judgement.category == UNREADABLE or RANK[judgement.urgency] < RANK[entry.urgency]:
        return None
    return judgement.category


def _notes(heard: Heard, agreement: float | None, is_flagged: bool) -> dict[str, Any]:
    """What the page has to know of a text for good: the row's state tells of the next listening."""
    return {
        "agreement": agreement,
        "flagged": is_flagged,
        "dropped": heard.dropped,
        "cut": heard.cut,
    }
