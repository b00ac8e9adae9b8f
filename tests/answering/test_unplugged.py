"""The modem is pulled out in every state of a call: what was said is kept, the line comes back."""

import pytest

from appliance.answering.call import CallSettings, State
from appliance.answering.events import CallerId, ModemLost, ModemUp, RecordingClosed
from tests.fakes.world import Phone

MINH = CallerId("0912345678", "0912345678")
SETTINGS = CallSettings(answer_after_s=3, greeting_s=12, max_message_s=180, silence_s=10)
OUTCOMES: dict[State, list[str]] = {
    State.IDLE: [],
    State.RINGING: ["missed"],  # nobody had answered yet
    State.ANSWERING: ["missed"],
    State.GREETING: ["line_lost"],
    State.RECORDING: ["message"],  # what was said is a message; its file ends as line_lost
    State.ENDING: ["message"],  # it had been left: the last word was ours
}


@pytest.fixture
def phone() -> Phone:
    made = Phone(SETTINGS)
    made.live_until(State.IDLE)
    return made


def bring_to(phone: Phone, state: State) -> None:
    if state is State.IDLE:
        return
    phone.line.ring(MINH)
    if state in (State.RECORDING, State.ENDING):
        phone.live_until(State.RECORDING)
        phone.sound.speak(1.0, 5.0)
        phone.live(3.0)
    phone.live_until(state)


def pull_out(phone: Phone) -> None:
    phone.line.up, phone.line.stat = False, None
    phone.world.post(ModemLost("the modem was unplugged or switched off"))
    phone.live_until(State.OFFLINE)


def plug_in(phone: Phone) -> None:
    phone.line.up = True
    phone.world.post(ModemUp("SIM7600", "LE20"))
    phone.live_until(State.IDLE)


@pytest.mark.parametrize("state", OUTCOMES, ids=lambda state: state.name)
def test_unplugging_ends_the_call_once_and_the_next_caller_is_answered(
    phone: Phone, state: State
) -> None:
    bring_to(phone, state)
    pull_out(phone)
    phone.live(5.0)
    assert phone.clerk.outcomes == OUTCOMES[state]
    plug_in(phone)
    phone.line.ring(MINH)
    phone.live_until(State.RECORDING)
    phone.sound.speak(1.0, 5.0)
    phone.live_until(State.IDLE)
    assert phone.clerk.outcomes == [*OUTCOMES[state], "message"]


@pytest.mark.parametrize("state", [State.RECORDING, State.ENDING], ids=lambda state: state.name)
def test_what_was_said_before_is_closed_and_kept(phone: Phone, state: State) -> None:
    bring_to(phone, state)
    pull_out(phone)
    phone.live(5.0)
    (reason,) = phone.recorders.closed.values()
    assert reason == ("line_lost" if state is State.RECORDING else "silence")
    assert [fact for fact, _ in phone.clerk.facts if isinstance(fact, RecordingClosed)]


def test_a_recording_in_which_nobody_spoke_yet_is_a_lost_line(phone: Phone) -> None:
    phone.line.ring(MINH)
    phone.live_until(State.RECORDING)
    pull_out(phone)
    phone.live(5.0)
    assert phone.clerk.outcomes in (["line_lost"], ["silent"])
    assert list(phone.recorders.closed.values()) == ["line_lost"]


def test_the_status_says_that_the_line_is_gone_and_why(phone: Phone) -> None:
    pull_out(phone)
    assert phone.clerk.status["modem"] == "down"
    assert phone.clerk.status["state"] == "OFFLINE"
    plug_in(phone)
    assert phone.clerk.status["modem"] == "up"
