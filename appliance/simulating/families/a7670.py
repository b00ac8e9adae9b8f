"""SIMCom A7670 and A7672: LTE without 3G, voice over LTE only, analogue sound.

Decides: what an A76xx says beyond SIMCom's rest. May touch: the Line. Thread: the modem's.
Called by: modem. Lines as seen in public captures; none was tried on hardware by us.
"""

from typing import ClassVar

from appliance.simulating.families.reply import TimedLine
from appliance.simulating.families.simcom import FLAG, SimCom
from appliance.simulating.line import Call, EndedBy


class A7670(SimCom):
    """A7670E and A7672; no sound on any serial port."""

    name = "a7670"
    meaning = "SIMCom A7670E/A7672: LTE without 3G, analogue sound"
    model = "A7670E-FASE"
    revision = "A7670M7_V1.11.1"
    imei = "868822050000000"
    is_analogue = True
    has_3g = False
    settings: ClassVar = SimCom.settings | {
        "+CAVIMS": ("1", FLAG),
        "+CEVDP": ("3", tuple("1234")),
        "+CEMODE": ("1", tuple("0123")),
        "+CLTS": ("0", FLAG),
    }

    def end_lines(self, call: Call, lasted_s: int, by: EndedBy) -> list[TimedLine]:
        """VOICE CALL:END without a space; NO CARRIER, too, if not by us."""
        ended = (0.0, f"VOICE CALL:END: {lasted_s:06d}")
        no_carrier = [] if by is EndedBy.BOX else [(0.0, "NO CARRIER")]
        return [*self.row_lines(call), ended, *no_carrier]
