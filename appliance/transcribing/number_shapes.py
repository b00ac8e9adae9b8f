"""The shapes of spoken Vietnamese numbers, and what they are worth.

Decides: which letters of number_words make one number, and its value. May touch: nothing (PURE).
Thread: any. Called by: numbers, number_runs.
Spoken forms that mean two things have no shape here: "một trăm ba" (103 or 130), "hai ba trăm"
(200 to 300), "hai trăm năm" (250, or 200 years).
"""

import re
from dataclasses import dataclass

from appliance.transcribing.number_words import NUMBERS, Spoken

# One of 1 to 9 after tens, unless it begins a number of its own; "năm" (year) is said "lăm" there.
UNIT = r"[1-46-9abc](?![mHkl])"
TENS = rf"(?:t(?:{UNIT})?|[2-9]m(?:{UNIT})?|[2-9][abc])"
HUNDREDS = rf"[1-9]H(?:l[1-9abc]|{TENS}|[abcr])?"
_BELOW_1000 = rf"(?:{HUNDREDS}|{TENS}|[1-9]k)"
_COUNT = rf"(?:{_BELOW_1000}|[1-9]|w)"
THOUSANDS = rf"{_COUNT}N(?:0H(?:l[1-9abc]|{TENS})|{HUNDREDS}|l[1-9abc]|{TENS}|[abcr])?"
_MILLIONS = rf"{_COUNT}M(?:{THOUSANDS}|[abcr])?"
_BILLIONS = rf"{_COUNT}B(?:{_MILLIONS}|[abcr])?"
CARDINAL = rf"(?>{_BILLIONS}|{_MILLIONS}|{THOUSANDS}|{_BELOW_1000}|[HNMB]r)"
SMALL = rf"(?>{TENS}|[1-9]|w)"  # up to 99, of which one to nine are only numbers in company
ALONE = rf"(?<![{NUMBERS}])"  # no number word before
COUNTED = rf"[{NUMBERS}zugpT]"  # after a number it makes a count or a time: "tổ ba người"

_SCALES = (("B", 10**9), ("M", 10**6), ("N", 10**3), ("H", 100))
_UNITS = {"a": 1, "b": 4, "c": 5}


@dataclass(frozen=True)
class Found:
    """A number among the letters of Spoken, end exclusive; kind and value as in a Reading."""

    start: int
    end: int
    kind: str
    value: str


def value(spoken: Spoken, start: int, end: int) -> int:
    """Give what the letters from start to end are worth; they must have one of the shapes."""
    letters = spoken.sure[start:end]
    for letter, scale in _SCALES:
        at = letters.find(letter)
        if at >= 0:
            count = value(spoken, start, start + at) if at else 1
            return count * scale + _rest(spoken, start + at + 1, end, scale)
    if "w" in letters:
        return int(spoken.text(start))
    return below_100(letters.removeprefix("l"))


def unit(letter: str) -> int:
    """Give the digit that a letter is."""
    return _UNITS[letter] if letter in _UNITS else int(letter)


def matched(spoken: Spoken, found: re.Match[str], group: str) -> int | None:
    """Give the value of a group of a match; None when the group is not there."""
    start, end = found.span(group)
    return None if start < 0 else value(spoken, start, end)


def _rest(spoken: Spoken, start: int, end: int, scale: int) -> int:
    """Give what follows a scale word: "triệu rưỡi", "trăm tư", "nghìn hai trăm"."""
    letters = spoken.sure[start:end]
    if not letters:
        return 0
    if letters == "r":
        return scale // 2
    if letters in _UNITS:
        return _UNITS[letters] * scale // 10
    return value(spoken, start, end)


def below_100(letters: str) -> int:
    """Give what the letters of a number below 100 are worth."""
    if letters[0] == "t":
        return 10 + (unit(letters[1]) if len(letters) > 1 else 0)
    if len(letters) == 1:
        return unit(letters)
    if letters[1] == "k":
        return 10 * unit(letters[0])
    if letters[1] == "m":
        return 10 * unit(letters[0]) + (unit(letters[2]) if len(letters) > 2 else 0)
    return 10 * unit(letters[0]) + unit(letters[1])
