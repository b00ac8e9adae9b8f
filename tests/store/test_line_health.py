"""What counts as wrong with modem, SIM and network, and that each has its words everywhere."""

from datetime import date
from typing import Any

import pytest

from appliance.config import ModemConfig
from appliance.store import health, line_health
from appliance.web import line_words

TODAY = date(2026, 11, 25)
WELL = {
    "modem": "up",
    "registration": "registered",
    "volte": "registered",
    "signal_dbm": -73,
    "clock_off_s": 1.5,
    "voicemail": False,
    "diverted": False,
    "balance": 25_000,
    "credit_until": "2027-02-01",
}


def told(modem: ModemConfig | None = None, **answer: Any) -> list[str]:
    return line_health.complaints({**WELL, **answer}, modem or ModemConfig(), TODAY)


def test_a_healthy_line_is_no_complaint_nor_is_one_of_which_nothing_is_known() -> None:
    assert told() == []
    assert line_health.complaints({"modem": "up"}, ModemConfig(), TODAY) == []
    assert line_health.complaints({}, ModemConfig(), TODAY) == []


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"registration": "not registered"}, "not_registered"),
        ({"registration": "refused"}, "network_refused"),
        ({"other_family": "ec25"}, "wrong_family"),
        ({"volte": "not registered"}, "no_volte"),
        ({"signal_dbm": -111}, "no_signal"),
        ({"clock_off_s": 301.0}, "clock_wrong"),
        ({"clock_off_s": -86_400.0}, "clock_wrong"),
        ({"voicemail": True}, "operator_voicemail"),
        ({"diverted": True}, "calls_diverted"),
        ({"credit_until": "2026-12-09"}, "sim_expires"),
        ({"credit_until": "2026-11-24"}, "sim_expired"),
        ({"balance": 0}, "no_credit"),
    ],
)
def test_each_fault_is_told_by_its_own_name(answer: dict[str, Any], code: str) -> None:
    assert told(**answer) == [code]


@pytest.mark.parametrize(
    "answer",
    [
        {"volte": "unknown"},
        {"clock_off_s": 299.0},
        {"clock_off_s": None},
        {"signal_dbm": -105},
        {"credit_until": "2026-12-10"},
        {"credit_until": "soon"},
        {"voicemail": None},
    ],
)
def test_what_is_nearly_wrong_or_unknown_is_no_complaint(answer: dict[str, Any]) -> None:
    assert told(**answer) == []


def test_without_network_nothing_is_said_of_volte() -> None:
    assert told(registration="not registered", volte="not registered") == ["not_registered"]


def test_the_configured_day_and_the_operators_the_earlier_one_counts() -> None:
    assert told(ModemConfig(sim_expires="2026-12-01")) == ["sim_expires"]
    assert told(ModemConfig(sim_expires="2030-01-01"), credit_until="2026-12-01") == ["sim_expires"]
    assert line_health.last_day(WELL, ModemConfig(sim_expires="2026-12-01")) == date(2026, 12, 1)


def test_a_low_balance_is_what_the_post_calls_low() -> None:
    assert told(balance=4_999) == []
    assert told(ModemConfig(balance_least=5_000), balance=4_999) == ["balance_low"]
    assert told(ModemConfig(balance_least=5_000), balance=5_000) == []


@pytest.mark.parametrize("code", line_health.DOWN)
def test_a_modem_that_is_down_says_why(code: str) -> None:
    answer = {**WELL, "modem": "down", "trouble": code, "voicemail": True}
    assert line_health.complaints(answer, ModemConfig(), TODAY) == [code]


def test_a_stranger_in_the_status_file_is_not_passed_on() -> None:
    assert line_health.complaints({"modem": "down", "trouble": "<b>"}, ModemConfig(), TODAY) == []


def test_each_code_has_its_english_and_its_vietnamese() -> None:
    assert set(line_words.COMPLAINTS) == set(line_health.ENGLISH)
    assert set(line_health.DOWN) | set(line_health.MILD) <= set(line_health.ENGLISH)
    for code in line_health.ENGLISH:
        assert not health.in_english(code).startswith("the box says")
