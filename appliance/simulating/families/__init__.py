"""Modem families that the software modem can play, by name."""

from appliance.simulating.families.a7670 import A7670
from appliance.simulating.families.dialect import Dialect
from appliance.simulating.families.generic import Generic
from appliance.simulating.families.huawei import Huawei
from appliance.simulating.families.quectel import Quectel
from appliance.simulating.families.sim7600 import Sim7600

FAMILIES: dict[str, type[Dialect]] = {
    family.name: family for family in (Sim7600, Quectel, A7670, Huawei, Generic)
}
