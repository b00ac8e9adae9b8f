"""What each family says in its own words: commands and lines without ports, then whole calls."""

import base64

import pytest

from appliance.simulating.families import FAMILIES
from appliance.simulating.line import CallState, EndedBy
from tests.simulating.parts import Desk, MakeBench, tone

VOICE = tone(0.5, 440)
ENDS = {
    "sim7600": ["VOICE CALL: END: 000010", "NO CARRIER"],
    "a7670": ["VOICE CALL:END: 000010", "NO CARRIER"],
    "quectel": ['+QIND: "ccinfo",2,1,-1,0,0,"0912345678",129', "NO CARRIER"],
    "huawei": ["^CEND:1,10,29,16"],
    "generic": ["NO CARRIER"],
}
MISSED = {
    "sim7600": "MISSED_CALL: ",
    "a7670": "MISSED_CALL: ",
    "quectel": "NO CARRIER",
    "huawei": "^CEND:1,0,29,16",
    "generic": None,
}
KEYS = {"sim7600": "+RXDTMF: 8", "a7670": "+RXDTMF: 8", "quectel": "+QTONEDET: 56"}
KEYS |= {"huawei": "^DDTMF: 8"}


def words(lines: list[tuple[float, str]]) -> list[str]:
    return [line for _, line in lines if not line.startswith("+CLCC")]


def ended(desk: Desk, by: EndedBy = EndedBy.CALLER) -> list[str]:
    call = desk.talk()
    desk.line.release(call, by)
    return words(desk.dialect.released_lines(call, CallState.ACTIVE, by, 100.0))


@pytest.mark.parametrize("family", FAMILIES)
def test_the_end_of_a_call(family: str) -> None:
    assert ended(Desk(family)) == ENDS[family]


@pytest.mark.parametrize("family", FAMILIES)
def test_we_hang_up_and_are_not_told_that_the_caller_went(family: str) -> None:
    assert "NO CARRIER" not in ended(Desk(family), EndedBy.BOX)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_faults_of_the_end_are_the_same_in_every_family(family: str) -> None:
    assert ended(Desk(family, "end-silent")) == []
    assert ended(Desk(family, "end-twice")) == ENDS[family] * 2
    assert ended(Desk(family, "end-no-carrier")) == ["NO CARRIER"]
    assert ended(Desk(family, "end-bare")) == ["VOICE CALL:END"]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_caller_who_gives_up(family: str) -> None:
    desk = Desk(family)
    call = desk.line.place("0912345678")
    desk.line.release(call, EndedBy.CALLER)
    told = desk.dialect.released_lines(call, CallState.INCOMING, EndedBy.CALLER, 1.0)
    start = MISSED[family]
    assert (start is None and not told) or (start and words(told)[-1].startswith(start))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_key_is_told_in_the_familys_words(family: str) -> None:
    told = [KEYS[family]] if family in KEYS else []
    assert words(Desk(family).dialect.key_lines("8")) == told


@pytest.mark.parametrize("family", FAMILIES)
def test_rings_and_numbers(family: str) -> None:
    desk = Desk(family)
    lines = words(desk.dialect.ring_lines(desk.line.place("0912345678"), first=True))
    assert "+CRING: VOICE" in lines
    assert lines[-1] == '+CLIP: "0912345678",129,,,,0'


