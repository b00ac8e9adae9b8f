"""What a modem says of voice over LTE.

Decides: registered or not, from one line. May touch: nothing (PURE).
Thread: the modem link's command thread. Called by: families.
Only read: settings of IMS survive a restart, and a wrong one silences the modem for good.
"""

import re
from collections.abc import Iterable

_CIREG = re.compile(r"\+CIREG: ?[0-9], ?([0-9])(?:,|$)")
_QCFG_IMS = re.compile(r'\+QCFG: ?"ims", ?[0-9], ?([0-9])$')


def parse_cireg(lines: Iterable[str]) -> bool | None:
    """The <reg_info> of +CIREG: n,reg_info[,ext_info] (27.007 8.71): 1 is registered."""
    return _last(_CIREG, lines)


def parse_qcfg_ims(lines: Iterable[str]) -> bool | None:
    """The second figure of Quectel's +QCFG: "ims",setting,capable."""
    return _last(_QCFG_IMS, lines)


def _last(pattern: re.Pattern[str], lines: Iterable[str]) -> bool | None:
    found = None
    for line in lines:
        match = pattern.match(line)
        found = match[1] == "1" if match else found
    return found
