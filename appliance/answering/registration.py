"""+CREG, +CGREG and +CEREG lines, asked for or not -> the network state in them.

Decides: which field is the state. May touch: nothing (PURE).
Thread: the modem's reader or command thread. Called by: at_lines.
Makers leave out quotes, add spaces and zeros, tear lines: the cases of ModemManager and gammu.
"""

import re
from collections.abc import Iterable

from appliance.answering.at_fields import number

STAT_MAX = 11  # 27.007 10.1.22 <stat>: 0 .. 11
_LINE = re.compile(r"\+C[EG]?REG: ?(.+)")
_PADDED = re.compile(r"0[0-9]{1,3}")  # Iridium pads everything: +CREG:002,001 and 002,0011


def stat_of(line: str) -> int | None:
    """<stat> of n,stat[,..] (a reply) or stat[,..] (unasked), told apart by the second field."""
    fields = _fields(line)
    if not fields:
        return None
    return _stat(fields[1] if _is_reply(fields) else fields[0])


def parse(lines: Iterable[str]) -> int | None:
    """<stat> of a reply: its last line of the shape n,stat; else of a line of the other shape."""
    known = [fields for line in lines if (fields := _fields(line))]
    replies = [_stat(fields[1]) for fields in known if _is_reply(fields)]
    others = [_stat(fields[0]) for fields in known if not _is_reply(fields)]
    return next((s for s in reversed(replies or others) if s is not None), None)


def _fields(line: str) -> list[str]:
    match = _LINE.fullmatch(line)
    return [field.strip() for field in match[1].split(",")] if match else []


def _is_reply(fields: list[str]) -> bool:
    """Whether the second field is a state: short digits, where an area code is hex or quoted."""
    if len(fields) < 2 or number(fields[0]) is None:
        return False
    padded = _PADDED.fullmatch(fields[0]) and _PADDED.fullmatch(fields[1])
    short = re.fullmatch("[0-9]{1,2}", fields[1])
    return bool(padded or short) and _stat(fields[1]) is not None


def _stat(field: str) -> int | None:
    value = number(field)
    return value if value is not None and value <= STAT_MAX else None