@pytest.mark.parametrize("family", FAMILIES)
def test_only_the_familys_own_line_tells_of_a_call(family: str) -> None:
    desk = Desk(family, "call-row-only")
    lines = desk.dialect.ring_lines(desk.line.place("0912345678"), first=True)
    starts = {
        "sim7600": "+CLCC: 1,1,4",
        "a7670": "+CLCC: 1,1,4",
        "quectel": '+QIND: "ccinfo",2,1,4',
    }
    assert [line[: len(starts[family])] for _, line in lines] == (
        [starts[family]] if family in starts else []
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_the_list_of_calls(family: str) -> None:
    desk = Desk(family)
    data = ['+CLCC: 1,1,0,1,0,"",128'] * (family == "quectel")
    assert desk.run("+CLCC") == [*data, "OK"]
    call = desk.talk()
    row = f'+CLCC: {call.index},1,0,0,0,"0912345678",129'
    assert desk.run("+CLCC") == [*data, row, "OK"]


@pytest.mark.parametrize(
    ("family", "command", "off"),
    [
        ("sim7600", "+CPCMREG=1", "+CPCMREG=0"),
        ("quectel", "+QPCMV=1,0", "+QPCMV=0"),
        ("huawei", "^DDSETEX=2", None),
    ],
)
def test_sound_is_asked_for_in_a_call(family: str, command: str, off: str | None) -> None:
    desk = Desk(family)
    assert not desk.dialect.sound_flows()
    assert desk.run(command)[-1] == ("OK" if family == "quectel" else "ERROR")
    call = desk.talk()
    assert desk.run(command) == ["OK"]
    assert desk.dialect.sound_flows()
    if off:
        assert desk.run(off) == ["OK"]
        assert not desk.dialect.sound_flows()
        desk.run(command)
    desk.line.release(call, EndedBy.CALLER)
    assert not desk.dialect.sound_flows()


@pytest.mark.parametrize(
    ("family", "command"),
    [("sim7600", "+CPCMREG=1"), ("quectel", "+QPCMV=1,0"), ("huawei", "^DDSETEX=2")],
)
def test_sound_is_refused_five_times_in_each_call_or_always(family: str, command: str) -> None:
    desk = Desk(family, "cpcmreg-error")
    for _ in range(2):
        call = desk.talk()
        assert [desk.run(command)[-1] for _ in range(6)] == ["ERROR"] * 5 + ["OK"]
        desk.line.release(call, EndedBy.BOX)
    never = Desk(family, "cpcmreg-never")
    never.talk()
    assert {never.run(command)[-1] for _ in range(50)} == {"ERROR"}


def test_a_huawei_stick_wants_to_be_asked_in_each_call_and_a_quectel_only_once() -> None:
    for family, command, stays in (
        ("quectel", "+QPCMV=1,0", True),
        ("huawei", "^DDSETEX=2", False),
    ):
        desk = Desk(family)
        call = desk.talk()
        desk.run(command)
        desk.line.release(call, EndedBy.BOX)
        desk.talk()
        assert desk.dialect.sound_flows() is stays


def test_a_quectel_may_send_the_sound_to_its_sound_card() -> None:
    desk = Desk("quectel")
    desk.talk()
    assert desk.run("+QPCMV=1,2") == ["OK"]
    assert desk.run("+QPCMV?") == ["+QPCMV: 1,2", "OK"]
    assert not desk.dialect.sound_flows()
    assert desk.run("+QPCMV=1,7") == ["ERROR"]


def test_a_locked_stick_says_so() -> None:
    assert Desk("huawei").run("^CVOICE?") == ["^CVOICE:0,8000,16,20", "OK"]
    assert Desk("huawei", "cpcmreg-never").run("^CVOICE?") == ["^CVOICE:1", "OK"]


@pytest.mark.parametrize(
    ("family", "question", "answer", "without"),
    [
        ("quectel", '+QCFG="ims"', '+QCFG: "ims",1,1', '+QCFG: "ims",1,0'),
        ("a7670", "+CIREG?", "+CIREG: 2,1,15", "+CIREG: 2,0"),
        ("sim7600", "+CIREG?", "+CIREG: 0,1", "+CIREG: 0,0"),
        ("generic", "+CIREG?", "+CIREG: 0,1", "+CIREG: 0,0"),
    ],
)
def test_voice_over_lte(family: str, question: str, answer: str, without: str) -> None:
    assert Desk(family).run(question) == [answer, "OK"]
    assert Desk(family, "no-volte").run(question) == [without, "OK"]


def test_only_a_modem_without_3g_cannot_be_called_without_voice_over_lte() -> None:
    reached = {family: Desk(family, "no-volte").dialect.can_ring for family in FAMILIES}
    assert [family for family, can_ring in reached.items() if not can_ring] == ["a7670"]
    assert all(Desk(family).dialect.can_ring for family in FAMILIES)


def test_a_3g_stick_knows_nothing_of_lte() -> None:
    desk = Desk("huawei")
    assert desk.run("+CEREG?") == ["ERROR"]
    assert desk.run("+CIREG?") == ["ERROR"]
    desk.run("+CREG=2")
    assert desk.run("+CREG?") == ['+CREG: 2,1,"775C","06F95B2D",2', "OK"]
    assert desk.run("+COPS?") == ['+COPS: 0,0,"Viettel Viettel",2', "OK"]


@pytest.mark.parametrize(
    ("family", "question", "tries"),
    [
        ("sim7600", "+SPIC", "+SPIC: {},10,0,10"),
        ("a7670", "+SPIC", "+SPIC: {},10,0,10"),
        ("quectel", '+QPINC="SC"', '+QPINC: "SC",{},10'),
        ("huawei", "^CPIN?", "^CPIN: SIM PIN,{0},10,{0},10,3"),
    ],
)
def test_wrong_pins_are_counted_and_a_restart_does_not_forget_them(
    family: str, question: str, tries: str
) -> None:
    desk = Desk(family, "pin-required")
    assert desk.run(question)[0] == tries.format(3)
    assert desk.run('+CPIN="9999"') == ["+CME ERROR: 16"]
    desk.restart()
    assert desk.run(question)[0] == tries.format(2)
    assert desk.run('+CPIN="1234"') == ["OK"]
    assert desk.subscription.pin_tries == 3


def test_quectel_questions() -> None:
    desk = Desk("quectel")
    assert desk.run("+QNWINFO")[0] == '+QNWINFO: "FDD LTE","45204","LTE BAND 3",1650'
    assert desk.run('+QMBNCFG="List"')[0].startswith('+QMBNCFG: "List",0,1,1,"ROW_Generic_3GPP"')
    assert desk.run('+QMBNCFG="AutoSel"')[0] == '+QMBNCFG: "AutoSel",1'
    assert desk.run("+QPINC?") == ['+QPINC: "SC",3,10', '+QPINC: "P2",3,10', "OK"]
    assert desk.run("+QCCID")[0].startswith("+QCCID: 8984")
    assert desk.run('+QCFG="usbcfg"')[0].startswith('+QCFG: "usbcfg",0x2C7C,0x0125')
    assert desk.run('+QCFG="nwscanmode",3') == ["OK"]
    assert desk.run('+QCFG="nwscanmode"') == ['+QCFG: "nwscanmode",3', "OK"]
    assert desk.run('+QINDCFG="ccinfo"') == ['+QINDCFG: "ccinfo",1', "OK"]
    assert desk.run("+QLTS=1")[0].endswith('+28,0"')
    assert desk.run("+QCFG") == ["ERROR"]


def test_quectel_hangs_up_one_call_by_its_number() -> None:
    desk = Desk("quectel")
    call = desk.talk()
    assert desk.run("+QHUP=16,1") == ["ERROR"]  # the data row
    assert desk.run(f"+QHUP=16,{call.index}") == ["OK"]
    assert desk.line.calls == []


def test_quectel_tells_calls_in_the_older_words_too() -> None:
    desk = Desk("quectel")
    assert desk.run("^DSCI=1") == ["OK"]
    lines = words(desk.dialect.ring_lines(desk.line.place("0912345678"), first=True))
    assert "^DSCI: 2,1,4,0,0912345678,129" in lines


def test_a_plain_modem_knows_no_makers_words() -> None:
    for command in ("+CPCMREG=0", "+DDET=1", "+QPCMV=0", "^DDSETEX=2", "+SPIC", "+CLCC=1"):
        assert Desk("generic").run(command) == ["ERROR"], command


@pytest.mark.parametrize("family", FAMILIES)
def test_a_call_with_sound_on_real_ports(make_bench: MakeBench, family: str) -> None:
    bench = make_bench(family=family, wired=True)
    host = bench.host
    said = base64.b64encode(VOICE).decode()
    bench.line.place_call(audio=said, speak_after_s=0.5, hang_up_after_s=0.2, keep_heard=True)
    host.expect("+CRING")
    assert host.send("ATA")[-1] == "OK"
    host.route_sound(family)
    prompt = tone(0.3, 600)
    host.pcm.write(prompt)
    heard = bytearray()
    while VOICE not in heard:
        heard += host.hear(320)
    ended = bench.line.event("ended")
    assert (ended["outcome"], ended["ended_by"]) == ("answered", "caller")
    assert prompt in base64.b64decode(ended["heard"])
    host.expect(ENDS[family][-1][:5])


def test_analogue_sound_goes_nowhere_without_its_cable(make_bench: MakeBench) -> None:
    bench = make_bench(family="a7670")
    bench.line.place_call(speak="at-once")
    bench.host.answer()
    assert bench.host.send("AT+CPCMREG=1") == ["ERROR"]
    assert bench.line.ask("status")["sound_flows"] is False
