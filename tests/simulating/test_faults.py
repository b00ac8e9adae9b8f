"""Each fault shows its symptom, and only while it is on."""

import base64
import contextlib
import time
from pathlib import Path

import pytest
import serial

from appliance.simulating import flow_stop, host_side
from appliance.simulating import modem as modem_module
from appliance.simulating.families.dialect import Dialect
from appliance.simulating.faults import FAULTS, Faults, UnknownFault
from appliance.simulating.modem import SoftModem
from tests.simulating.parts import Bench, Desk, Host, MakeBench, tone, wait_until


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


def ring(*faults: str, number: str = "0912345678", **how: bool) -> list[str]:
    """The lines of a first ring, and the row of the call."""
    desk = Desk("sim7600", *faults)
    call = desk.line.place(number, **how)
    lines = [line for _, line in desk.dialect.ring_lines(call, first=True)]
    return [*lines, *desk.run("+CLCC")[:-1]]


def test_volte_row_mode() -> None:
    assert ring("volte-row-mode")[-1] == '+CLCC: 1,1,4,1,0,"0912345678",129'


@pytest.mark.parametrize(
    ("fault", "shown"),
    [
        ("masked-number", '"XXXX",129'),
        ("international-number", '"+84912345678",145'),
        ("unquoted-number", "0912345678,129"),
        ("ucs2-numbers", '"0030003900310032003300340035003600370038",129'),
    ],
)
def test_shapes_of_numbers(fault: str, shown: str) -> None:
    assert ring(fault)[1:] == ["+CRING: VOICE", f"+CLIP: {shown},,,,0", f"+CLCC: 1,1,4,0,0,{shown}"]


def test_an_international_number_stays_as_it_is() -> None:
    assert '"+4930123456",145' in ring("international-number", number="+4930123456")[-1]


def test_garbage_burst(make_bench: MakeBench, quick_rings: None) -> None:
    bench = make_bench("garbage-burst")
    bench.host.raw.clear()
    bench.line.place_call()
    bench.host.read_until(lambda: bench.host.raw.count(b"+CLIP") >= 2, "two rings")
    assert 4096 < len(bench.host.raw) < 4096 + 400


def test_slow(make_bench: MakeBench, monkeypatch: pytest.MonkeyPatch) -> None:
    assert host_side.SLOW_REPLY_S == 2
    monkeypatch.setattr(host_side, "SLOW_REPLY_S", 0.4)
    bench = make_bench()
    bench.line.ask("fault", set=["slow"])
    begun = time.monotonic()
    assert bench.host.send("AT+CSQ") == ["+CSQ: 20,99", "OK"]
    assert time.monotonic() - begun >= 0.4


def test_echo_on(make_bench: MakeBench) -> None:
    host = make_bench("echo-on").host
    assert host.send("ATE0")[-1] == "OK"
    assert host.send("AT+CSQ") == ["AT+CSQ", "+CSQ: 20,99", "OK"]


