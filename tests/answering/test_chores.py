"""What is done with a modem while nobody calls, on modems made of answers."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from appliance.answering import call_lists, data_off, diversions, network_time, volte
from appliance.answering.chores import END_USSD, WIPE, Chores, ask_balance, ask_volte, daily_round
from appliance.answering.families.base import Family
from tests.fakes.says import Says, saying

FAMILY = Family()


def known(steps: Iterator[dict[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for step in steps:
        found.update(step)
    return found


# ---------------------------------------------------------------- the order


def test_every_chore_is_done_once_and_again_when_its_time_has_come() -> None:
    chores = Chores(daily_round("*101#"))
    first = []
    while (chore := chores.begin(1000.0)) is not None:
        first.append(chore.name)
    assert sorted(first) == ["balance", "data off", "diversions", "time", "volte"]
    assert chores.begin(1020.0) is None
    assert [chore.name for chore in [chores.begin(1031.0)] if chore] == ["volte"]


def test_what_is_asked_for_is_done_once_and_first() -> None:
    chores = Chores(daily_round(""))
    chores.ask(END_USSD)
    chores.ask(WIPE)
    assert [chores.begin(0.0), chores.begin(0.0)] == list(daily_round(""))[:2]
    names = []
    while (chore := chores.begin(0.0)) is not None:
        names.append(chore.name)
    assert WIPE not in names
    assert "balance" not in names, "off unless a code is configured"


@pytest.mark.parametrize("answer", ["ERROR", "+CME ERROR: operation not supported", None])
def test_a_modem_that_refuses_or_ignores_every_chore_is_left_in_peace(answer: str | None) -> None:
    for chore in daily_round("*101#"):
        modem = Says()
        modem.answers = dict.fromkeys(
            ['AT+CPBS="RC"', "AT+CIREG?", "AT+CCLK?", "AT+CGACT?", "AT+CCFC=0,2", "AT+QLTS=1"],
            answer,
        )
        found = known(chore.work(modem, FAMILY))
        assert set(found.values()) <= {None}, chore.name
        assert not [text for text in modem.asked if text.startswith(("AT+CPBW", "AT+CGACT=0"))]


def test_a_call_can_cut_in_after_every_command_of_a_chore() -> None:
    """Each step sends two commands at most; the link looks for calls between the steps."""
    for chore in daily_round("*101#"):
        modem = saying(
            {f'AT+CPBS="{name}"': () for name in call_lists.LISTS}
            | {"AT+CPBS?": ('+CPBS: "RC",3,20',), "AT+CGACT?": ("+CGACT: 1,1", "+CGACT: 2,1")}
        )
        asked = 0
        for _ in chore.work(modem, FAMILY):
            assert len(modem.asked) - asked <= 2, chore.name
            asked = len(modem.asked)


# ---------------------------------------------------------------- the network's time


@pytest.mark.parametrize(
    ("line", "moment"),
    [
        ('+CCLK: "26/11/25,07:30:15+28"', (2026, 11, 25, 0, 30, 15)),
        ('+CCLK: "26/11/25,00:30:15+00"', (2026, 11, 25, 0, 30, 15)),
        ('+CCLK: "26/01/01,00:00:00-12"', (2026, 1, 1, 3, 0, 0)),
        ('+QLTS: "2026/11/25,00:30:15+28,0"', (2026, 11, 25, 0, 30, 15)),
        ('+CCLK:"26/11/25,07:30:15+28"', (2026, 11, 25, 0, 30, 15)),
    ],
)
def test_the_networks_time_is_read(line: str, moment: tuple[int, ...]) -> None:
    assert network_time.parse([line]) == datetime(*moment, tzinfo=UTC).timestamp()  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    "line",
    [
        '+CCLK: "80/01/06,00:04:10+00"',
        '+CCLK: "04/01/01,00:00:00+00"',
        '+CCLK: "24/12/31,23:59:59+28"',
        '+QLTS: ""',
        '+QLTS: "2101/01/01,00:00:00+28,0"',
        '+CCLK: "26/13/25,07:30:15+28"',
        '+CCLK: "26/02/30,07:30:15+28"',
        '+CCLK: "26/11/25,25:30:15+28"',
        '+CCLK: "26/11/25,07:30:15+99"',
        "+CCLK: 26/11",
        "",
    ],
)
def test_an_absurd_time_is_no_time(line: str) -> None:
    assert network_time.parse([line]) is None


def test_the_clock_is_compared_with_the_network_and_quectels_own_time_goes_first() -> None:
    def at(offset_s: float, form: str) -> str:
        return datetime.fromtimestamp(time.time() + offset_s, UTC).strftime(form)

    modem = saying(
        {
            "AT+QLTS=1": (at(600, '+QLTS: "%Y/%m/%d,%H:%M:%S+28,0"'),),
            "AT+CCLK?": (at(0, '+CCLK: "%y/%m/%d,%H:%M:%S+00"'),),
        }
    )
    off_s = known(network_time.ask(modem, FAMILY))["clock_off_s"]
    assert off_s == pytest.approx(600, abs=3)
    del modem.answers["AT+QLTS=1"]
    assert known(network_time.ask(modem, FAMILY))["clock_off_s"] == pytest.approx(0, abs=3)


# ---------------------------------------------------------------- voice over LTE


@pytest.mark.parametrize(
    ("line", "registered"),
    [
        ("+CIREG: 2,1,15", True),
        ("+CIREG: 0,1", True),
        ('+CIREG: 2,1,"1"', True),
        ("+CIREG: 2,1,2", False),  # IMS for messages, not for voice
        ("+CIREG: 0,0", False),
        ("+CIREG: 1", None),
        ("", None),
    ],
)
def test_volte_is_registered_only_when_voice_is(line: str, registered: bool | None) -> None:
    assert volte.parse_cireg([line]) is registered
    assert known(ask_volte(saying({"AT+CIREG?": (line,)}), FAMILY)) == {"volte": registered}


@pytest.mark.parametrize(
    ("line", "registered"),
    [
        ('+QCFG: "ims",1,1', True),
        ('+QCFG: "ims",0,0', False),
        ('+QCFG: "ims",1', None),
        ('+QCFG: "volte_disable",0,1', None),
    ],
)
def test_quectels_word_for_volte(line: str, registered: bool | None) -> None:
    assert volte.parse_qcfg_ims([line]) is registered


# ---------------------------------------------------------------- the modem's own call lists


def test_the_call_lists_are_emptied_from_the_end_and_the_phone_book_is_chosen_again() -> None:
    modem = saying(
        {
            'AT+CPBS="RC"': (),
            "AT+CPBS?": ('+CPBS: "RC",2,20',),
            "AT+CPBW=2": (),
            "AT+CPBW=1": (),
            'AT+CPBS="SM"': (),
        }
    )
    known(call_lists.wipe(modem, FAMILY))
    assert [t for t in modem.asked if t.startswith("AT+CPBW")] == ["AT+CPBW=2", "AT+CPBW=1"]
    assert modem.asked[-1] == 'AT+CPBS="SM"'


def test_a_list_that_was_not_chosen_is_never_wiped_in_its_place() -> None:
    """A modem that says OK to RC and stays with the phone book must not lose it."""
    modem = saying({'AT+CPBS="RC"': (), "AT+CPBS?": ('+CPBS: "SM",40,250',)})
    known(call_lists.wipe(modem, FAMILY))
    assert not [text for text in modem.asked if text.startswith("AT+CPBW")]


def test_a_read_only_list_costs_one_refusal() -> None:
    modem = saying({'AT+CPBS="MC"': (), "AT+CPBS?": ('+CPBS: "MC",20,20',)})
    known(call_lists.wipe(modem, FAMILY))
    assert [t for t in modem.asked if t.startswith("AT+CPBW")] == ["AT+CPBW=20"]


# ---------------------------------------------------------------- diversions


@pytest.mark.parametrize(
    ("lines", "diverted"),
    [
        (("+CCFC: 0,7",), False),
        (("+CCFC: 0,1", "+CCFC: 0,2", "+CCFC: 0,4"), False),
        (('+CCFC: 1,1,"+84900000000",145,,,20',), True),
        (('+CCFC: 1,7,"+84900000000",145',), True),
        (('+CCFC: 1,4,"+84900000000",145', "+CCFC: 0,1"), False),  # fax only
        ((), None),
        (("+CCFC: x",), None),
    ],
)
def test_a_diversion_of_voice_is_found(lines: tuple[str, ...], diverted: bool | None) -> None:
    assert diversions.parse(lines) is diverted


def test_the_operators_voicemail_is_told_from_a_diversion_of_every_call() -> None:
    off, on = ("+CCFC: 0,1",), ('+CCFC: 1,1,"+84900000000",145',)
    modem = saying({"AT+CCFC=0,2": off, "AT+CCFC=1,2": off, "AT+CCFC=2,2": on})
    assert known(diversions.ask(modem, FAMILY)) == {"diverted": False, "voicemail": True}
    modem = saying({"AT+CCFC=0,2": on})
    assert known(diversions.ask(modem, FAMILY)) == {"diverted": True, "voicemail": None}


# ---------------------------------------------------------------- data off


@pytest.mark.parametrize(
    ("active", "names", "closed"),
    [
        ((1,), {1: "v-internet"}, ()),  # LTE needs one: its end ends the registration
        ((1, 2), {1: "v-internet", 2: "ims"}, ()),
        ((1, 2, 3), {1: "v-internet", 2: "ims", 3: "m3-world"}, (3,)),
        ((1, 4), {1: "ims", 4: "internet"}, (4,)),
        ((1, 8), {1: "internet"}, ()),  # A76xx: 8 is IMS, and is not listed
        ((1, 3), {1: "internet", 3: ""}, ()),
        ((), {}, ()),
    ],
)
def test_only_a_data_context_beside_the_needed_ones_is_closed(
    active: tuple[int, ...], names: dict[int, str], closed: tuple[int, ...]
) -> None:
    assert data_off.to_close(active, names) == closed


def test_a_second_data_context_is_closed_and_nothing_is_detached() -> None:
    modem = saying(
        {
            "AT+CGACT?": ("+CGACT: 1,1", "+CGACT: 2,1", "+CGACT: 3,0", "+CGACT: 5,1"),
            "AT+CGDCONT?": (
                '+CGDCONT: 1,"IP","v-internet","0.0.0.0",0,0',
                '+CGDCONT: 2,"IPV4V6","ims","",0,0',
                '+CGDCONT: 5,"IP","m3-world.mnc004.mcc452.gprs","",0,0',
            ),
        }
    )
    known(data_off.close(modem, FAMILY))
    assert [t for t in modem.asked if t.startswith("AT+CGA")] == ["AT+CGACT?", "AT+CGACT=0,5"]


def test_the_balance_is_asked_for_without_waiting_for_its_answer() -> None:
    modem = saying({'AT+CUSD=1,"*101#",15': ()})
    assert known(ask_balance("*101#")(modem, FAMILY)) == {}
    assert modem.asked == ['AT+CUSD=1,"*101#",15']
