"""A call that the modem will not end: given up within five minutes, whatever the modem says."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from appliance.answering.actions import HangUp, NoteEnded
from appliance.answering.at_lines import Final
from appliance.answering.events import (
    Event,
    LineFree,
    ModemLost,
    ModemUp,
    Prompt,
    PromptPlayed,
    Ringing,
    SpeechStarted,
    Stat,
)
from appliance.answering.families.base import Refused
from appliance.answering.link import Link
from appliance.answering.states import State
from appliance.answering.timings import Timings
from appliance.config import ModemConfig
from appliance.errors import CommandTimeout
from tests.fakes.walk import Walk
from tests.sound.listening import Mailbox

LIMIT_S = 300.0  # five minutes: a neighbour who calls again then must get through
STUCK = '+CLCC: 1,1,0,0,0,"0912345678",129'
QUICK = Timings(probe_s=600.0, retry_s=0.01, reopen_first_s=0.01, reopen_max_s=0.05)
MODELS = ("SIMCOM_SIM7600G-H", "A7670E-FASE", "EC25", "E1752", "MF190")
PREPARING = ("AT", "ATE0", "AT+CGMM", "AT+CGMR", "AT+CPIN?", "AT^CVOICE?")

Manner = Callable[[str], tuple[str, ...] | None]


def agrees(_: str) -> tuple[str, ...]:
    return ()


def refuses(text: str) -> tuple[str, ...]:
    raise Refused(text, Final(False, "ERROR"))


def says_nothing(_: str) -> None:
    return None


def mumbles(_: str) -> tuple[str, ...]:
    return ("+CHUP: 0", "OKAY", "NO CARRIER")


class StubbornModem:
    """Lists its call whatever it is told, and never restarts; time is counted, not spent."""

    def __init__(self, model: str, manner: Manner, *, lists: bool = True) -> None:
        self.model, self.manner, self.lists = model, manner, lists
        self.stubborn = False
        self.rows: tuple[str, ...] = ()
        self.spent_s = 0.0
        self.sent: list[str] = []
        self.last_answer_at: float | None = None

    def command(self, text: str, timeout_s: float | None = None) -> tuple[str, ...]:
        self.sent.append(text)
        if text == "AT+CGMM":
            return (self.model,)
        if text == "AT+CLCC" and self.lists:
            return self.rows
        if not self.stubborn or text in PREPARING:
            return ()
        lines = self.manner(text)
        if lines is None:
            self.spent_s += timeout_s or 3.0
            raise CommandTimeout(f"no answer to {text}")
        return lines

    def pause(self, seconds: float) -> None:
        self.spent_s += seconds

    def check(self) -> None:
        pass

    def abort(self) -> None:
        pass

    def close(self) -> None:
        pass


class Phone:
    """A link on that modem."""

    def __init__(self, modem: StubbornModem) -> None:
        self.box, self.modem = Mailbox(), modem
        self.hear: Callable[[Event], None] = lambda _: None

        def open_port(
            _path: str, on_event: Callable[[Event], None], _lost: Any, _reply_s: float
        ) -> StubbornModem:
            self.hear = on_event
            return modem

        self.link = Link(ModemConfig(port="modem"), self.box.post, open_port, QUICK, list)
        self.link.start()


@pytest.fixture
def phone() -> Iterator[Callable[[StubbornModem], Phone]]:
    made: list[Phone] = []

    def make(modem: StubbornModem) -> Phone:
        made.append(Phone(modem))
        return made[-1]

    yield make
    for one in made:
        one.link.close()


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("manner", [agrees, refuses, says_nothing, mumbles])
def test_a_call_that_will_not_end_costs_the_modem_within_five_minutes(
    phone: Callable[[StubbornModem], Phone], model: str, manner: Manner
) -> None:
    modem = StubbornModem(model, manner)
    line = phone(modem)
    line.box.wait_for(ModemUp)
    modem.rows, modem.stubborn = (STUCK,), True
    line.link.hang_up()
    assert "restarted" in line.box.wait_for(ModemLost).reason
    assert modem.spent_s < LIMIT_S
    ours = modem.sent[modem.sent.index("AT+CHUP") :]
    ours = ours[: ours.index("AT+CFUN=1,1") + 1]
    assert ours[0] == "AT+CHUP"
    assert "AT+CLCC" in ours[1:3]  # hung up, then looked, then tried again
    assert ours.count("AT+CHUP") == 2
    assert "AT+CHLD=11" in ours


def test_a_modem_that_says_nothing_at_all_is_given_up_within_five_minutes(
    phone: Callable[[StubbornModem], Phone],
) -> None:
    modem = StubbornModem(MODELS[0], says_nothing, lists=False)
    line = phone(modem)
    line.box.wait_for(ModemUp)
    modem.stubborn = True
    line.link.hang_up()
    line.box.wait_for(ModemLost)
    assert modem.spent_s < LIMIT_S


def test_a_modem_whose_call_stays_after_its_restart_is_hung_up_again_and_again(
    phone: Callable[[StubbornModem], Phone],
) -> None:
    modem = StubbornModem(MODELS[0], agrees)
    line = phone(modem)
    line.box.wait_for(ModemUp)
    modem.rows, modem.stubborn = (STUCK,), True
    for count in (1, 2, 3):
        line.link.hang_up()
        line.box.wait_for(ModemLost, count)
        (left,) = line.box.wait_for(ModemUp, count + 1).calls
        assert (left.index, left.stat) == (1, Stat.ACTIVE)
    modem.rows = ()
    line.link.hang_up()
    line.box.wait_for(LineFree)


def test_the_books_of_a_stuck_call_are_closed_within_five_minutes_of_its_longest_message() -> None:
    """The message may be as long as configured; from then on the clock of five minutes runs."""
    walk = Walk().to_recording()
    walk.tell(SpeechStarted())
    walk.wait(180.0)
    assert walk.is_in(State.ENDING)
    walk.tell(PromptPlayed(Prompt.GOODBYE))
    assert HangUp() in walk.last
    walk.wait(LIMIT_S - 60.0)
    tries = len(walk.did(HangUp))
    assert tries >= 5  # the link says nothing at all: it is told again every half minute
    walk.tell(ModemLost("a call could not be ended: the modem was restarted"))
    assert len(walk.did(NoteEnded)) == 1
    walk.tell(ModemUp("SIM7600", "LE20"), Ringing())
    assert walk.is_in(State.ANSWERING)
