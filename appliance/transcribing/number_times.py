"""Spoken dates and times of day.

Decides: which numbers are a day, a month, a year or an hour. May touch: nothing (PURE).
Thread: any. Called by: numbers.
An hour is written 24-hour, 17:00, only when the part of the day was said; "năm giờ" stays 5:00.
"""

import re
from collections.abc import Iterator

from appliance.transcribing.number_shapes import (
    ALONE,
    COUNTED,
    SMALL,
    TENS,
    THOUSANDS,
    Found,
    below_100,
    matched,
    value,
)
from appliance.transcribing.number_words import NUMBERS, Spoken
from appliance.vietnamese import fold

_DIGIT_YEAR = rf"(?:19|20)(?:{TENS}|[0-9][0-9abc])"  # "một chín tám lăm", "hai không hai mươi tư"
_YEAR = rf"(?P<year>{_DIGIT_YEAR}|{THOUSANDS}|w)"
# "tháng ba một lần" and "tháng hai ba trăm nghìn" are no months
_MONTH = r"(?P<month>(?>t[12]?|[1-9b]|w|G))(?![0-46-9abctmHNMBlkwz])"
_DAYS = re.compile(
    rf"(?:(?<=n)|{ALONE})(?P<day>{SMALL})n?T{_MONTH}(?:5(?:{_YEAR}|(?P<short>{TENS})))?"
)
_MONTHS = re.compile(rf"(?<=T){_MONTH}5{_YEAR}")
_YEARS = re.compile(rf"{ALONE}5{_YEAR}(?![{NUMBERS}])")
_LUNAR = {"gieng": 1, "chap": 12}
LAST_DAY = (31, 30, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)  # the second lunar month can have 30
YEARS = range(1900, 2100)  # outside it is a sum or a mistake

_TIMES = re.compile(
    rf"{ALONE}(?P<hour>(?>{TENS}|[0-9]|w))(?P<word>[gh])"
    rf"(?:(?P<half>r)|e(?P<less>{SMALL})p?|(?P<exact>(?>{TENS}|[0-9]|w))p"
    rf"|(?P<bare>(?>{TENS}|w))(?!{COUNTED}))?(?:R?(?P<part>d))?"
)
_PART_BEFORE = re.compile(r"d[jYW]{0,3}$")  # "chiều qua lúc bốn giờ"
# Part of the day -> hours that stay as said, hours that are in its second half.
_PARTS = {
    "sang": (range(12), range(0)),
    "trua": (range(10, 13), range(1, 3)),
    "chieu": (range(0), range(1, 8)),
    "toi": (range(0), range(5, 12)),
    "dem": (range(1, 5), range(7, 12)),
    "khuya": (range(1, 5), range(9, 12)),
}
_MIDNIGHT = ("toi", "dem", "khuya")  # "mười hai giờ đêm" is 00:00
# Without tone marks also "sang" (go over), "tôi", "đem": clear only before these, or at the end.
_UNCLEAR_PARTS = ("sang", "toi", "dem")
_CLEARED_BY = ("nay", "mai")
_NO_TIME = ("D", "V", "s")  # "trong hai giờ", "sau hai giờ", "bão số ba, giờ ..."
_UNCLEAR_HOURS = ("bay", "sau", "tam")  # "bây giờ", "sau giờ", "tầm giờ"


def find_dates(spoken: Spoken) -> Iterator[Found]:
    """Find 20/11, 12/03/2025, 03/2025 and 1985; a day of one digit needs "ngày" or "mùng"."""
    for found in _DAYS.finditer(spoken.sure):
        day, month, start = matched(spoken, found, "day") or 0, _month(spoken, found), found.start()
        named = spoken.sure[start - 1 : start] == "n" or len(found["day"]) > 1
        if not named and not spoken.written(start, start + 1):
            continue
        if 1 <= month <= 12 and day <= LAST_DAY[month - 1]:
            yield Found(*found.span(), "date", f"{day:02}/{month:02}{_of_year(spoken, found)}")
    for found in _MONTHS.finditer(spoken.sure):
        month, year = _month(spoken, found), _year(spoken, found)
        if 1 <= month <= 12 and year in YEARS:
            yield Found(*found.span(), "date", f"{month:02}/{year}")
    for found in _YEARS.finditer(spoken.sure):
        if _year(spoken, found) in YEARS:
            yield Found(*found.span("year"), "date", str(_year(spoken, found)))


