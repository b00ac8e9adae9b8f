"""A message as the page shows it: the row, with what was sealed opened.

Decides: which words count as doubtful, how a hostile text is tamed.
May touch: nothing but the key it is given. Thread: any. Called by: queue, message, api.
Jinja escapes; here texts lose control and direction characters and get a longest length.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from appliance.errors import Damaged
from appliance.store import vault
from appliance.store.messages import MessageEntry

# Vosk's conf is the posterior of a word in its lattice. Below 0.6 another reading was nearly as
# likely; noise can still reach 1.0 (measured), so a word without shading is not a promise.
DOUBTFUL_BELOW = 0.6
FIRST_WORDS = 40  # about three lines on a phone
LONGEST_NUMBER = 40  # a raw caller text is anything the network let through
LONGEST_TEXT = 20_000  # three minutes of fast speech are 4,000 characters
DIALLABLE = re.compile(r"\+?[0-9]{3,15}")  # E.164 has at most 15 digits


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
class Caller:
    """Who called: a number to call back, or the tamed text the network gave."""

    number: str | None
    raw: str
    validity: int
    damaged: bool = False

    @property
    def diallable(self) -> bool:
        """Whether the number may stand in a tel: link."""
        return bool(self.number and DIALLABLE.fullmatch(self.number))

    @property
    def spaced(self) -> str:
        """The number in groups that an eye can read: 0912 345 678."""
        number = tame(self.number or "", LONGEST_NUMBER)
        if re.fullmatch(r"0[0-9]{9}", number):
            return f"{number[:4]} {number[4:7]} {number[7:]}"
        if re.fullmatch(r"0[0-9]{10}", number):
            return f"{number[:4]} {number[4:8]} {number[8:]}"
        return number


@dataclass(frozen=True)
class Card:
    """One message with its words; empty ones when sealed, damaged or not yet there."""

    entry: MessageEntry
    caller: Caller
    words: tuple[Word, ...] = ()
    text: str = ""
    damaged: bool = False

    @property
    def first_words(self) -> tuple[Word, ...]:
        """What fits into the queue."""
        return self.words[:FIRST_WORDS]

    @property
    def goes_on(self) -> bool:
        """Whether the queue shows less than there is."""
        return len(self.words) > FIRST_WORDS


NOBODY = Caller(None, "", 2)


def tame(text: str, longest: int) -> str:
    """The text without control and direction characters, composed, and not longer than that."""
    kept = "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co"))
    composed = unicodedata.normalize("NFC", " ".join(kept.split()))
    return composed if len(composed) <= longest else composed[: longest - 1] + "…"


def open_caller(sealed: bytes | None, private: bytes) -> Caller:
    """Unseal who called."""
    if sealed is None:
        return NOBODY
    try:
        value = vault.open_json(private, sealed)
    except Damaged:
        return Caller(None, "", 2, damaged=True)
    number, raw = value.get("number"), value.get("raw")
    return Caller(
        number=tame(number, LONGEST_NUMBER) if isinstance(number, str) else None,
        raw=tame(raw, LONGEST_NUMBER) if isinstance(raw, str) else "",
        validity=value.get("validity", 0),
    )


def open_card(entry: MessageEntry, private: bytes) -> Card:
    """Unseal one message for the page."""
    caller = open_caller(entry.sealed_caller, private)
    if entry.sealed_transcript is None:
        return Card(entry, caller)
    try:
        value = vault.open_json(private, entry.sealed_transcript)
    except Damaged:
        return Card(entry, caller, damaged=True)
    return Card(entry, caller, words_of(value), tame(str(value.get("text", "")), LONGEST_TEXT))


def words_of(value: dict[str, Any]) -> tuple[Word, ...]:
    """The words of a transcript or of a partial one."""
    return tuple(
        Word(
            tame(str(w.get("word", "")), 80),
            float(w.get("start", 0.0)),
            float(w.get("end", 0.0)),
            float(w.get("conf", 1.0)),
        )
        for w in value.get("words", ())
    )
