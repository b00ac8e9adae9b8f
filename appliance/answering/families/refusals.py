"""Modems that cannot be this box's phone, known by their names: the reason, or None.

Decides: which models are refused. May touch: nothing (PURE). Thread: any. Called by: choice, probe.
Refused is only what a source names; what is unknown is given a try.
"""

import re

GOOD = "SIM7600E-H/G-H, A7670E-FASE/LASE, EC25, EG25-G"
_ONLY_2G = re.compile(
    r"(?<![A-Z0-9])(?:"
    r"SIM[389][0-9]{2}(?![0-9])"  # SIM300, SIM800, SIM868, SIM900; not SIM8200
    r"|M(?:10|25|26|35|56|66|72|80|85|95)(?![0-9])|MC60"  # Quectel M26 and kin
    r"|A[69]G?(?![A-Z0-9])"  # Ai-Thinker A6, A9
    r")"
)
_ONLY_DATA = re.compile(
    r"(?<![A-Z0-9])(?:"
    r"SIM767[02]"  # its maker's board supplier: "do not support voice" (LilyGO T-PCIE issue 43)
    r"|SIM70[0-9]0"  # Cat M and NB-IoT: SIM7000, 7020, 7070, 7080, 7090
    r"|E3372|ME909"  # Huawei LTE: "Dongle has NO voice support" (asterisk-chan-dongle issue 171)
    r")"
)
_VARIANT_WITHOUT_VOICE = re.compile(r"LNXY")  # A7670E-LNXY-UBL: data only, without even SMS
USB_ONLY_DATA = frozenset({(0x1E0E, 0x9205), (0x1E0E, 0x9206)})  # SIM7070, 7080, 7090


def why_refused(model: str, revision: str = "") -> str | None:
    """A sentence for a technician, or None. model, revision: AT+CGMM and AT+CGMR."""
    name = model.upper().replace("_", " ")
    if _ONLY_2G.search(name):
        return f"{model} knows only 2G, which Vietnam has switched off: use one of {GOOD}"
    if _ONLY_DATA.search(name) or _VARIANT_WITHOUT_VOICE.search(f"{name} {revision.upper()}"):
        return f"{model} carries data but no voice, so no call can reach it: use one of {GOOD}"
    return None
