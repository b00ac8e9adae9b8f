"""What is wrong with modem, SIM and network, from what answer says of them (PURE).

Decides: from which figure on something is a complaint. May touch: nothing.
Thread: any. Called by: health, checking.
Codes only; what is not known is no complaint.
"""

from datetime import date
from typing import Any

from appliance.config import ModemConfig

WARN_DAYS = 14  # two weeks to buy a top-up: the way to the shop may be flooded
CLOCK_S = 300.0  # duty hours and message times are said in minutes; below that nobody is misled
WEAK_DBM = -107  # AT+CSQ 3 of 31: calls drop

DOWN = (
    *("port_missing", "port_busy", "port_forbidden", "port_wrong", "modem_gone", "modem_silent"),
    *("modem_broken", "modem_restarted", "sim_missing", "sim_pin", "sim_pin_wrong"),
    *("sim_last_try", "sim_puk", "sim_stuck", "sim_busy", "sim_other"),
)
MILD = ("no_volte", "no_signal", "clock_wrong", "sim_expires", "balance_low", "no_credit")

ENGLISH = {
    "port_missing": "no modem is plugged in: plug it in, look at its cable and its power",
    "port_busy": "another program holds the modem: stop it (`hotline check` says which)",
    "port_forbidden": "the box may not open the modem's port: add its user to the group dialout",
    "port_wrong": 'nothing answers on the modem\'s port: set [modem] port = "auto"',
    "modem_gone": "the modem was unplugged or lost its power: look at its cable and its power",
    "modem_silent": "the modem answers nothing: the box restarts it; if that fails, replug it",
    "modem_broken": "the modem refuses its work: the box restarts it; if that fails, replug it",
    "modem_restarted": "the modem was restarted because a call could not be ended: it comes back",
    "sim_missing": "there is no SIM in the modem: insert it, contacts down",
    "sim_pin": "the SIM asks for its PIN: put it into the file of [modem] sim_pin_file",
    "sim_pin_wrong": "the SIM refused the PIN: correct its file, then restart the box",
    "sim_last_try": "the SIM has too few PIN tries left: unlock it in a phone, switch its PIN off",
    "sim_puk": "the SIM is blocked: put it into a phone and enter its PUK",
    "sim_stuck": "the SIM does not become ready: take it out and put it in again",
    "sim_busy": "the SIM is busy: the box tries again",
    "sim_other": "the SIM is not ready: try it in a phone",
    "wrong_family": 'the modem is of another family than configured: set [modem] family = "auto"',
    "not_registered": "the SIM is not in the network: look at antenna, SIM and subscription",
    "network_refused": "the network refuses the SIM: ask the operator (blocked? expired?)",
    "no_volte": "voice over LTE is not registered: without 3G no call reaches the box",
    "no_signal": "the signal is very weak: move the antenna",
    "clock_wrong": "the clock differs from the network's by more than 5 minutes: set it",
    "operator_voicemail": "the operator sends unanswered calls to its own voicemail or another"
    " number: dial ##61#, ##62# and ##67# with this SIM in a phone",
    "calls_diverted": "the operator diverts every call of this SIM: dial ##21# with it in a phone",
    "sim_expires": "the SIM or its credit expires within two weeks: top it up",
    "sim_expired": "the SIM or its credit has expired by its date: top it up, correct sim_expires",
    "balance_low": "the SIM's balance is low: top it up",
    "no_credit": "the SIM has no credit: it may soon not be called any more; top it up",
}


def complaints(answer: dict[str, Any], modem: ModemConfig, today: date) -> list[str]:
    """Codes, the gravest first; `answer` is what that process wrote of itself."""
    if answer.get("modem") != "up":
        trouble = answer.get("trouble")
        return [str(trouble)] if trouble in DOWN else []
    found = ["wrong_family"] if answer.get("other_family") else []
    return [
        *found,
        *_network(answer),
        *_operator(answer),
        *_clock(answer),
        *_money(answer, modem, today),
    ]


def last_day(answer: dict[str, Any], modem: ModemConfig) -> date | None:
    """The day on which the SIM or its credit ends, whichever comes first."""
    days = (_day(modem.sim_expires), _day(answer.get("credit_until")))
    return min((day for day in days if day is not None), default=None)


def _network(answer: dict[str, Any]) -> list[str]:
    registration = answer.get("registration")
    if registration == "refused":
        return ["network_refused"]
    if registration == "not registered":
        return ["not_registered"]
    found = ["no_volte"] if answer.get("volte") == "not registered" else []
    signal = answer.get("signal_dbm")
    if isinstance(signal, int | float) and signal <= WEAK_DBM:
        found.append("no_signal")
    return found


def _operator(answer: dict[str, Any]) -> list[str]:
    codes = {"diverted": "calls_diverted", "voicemail": "operator_voicemail"}
    return [code for name, code in codes.items() if answer.get(name) is True]


def _clock(answer: dict[str, Any]) -> list[str]:
    off_s = answer.get("clock_off_s")
    return ["clock_wrong"] if isinstance(off_s, int | float) and abs(off_s) > CLOCK_S else []


def _money(answer: dict[str, Any], modem: ModemConfig, today: date) -> list[str]:
    found = []
    day = last_day(answer, modem)
    if day is not None and day < today:
        found.append("sim_expired")
    elif day is not None and (day - today).days <= WARN_DAYS:
        found.append("sim_expires")
    balance = answer.get("balance")
    if isinstance(balance, int) and balance <= 0:
        found.append("no_credit")
    elif isinstance(balance, int) and balance < modem.balance_least:
        found.append("balance_low")
    return found


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
