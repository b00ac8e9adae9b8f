"""Data connections of the modem, closed: the box is offline, and data costs the post's credit.

Decides: which contexts may go. May touch: the modem, only through `Talks`.
Thread: the modem link's command thread. Called by: chores.
Voice over LTE needs its IMS context, and LTE itself one context: those stay.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from appliance.answering.families.base import Family, Talks, tolerated

CLOSE_S = 10.0  # the network is told; a ring meanwhile waits at most so long
QUICK_S = 3.0


def close(modem: Talks, _family: Family) -> Iterator[dict[str, object]]:
    """AT+CGACT? and AT+CGDCONT? (27.007 10.1.10, 10.1.1), then AT+CGACT=0,<cid> for the rest."""
    active = parse_active(tolerated(modem, "AT+CGACT?", QUICK_S))
    yield {}
    names = parse_names(tolerated(modem, "AT+CGDCONT?", QUICK_S)) if len(active) > 1 else {}
    yield {}
    for cid in to_close(active, names):
        tolerated(modem, f"AT+CGACT=0,{cid}", CLOSE_S)
        yield {}


def to_close(active: Iterable[int], names: Mapping[int, str]) -> tuple[int, ...]:
    """Neither an IMS or emergency context, nor the first: on LTE its end ends the registration.

    A context without a known name may be the modem's own for IMS (A76xx: 8): left alone.
    """
    first, *others = sorted(active) or (0,)
    del first
    return tuple(c for c in others if names.get(c) and names[c] not in ("ims", "sos", "emergency"))


def parse_active(lines: Iterable[str]) -> tuple[int, ...]:
    """The contexts of +CGACT: cid,state rows that are on."""
    rows = (re.fullmatch(r"\+CGACT: ?([0-9]{1,3}), ?1", line) for line in lines)
    return tuple(int(row[1]) for row in rows if row)


def parse_names(lines: Iterable[str]) -> dict[int, str]:
    """The access point of each +CGDCONT: cid,"type","name",... row, in small letters."""
    rows = (re.match(r'\+CGDCONT: ?([0-9]{1,3}), ?"[^"]*", ?"([^"]*)"', line) for line in lines)
    return {int(row[1]): row[2].partition(".")[0].lower() for row in rows if row}
