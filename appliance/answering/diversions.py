"""Whether the operator sends this SIM's calls elsewhere: its own voicemail, or another phone.

Decides: nothing; it reads. May touch: the modem, only through `Talks`.
Thread: the modem link's command thread. Called by: chores, once a day while the line is free.
An operator's voicemail answers before the box does, and nobody ever listens to it.
"""

import re
from collections.abc import Iterable, Iterator

from appliance.answering.families.base import Family, Talks, tolerated

ASK_S = 10.0  # the network is asked; a ring meanwhile waits at most so long
ALWAYS = 0  # 27.007 7.11 <reason>: unconditional
SOMETIMES = (1, 2, 3)  # busy, no reply, not reachable
VOICE = 1  # <class>: a sum, 1 is voice
_ROW = re.compile(r"\+CCFC: ?([01])(?:, ?([0-9]{1,3}))?(?:,|$)")


def ask(modem: Talks, _family: Family) -> Iterator[dict[str, object]]:
    """AT+CCFC=<reason>,2 (27.007 7.11); where it is refused nothing is known."""
    always = parse(tolerated(modem, f"AT+CCFC={ALWAYS},2", ASK_S))
    yield {"diverted": always}
    found: list[bool | None] = []
    for reason in SOMETIMES:
        found.append(parse(tolerated(modem, f"AT+CCFC={reason},2", ASK_S)))
        yield {}
    known = [one for one in found if one is not None]
    yield {"voicemail": any(known) if known else None}


def parse(lines: Iterable[str]) -> bool | None:
    """Whether one row says that voice calls are diverted; None without any row."""
    rows = [match for line in lines if (match := _ROW.match(line))]
    if not rows:
        return None
    return any(row[1] == "1" and int(row[2] or VOICE) & VOICE for row in rows)