def _month(spoken: Spoken, found: re.Match[str]) -> int:
    if found["month"] == "G":
        return _LUNAR[fold(spoken.text(found.start("month")))]
    return matched(spoken, found, "month") or 0


def _of_year(spoken: Spoken, found: re.Match[str]) -> str:
    """Write the year of a day; two digits stay two digits."""
    short = matched(spoken, found, "short")
    if short is not None:
        return f"/{short:02}"
    return "" if found["year"] is None else f"/{_year(spoken, found)}"


def _year(spoken: Spoken, found: re.Match[str]) -> int:
    letters = found["year"]
    if letters[:2] in ("19", "20"):
        return 100 * int(letters[:2]) + below_100(letters[2:])
    return value(spoken, *found.span("year"))


def find_times(spoken: Spoken) -> Iterator[Found]:
    """Find 7:00, 10:45, 19:30; two hours long ("hai giờ đồng hồ") is no time."""
    for found in _TIMES.finditer(spoken.sure):
        part, end = _part_of_day(spoken, found)
        if _is_a_time(spoken, found, end, part):
            shown = _shown(spoken, found, part)
            if shown:
                yield Found(found.start(), end, "time", shown)


def _part_of_day(spoken: Spoken, found: re.Match[str]) -> tuple[str, int]:
    """Give the part of the day, folded, said after or before the time; and where the time ends."""
    at, end = found.start("part"), found.end()
    if at >= 0:
        part = fold(spoken.text(at))
        if _is_clear(spoken, at, part) or end == len(spoken.sure):
            return part, end
        end = at
    before = _PART_BEFORE.search(spoken.sure, max(0, found.start() - 4), found.start())
    if before:
        part = fold(spoken.text(before.start()))
        if _is_clear(spoken, before.start(), part):
            return part, end
    return "", end


def _is_clear(spoken: Spoken, at: int, part: str) -> bool:
    if not spoken.toneless or part not in _UNCLEAR_PARTS:
        return True
    return at + 1 < len(spoken.sure) and spoken.text(at + 1) in _CLEARED_BY


def _is_a_time(spoken: Spoken, found: re.Match[str], end: int, part: str) -> bool:
    hour, start, after = found["hour"], found.start(), spoken.sure[end : end + 1]
    if found["word"] == "h" and len({p.word for p in spoken.pieces[start : start + 2]}) > 1:
        return False
    if after == "e":
        return False
    if any(found[minutes] for minutes in ("half", "less", "exact", "bare")):
        return True
    if spoken.toneless and spoken.text(start) in _UNCLEAR_HOURS:
        return False
    before = spoken.sure[start - 1 : start]
    return bool(part) or not (after == "E" or before in _NO_TIME or (hour == "0" and before != "j"))


def _shown(spoken: Spoken, found: re.Match[str], part: str) -> str | None:
    hour, less = matched(spoken, found, "hour"), matched(spoken, found, "less") or 0
    minutes = matched(spoken, found, "exact") or matched(spoken, found, "bare") or 0
    if hour is None or hour > 23 or minutes > 59 or less > 59:
        return None
    placed = _placed(hour, part)
    at = 60 * (hour if placed is None else placed) + (30 if found["half"] else minutes) - less
    shown_hour = at // 60 % 24
    if placed is None:  # "một giờ kém năm" is five to one of either half of the day: 12:55
        return f"{shown_hour or (12 if less else 0)}:{at % 60:02}"
    return f"{shown_hour:02}:{at % 60:02}"


def _placed(hour: int, part: str) -> int | None:
    """Give the hour of 24; None when the part of the day is not known or does not fit."""
    if not part or hour > 12:
        return None
    if hour == 12 and part in _MIDNIGHT:
        return 0
    stay, second = _PARTS[part]
    return hour if hour in stay else hour + 12 if hour in second else None
