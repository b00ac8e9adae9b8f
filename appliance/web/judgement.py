"""What the machine makes of a message, with the words that decided.

Decides: which words are named as reasons. May touch: nothing (PURE). Thread: any.
Called by: message, queue. The row knows the urgency at once, the words lie in the texts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from appliance.vietnamese import fold, fold_syllables
from appliance.web.heard import LONGEST_WORD, Heard, reasons_of, words_of
from appliance.web.marks import RANK
from appliance.web.taming import tame

NORMAL = "normal"
PUNCTUATION = " .,;:!?…"
MOST_REASONS = 6  # more words convince nobody more; the text has all of them marked


@dataclass(frozen=True)
class Because:
    """Words that decided: as they were heard, and the phrase of the list unless it is the same.

    was_live: heard while they were spoken, and no longer in the text.
    """

    said: str
    phrase: str = ""
    was_live: bool = False


@dataclass(frozen=True)
class Judgement:
    """Category and urgency, each with the words that decided; none may be left of them."""

    category: str
    urgency: str
    urgent_because: tuple[Because, ...] = ()
    category_because: tuple[Because, ...] = ()

    @property
    def is_urgent(self) -> bool:
        """Whether it cannot wait."""
        return self.urgency != NORMAL


def judge(category: str, urgency: str, texts: Sequence[Heard]) -> Judgement:
    """Put the row's verdict and its texts together, the better text first."""
    reasons = [(_because(text.said(r), r.phrase), r) for text in texts for r in text.reasons]
    reasons.sort(key=lambda one: -RANK.get(one[1].urgency, 0))
    live = [_because(t.said, t.phrase, was_live=True) for text in texts for t in text.taken_back]
    return Judgement(
        category,
        urgency,
        _each_once([*(why for why, r in reasons if r.urgency != NORMAL), *live]),
        _each_once(why for why, r in reasons if r.category == category),
    )


def judge_so_far(category: str, urgency: str, partial: dict[str, Any]) -> Judgement:
    """Judge while it is spoken: the row's urgency, or a higher one of the partial text."""
    triage = partial.get("triage") or {}
    settled = words_of(partial)
    changing = tame(str(partial.get("partial", "")), 2000).split()
    text = Heard((*settled, *words_of({"words": [{"word": w} for w in changing]})), "")
    known = tame(str(triage.get("urgency", NORMAL)), LONGEST_WORD)
    higher = max(urgency, known, key=lambda one: RANK.get(one, 0))
    reasons = reasons_of(triage, len(text.words))
    return judge(category, higher, [Heard(text.words, "", reasons=reasons)])


def _because(said: str, phrase: str, *, was_live: bool = False) -> Because:
    words = said.strip(PUNCTUATION)
    is_same = fold_syllables(words) == fold_syllables(phrase)
    return Because(words, "" if is_same else phrase, was_live)


def _each_once(found: Iterable[Because]) -> tuple[Because, ...]:
    """Each phrase once, in the words of the better text, however often it was said."""
    named: dict[str, Because] = {}
    for why in found:
        named.setdefault(fold(why.phrase or why.said), why)
    return tuple(named.values())[:MOST_REASONS]
