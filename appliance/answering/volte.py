"""Whether voice over LTE is registered: the lines in which modems say so (PURE).

Decides: what such a line means. May touch: nothing. Thread: any. Called by: families.
Without it, a call to an LTE modem needs 3G, which goes in 2028; with 2G it has gone already.
"""

import re
from collections.abc import Iterable

VOICE = 1  # 27.007 8.71 <ext_info>: bit 0, "RTP-based transfer of voice"


def parse_cireg(lines: Iterable[str]) -> bool | None:
    """+CIREG: n,reg_info[,ext_info] (27.007 8.71); ext_info is hexadecimal, without it: any IMS."""
    for line in lines:
        match = re.fullmatch(r'\+CIREG: ?[0-9], ?([0-9])(?:, ?"?([0-9A-Fa-f]{1,8})"?)?', line)
        if match:
            return match[1] == "1" and (match[2] is None or bool(int(match[2], 16) & VOICE))
    return None


def parse_qcfg_ims(lines: Iterable[str]) -> bool | None:
    """Quectel's +QCFG: "ims",setting,state: the second figure is 1 once VoLTE is there."""
    for line in lines:
        match = re.fullmatch(r'\+QCFG: ?"ims", ?[0-9], ?([01])', line)
        if match:
            return match[1] == "1"
    return None
