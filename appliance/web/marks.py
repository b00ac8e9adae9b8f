"""How each word of a text is shown: where a line breaks, what decided, what stands beside it.

Decides: which pause is a line break, what is marked. May touch: nothing (PURE). Thread: any.
Called by: texts, correcting. The words themselves are never changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from appliance.vietnamese import nfc
from appliance.web.heard import Heard, Number, Word

# Vosk ends a segment after 0.5 s of silence; from 0.7 s on a reader hears the end of a thought.
PAUSE_S = 0.7
RANK = {"normal": 0, "urgent": 1, "grave": 2}


@dataclass(frozen=True)
class Proposal:
    """A name that these words may have been; nth: which of the same words of the text, from 0."""

    name: str
    kind: str
    said: str
    nth: int


@dataclass(frozen=True)
class ShownWord:
    """One word with its marks; numbers and proposals end with it."""

    word: Word
    is_new_line: bool = False
    is_only_here: bool = False
    decides: str = ""  # the urgency it speaks for; "normal": for the category alone
    numbers: tuple[Number, ...] = ()
    proposals: tuple[Proposal, ...] = ()


def marked(heard: Heard, only_here: frozenset[int] = frozenset()) -> list[ShownWord]:
    """Every word of a text with its marks."""
    breaks = _breaks(heard.words)
    proposals = _proposals(heard)
    return [
        ShownWord(
            word,
            is_new_line=i in breaks,
            is_only_here=i in only_here,
            decides=_decides(heard, i),
            numbers=tuple(n for n in heard.numbers if n.last == i),
            proposals=tuple(p for last, p in proposals if last == i),
        )
        for i, word in enumerate(heard.words)
    ]


def in_lines(words: Sequence[Word]) -> str:
    """The words as a text whose lines end where the caller paused."""
    breaks = _breaks(words)
    return "".join(
        ("\n" if i in breaks else " " if i else "") + word.text for i, word in enumerate(words)
    )


def _breaks(words: Sequence[Word]) -> set[int]:
    pairs = enumerate(pairwise(words), 1)
    return {i for i, (before, word) in pairs if word.start - before.end > PAUSE_S}


def _decides(heard: Heard, i: int) -> str:
    found = [r.urgency for r in heard.reasons if r.first <= i <= r.last]
    return max(found, key=lambda urgency: RANK.get(urgency, 0), default="")


def _proposals(heard: Heard) -> list[tuple[int, Proposal]]:
    """The names that are not already there, each with the index of its last word."""
    found = []
    for name in heard.names:
        said = heard.said(name)
        if not name.is_exact and name.name and nfc(said).casefold() != nfc(name.name).casefold():
            nth = _times_before(heard, said, name.first)
            found.append((name.last, Proposal(name.name, name.kind, said, nth)))
    return found


def _times_before(heard: Heard, said: str, first: int) -> int:
    """How often the same words stand before: the page puts a name in at the right place."""
    words, wanted = [w.text for w in heard.words[:first]], said.split()
    return sum(words[i : i + len(wanted)] == wanted for i in range(first))
