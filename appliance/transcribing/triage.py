"""What a message is about and whether it can wait, from the words of the post's own list.

Decides: category and urgency, and names the words that decided. May touch: nothing (PURE).
Thread: any. Called by: transcript, alarm; on partial text too, while the caller speaks.
Denial and the past tense silence nothing: "it was not a fire" is read by a person tonight.
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from appliance.store.speech_lists import Keyword
from appliance.transcribing.near_syllables import SOUND
from appliance.transcribing.phrases import Found, Phrases, Text, cut

RANK = {"normal": 0, "urgent": 1, "grave": 2}
ALARMS = ("grave", "urgent")  # the worst first
NOTHING_FITS = "other"
# Weights go from 1 to 10. A phrase of 6 raises an alarm alone, weaker ones together when they
# stand close; one of 10 does so with a slip in it, too (phrases.SLIP leaves 6).
BAR = 6.0
CLOSE = 25  # words, about ten seconds of speech: one matter
# Who asks for papers names fires, deaths and rifles of long ago: then only what cannot be
# mistaken raises an alarm, or two phrases together.
PAPERS = 8.0
BAR_AMID_PAPERS = 10.0
LEAST = 2.0  # what is left of a phrase below this says nothing
LEAST_CATEGORY = 3.0
LEAST_CONFIDENCE = 0.5  # below, the engine itself holds its words for wrong rather than right


@dataclass(frozen=True)
class Reason:
    """A phrase that was found; first, last: inclusive word indexes; weight: what is left of it.

    phrase: of the list, with those of its alternatives that were meant.
    """

    first: int
    last: int
    phrase: str
    category: str
    urgency: str
    weight: float


@dataclass(frozen=True)
class Judgement:
    """category: procedure, security, epidemic or other; urgency: normal, urgent or grave."""

    category: str = NOTHING_FITS
    urgency: str = "normal"
    reasons: tuple[Reason, ...] = ()


class Triage:
    """The keywords, made ready once."""

    def __init__(self, keywords: Iterable[Keyword]) -> None:
        self._keywords = tuple(keywords)
        self._phrases = Phrases([keyword.phrase for keyword in self._keywords])

    def judge(self, words: Sequence[str]) -> Judgement:
        """Judge a text, whole or still growing; 200 words take 1.4 to 2.3 ms (measured)."""
        text = cut(words)
        signs = self._signs(text)
        papers = _sum([each for each in signs if each.keyword.category == "procedure"])
        bar = BAR if papers < PAPERS else BAR_AMID_PAPERS
        urgency = next((each for each in ALARMS if _heard(signs, each) >= bar), "normal")
        alarming = [each for each in signs if urgency != "normal" and each.alarms]
        category = _heaviest(alarming or signs)
        reasons = tuple(
            _reason(each, text, self._phrases.reading(each.found, text))
            for each in signs
            if each.keyword.category == category or (alarming and each.alarms)
        )
        return Judgement(category, urgency, reasons)

    def _signs(self, text: Text) -> list["_Sign"]:
        """Give each phrase where it is clearest, in the order of the text."""
        signs = [
            _Sign(
                self._keywords[each.phrase],
                each,
                self._keywords[each.phrase].weight * each.likeness,
            )
            for each in self._phrases.find(text)
        ]
        best: dict[int, _Sign] = {}
        for sign in _uncovered([each for each in signs if each.weight >= LEAST]):
            known = best.get(sign.found.phrase)
            if known is None or sign.weight > known.weight:
                best[sign.found.phrase] = sign
        return sorted(best.values(), key=lambda sign: sign.found.places)


@dataclass(frozen=True)
class _Sign:
    """A keyword where it was found; weight: what is left of its own."""

    keyword: Keyword
    found: Found
    weight: float

    @property
    def alarms(self) -> bool:
        """Whether it speaks for haste at all."""
        return self.keyword.urgency != "normal"


def readable(words: Sequence[str], mean_confidence: float | None) -> bool:
    """Whether a text says enough to be sorted by; otherwise somebody must listen."""
    return bool(words) and (mean_confidence is None or mean_confidence >= LEAST_CONFIDENCE)


def _uncovered(signs: list[_Sign]) -> list[_Sign]:
    """Drop what a longer phrase holds, and what was read into one that is certain."""
    signs.sort(key=lambda each: (-len(each.found.places), -each.found.likeness, -each.weight))
    kept: list[_Sign] = []
    standing: dict[int, list[_Sign]] = {}  # what was kept, by the places it stands at
    for sign in signs:
        places = sign.found.places
        around = (longer for place in places for longer in standing.get(place, ()))
        if not any(_covers(longer, sign) for longer in around):
            kept.append(sign)
            for place in places:
                standing.setdefault(place, []).append(sign)
    return kept


def _covers(longer: _Sign, sign: _Sign) -> bool:
    """Whether a phrase leaves nothing to another: "bổ sung" is no rifle, "căn cước" no robbery.

    An alarm that is itself only guessed at takes no weight from a surer one within it.
    """
    places, sure = longer.found.places, longer.found.likeness
    if sure == 1.0 and any(place in places for place in sign.found.guessed):
        return True
    if sure < min(sign.found.likeness, SOUND) or (longer.alarms and longer.weight < sign.weight):
        return False
    return all(place in places for place in sign.found.places)


def _heard(signs: Sequence[_Sign], urgency: str) -> float:
    """The weight of all that is at least so urgent, where it stands closest together."""
    found = [sign for sign in signs if RANK[sign.keyword.urgency] >= RANK[urgency]]
    starts = (sign.found.places[0] for sign in found)
    return max((_sum(found, start, start + CLOSE) for start in starts), default=0.0)


def _sum(signs: Sequence[_Sign], start: int = 0, end: int = sys.maxsize) -> float:
    """Add the weights of what begins there; of phrases that share a syllable only the heaviest."""
    total, taken = 0.0, set[int]()
    for sign in sorted(signs, key=lambda sign: -sign.weight):
        places = sign.found.places
        if start <= places[0] <= end and taken.isdisjoint(places):
            total += sign.weight
            taken.update(places)
    return total


def _heaviest(signs: Sequence[_Sign]) -> str:
    """The category that most speaks for."""
    by_category: dict[str, list[_Sign]] = {}
    for sign in signs:
        by_category.setdefault(sign.keyword.category, []).append(sign)
    sums = {category: _sum(found) for category, found in by_category.items()}
    best = max(sums, key=lambda category: sums[category], default=NOTHING_FITS)
    return best if sums.get(best, 0.0) >= LEAST_CATEGORY else NOTHING_FITS


def _reason(sign: _Sign, text: Text, phrase: str) -> Reason:
    return Reason(
        first=text.words[sign.found.places[0]],
        last=text.words[sign.found.places[-1]],
        phrase=phrase,
        category=sign.keyword.category,
        urgency=sign.keyword.urgency,
        weight=round(sign.weight, 1),
    )
