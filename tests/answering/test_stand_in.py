"""The port no longer takes our sound: the card stands in, and nobody's call is lost by it."""

from collections.abc import Callable, Iterator

import pytest

from appliance.answering.actions import NoteEnded, ShowTrouble, TroubleOver
from appliance.answering.audio import open_sound
from appliance.answering.call import CallMachine, CallSettings, State
from appliance.answering.daemon import Daemon
from appliance.answering.events import (
    CallerId,
    Event,
    ModemLost,
    ModemUp,
    Prompt,
    SoundLost,
    SoundStarted,
    UplinkStalled,
)
from appliance.answering.stand_in import ON_CARD, StandIn
from appliance.config import AudioConfig
from tests.fakes.walk import ids
from tests.fakes.world import FakeClerk, FakeLine, FakeRecorders, FakeSound, World

MINH = CallerId("0912345678", "0912345678")
SETTINGS = CallSettings(answer_after_s=0, greeting_s=12, max_message_s=180, silence_s=10)


class Through(World):
    """The same world, but what is posted goes through somebody else first."""

    def __init__(self, world: World, post: Callable[[Event], None]) -> None:
        self._world, self._tell = world, post

    def post(self, event: Event) -> None:
        self._tell(event)

    @property
    def now(self) -> float:  # type: ignore[override]
        return self._world.now

    def later(self, seconds: float, deed: Callable[[], None]) -> None:
        self._world.later(seconds, deed)


class Port(FakeSound):
    """A PCM port whose uplink is dead, unless it was mended."""

    dead = True

    def start(self) -> None:
        super().start()
        if self.dead:
            self._tell(1.1, UplinkStalled())


class Card(FakeSound):
    """A sound card that may be missing, or pulled in the middle of a call."""

    missing = False

    def start(self) -> None:
        super().start()
        if self.missing:
            self._session += 1
            self._tell(0.1, SoundLost("the card is not there"))

    def pull(self) -> None:
        self._tell(0.0, SoundLost("the card gave no sound for 2 s"))


class Phone:
    """The real daemon, machine and stand-in; everything around them made of lists."""

    def __init__(self) -> None:
        numbers = ids()
        self.world = World()
        self.line = FakeLine(self.world)
        self.port = Port(self.world)
        self.clerk = FakeClerk()
        self.sound = StandIn(self.port, self._make_card, self.world.post)
        self.daemon = Daemon(
            mailbox=self.world,
            machine=CallMachine(SETTINGS, lambda: next(numbers)),
            line=self.line,
            sound=self.sound,
            recorders=FakeRecorders(self.world),
            clerk=self.clerk,
            clock=self.world.clock,
            wall=self.world.wall,
            ping=lambda: None,
        )
        self.world.post(ModemUp("SIM7600", "LE20"))

    def _make_card(self, post: Callable[[Event], None]) -> FakeSound:
        self.card = Card(Through(self.world, post))
        return self.card

    def live_until(self, state: State) -> None:
        until = self.world.now + 300
        while self.daemon.machine.state is not state:
            assert self.world.now < until, f"still {self.daemon.machine.state.name}"
            self.daemon.step()

    def call(self, speaks: FakeSound) -> None:
        """A whole call, in which the caller speaks; speaks: the way his voice must come."""
        self.live_until(State.IDLE)
        self.line.ring(MINH)
        self.live_until(State.RECORDING)
        speaks.speak(1.0, 5.0)
        self.live_until(State.ENDING)
        self.live_until(State.IDLE)

    def reopen_modem(self) -> None:
        self.world.post(ModemLost("unplugged"))
        self.live_until(State.OFFLINE)
        self.world.post(ModemUp("SIM7600", "LE20"))
        self.live_until(State.IDLE)

    @property
    def troubles(self) -> list[str]:
        shown: list[str] = []
        for fact, _ in self.clerk.facts:
            if isinstance(fact, ShowTrouble):
                shown.append(fact.code)
            elif isinstance(fact, TroubleOver):
                shown.remove(fact.code)
        return shown

    def routed(self) -> int:
        return len(self.line.at("route_voice"))


@pytest.fixture
def phone() -> Iterator[Phone]:
    made = Phone()
    yield made
    ended = [fact for fact, _ in made.clerk.facts if isinstance(fact, NoteEnded)]
    assert {fact.outcome.value for fact in ended} == {"message"}, "no call is lost by a stand-in"


def test_from_the_call_after_the_stall_on_the_card_carries_both_directions(phone: Phone) -> None:
    phone.call(speaks=phone.port)
    assert phone.troubles == ["uplink_dead"]
    phone.call(speaks=phone.card)
    assert phone.card.heard == [Prompt.GREETING, Prompt.BEEP, Prompt.GOODBYE]
    assert phone.troubles == [ON_CARD]


def test_the_modem_keeps_the_sound_at_its_jack_while_the_card_is_used(phone: Phone) -> None:
    phone.call(speaks=phone.port)
    assert phone.routed() == 1
    phone.call(speaks=phone.card)
    phone.call(speaks=phone.card)
    assert phone.routed() == 1


def test_a_modem_opened_again_is_tried_at_its_port(phone: Phone) -> None:
    phone.call(speaks=phone.port)
    phone.call(speaks=phone.card)
    phone.reopen_modem()
    assert phone.troubles == []
    phone.port.dead = False
    phone.call(speaks=phone.port)
    phone.call(speaks=phone.port)
    assert phone.troubles == []
    assert phone.port.heard[-1] is Prompt.GOODBYE


def test_a_missing_card_does_not_cost_the_call_the_port_still_brings_the_caller(
    phone: Phone,
) -> None:
    phone.card.missing = True
    phone.call(speaks=phone.port)
    phone.call(speaks=phone.port)
    assert phone.routed() == 2
    assert phone.troubles == ["uplink_dead"]


def test_a_card_that_returns_is_used_again(phone: Phone) -> None:
    phone.card.missing = True
    phone.call(speaks=phone.port)
    phone.call(speaks=phone.port)
    phone.card.missing = False
    phone.call(speaks=phone.card)
    assert phone.troubles == [ON_CARD]


def test_a_card_pulled_in_a_message_keeps_what_was_said(phone: Phone) -> None:
    phone.call(speaks=phone.port)
    phone.line.ring(MINH)
    phone.live_until(State.RECORDING)
    phone.card.speak(0.5, 1.0)
    phone.world.later(3.0, phone.card.pull)
    phone.live_until(State.IDLE)
    assert "sound_lost" in phone.troubles
    phone.card.missing = True
    phone.call(speaks=phone.port)


def test_a_caller_who_goes_while_the_card_fails_leaves_nothing_routed(phone: Phone) -> None:
    phone.call(speaks=phone.port)
    phone.sound.start()
    phone.sound.stop()
    assert phone.sound.heed(SoundStarted()) != []  # of the card: it is told once
    before = phone.routed()
    phone.card.missing = True
    phone.sound.start()
    phone.world.later(0.05, phone.sound.stop)
    until = phone.world.now + 5
    while phone.world.now < until:
        phone.daemon.step()
    assert phone.routed() == before


def test_without_a_card_in_the_configuration_there_is_only_the_port() -> None:
    sound = open_sound(AudioConfig(), lambda: None, {}, lambda event: None)
    assert not isinstance(sound, StandIn)
    assert list(sound.heed(UplinkStalled())) == []
    assert sound.needs_port
