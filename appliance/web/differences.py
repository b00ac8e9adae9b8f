"""Where two texts of one recording differ, word by word.

Decides: when two words are the same. May touch: nothing (PURE). Thread: any.
Called by: marks, texts. Letter case and punctuation make no difference: engines differ in them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from appliance.vietnamese import syllables


@dataclass(frozen=True)
class Piece:
    """Words that stand in both texts, or in one only."""

    kind: Literal["same", "gone", "new"]
    text: str


def only_here(mine: Sequence[str], other: Sequence[str]) -> frozenset[int]:
    """The indexes of my words that the other text does not have there."""
    found: set[int] = set()
    for tag, start, end, _, _ in _matcher(mine, other).get_opcodes():
        if tag != "equal":
            found.update(range(start, end))
    return frozenset(found)


def pieces(before: str, after: str) -> list[Piece]:
    """What an officer changed: the words of `after` as written, those of `before` that went."""
    old, new = before.split(), after.split()
    found: list[Piece] = []
    for tag, i, i_end, j, j_end in _matcher(old, new).get_opcodes():
        if tag == "equal":
            found.append(Piece("same", " ".join(new[j:j_end])))
            continue
        if i < i_end:
            found.append(Piece("gone", " ".join(old[i:i_end])))
        if j < j_end:
            found.append(Piece("new", " ".join(new[j:j_end])))
    return found


def _matcher(a: Sequence[str], b: Sequence[str]) -> SequenceMatcher[str]:
    """Without difflib's guess that frequent words are junk: "là" and "ở" are none."""
    return SequenceMatcher(None, [_same(w) for w in a], [_same(w) for w in b], autojunk=False)


def _same(word: str) -> str:
    return " ".join(syllables(word)) or word
