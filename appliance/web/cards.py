"""A message as the page shows it: the row, with what was sealed opened.

Decides: which of its texts is the best one. May touch: nothing but the key it is given.
Thread: any. Called by: queue, message, correcting, rates, api.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from appliance.errors import Damaged
from appliance.store import vault
from appliance.store.messages import MessageEntry
from appliance.web.heard import LONGEST_NUMBER, LONGEST_TEXT, Heard, Word, heard_of
from appliance.web.judgement import Judgement, judge
from appliance.web.taming import tame, tame_lines
from appliance.web.written import Written, written_of

SMS = "sms"  # the kind of a message that was written, not spoken
FIRST_WORDS = 40  # about three lines on a phone
DIALLABLE = re.compile(r"\+?[0-9]{3,15}")  # E.164 has at most 15 digits


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
        return is_diallable(self.number or "")

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
    """One message with its texts; None for one that is sealed, damaged or not there.

    corrected: what an officer wrote; second: only one that may be trusted stands on top.
    written: a text message; then there is no other text.
    """

    entry: MessageEntry
    caller: Caller
    first: Heard | None = None
    second: Heard | None = None
    corrected: str | None = None
    damaged: frozenset[str] = frozenset()
    written: Written | None = None

    @property
    def best(self) -> str:
        """Which text stands on top: written, corrected, second, first, or "" for none."""
        if self.written is not None:
            return "written"
        if self.corrected is not None:
            return "corrected"
        if self.second is not None and self._is_trusted(self.second):
            return "second"
        return "first" if self.first is not None else ""

    def _is_trusted(self, second: Heard) -> bool:
        """Whether it may stand above the first text.

        Where that has words, only if the two were compared and can be of the same recording.
        """
        has_words = self.first is not None and bool(self.first.words)
        is_confirmed = second.agreement is not None and bool(second.words)
        return not second.is_flagged and (is_confirmed or not has_words)

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """The words of the best text; a corrected one has neither times nor doubts."""
        if self.written is not None:
            return self.written.words
        if self.corrected is not None:
            return tuple(Word(word, 0.0, 0.0, 1.0) for word in self.corrected.split())
        heard = self.second if self.best == "second" else self.first
        return heard.words if heard else ()

    @property
    def first_words(self) -> tuple[Word, ...]:
        """What fits into the queue."""
        return self.words[:FIRST_WORDS]

    @property
    def goes_on(self) -> bool:
        """Whether the queue shows less than there is."""
        return len(self.words) > FIRST_WORDS

    @property
    def heard(self) -> list[Heard]:
        """The machine's texts, the better one first; one that is not trusted last."""
        texts = [self.first, self.second] if self.best == "first" else [self.second, self.first]
        return [text for text in texts if text is not None]

    @property
    def judgement(self) -> Judgement:
        """Category and urgency, with the words that decided."""
        return judge(self.entry.category, self.entry.urgency, self.heard)


NOBODY = Caller(None, "", 2)


def is_diallable(number: str) -> bool:
    """Whether a text may stand in a tel: link."""
    return bool(DIALLABLE.fullmatch(number))


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
    damaged: set[str] = set()
    first = _unseal("first", entry.sealed_transcript, private, damaged)
    if entry.kind == SMS:
        caller = open_caller(entry.sealed_caller, private)
        written = None if first is None else written_of(first)
        return Card(entry, caller, damaged=frozenset(damaged), written=written)
    corrected = _unseal("corrected", entry.sealed_correction, private, damaged)
    second = _unseal("second", entry.sealed_second, private, damaged)
    return Card(
        entry,
        open_caller(entry.sealed_caller, private),
        first=_heard("first", first, entry.engine, entry.model, damaged),
        second=_heard("second", second, entry.second_engine, entry.second_model, damaged),
        corrected=tame_lines(str(corrected["text"]), LONGEST_TEXT) if corrected else None,
        damaged=frozenset(damaged),
    )


def _unseal(
    name: str, sealed: bytes | None, private: bytes, damaged: set[str]
) -> dict[str, Any] | None:
    """Open one text, if there is one; one that is damaged must not hide the others."""
    try:
        return None if sealed is None else vault.open_json(private, sealed)
    except Damaged:
        damaged.add(name)
        return None


def _heard(
    name: str,
    value: dict[str, Any] | None,
    engine: str | None,
    model: str | None,
    damaged: set[str],
) -> Heard | None:
    """Read one; the row's names of engine and model are those the box counts under."""
    try:
        return None if value is None else heard_of({**value, "engine": engine, "model": model})
    except Damaged:
        damaged.add(name)
        return None
