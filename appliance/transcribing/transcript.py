"""What is kept of a decoded recording: text, words, what they say, who understood it.

Decides: the shape of a transcript, which web opens later; what a text is believed to be about.
May touch: nothing (PURE). Thread: any. Called by: outcomes, second_listening.
Confidence is shown, never trusted: Vosk gave 1.0 to words it heard in a busy tone (measured).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from appliance.store.speech_lists import Name
from appliance.store.verdicts import UNREADABLE
from appliance.transcribing.engine import RATE_HZ, Word
from appliance.transcribing.names import find_names
from appliance.transcribing.numbers import find_numbers
from appliance.transcribing.triage import NOTHING_FITS, RANK, Judgement, Triage, readable
from appliance.vietnamese import nfc


@dataclass(frozen=True)
class Alarm:
    """What was judged while the caller spoke, and the words it was judged by."""

    judgement: Judgement
    words: tuple[str, ...] = ()


def judge(words: Sequence[Word], triage: Triage, has_speech: bool | None) -> Judgement:
    """Judge a whole text; an alarm is kept whatever else is true of it.

    Its category is "unreadable" when there is nothing to go by, and "other" for a blank call:
    the speech gate heard nobody, and what the engine wrote raises no alarm.
    """
    found = triage.judge([word.word for word in words])
    if has_speech is False:
        return found if found.urgency != "normal" else Judgement(NOTHING_FITS)
    if not readable([word.word for word in words], mean_confidence(words)):
        return replace(found, category=UNREADABLE)
    return found


def with_alarm(final: Judgement, heard: Judgement) -> Judgement:
    """Put what was heard while the caller spoke beside the whole text: urgency is never lost."""
    if RANK[heard.urgency] <= RANK[final.urgency]:
        return final
    category = final.category if final.category == UNREADABLE else heard.category
    return replace(final, category=category, urgency=heard.urgency)


def transcript_of(
    words: Sequence[Word],
    judgement: Judgement,
    *,
    engine: str,
    model: str,
    preset: str | None = None,
    names: Sequence[Name] = (),
    heard: Alarm | None = None,
) -> dict[str, Any]:
    """Make what gets sealed; start and end of a word in seconds from the recording's beginning.

    names: those of the post, to be proposed where the words sound like one.
    heard: an alarm of words that the engine took back; its reasons stay, without a place.
    """
    spoken = [replace(word, word=nfc(word.word)) for word in words]
    text = [word.word for word in spoken]
    made = {
        "text": " ".join(text),
        "words": [asdict(word) for word in spoken],
        "numbers": [asdict(reading) for reading in find_numbers(text)],
        "names": [asdict(proposal) for proposal in find_names(text, names)],
        "engine": engine,
        "model": model,
        "rate_hz": RATE_HZ,
        "triage": triage_json(judgement, heard),
    }
    return made if preset is None else {**made, "preset": preset}


def triage_json(judgement: Judgement, heard: Alarm | None = None) -> dict[str, Any]:
    """Name category, urgency and the words that decided, by their indexes."""
    reasons = [asdict(reason) for reason in judgement.reasons]
    if heard is not None:
        reasons += [
            {
                **asdict(reason),
                "first": None,
                "last": None,
                "heard_live": True,
                "said": " ".join(heard.words[reason.first : reason.last + 1]),
            }
            for reason in heard.judgement.reasons
            if reason.urgency != "normal"
        ]
    return {"category": judgement.category, "urgency": judgement.urgency, "reasons": reasons}


def mean_confidence(words: Sequence[Word]) -> float | None:
    """Average over the words, 0 to 1; None without words."""
    if not words:
        return None
    return round(sum(word.conf for word in words) / len(words), 3)
