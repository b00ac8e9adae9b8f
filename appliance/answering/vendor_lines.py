"""Replies that only one maker's modems print: PIN tries, and whether voice is allowed.

Decides: what the figures in them mean. May touch: nothing (PURE).
Thread: the modem link's command thread. Called by: families.
A figure that is not there is unknown; a PIN is not tried on a guess (sim_pin).
"""

import re
from collections.abc import Iterable

from appliance.answering.at_fields import fields_of, number


def parse_qpinc(lines: Iterable[str]) -> int | None:
    """Tries left for the PIN in Quectel's +QPINC: "SC",pin,puk."""
    for line in lines:
        fields = fields_of(line) if line.startswith("+QPINC:") else None
        if fields and len(fields) > 1 and fields[0] in ('"SC"', "SC"):
            return number(fields[1])
    return None


def parse_huawei_cpin(lines: Iterable[str]) -> int | None:
    """Tries left for the PIN in Huawei's ^CPIN: state,left now,puk,pin,puk2,pin2."""
    for line in lines:
        fields = fields_of(line) if line.startswith("^CPIN:") else None
        if fields and len(fields) > 3:
            return number(fields[3])
    return None


def parse_cvoice(lines: Iterable[str]) -> int | None:
    """The mode of Huawei's ^CVOICE: mode[,rate,bits,ms]; 0 is voice to the computer."""
    for line in lines:
        match = re.match(r"\^CVOICE: ?([0-9])(?:,|$)", line)
        if match:
            return int(match[1])
    return None
