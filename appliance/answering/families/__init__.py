"""Modem families: one file per dialect, overriding only what differs from the standard."""

from appliance.answering.families.base import Family
from appliance.answering.families.sim7600 import Sim7600

KNOWN: tuple[type[Family], ...] = (Sim7600,)


def choose(configured: str, model: str) -> Family:
    """The family named in [modem] family, or for "auto" the one whose name the model contains."""
    for kind in KNOWN:
        if kind.name in (configured, _family_name(model)):
            return kind()
    return Family()


def other_than(family: Family, model: str) -> str | None:
    """The family that the model's name says, when it is another than the one in use."""
    named = choose("auto", model).name
    return named if named not in (Family.name, family.name) else None


def _family_name(model: str) -> str:
    return "sim7600" if "SIM7600" in model.upper().replace("_", "") else ""
