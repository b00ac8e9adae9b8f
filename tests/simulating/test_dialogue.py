"""What a host reads and writes on the AT port when nothing is broken."""

import pytest

from appliance.simulating.commands import Command, Form, parse
from tests.simulating.parts import Bench, Host, MakeBench


def test_it_boots_with_echo_and_ucs2_and_textual_errors(make_bench: MakeBench) -> None:
    host: Host = make_bench(initialised=False).host
    assert host.send("AT") == ["AT", "OK"]
    assert host.send("ATE0") == ["ATE0", "OK"]
    assert host.send("AT+CSCS?") == ['+CSCS: "UCS2"', "OK"]
    assert host.send('AT+CPIN="1"')[-1] == "ERROR"
    assert host.send("AT+CMEE?") == ["+CMEE: 2", "OK"]
    assert host.send("AT+NONSENSE") == ["ERROR"]
    assert host.send("hello") == ["ERROR"]


def test_the_usual_initialisation_is_accepted(bench: Bench) -> None:
    host: Host = bench.host
    for command in (
        *("ATV1", "ATS0=0", "AT+CREG=2", "AT+CEREG=2", "AT+CTZU=1", "AT+CNMI=2,1,0,0,0"),
        *("AT+CMGF=0", "AT+AUTOCSQ=1,1", "AT+CCWA=0,0,1", "AT+CPCMFRM=0", "ATE0V1;+CRC=1"),
    ):
        assert host.send(command) == ["OK"], command
    assert host.send("AT+CPIN?") == ["+CPIN: READY", "OK"]
    assert host.send("AT+SPIC") == ["+SPIC: 3,10,0,10", "OK"]
    assert host.send("AT+CSQ") == ["+CSQ: 20,99", "OK"]
    assert host.send("AT+CREG?") == ['+CREG: 2,1,"775C","06F95B2D",7', "OK"]
    assert host.send("AT+COPS?") == ['+COPS: 0,0,"Viettel Viettel",7', "OK"]
    assert host.send("AT+CGMM") == ["SIMCOM_SIM7600G-H", "OK"]
    assert host.send("AT+CCLK?")[0].endswith('+28"')
    assert host.send("AT+CLCC") == ["OK"]


def test_numbers_are_hexadecimal_until_the_character_set_is_chosen(make_bench: MakeBench) -> None:
    bench = make_bench(initialised=False)
    bench.host.send("ATE0;+CLIP=1")
    bench.line.place_call("0912")
    assert bench.host.expect("+CLIP")[-1] == '+CLIP: "0030003900310032",129,,,,0'


def test_without_clip_and_crc_only_ring_is_printed(
    make_bench: MakeBench, quick_rings: None
) -> None:
    bench = make_bench(initialised=False)
    bench.host.send("ATE0")
    bench.line.place_call()
    bench.host.expect("RING")
    assert not [x for x in bench.host.expect("RING") if x.startswith(("+CLIP", "+CRING"))]


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("", []),
        ("E0V1", [Command("E", Form.SET, ("0",)), Command("V", Form.SET, ("1",))]),
        ("S0=0;+CLIP=1", [Command("S0", Form.SET, ("0",)), Command("+CLIP", Form.SET, ("1",))]),
        ("+CPIN?", [Command("+CPIN", Form.READ)]),
        ("+clcc=?", [Command("+CLCC", Form.TEST)]),
        ('+CSCS="GSM";A', [Command("+CSCS", Form.SET, ("GSM",)), Command("A")]),
        ('+X="a;b",,2', [Command("+X", Form.SET, ("a;b", "", "2"))]),
        ("+CHLD=11", [Command("+CHLD", Form.SET, ("11",))]),
        ("=", None),
    ],
)
def test_a_command_line_is_taken_apart(text: str, commands: list[Command] | None) -> None:
    assert parse(text) == commands
