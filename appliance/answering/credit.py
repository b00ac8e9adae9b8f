"""A prepaid balance and its last day, read from an operator's own words (PURE).

Decides: which figure of the text is money and which is a date. May touch: nothing.
Thread: any. Called by: spare_time.
Operators change their wording as they like: what is not understood is unknown, never a guess.
"""

import re
from dataclasses import dataclass
from datetime import date

# "12.345d", "TK goc 15000 dong", "25,500 VND"; the first one is the main account
_MONEY = re.compile(
    r"(?<![\d.,])(\d{1,3}(?:[.,]\d{3})+|\d{1,9})\s*(?:đồng|dong|vnd|vnđ|đ|d)(?![\w])", re.I
)
# "HSD: 0h ngay 01/02/2027", "su dung den 1-2-2027", "hạn dùng 01/02/2027"
_UNTIL = re.compile(
    r"(?:hsd|han|hạn|den|đến|het|hết)\D{0,20}(?:\d{1,2}h\d{0,2}\D{0,10})?"
    r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})",
    re.I,
)
YEARS = range(2025, 2101)  # as for the network's time


@dataclass(frozen=True)
class Credit:
    """balance in dong; until: the last day, ISO. None: not understood."""

    balance: int | None = None
    until: str | None = None


def read(text: str) -> Credit:
    """What a balance text says."""
    money, until = _MONEY.search(text), _UNTIL.search(text)
    balance = int(re.sub("[.,]", "", money[1])) if money else None
    return Credit(balance, _day(until) if until else None)


def _day(match: re.Match[str]) -> str | None:
    day, month, year = (int(part) for part in match.groups())
    if year not in YEARS:
        return None
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
