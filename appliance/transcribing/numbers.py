"""Spoken Vietnamese numbers -> digits, to be shown beside the words.

Decides: what in a transcript is a telephone, a time, a date, a plate, an age, a house or a number.
May touch: nothing (PURE). Thread: any. Called by: transcript.
Nothing is invented: what can be read two ways gets the plain kind or no reading at all, and the
words stay. The rules and their score: docs/decisions/spoken-numbers.md.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from appliance.transcribing.number_runs import find_plates, find_runs
from appliance.transcribing.number_shapes import (
    ALONE,
    CARDINAL,
    COUNTED,
    HUNDREDS,
    SMALL,
    TENS,
    Found,
    below_100,
    matched,
    value,
)
from appliance.transcribing.number_times import find_dates, find_times
from appliance.transcribing.number_words import Spoken, plate_letter, spell


@dataclass(frozen=True)
class Reading:
    """The words first to last, inclusive, mean value; phone|house|time|plate|date|age|number."""

    first: int
    last: int
    kind: str
    value: str


def find_numbers(words: Sequence[str]) -> list[Reading]:
    """Find the numbers among the words of a transcript, in order, never two on one word."""
    spoken = spell(words)
    taken: set[int] = set()
    readings = []
    for find in (find_plates, find_dates, find_runs, find_times, _ages, _houses, _plain):
        for found in find(spoken):
            first, last = spoken.pieces[found.start].word, spoken.pieces[found.end - 1].word
            covered = range(first, last + 1)
            if taken.isdisjoint(covered) and not _unclear(spoken, found):
                taken.update(covered)
                readings.append(Reading(first, last, found.kind, found.value))
    return sorted(readings, key=lambda reading: reading.first)


def _unclear(spoken: Spoken, found: Found) -> bool:
    """Without tone marks "tam muoi" is 80 or about 10, "nam muoi" 50 or year 10."""
    letters = spoken.sure[found.start : found.end]
    if not spoken.toneless or letters[1:2] not in ("m", "H"):
        return False
    if not set("NMB").isdisjoint(letters):
        return letters[:2] in ("6m", "8m")
    return letters[0] in "568"


_AGES = re.compile(
    rf"{ALONE}(?:(?P<years>(?>{HUNDREDS}|{TENS}|[1-9](?![1-9])|w))u(?P<half>r)?"
    rf"|(?P<months>{SMALL})Tu|(?P<pair>[2-9][1-9])u)"
)
_OLDEST = 120  # years; more is no age


def _ages(spoken: Spoken) -> Iterator[Found]:
    """Find 14, 3,5 (three and a half) and 2 tháng; "bốn hai tuổi" is 42, "hai ba tuổi" unclear."""
    for found in _AGES.finditer(spoken.sure):
        months, pair = matched(spoken, found, "months"), found["pair"]
        years = below_100(pair) if pair else matched(spoken, found, "years") or 0
        if months is not None and months < 100:
            yield Found(*found.span(), "age", f"{months} tháng")
        elif 0 < years <= _OLDEST and not (pair and pair[1] > pair[0]):
            yield Found(*found.span(), "age", f"{years},5" if found["half"] else str(years))


_HOUSE = rf"(?>{HUNDREDS}|{TENS}|[1-9]l[1-9abc]|[1-9][0-9]{{1,2}}|[1-9]|w)"
_NUMBER = rf"(?P<number>{_HOUSE}(?:x{_HOUSE}){{0,2}})(?P<letter>[LA])?"
_HOUSES = (
    # "số nhà", "nhà số", "ki lô mét số", "ngõ", "ngách"
    re.compile(rf"(?:sv|vs|{ALONE}ys|Os?){_NUMBER}(?!{COUNTED})"),
    re.compile(rf"s{_NUMBER}(?=[SO])"),  # "số mười hai đường ..."
    re.compile(rf"Js?(?P<number>{SMALL})(?P<letter>)(?!{COUNTED})"),  # "thôn hai", "tổ ba"
)
_LONGEST_HOUSE = 4  # digits
_HOUSE_LETTERS = "ABCD"  # 12A; further letters are names of something else


def _houses(spoken: Spoken) -> Iterator[Found]:
    """Find 12, 23/4, 12B and the number of a hamlet or a group."""
    for shape in _HOUSES:
        for found in shape.finditer(spoken.sure):
            start, end = found.span("number")
            numbers = [
                _house(spoken, start + m.start(), start + m.end())
                for m in re.finditer("[^x]+", found["number"])
            ]
            letter = _house_letter(spoken, found) if found["letter"] else ""
            if max(map(len, numbers)) <= _LONGEST_HOUSE:
                yield Found(start, end + len(letter), "house", "/".join(numbers) + letter)


def _house(spoken: Spoken, start: int, end: int) -> str:
    letters = spoken.sure[start:end]
    if letters.isdecimal():
        return letters
    if letters[1:2] == "l":  # "một linh hai"
        return f"{letters[0]}0{below_100(letters[2])}"
    return str(value(spoken, start, end))


def _house_letter(spoken: Spoken, found: re.Match[str]) -> str:
    at = found.start("letter")
    letter = plate_letter(spoken.text(at))
    called = spoken.pieces[at + 1 : at + 2]
    hello = letter == "A" and called and called[0].text in ("lô", "lo")  # "a lô"
    return letter if letter in _HOUSE_LETTERS and not hello and not spoken.toneless else ""


# "mấy trăm", "hai mươi mấy", "hai phẩy năm" and a number beside another one are unclear; "năm"
# after tens is years, after a scale word it may be the next digit. "một con" is one of them each.
_PLAIN = re.compile(
    rf"(?<!X){ALONE}{CARDINAL}(?!(?!1[zTn])[1-46-9abctmHNMBlkwXr]|-[0-9w]|(?<=[HNMB])5)"
)


def _plain(spoken: Spoken) -> Iterator[Found]:
    """Find other numbers of at least two words; 10.000 and more get dots, as they are written."""
    for found in _PLAIN.finditer(spoken.sure):
        if len(found[0]) > 1:
            number = value(spoken, *found.span())
            shown = f"{number:,}".replace(",", ".") if number >= 10_000 else str(number)
            yield Found(*found.span(), "number", shown)
