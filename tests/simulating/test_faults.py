"""Each fault shows its symptom, and only while it is on."""

import base64
import contextlib
import time
from collections.abc import Callable

import pytest
import serial

from appliance.simulating import modem as modem_module
from appliance.simulating.families.dialect import Dialect
from appliance.simulating.faults import FAULTS, Faults, UnknownFault
from tests.simulating.parts import Bench, Host, MakeBench, tone, wait_until


def test_an_unknown_fault_changes_nothing() -> None:
    faults = Faults(["mute"])
    with pytest.raises(UnknownFault, match="typo"):
        faults.change(["no-ring", "typo"], ["mute"])
    assert faults.names() == ["mute"]


def test_ring_during_command(make_bench: MakeBench) -> None:
    bench = make_bench("ring-during-command")
    bench.line.place_call()
    bench.host.expect("+CLCC: 1,1,4")
    assert bench.host.send("AT+CSQ") == ["+CSQ: 20,99", "+CRING: VOICE", "OK"]


def test_no_ring(make_bench: MakeBench, quick_rings: None) -> None:
    bench = make_bench("no-ring")
    bench.line.place_call()
    lines = bench.host.expect("+CLIP") + bench.host.expect("+CLIP")
    assert not [x for x in lines if "RING" in x or x.startswith("+CLCC")]


@pytest.mark.parametrize(
    ("fault", "order"),
    [
        ("", ["+CRING", "+CLIP"]),
        ("clip-late", ["+CRING", "+CLIP"]),
        ("clip-before-ring", ["+CLIP", "+CRING"]),
    ],
)
def test_order_of_ring_and_clip(make_bench: MakeBench, fault: str, order: list[str]) -> None:
    bench = make_bench(*filter(None, [fault]))
    bench.line.place_call()
    lines = bench.host.expect(order[1])
    found = [x.split(":")[0] for x in lines if x.startswith(("+CRING", "+CLIP"))]
    assert found == order


def test_clip_comes_late(make_bench: MakeBench) -> None:
    bench = make_bench("clip-late")
    bench.line.place_call(ring_s=0.5)
    assert not [x for x in bench.host.expect("MISSED_CALL") if x.startswith("+CLIP")]


def test_withheld(make_bench: MakeBench) -> None:
    bench = make_bench("withheld")
    bench.line.place_call("0912345678")
    assert bench.host.expect("+CLIP")[-1] == '+CLIP: "",128,,,,1'
    assert bench.host.send("AT+CLCC")[0] == '+CLCC: 1,1,4,0,0,"",128'


def test_garbage(make_bench: MakeBench) -> None:
    bench = make_bench("garbage")
    bench.host.send("AT+CSQ")
    with pytest.raises(UnicodeDecodeError):
        bench.host.raw.decode()


def test_double_cr(make_bench: MakeBench) -> None:
    bench = make_bench("double-cr")
    bench.host.send("AT+CSQ")
    assert b"\r\r\n+CSQ: 20,99\r\r\n" in bench.host.raw


def test_byte_by_byte(make_bench: MakeBench) -> None:
    bench = make_bench("byte-by-byte")
    bench.host.at.timeout = 5
    bench.host.at.write(b"AT+CPSI?\r")
    begun = time.monotonic()
    assert len(bench.host.at.read_until(b"OK\r\n")) > 80
    assert time.monotonic() - begun > 80 * 0.002
    assert bench.host.send("AT+CSQ") == ["+CSQ: 20,99", "OK"]


