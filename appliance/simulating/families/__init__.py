"""Modem families that the software modem can play, by name."""

from appliance.simulating.families.dialect import Dialect
from appliance.simulating.families.sim7600 import Sim7600

FAMILIES: dict[str, type[Dialect]] = {family.name: family for family in (Sim7600,)}
