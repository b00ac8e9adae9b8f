"""The modem's and the SIM's own lists of callers, wiped: numbers lie sealed or nowhere.

Decides: which entries are deleted. May touch: the modem, only through `Talks`.
Thread: the modem link's command thread. Called by: chores, once the line is free after a call.
A modem that keeps no such list, or guards it, refuses; that is all it can do.
"""

import re
from collections.abc import Iterable, Iterator

from appliance.answering.families.base import Family, Refused, Talks, tolerated
from appliance.errors import CommandTimeout

# 27.007 8.11 AT+CPBS: received, missed and dialled calls (of the modem), last numbers of the SIM
LISTS = ("RC", "MC", "DC", "LD")
ENTRIES_MAX = 50  # a SIM keeps 10, modems 20 to 50
SIM_S = 5.0  # a SIM writes an entry in well under a second


def wipe(modem: Talks, _family: Family) -> Iterator[dict[str, object]]:
    """Delete what is in them, one command at a time; then the SIM's phone book is chosen again."""
    for name in LISTS:
        try:
            modem.command(f'AT+CPBS="{name}"', SIM_S)
            used = parse_used(modem.command("AT+CPBS?", SIM_S), name)
        except (Refused, CommandTimeout):
            used = 0
        yield {}
        yield from _delete(modem, min(used, ENTRIES_MAX))
    tolerated(modem, 'AT+CPBS="SM"', SIM_S)


def _delete(modem: Talks, used: int) -> Iterator[dict[str, object]]:
    """AT+CPBW=<index> (27.007 8.14) deletes an entry; the last first, so that none moves up."""
    for index in range(used, 0, -1):
        try:
            modem.command(f"AT+CPBW={index}", SIM_S)
        except (Refused, CommandTimeout):
            yield {}
            return  # read-only: the others are too
        yield {}


def parse_used(lines: Iterable[str], name: str) -> int:
    """How many entries of +CPBS: "RC",used,total (27.007 8.11) there are; 0 if not said."""
    for line in lines:
        match = re.match(rf'\+CPBS: ?"{name}", ?([0-9]{{1,4}})(?:,|$)', line)
        if match:
            return int(match[1])
    return 0
