"""Which dialect to speak with the modem that answered, and what to say when that is odd.

Decides: the family: the configured one, else the model's, else its USB id's, else the standard.
May touch: nothing (PURE). Thread: the modem link's command thread. Called by: link.
USB ids are shared (a SIM7600 and an A7670 may both be 1e0e:9011), so the name goes first.
"""

from dataclasses import dataclass

from appliance.answering import families
from appliance.answering.families.base import Family
from appliance.answering.families.refusals import why_refused
from appliance.errors import ModemError

FREE = ("auto", Family.name)  # configured so, no modem's name can contradict


@dataclass(frozen=True)
class Choice:
    """The family to speak; other_family is its name when another one is configured."""

    family: Family
    other_family: str | None = None


def choose(
    configured: str, model: str, revision: str = "", usb: tuple[type[Family], ...] = ()
) -> Choice:
    """Settle the dialect; raises ModemError for a modem that can take no call.

    usb: the families that may sit behind its USB id. A modem that names itself is believed:
    it is spoken to in its own dialect whatever is configured, so that calls are answered.
    """
    reason = why_refused(model, revision)
    if reason is not None:
        raise ModemError(reason)
    named = families.of_model(model)
    if named and configured not in FREE and not issubclass(families.of_name(configured), named):
        return Choice(named(), named.name)
    return Choice(families.choose(configured, model, usb))