def test_ata_slow(make_bench: MakeBench, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Dialect.slow_answer_s == 20
    monkeypatch.setattr(Dialect, "slow_answer_s", 1.0)
    bench = make_bench("ata-slow")
    call = bench.line.place_call()
    bench.host.answer()
    ended = _hang_up(bench, call)
    assert ended["answered_at"] - ended["ringing_at"] > 1.0


def _hang_up(bench: Bench, call: int) -> dict[str, float]:
    bench.line.ask("hang_up", call=call)
    return bench.line.event("ended")


def test_ata_no_carrier(make_bench: MakeBench) -> None:
    bench = make_bench("ata-no-carrier")
    bench.line.place_call()
    bench.host.expect("+CRING")
    assert bench.host.send("ATA")[-1] == "NO CARRIER"
    assert bench.line.event("ended")["outcome"] == "unanswered"


def test_cpcmreg_error(make_bench: MakeBench) -> None:
    bench = make_bench("cpcmreg-error")
    for _ in range(2):
        bench.line.place_call()
        bench.host.answer()
        refusals = 0
        while bench.host.send("AT+CPCMREG=1") != ["OK"]:
            refusals += 1
        assert refusals >= 5
        bench.host.send("AT+CPCMREG=0;+CHUP")


def test_cpcmreg_never(make_bench: MakeBench) -> None:
    bench = make_bench("cpcmreg-never")
    call = bench.line.place_call(keys=[[0.5, "5"]])
    bench.host.answer()
    assert bench.host.send("AT+CPCMREG=1") == ["ERROR"]
    bench.host.expect("+RXDTMF")  # half a second into the call
    assert bench.host.send("AT+CPCMREG=1") == ["ERROR"]
    assert _hang_up(bench, call)["heard_s"] == 0


def test_pcm_uplink_stall(make_bench: MakeBench) -> None:
    bench = make_bench("pcm-uplink-stall")
    call = bench.line.place_call(audio=base64.b64encode(tone(1)).decode(), speak="at-once")
    bench.host.answer()
    bench.host.route_sound()
    bench.host.pcm.write_timeout = 0.5
    with pytest.raises(serial.SerialTimeoutException):
        for _ in range(20):
            bench.host.pcm.write(bytes(3200))
    bench.host.hear(3200)  # the other way works
    assert _hang_up(bench, call)["heard_s"] == 0


def test_pcm_odd_bytes(make_bench: MakeBench) -> None:
    bench = make_bench("pcm-odd-bytes")
    voice = bytes(range(256)) * 20
    bench.line.place_call(audio=base64.b64encode(voice).decode(), speak_after_s=0.5)
    bench.host.answer()
    bench.host.route_sound()
    got, sizes = b"", []
    while voice not in got:
        piece = bench.host.pcm.read(1)
        piece += bench.host.pcm.read(bench.host.pcm.in_waiting)
        got += piece
        sizes.append(len(piece))
    assert [size for size in sizes if size % 2]


@pytest.mark.parametrize(
    ("fault", "lines"),
    [
        ("end-silent", []),
        ("end-no-carrier", ["NO CARRIER"]),
        ("end-bare", ["VOICE CALL:END"]),
        ("end-twice", ["VOICE CALL: END", "NO CARRIER"] * 2),
    ],
)
def test_ends(make_bench: MakeBench, fault: str, lines: list[str]) -> None:
    bench = make_bench(fault)
    call = bench.line.place_call()
    bench.host.answer()
    _hang_up(bench, call)
    bench.host.send("AT")
    seen = bench.host.raw.decode().split("VOICE CALL: BEGIN")[1]
    told = [x for x in seen.splitlines() if x.startswith(("VOICE", "NO C", "+CLCC: 1,1,6"))]
    assert [x.split(": 0")[0] for x in told if not x.startswith("+CLCC")] == lines
    assert bool([x for x in told if x.startswith("+CLCC")]) is (fault == "end-twice")


def test_hang_up_ignored_until_the_modem_is_reset(
    make_bench: MakeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(modem_module, "BOOT_S", 0.3)
    bench = make_bench("hang-up-ignored")
    bench.line.place_call()
    bench.host.answer()
    assert bench.host.send("AT+CHUP") == ["OK"]
    assert bench.host.send("ATH") == ["OK"]
    assert bench.host.send("AT+CHLD=11") == ["OK"]
    assert bench.host.send("AT+CLCC")[0].startswith("+CLCC: 1,1,0")
    assert bench.host.send("AT+CFUN=1,1") == ["OK"]
    assert bench.line.event("ended")["ended_by"] == "network"
    _is_gone(bench.host.at)
    wait_until(bench.at.exists, "the modem to come back")
    with contextlib.closing(Host(bench.at, bench.pcm)) as again:
        assert again.send("AT+CLCC") == ["AT+CLCC", "OK"]


def test_data_row(make_bench: MakeBench) -> None:
    bench = make_bench("data-row")
    data = '+CLCC: 1,1,0,1,0,"",128'
    assert bench.host.send("AT+CLCC") == [data, "OK"]
    bench.line.place_call()
    bench.host.expect("+CRING")
    assert bench.host.send("AT+CLCC")[:2] == [data, '+CLCC: 2,1,4,0,0,"0912345678",129']


def test_creg_zero(make_bench: MakeBench) -> None:
    bench = make_bench("creg-zero")
    assert bench.host.send("AT+CREG?") == ["+CREG: 0,0", "OK"]
    assert bench.host.send("AT+CEREG?") == ["+CEREG: 0,1", "OK"]
    bench.line.place_call()


def test_no_network(make_bench: MakeBench) -> None:
    bench = make_bench("no-network")
    assert bench.host.send("AT+CREG?") == ["+CREG: 0,2", "OK"]
    assert bench.host.send("AT+CSQ") == ["+CSQ: 99,99", "OK"]
    assert "cannot be reached" in bench.line.ask("place_call", **{"from": "09"})["error"]


def test_cme_text(make_bench: MakeBench) -> None:
    host = make_bench("cme-text").host
    assert host.send("AT+CMEE=1") == ["OK"]
    assert host.send("AT+CPIN?") == ["+CME ERROR: SIM busy"]
    wait_until(lambda: host.send("AT+CPIN?") == ["+CPIN: READY", "OK"], "the SIM")


def test_pin_required(make_bench: MakeBench) -> None:
    bench = make_bench("pin-required")
    assert bench.host.send("AT+CPIN?") == ["+CPIN: SIM PIN", "OK"]
    assert "cannot be reached" in bench.line.ask("place_call", **{"from": "09"})["error"]
    assert bench.host.send('AT+CPIN="0000"') == ["+CME ERROR: 16"]
    assert bench.host.send("AT+SPIC") == ["+SPIC: 2,10,0,10", "OK"]
    assert bench.host.send('AT+CPIN="1234"') == ["OK"]
    assert bench.host.send("AT+CPIN?") == ["+CPIN: READY", "OK"]
    bench.line.place_call()


def test_pin_one_try(make_bench: MakeBench) -> None:
    host = make_bench("pin-one-try").host
    assert host.send("AT+SPIC") == ["+SPIC: 1,10,0,10", "OK"]
    assert host.send('AT+CPIN="0000"') == ["+CME ERROR: 12"]
    assert host.send("AT+CPIN?") == ["+CPIN: SIM PUK", "OK"]


def test_mute_and_speaking_again(bench: Bench) -> None:
    assert bench.line.ask("fault", set=["mute"])["faults"] == ["mute"]
    bench.line.place_call()
    bench.host.at.timeout = 0.3
    bench.host.at.write(b"AT\r")
    assert bench.host.at.read(1) == b""
    assert bench.line.ask("fault", clear=["mute"])["faults"] == []
    assert bench.host.send("AT+CLCC")[-1] == "OK"


def test_unplug_takes_the_links_and_replug_brings_a_fresh_modem(bench: Bench) -> None:
    bench.line.place_call()
    bench.host.answer()
    assert bench.line.ask("unplug")["ok"]
    assert bench.line.event("ended")["ended_by"] == "network"
    assert not bench.at.is_symlink()
    assert not bench.pcm.is_symlink()
    _is_gone(bench.host.at)
    _is_gone(bench.host.pcm)
    assert "cannot be reached" in bench.line.ask("place_call", **{"from": "09"})["error"]
    assert bench.line.ask("replug")["ok"]
    with contextlib.closing(Host(bench.at, bench.pcm)) as again:
        assert again.send("AT+CLIP?") == ["AT+CLIP?", "+CLIP: 0", "OK"]


def _is_gone(port: serial.Serial) -> None:
    with pytest.raises((serial.SerialException, OSError)):
        while True:
            port.read(100)


@pytest.mark.parametrize("fault", ["mute", "byte-by-byte", "garbage", "no-ring"])
def test_a_fault_is_off_unless_asked_for(bench: Bench, fault: str) -> None:
    bench.line.ask("fault", set=[fault])
    bench.line.ask("fault", clear=[fault])
    bench.line.place_call()
    assert bench.host.expect("+CRING")[-1] == "+CRING: VOICE"
    bench.host.raw.decode("ascii")


def test_every_fault_has_a_test() -> None:
    tests: list[Callable[..., None]] = [v for k, v in globals().items() if k.startswith("test_")]
    named = " ".join(repr(test.__code__.co_consts) + test.__name__ for test in tests)
    params = " ".join(repr(getattr(test, "pytestmark", "")) for test in tests)
    words = named.replace("_", "-") + params
    assert [name for name in FAULTS if name not in words] == []
