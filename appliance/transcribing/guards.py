"""What of a second text is believed: invented words are dropped, loops cut, wild texts flagged.

Decides: which words were spoken, and when two texts cannot be of the same recording.
May touch: nothing (PURE). Thread: any. Called by: whisper (words), second_text (whole texts).
A Whisper model always says something: given a busy tone, a hum or rain it wrote 74 to 148 words,
and given silence the farewell of some video channel (measured with Whisper base).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from appliance.transcribing.engine import Word
from appliance.vietnamese import fold_syllables

Span = tuple[float, float]  # seconds from the recording's beginning

# Whisper's word times are off by 0.2 s at the edges of speech (seen in nine clips).
MARGIN_S = 0.3
# Its clock ticks 20 ms, a syllable takes 100 and more. Words it found no sound for have no length:
# 9 to 14 of the 15 in a farewell it made up, 2 of 174 in real speech, never two in a row.
LEAST_WORD_S = 0.03
FEW_WITHOUT_LENGTH = 2  # in a row
LONGEST_LOOP = 12  # words; the longest seen had 9
LEAST_TURNS = 3  # "cháy, cháy" is said twice
LONGEST_NUMBER = 12  # digits; 0 888 888 888 is a number that people pay for, not a loop
NUMERALS = {"khong", "mot", "hai", "ba", "bon", "tu", "nam", "lam", "sau", "bay", "tam", "chin"}

LEAST_SYLLABLES = 10  # in fewer, one pair in ten made from one text would count as wild
LEAST_PART = 1 / 3  # of the second text; a first that caught less says nothing about the rest
# Of 4000 pairs with 10 to 19 syllables 98 % of unrelated texts agree less, and 0.3 to 3.3 % of
# pairs made from one text by two engines that each get 40 % wrong; with 20: 99.7 and 1.4 %.
WILD = 0.15


@dataclass(frozen=True)
class Guarded:
    """The words that are believed, how many were dropped and how many were turns of a loop."""

    words: tuple[Word, ...]
    dropped: int
    cut: int


def guard(words: Sequence[Word], spans: Sequence[Span]) -> Guarded:
    """Keep what was spoken; spans: where the speech gate found speech."""
    spoken = _without_lengthless(_inside(words, spans))
    once = _without_loops(spoken)
    return Guarded(tuple(once), len(words) - len(spoken), len(spoken) - len(once))


def agreement(first: str, second: str) -> float | None:
    """Compare two texts by folded syllables: 0 nothing in common, 1 the same.

    None when the first is too short to confirm or to contradict the second.
    """
    a, b = fold_syllables(first), fold_syllables(second)
    if len(a) < max(LEAST_SYLLABLES, LEAST_PART * len(b)):
        return None
    return round(Levenshtein.normalized_similarity(a, b), 3)


def is_wild(value: float | None) -> bool:
    """Whether texts that agree so little can hardly be of the same recording."""
    return value is not None and value < WILD


def _inside(words: Sequence[Word], spans: Sequence[Span]) -> list[Word]:
    return [
        word
        for word in words
        if any(word.start < end + MARGIN_S and word.end > start - MARGIN_S for start, end in spans)
    ]


def _without_lengthless(words: list[Word]) -> list[Word]:
    kept: list[Word] = []
    row: list[Word] = []
    for word in words:
        if word.end - word.start < LEAST_WORD_S:
            row.append(word)
            continue
        kept += (row if len(row) <= FEW_WITHOUT_LENGTH else []) + [word]
        row = []
    return kept + (row if len(row) <= FEW_WITHOUT_LENGTH else [])


def _without_loops(words: list[Word]) -> list[Word]:
    """Cut until nothing is left to cut: loops of loops come out as one turn, too."""
    while len(once := _pass(words)) < len(words):
        words = once
    return words


def _pass(words: list[Word]) -> list[Word]:
    said = [tuple(fold_syllables(word.word)) for word in words]
    kept: list[Word] = []
    at = 0
    while at < len(words):
        length, turns = _loop_at(said, at)
        kept += words[at : at + length]
        at += length * turns
    return kept


def _loop_at(said: list[tuple[str, ...]], at: int) -> tuple[int, int]:
    """Find the shortest loop that begins here: its length in words, and its turns (1: none)."""
    for length in range(1, min(LONGEST_LOOP, (len(said) - at) // LEAST_TURNS) + 1):
        turn = said[at : at + length]
        turns = 1
        while said[at + turns * length : at + (turns + 1) * length] == turn:
            turns += 1
        if turns >= LEAST_TURNS and not _is_number(turn * turns):
            return length, turns
    return 1, 1


def _is_number(said: list[tuple[str, ...]]) -> bool:
    digits = [syllable for word in said for syllable in word]
    return len(digits) <= LONGEST_NUMBER and all(
        syllable in NUMERALS or syllable.isdecimal() for syllable in digits
    )
