"""`hotline check` on a healthy line and on broken ones: the line, and what to do."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from appliance import checking
from appliance.checking import Line
from appliance.config import Config
from appliance.store import calls, db, live
from tests.end_to_end.boxes import hotline
from tests.web.filling import FilledBox, make_box

WELL: dict[str, Any] = {
    "state": "IDLE",
    "model": "SIMCOM_SIM7600G-H",
    "registration": "registered",
    "operator": "Viettel",
    "signal_dbm": -73,
    "volte": "registered",
    "clock_off_s": 1.0,
    "voicemail": False,
    "balance": 25_000,
    "credit_until": "2099-02-01",
    "pcm_port": "/dev/ttyUSB4",
}
PHONE = ("modem", "SIM", "network", "VoLTE", "audio", "clock", "calls")


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> FilledBox:
    return make_box(tmp_path_factory.mktemp("box"), time.time())


def lines(box: FilledBox, **answer: Any) -> dict[str, Line]:
    box.now = time.time()
    box.healthy(**{**WELL, **answer})
    return {line.name: line for line in checking.check(box.config)}


def test_a_healthy_line_is_go_from_end_to_end(box: FilledBox) -> None:
    found = lines(box)
    assert {name: found[name].go for name in PHONE} == dict.fromkeys(PHONE, True)
    assert "SIM7600" in found["modem"].sentence
    assert "balance 25000 dong" in found["SIM"].sentence
    assert "valid until 01/02/2099" in found["SIM"].sentence
    assert "Viettel, -73 dBm" in found["network"].sentence
    assert "/dev/ttyUSB4" in found["audio"].sentence
    assert "network's time" in found["clock"].sentence


DOWN: list[tuple[str, str, set[str]]] = [
    ("port_missing", "no modem found: plug it in, or set [modem] port", {"modem"}),
    ("port_busy", "/dev/ttyUSB2 is in use by minicom (4711): stop it", {"modem"}),
    ("port_forbidden", "no permission to open /dev/ttyUSB2: add this user to ...", {"modem"}),
    ("sim_missing", "no SIM in the modem: insert it, contacts down", {"modem", "SIM"}),
    ("sim_pin", "the SIM asks for a PIN: put it into a file ...", {"modem", "SIM"}),
    ("sim_last_try", "the SIM has 1 PIN tries left, so the box will not try", {"modem", "SIM"}),
    ("sim_puk", "the SIM is blocked: put it into a phone and enter its PUK", {"modem", "SIM"}),
]


@pytest.mark.parametrize(("trouble", "reason", "told_in"), DOWN, ids=[row[0] for row in DOWN])
def test_a_modem_that_is_down_is_told_with_what_to_do(
    box: FilledBox, trouble: str, reason: str, told_in: set[str]
) -> None:
    found = lines(box, modem="down", trouble=trouble, reason=reason)
    assert {name for name in PHONE if reason in found[name].sentence} == told_in
    assert not any(found[name].go for name in ("modem", "SIM", "network", "VoLTE", "audio"))


@pytest.mark.parametrize(
    ("answer", "name", "advice"),
    [
        ({"other_family": "ec25"}, "modem", "is of the family ec25"),
        ({"volte": "not registered"}, "VoLTE", "without 3G"),
        ({"voicemail": True}, "SIM", "##61#"),
        ({"diverted": True}, "SIM", "##21#"),
        ({"balance": 0}, "SIM", "top it up"),
        ({"credit_until": "2026-01-01"}, "SIM", "expired"),
        ({"clock_off_s": 900.0}, "clock", "900 s behind the mobile network's time"),
        ({"clock_off_s": -900.0}, "clock", "900 s ahead of the mobile network's time"),
        ({"pcm_port": None}, "audio", "set [modem] pcm_port"),
        ({"troubles": ["uplink_dead"]}, "audio", "callers hear no greeting"),
    ],
)
def test_one_broken_thing_is_one_no_go(
    box: FilledBox, answer: dict[str, Any], name: str, advice: str
) -> None:
    found = lines(box, **answer)
    assert [each for each in PHONE if not found[each].go] == [name]
    assert advice in found[name].sentence


@pytest.mark.parametrize(
    ("registration", "advice"),
    [("not registered", "look at antenna"), ("refused", "ask the operator")],
)
def test_without_a_network_nothing_is_said_of_volte(
    box: FilledBox, registration: str, advice: str
) -> None:
    found = lines(box, registration=registration)
    assert [each for each in PHONE if not found[each].go] == ["network", "VoLTE"]
    assert advice in found["network"].sentence
    assert "see its line" in found["VoLTE"].sentence


def test_a_modem_that_cannot_tell_of_volte_is_no_fault_but_said(box: FilledBox) -> None:
    line = lines(box, volte="unknown")["VoLTE"]
    assert line.go
    assert "test call" in line.sentence


def test_a_deaf_modem_shows_only_in_how_long_ago_a_call_last_rang(tmp_path: Path) -> None:
    box = make_box(tmp_path, time.time())
    assert "no call yet" in lines(box)["calls"].sentence
    calls.begin(db.connect(box.config.store.database), "1" * 32, time.time() - 50 * 3600)
    sentence = lines(box)["calls"].sentence
    assert "rang 50 h ago" in sentence
    assert "test call" in sentence


def test_status_and_check_say_the_same_at_the_terminal(box: FilledBox) -> None:
    path = box.write_toml()
    box.now = time.time()
    box.healthy(**{**WELL, "modem": "down", "trouble": "sim_puk", "reason": "the SIM is blocked"})
    said = hotline("status", "--config", str(path), ok=False)
    assert "the SIM is blocked: put it into a phone and enter its PUK" in said.stdout
    assert "calls are NOT answered" in said.stdout
    listed = hotline("check", "--json", "--config", str(path), ok=False)
    names = [line["name"] for line in json.loads(listed.stdout)]
    assert [name for name in names if name in PHONE] == [
        *("clock", "modem", "SIM", "network", "VoLTE", "audio", "calls")
    ]


def test_without_answer_nobody_knows(box: FilledBox) -> None:
    config: Config = box.config
    live.write_status(config.store.run_dir, "answer", {"at": 0.0})
    found = {line.name: line for line in checking.check(config)}
    assert "answer is not running" in found["modem"].sentence
    assert not found["SIM"].go
