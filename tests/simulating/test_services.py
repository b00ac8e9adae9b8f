"""USSD, diversion, data, clocks and call lists."""

import pytest

from appliance.simulating import gsm7
from appliance.simulating.families.services import BALANCE
from tests.simulating.parts import Desk, MakeBench

ASK = '+CUSD=1,"*101#",15'


def test_the_balance_comes_after_the_ok() -> None:
    reply = Desk().dialect.run(ASK, 0.0)
    assert (reply.lines, reply.final) == ((), "OK")
    assert [line for _, line in reply.later] == [f'+CUSD: 0,"{BALANCE}",15']


@pytest.mark.parametrize(
    ("faults", "answer"),
    [
        (["ussd-hex"], f'+CUSD: 0,"{BALANCE.encode("utf-16-be").hex().upper()}",72'),
        (["ussd-ended"], "+CUSD: 2"),
        (["no-credit"], '+CUSD: 0,"TK goc: 0d, HSD: 0h ngay 01/01/2020.",15'),
        (["ucs2-numbers"], f'+CUSD: 0,"{BALANCE.encode("utf-16-be").hex().upper()}",15'),
    ],
)
def test_the_balance_in_other_shapes(faults: list[str], answer: str) -> None:
    assert Desk("generic", *faults).run(ASK) == ["OK", answer]


def test_the_balance_packed_in_seven_bits() -> None:
    packed = Desk("generic", "ussd-packed").run(ASK)[-1].split('"')[1]
    assert gsm7.decode(gsm7.unpack(bytes.fromhex(packed), len(BALANCE))) == BALANCE


def test_ussd_may_be_refused_or_unknown() -> None:
    assert Desk("generic", "ussd-refused").run(ASK) == ["ERROR"]
    assert Desk("generic", "no-network").run(ASK) == ["ERROR"]
    assert Desk().run('+CUSD=1,"*999#",15') == ["OK", "+CUSD: 4"]
    assert Desk().run("+CUSD=2") == ["OK"]


def test_ussd_over_a_real_port(make_bench: MakeBench) -> None:
    host = make_bench().host
    assert host.send("AT" + ASK) == ["OK"]
    assert host.expect("+CUSD")[-1] == f'+CUSD: 0,"{BALANCE}",15'


def test_the_operators_voicemail_is_found_and_switched_off() -> None:
    assert Desk().run("+CCFC=2,2") == ["+CCFC: 0,1", "OK"]
    desk = Desk("generic", "operator-voicemail")
    assert desk.run("+CCFC=2,2") == ['+CCFC: 1,1,"+84900000000",145,,,20', "OK"]
    assert desk.run("+CCFC=1,2") == ['+CCFC: 1,1,"+84900000000",145', "OK"]
    assert desk.run("+CCFC=0,2") == ["+CCFC: 0,1", "OK"]
    assert desk.run("+CCFC=5,2") == [
        '+CCFC: 1,1,"+84900000000",145',
        '+CCFC: 1,1,"+84900000000",145,,,20',
        '+CCFC: 1,1,"+84900000000",145',
        "OK",
    ]
    assert desk.run("+CCFC=2,4") == ["OK"]
    desk.restart()
    assert desk.run("+CCFC=2,2") == ["+CCFC: 0,1", "OK"]


def test_calls_are_diverted_with_the_time_last() -> None:
    desk = Desk()
    assert desk.run('+CCFC=2,3,"0987654321",129,1,,,25') == ["OK"]
    assert desk.run("+CCFC=2,2") == ['+CCFC: 1,1,"0987654321",129,,,25', "OK"]
    assert desk.run("+CCFC=1,1") == ["ERROR"]  # nothing is registered to be switched on
    assert desk.run("+CCFC=9,2") == ["ERROR"]


def test_who_detaches_on_lte_cannot_be_called() -> None:
    desk = Desk("sim7600")
    assert desk.run("+CGATT?") == ["+CGATT: 1", "OK"]
    assert desk.run("+CGACT=0,1") == ["OK"]
    assert desk.run("+CGACT?") == ["+CGACT: 1,0", "+CGACT: 2,1", "OK"]
    assert desk.dialect.can_ring
    desk.run("+CGATT=0")
    assert not desk.dialect.can_ring
    assert desk.run("+CREG?") == ["+CREG: 0,0", "OK"]


def test_an_absurd_clock() -> None:
    assert Desk().run("+CCLK?")[0].endswith('+28"')
    assert Desk("generic", "clock-absurd").run("+CCLK?")[0] == '+CCLK: "80/01/06,00:00:12+00"'
    assert Desk("quectel", "clock-absurd").run("+QLTS=1")[0] == '+QLTS: ""'


def test_callers_stay_in_the_modem_until_they_are_wiped(make_bench: MakeBench) -> None:
    bench = make_bench()
    bench.line.place_call("0911111111", ring_s=0.1)
    bench.host.expect("MISSED_CALL")
    bench.line.place_call("0922222222")
    bench.host.answer()
    bench.host.send("AT+CHUP")
    bench.line.event("ended")
    send = bench.host.send
    assert send('AT+CPBS="MC"') == ["OK"]
    assert send("AT+CPBR=1,10") == ['+CPBR: 1,"0911111111",129,""', "OK"]
    assert send('AT+CPBS="RC"') == ["OK"]
    assert send("AT+CPBS?") == ['+CPBS: "RC",1,10', "OK"]
    assert send("AT+CPBR=1,10") == ['+CPBR: 1,"0922222222",129,""', "OK"]
    assert send("AT+CPBW=1") == ["OK"]
    assert send("AT+CPBR=1,10") == ["OK"]
    assert send("AT+CPBS?") == ['+CPBS: "RC",0,10', "OK"]


def test_a_call_list_holds_ten_and_wiping_one_leaves_the_others_in_place() -> None:
    desk = Desk()
    for number in range(12):
        desk.subscription.note_call(str(number), answered=False)
    desk.run('+CPBS="MC"')
    assert [row.split('"')[1] for row in desk.run("+CPBR=1,10")[:-1]] == [
        str(number) for number in range(11, 1, -1)
    ]
    for place in range(1, 11):
        assert desk.run(f"+CPBW={place}") == ["OK"]
    assert desk.run("+CPBR=1,10") == ["OK"]
    assert desk.run("+CPBW=11") == ["+CME ERROR: 21"]
    assert desk.run('+CPBS="XX"') == ["ERROR"]
