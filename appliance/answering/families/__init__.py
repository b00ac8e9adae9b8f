"""Modem families: one file per dialect, overriding only what differs from the standard."""

import re

from appliance.answering.families.a7670 import A7670
from appliance.answering.families.base import Family
from appliance.answering.families.huawei import Huawei
from appliance.answering.families.quectel import Quectel, QuectelUac
from appliance.answering.families.sim7600 import Sim7600

KNOWN: tuple[type[Family], ...] = (Sim7600, A7670, Quectel, QuectelUac, Huawei)


def choose(configured: str, model: str, usb: tuple[type[Family], ...] = ()) -> Family:
    """The family named in [modem] family; for "auto" the model's, else that of its USB id."""
    if configured == "auto":
        kind = of_model(model) or next(iter(usb), Family)
        return kind()
    return of_name(configured)()


def of_name(configured: str) -> type[Family]:
    """The family of that name; the standard one when there is none."""
    return {kind.name: kind for kind in KNOWN}.get(configured, Family)


def of_model(model: str) -> type[Family] | None:
    """The family whose name AT+CGMM printed ("SIMCOM_SIM7600G-H"), or None."""
    name = model.upper().replace("_", " ")
    for kind in KNOWN:
        if re.search(rf"(?<![A-Z0-9]){kind.models}", name):
            return kind
    return None
