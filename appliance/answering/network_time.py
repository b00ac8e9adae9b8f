"""What time the network says it is: a witness for a clock without a battery.

Decides: which of the modem's answers is a time at all. May touch: the modem, only through `Talks`.
Thread: the modem link's command thread. Called by: chores.
A Pi has no clock of its own when the power comes back; the modem knows the network's.
"""

import re
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone

from appliance.answering.families.base import Family, Talks, tolerated

# Quectel's QLTS=1 is the network's own time, its CCLK may be UTC under a local zone: so ask it
# first; others refuse it. CCLK: 27.007 8.15, local time and zone, set by the network (AT+CTZU=1).
QUESTIONS = ("AT+QLTS=1", "AT+CCLK?")
QUICK_S = 3.0  # both are answered by the modem itself
YEARS = range(2025, 2101)  # a modem that was never told prints its factory's year: 1980, 2004
ZONE_MAX = 14 * 4  # quarters of an hour; UTC+14 is the farthest there is

_TIME = re.compile(
    r'\+(QLTS|CCLK): ?"([0-9]{2,4})/([0-9]{2})/([0-9]{2}),([0-9]{2}):([0-9]{2}):([0-9]{2})'
    r"([+-][0-9]{1,2})"
)


def ask(modem: Talks, _family: Family) -> Iterator[dict[str, object]]:
    """How far the network's time is ahead of this machine's, in seconds; nothing if unknown."""
    for question in QUESTIONS:
        said = parse(tolerated(modem, question, QUICK_S))
        if said is not None:
            yield {"clock_off_s": round(said - time.time(), 1)}
            return
        yield {}


def parse(lines: Iterable[str]) -> float | None:
    """Epoch seconds of +CCLK (local time and zone) or +QLTS=1 (UTC); None when absurd."""
    for line in lines:
        match = _TIME.match(line)
        if match:
            return _epoch(match)
    return None


def _century(year: int) -> int:
    """Two figures from 80 on are a modem's own zero, 1980 as in GPS."""
    return 1900 if year >= 80 else 2000


def _epoch(match: re.Match[str]) -> float | None:
    kind, year, *rest = match.group(1, 2, 3, 4, 5, 6, 7)
    full_year = int(year) + (_century(int(year)) if len(year) == 2 else 0)
    quarters = int(match[8])
    if full_year not in YEARS or abs(quarters) > ZONE_MAX:
        return None
    zone = UTC if kind == "QLTS" else timezone(timedelta(minutes=15 * quarters))
    try:
        return datetime(full_year, *map(int, rest), tzinfo=zone).timestamp()  # type: ignore[arg-type, misc]
    except ValueError:
        return None
