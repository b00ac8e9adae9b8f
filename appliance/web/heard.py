"""What one engine made of a recording, opened for the page.

Decides: which words count as doubtful, which parts of a stored text are believed.
May touch: nothing (PURE). Thread: any. Called by: cards, marks, judgement, accuracy, api.
The words were said by a caller and written by a machine: a part that fits no word is dropped.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from appliance.errors import Damaged
from appliance.web.taming import tame

# Vosk's conf is the posterior of a word in its lattice. Below 0.6 another reading was nearly as
# likely; noise can still reach 1.0 (measured), so a word without shading is not a promise.
DOUBTFUL_BELOW = 0.6
LONGEST_WORD = 80  # characters; also of a name or a keyword of the post's lists
LONGEST_NUMBER = 40
LONGEST_TEXT = 20_000  # three minutes of fast speech are 4,000 characters

Urgency = Literal["normal", "urgent", "grave"]


@dataclass(frozen=True)
class Word:
    """One word of a transcript; seconds from the start of the recording."""

    text: str
    start: float
    end: float
    conf: float

    @property
    def doubtful(self) -> bool:
        """Whether the machine was not sure of it."""
        return self.conf < DOUBTFUL_BELOW

    @property
    def percent(self) -> int:
        """How sure the machine was, 0 to 100."""
        return round(self.conf * 100)


@dataclass(frozen=True)
class Span:
    """A stretch of words by their indexes, both included."""

    first: int
    last: int


@dataclass(frozen=True)
class Number(Span):
    """Digits for spoken words; kind: phone, house, time, plate, date, age or number."""

    kind: str
    value: str


@dataclass(frozen=True)
class Name(Span):
    """A name of the post's list that sounds like these words; exact: it is these words."""

    kind: str
    name: str
    is_exact: bool


@dataclass(frozen=True)
class Reason(Span):
    """Words that spoke for a category and an urgency, and the phrase of the list they matched."""

    phrase: str
    category: str
    urgency: str


@dataclass(frozen=True)
class TakenBack:
    """Words that raised an alarm while they were spoken, and that the engine then took back."""

    said: str
    phrase: str
    category: str
    urgency: str


@dataclass(frozen=True)
class Heard:
    """One engine's text; of a second one also: agreement with the first, 0 to 1, None: too little
    to compare; is_flagged: they cannot be of the same recording; dropped, cut: words guarded.
    """

    words: tuple[Word, ...]
    text: str
    engine: str = ""
    model: str = ""
    preset: str = ""
    numbers: tuple[Number, ...] = ()
    names: tuple[Name, ...] = ()
    reasons: tuple[Reason, ...] = ()
    taken_back: tuple[TakenBack, ...] = ()
    agreement: float | None = None
    is_flagged: bool = False
    dropped: int = 0
    cut: int = 0

    def said(self, span: Span) -> str:
        """The words of a stretch as they were written down."""
        return " ".join(word.text for word in self.words[span.first : span.last + 1])


def heard_of(value: dict[str, Any]) -> Heard:
    """Read an opened transcript; raises Damaged when it is none (a hand, another release)."""
    try:
        return _read(value)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Damaged(f"not a transcript: {type(error).__name__}") from error


def _read(value: dict[str, Any]) -> Heard:
    words = words_of(value)
    second = value.get("second") or {}
    return Heard(
        words,
        tame(str(value.get("text", "")), LONGEST_TEXT),
        engine=_text(value, "engine"),
        model=_text(value, "model"),
        preset=_text(value, "preset"),
        numbers=tuple(
            Number(first, last, _text(each, "kind"), tame(_text(each, "value"), LONGEST_NUMBER))
            for first, last, each in _spans(value.get("numbers"), len(words))
        ),
        names=tuple(
            Name(first, last, _text(each, "kind"), _text(each, "name"), each.get("exact") is True)
            for first, last, each in _spans(value.get("names"), len(words))
        ),
        reasons=reasons_of(value.get("triage"), len(words)),
        taken_back=_taken_back(value.get("triage")),
        agreement=second.get("agreement"),
        is_flagged=second.get("flagged") is True,
        dropped=int(second.get("dropped") or 0),
        cut=int(second.get("cut") or 0),
    )


def words_of(value: dict[str, Any]) -> tuple[Word, ...]:
    """The words of a transcript or of a partial one."""
    return tuple(
        Word(
            tame(str(w.get("word", "")), LONGEST_WORD),
            float(w.get("start", 0.0)),
            float(w.get("end", 0.0)),
            float(w.get("conf", 1.0)),
        )
        for w in value.get("words", ())
    )


def reasons_of(triage: dict[str, Any] | None, count: int) -> tuple[Reason, ...]:
    """The words that decided, of a transcript or a partial one with `count` words."""
    return tuple(
        Reason(first, last, _text(each, "phrase"), _text(each, "category"), _text(each, "urgency"))
        for first, last, each in _spans((triage or {}).get("reasons"), count)
    )


def _taken_back(triage: dict[str, Any] | None) -> tuple[TakenBack, ...]:
    return tuple(
        TakenBack(*(_text(each, key) for key in ("said", "phrase", "category", "urgency")))
        for each in (triage or {}).get("reasons", ())
        if each.get("first") is None and each.get("said")
    )


def _spans(entries: Any, count: int) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """The entries that lie within the words; a text that was cut may have others."""
    for each in entries or ():
        first, last = each.get("first"), each.get("last")
        if type(first) is int and type(last) is int and 0 <= first <= last < count:
            yield first, last, each


def _text(entry: dict[str, Any], key: str) -> str:
    return tame(str(entry.get(key) or ""), LONGEST_WORD)
