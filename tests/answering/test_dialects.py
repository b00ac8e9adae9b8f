"""One call in the words of each family, over a real port; and modems that are turned away."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from appliance.answering import call_deeds
from appliance.answering.call_rows import CallRows
from appliance.answering.events import (
    Answered,
    CallEndHinted,
    CallerShown,
    CallsListed,
    KeyPressed,
    LineFree,
    ModemLost,
    ModemUp,
    Ringing,
    VoiceRefused,
    VoiceRouted,
)
from appliance.answering.families.quectel import Quectel
from appliance.answering.jobs import JobQueue
from appliance.answering.modem import ModemLink
from appliance.answering.states import RING_GAP_S
from appliance.config import ModemConfig
from tests.answering.test_modem import CALM, FakeModem, until
from tests.sound.listening import Mailbox

CALLER = "0912345678"
ROW = f'+CLCC: 2,1,{{}},0,0,"{CALLER}",129'
DATA_ROW = '+CLCC: 1,1,0,1,0,"",128'


@dataclass(frozen=True)
class Speech:
    """How one modem tells of a call; `route` is what brings its sound."""

    model: str
    rings: bytes
    key: bytes
    ends: bytes
    route: str | None
    rows: tuple[str, ...] = ()


DIALECTS = {
    "sim7600": Speech(
        "SIMCOM_SIM7600G-H",
        b'\r\n+CRING: VOICE\r\n\r\n+CLIP: "0912345678",129,"",0,"",0\r\n',
        b"\r\n+RXDTMF: 5\r\n",
        b"\r\nVOICE CALL: END: 000012\r\n\r\nNO CARRIER\r\n",
        "AT+CPCMREG=1",
    ),
    "sim7600-ucs2": Speech(
        "SIM7600E-H",
        b'\r\n+CLIP: "0030003900310032003300340035003600370038",129,"",0,"",0\r\n',
        b"\r\r\n+RXDTMF: 5\r\r\n",
        f'\r\n+CLCC: 2,1,6,0,0,"{CALLER}",129\r\n'.encode(),
        "AT+CPCMREG=1",
    ),
    "a7670": Speech(
        "A7670E-FASE",
        f"\r\n{ROW.format(4)}\r\n".encode(),
        b"\r\n+RXDTMF: 5\r\n",
        b"\r\nVOICE CALL:END: 000012\r\n",
        None,
    ),
    "quectel": Speech(
        "EC25",
        b"\r\nRING\r\n\r\n+CLIP: 0912345678,129\r\n",
        b"\r\n+QTONEDET: 53\r\n",
        b"\r\nNO CARRIER\r\n",
        "AT+QPCMV=1,0",
        (DATA_ROW,),
    ),
    "quectel-ccinfo": Speech(
        "EG25-G",
        b'\r\n+QIND: "ccinfo",2,1,4,0,0,"0912345678",129\r\n',
        b"\r\n+QTONEDET: 53\r\n",
        b'\r\n+QIND: "ccinfo",2,1,-1,0,0,"0912345678",129\r\n',
        "AT+QPCMV=1,0",
        (DATA_ROW,),
    ),
    "quectel-dsci": Speech(
        "EC20F",
        b"\r\n^DSCI: 2,1,4,0,+84912345678,145\r\n",
        b"\r\n+QTONEDET: 53\r\n",
        b"\r\n^DSCI: 2,1,6,0,+84912345678,145\r\n",
        "AT+QPCMV=1,0",
    ),
    "huawei": Speech(
        "E1752",
        b'\r\nRING\r\n\r\n+CLIP: "+84912345678",145,,,,0\r\n',
        b"\r\n^DDTMF: 5\r\n",
        b"\r\n^CEND:1,5,29,16\r\n",
        "AT^DDSETEX=2",
    ),
    "standard": Speech(
        "MF190",
        b'\r\nRING\r\n\r\n+CLIP: "84912345678",145\r\n',
        b"\r\n+DTMF:5\r\n",
        b"\r\nHANGUP: 1\r\n",
        None,
    ),
}


class Listing:
    """A port that only lists its calls."""

    last_answer_at: float | None = None

    def __init__(self, *rows: str) -> None:
        self.rows = rows

    def command(self, text: str, timeout_s: float | None = None) -> tuple[str, ...]:
        return self.rows

    def pause(self, seconds: float) -> None:
        pass

    def check(self) -> None:
        pass

    def abort(self) -> None:
        pass

    def close(self) -> None:
        pass


Phone = tuple[FakeModem, ModemLink, Mailbox]


@pytest.fixture
def phone(tmp_path: Path) -> Iterator[Callable[..., Phone]]:
    made: list[Phone] = []

    def make(model: str, revision: str = "1", family: str = "auto") -> Phone:
        modem, box = FakeModem(tmp_path / "modem"), Mailbox()
        modem.replies["AT+CGMM"] = f"\r\n{model}\r\n\r\nOK\r\n".encode()
        modem.replies["AT+CGMR"] = f"\r\n{revision}\r\n\r\nOK\r\n".encode()
        modem.replies["AT^CVOICE?"] = b"\r\n^CVOICE:0,8000,16,20\r\n\r\nOK\r\n"
        link = ModemLink(ModemConfig(port=str(modem.link), family=family), box.post, CALM)
        made.append((modem, link, box))
        link.start()
        return made[-1]

    yield make
    for modem, link, _ in made:
        link.close()
        modem.unplug()


@pytest.mark.parametrize("name", DIALECTS)
def test_a_call_is_heard_answered_keyed_and_ended_in_the_modems_own_words(
    phone: Callable[..., Phone], name: str
) -> None:
    says = DIALECTS[name]
    modem, link, box = phone(says.model)
    modem.rows = [*says.rows]
    assert box.wait_for(ModemUp).calls == ()
    modem.wait_for("AT+CLCC", 2)  # the first idle round comes to its end
    link.list_calls()
    assert box.wait_for(CallsListed).calls == ()
    modem.rows = [*says.rows, ROW.format(4)]
    modem.say(says.rings)
    box.wait_for(Ringing)
    assert box.wait_for(CallerShown).caller.number == CALLER
    link.answer()
    box.wait_for(Answered)
    modem.rows = [*says.rows, ROW.format(0)]
    link.route_voice()
    box.wait_for(VoiceRouted)
    modem.say(says.key)
    assert box.wait_for(KeyPressed).key == "5"
    modem.rows = [*says.rows]
    modem.say(says.ends)
    box.wait_for(CallEndHinted)
    link.list_calls()
    assert box.wait_for(CallsListed, 2).calls == ()
    link.unroute_voice()
    link.hang_up()
    box.wait_for(LineFree)
    routes = {"AT+CPCMREG=1", "AT+QPCMV=1,0", "AT+QPCMV=1,2", "AT^DDSETEX=2"}
    assert routes & set(modem.commands) == ({says.route} if says.route else set())
    assert not box.of(ModemLost)


@pytest.mark.parametrize("name", ["sim7600", "quectel", "huawei"])
def test_a_sound_refused_at_first_is_asked_for_again(
    phone: Callable[..., Phone], name: str
) -> None:
    says = DIALECTS[name]
    assert says.route
    modem, link, box = phone(says.model)
    answers = iter([b"\r\nERROR\r\n"] * 5)
    modem.replies[says.route] = lambda: next(answers, b"\r\nOK\r\n")
    box.wait_for(ModemUp)
    link.route_voice()
    box.wait_for(VoiceRouted)
    assert modem.commands.count(says.route) == 6
    assert not box.of(VoiceRefused)


def test_nothing_is_sent_while_ata_waits_in_any_dialect(phone: Callable[..., Phone]) -> None:
    """A state line, a key and a second caller come meanwhile: none of them is worth a byte."""
    modem, link, box = phone("EC25")
    modem.replies["ATA"] = None
    box.wait_for(ModemUp)
    link.answer()
    modem.wait_for("ATA")
    link.route_voice()
    link.list_calls()
    modem.say(b'\r\n+QIND: "ccinfo",2,1,4,0,0,"0912345678",129\r\n\r\n+QTONEDET: 53\r\n')
    modem.say(b'\r\n+CCWA: "0987654321",129,1\r\n\r\n^DSCI: 2,1,3,0,0912345678,129\r\n')
    box.wait_for(KeyPressed)
    assert modem.commands[-1] == "ATA"
    modem.say(b"\r\nOK\r\n")
    box.wait_for(Answered)
    box.wait_for(CallsListed)


# ---------------------------------------------------------------- turned away, or set wrongly


@pytest.mark.parametrize(
    ("model", "revision", "why"),
    [
        ("SIMCOM_SIM800L", "1418B05SIM800L24", "only 2G"),
        ("SIM7670G-MNGV", "2374B04SIM767XM5A_M", "no voice"),
        ("A7670E-LNXY-UBL", "A011B07A7670M6_M", "no voice"),
    ],
)
def test_a_modem_that_can_take_no_call_is_told_off_in_one_line_on_the_status(
    phone: Callable[..., Phone], model: str, revision: str, why: str
) -> None:
    modem, link, box = phone(model, revision)
    reason = box.wait_for(ModemLost).reason
    assert model in reason
    assert why in reason
    assert "use one of" in reason
    assert "\n" not in reason
    until(lambda: link.status().reason == reason, "the status does not say it")
    assert not link.status().up
    assert "AT+CLIP=1" not in modem.commands


def test_a_modem_of_another_dialect_than_configured_works_and_the_status_says_so(
    phone: Callable[..., Phone],
) -> None:
    modem, link, box = phone("EC25", family="sim7600")
    box.wait_for(ModemUp)
    until(lambda: link.status().other_family == "quectel", "the status does not say it")
    assert link.status().up
    link.route_voice()
    box.wait_for(VoiceRouted)
    assert "AT+QPCMV=1,0" in modem.commands


def test_a_modem_of_the_configured_family_has_nothing_to_complain_of(
    phone: Callable[..., Phone],
) -> None:
    _, link, box = phone("EC25", family="quectel")
    box.wait_for(ModemUp)
    assert link.status().other_family is None


def test_a_locked_huawei_stick_is_told_off_on_the_status(phone: Callable[..., Phone]) -> None:
    modem, link, box = phone("MF190")  # as yet; the stick is put in its place
    box.wait_for(ModemUp)
    modem.replies["AT+CGMM"] = b"\r\nE1752\r\n\r\nOK\r\n"
    modem.replies["AT^CVOICE?"] = b"\r\n^CVOICE:1\r\n\r\nOK\r\n"
    modem.unplug()
    modem.plug_in()
    until(lambda: "no voice to the computer" in link.status().reason, "not told")


def test_a_call_that_rings_by_a_single_line_is_still_one_after_half_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """EG25-G 30.202 prints no RING, and lists a VoLTE call with the mode of a data bearer."""
    now_s = [1000.0]
    monkeypatch.setattr(call_deeds, "time", SimpleNamespace(monotonic=lambda: now_s[0]))
    box, rows = Mailbox(), CallRows()
    modem = Listing(DATA_ROW)
    deeds = call_deeds.CallDeeds(modem, Quectel(), rows, JobQueue(), box.post, CALM)
    assert deeds.take_stock() == ()
    modem.rows = (DATA_ROW, '+CLCC: 2,1,4,1,0,"",128')
    rows.ring(now_s[0])
    for count in range(1, 5):
        now_s[0] += RING_GAP_S
        deeds.list_calls()
        assert [call.index for call in box.wait_for(CallsListed, count).calls] == [2]
