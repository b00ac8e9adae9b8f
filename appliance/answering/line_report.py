"""What answer says of its modem in the status file (PURE).

Decides: the words of that report. May touch: nothing. Thread: call loop. Called by: daemon.
Never a phone number in it: web, scripts and technicians read this file.
"""

from typing import Any

from appliance.answering.checkup import ModemStatus

_REGISTERED = {True: "registered", False: "not registered", None: "unknown"}


def of(status: ModemStatus) -> dict[str, Any]:
    """The modem's part of answer's status."""
    return {
        "modem": "up" if status.up else "down",
        "reason": "" if status.up else status.reason,
        "trouble": "" if status.up else status.trouble,
        "model": status.model,
        "revision": status.revision,
        "operator": status.operator,
        "signal_dbm": status.signal_dbm,
        "registration": "refused" if status.refused else _REGISTERED[status.registered],
        "other_family": status.other_family,
        "pcm_port": status.pcm_port,
        "volte": _REGISTERED[status.volte],
        "clock_off_s": status.clock_off_s,
        "voicemail": status.voicemail,
        "diverted": status.diverted,
        "balance": status.credit.balance,
        "credit_until": status.credit.until,
    }
