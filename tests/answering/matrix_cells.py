"""The matrix of modem families and faults: what becomes of a call in each cell.

A cell that is not named here is an ordinary call: answered, recorded, ended, ready again.
"""

from dataclasses import dataclass
from enum import Enum

from appliance.simulating.families import FAMILIES
from appliance.simulating.faults import FAULTS

NO_FAULT = ""


class Becomes(Enum):
    """What a caller, and the officers, see of a call."""

    MESSAGE = "message, caller hangs up"
    RESET = "message, we hang up, the modem is restarted"
    MISSED = "missed: the caller was gone in the moment of answering"
    NO_SOUND = "answered, no sound: we hang up, line_lost"
    LINE_LOST = "line_lost: the modem goes in the call and comes back"
    DOWN = "no modem, with its reason; back once the fault is over"
    UNREACHABLE = "the network cannot reach the number; reachable once the fault is over"
    UNSEEN = "it rings at the network and the modem does not say so"


@dataclass(frozen=True)
class Cell:
    """One family with one fault. trouble: the code of the reason why there is no modem."""

    family: str
    fault: str
    becomes: Becomes = Becomes.MESSAGE
    trouble: str = ""

    @property
    def name(self) -> str:
        return f"{self.family}-{self.fault or 'no-fault'}"


# Each fault is played on this family, unless LIKELIEST names the one it was seen on.
USUAL = "sim7600"
LIKELIEST = {
    "call-row-only": "huawei",  # nothing announces its calls: found by asking alone
    "flow-stop": "quectel",
    "no-volte": "a7670",
    "end-bare": "a7670",
    "ucs2-numbers": "huawei",
    "ussd-packed": "huawei",
    "creg-zero": "quectel",
    "end-no-carrier": "generic",
}

_ROUTED = ("sim7600", "quectel")
SPECIAL = {
    "hang-up-ignored": (Becomes.RESET, ""),
    "ata-no-carrier": (Becomes.MISSED, ""),
    "unplug-in-call": (Becomes.LINE_LOST, ""),
    "no-network": (Becomes.UNREACHABLE, ""),
    "deaf": (Becomes.UNSEEN, ""),
    "unplug": (Becomes.DOWN, "port_missing"),
    "mute": (Becomes.DOWN, "port_wrong"),
    "error-everything": (Becomes.DOWN, "modem_broken"),
    "no-sim": (Becomes.DOWN, "sim_missing"),
    "sim-blocked": (Becomes.DOWN, "sim_puk"),
    "pin-one-try": (Becomes.DOWN, "sim_last_try"),
}
SPECIAL_IN = {
    **{(family, "cpcmreg-never"): (Becomes.NO_SOUND, "") for family in _ROUTED},
    ("huawei", "cpcmreg-never"): (
        Becomes.DOWN,
        "modem_other",
    ),  # ^CVOICE tells that voice is locked
    ("a7670", "no-volte"): (Becomes.UNREACHABLE, ""),  # it has no 3G to fall back to
    ("generic", "pin-required"): (Becomes.DOWN, "sim_last_try"),  # no question for the tries left
}


def cell(family: str, fault: str) -> Cell:
    return Cell(family, fault, *SPECIAL_IN.get((family, fault), SPECIAL.get(fault, ())))


ALL = [cell(family, fault) for family in FAMILIES for fault in (NO_FAULT, *FAULTS)]
EVERY_RUN = [cell(family, NO_FAULT) for family in FAMILIES] + [
    cell(LIKELIEST.get(fault, USUAL), fault) for fault in FAULTS
]
LONG = [one for one in ALL if one not in EVERY_RUN]