def test_flow_stop(make_bench: MakeBench, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (flow_stop.STOP_AFTER_S, flow_stop.STOP_FOR_S) == (1.5, 2.0)
    monkeypatch.setattr(flow_stop, "STOP_AFTER_S", 0.2)
    monkeypatch.setattr(flow_stop, "STOP_FOR_S", 0.5)
    bench = make_bench("flow-stop", family="quectel")
    said = base64.b64encode(tone(0.1, 440)).decode()
    bench.line.place_call(audio=said, speak_after_s=1.5, hang_up_after_s=0.2, keep_heard=True)
    bench.host.expect("+CRING")
    assert bench.host.send("ATA")[-1] == "OK"
    bench.host.route_sound("quectel")
    bench.host.expect("+QPCMV: 0,0")
    bench.host.pcm.write(tone(0.1, 600))
    bench.host.expect("+QPCMV: 1,0")
    heard = base64.b64decode(bench.line.event("ended")["heard"])
    assert heard.find(tone(0.1, 600)) > 0.6 * 16000  # not before it was let go on


def test_no_sim() -> None:
    desk = Desk("sim7600", "no-sim")
    assert desk.run("+CPIN?") == ["+CME ERROR: 10"]
    assert desk.run("+CIMI") == ["+CME ERROR: 10"]
    assert desk.run("+CREG?") == ["+CREG: 0,0", "OK"]
    assert not desk.dialect.can_ring


def test_sim_blocked() -> None:
    desk = Desk("sim7600", "sim-blocked")
    assert desk.run("+CPIN?") == ["+CPIN: SIM PUK", "OK"]
    assert desk.run("+SPIC") == ["+SPIC: 0,10,0,10", "OK"]
    assert desk.run('+CPIN="1234"') == ["+CME ERROR: 12"]
    assert not desk.dialect.can_ring


def test_deaf(make_bench: MakeBench) -> None:
    bench = make_bench()
    bench.line.ask("fault", set=["deaf"])
    call = bench.line.place_call()
    assert bench.host.send("AT+CSQ") == ["OK"]
    assert bench.host.send("AT+NONSENSE") == ["OK"]
    assert bench.host.send("ATA") == ["OK"]
    assert bench.line.ask("status")["calls"] == [{"call": call, "state": "incoming"}]
    assert b"RING" not in bench.host.raw


def test_error_everything(make_bench: MakeBench) -> None:
    bench = make_bench()
    bench.line.ask("fault", set=["error-everything"])
    assert bench.host.send("AT") == ["OK"]
    assert bench.host.send("AT+CSQ") == ["ERROR"]
    assert bench.host.send("ATE0") == ["ERROR"]
    bench.line.place_call()
    bench.host.expect("+CRING")


def test_reset_ignored(make_bench: MakeBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_side, "VANISH_AFTER_S", 0.0)
    bench = make_bench("reset-ignored")
    assert bench.host.send("AT+CFUN=1,1") == ["OK"]
    assert bench.host.send("AT+CRESET") == ["OK"]
    assert bench.host.send("AT+CLIP?") == ["+CLIP: 1", "OK"]  # no setting was lost
    assert bench.at.exists()


def test_unplug_in_call(make_bench: MakeBench, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (modem_module.UNPLUG_AFTER_S, modem_module.BOOT_S) == (2.0, 3.0)
    monkeypatch.setattr(modem_module, "UNPLUG_AFTER_S", 0.2)
    monkeypatch.setattr(modem_module, "BOOT_S", 0.2)
    bench = make_bench("unplug-in-call")
    before = bench.at.readlink(), bench.pcm.readlink()
    bench.line.place_call()
    bench.host.answer()
    assert bench.line.event("ended")["ended_by"] == "network"
    _is_gone(bench.host.at)
    _is_gone(bench.host.pcm)
    bench.host.close()
    wait_until(lambda: bench.at.exists() and bench.pcm.exists(), "the modem to come back")
    assert bench.at.readlink() != before[0]
    assert bench.pcm.readlink() != before[1]


def test_unplugged_for_a_while_it_comes_back_elsewhere(bench: Bench) -> None:
    before = bench.at.readlink()
    bench.host.close()
    assert bench.line.ask("unplug", for_s=0.2)["faults"] == ["unplug"]
    assert not bench.at.is_symlink()
    wait_until(bench.at.exists, "the modem to come back")
    assert bench.at.readlink() != before
    assert bench.line.ask("unplug", for_s="x")["ok"] is False


def test_another_model_may_be_named(tmp_path: Path) -> None:
    modem = SoftModem("generic", tmp_path / "at", tmp_path / "pcm", model="SIM800L")
    with contextlib.closing(modem):
        assert modem.status()["model"] == "SIM800L"


def test_every_fault_has_a_test() -> None:
    here = Path(__file__).parent
    words = "".join(path.read_text("utf-8") for path in here.glob("test_*.py")).replace("_", "-")
    assert [name for name in FAULTS if name not in words] == []
