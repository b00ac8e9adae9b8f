"""A call machine led by the hand: events and time go in, everything it asked for is kept."""

from collections.abc import Iterator
from typing import TypeVar

from appliance.answering.actions import Action, ListCalls, NoteEnded
from appliance.answering.call import CallMachine, CallSettings, State
from appliance.answering.events import (
    Answered,
    CallerId,
    CallRow,
    CallsListed,
    DeadlineReached,
    Direction,
    Event,
    LineFree,
    ModemUp,
    Outcome,
    Prompt,
    PromptPlayed,
    Ringing,
    SoundStarted,
    Stat,
    VoiceRouted,
)

SETTINGS = CallSettings(answer_after_s=20, greeting_s=12, max_message_s=180, silence_s=10)
AT_ONCE = CallSettings(answer_after_s=0, greeting_s=12, max_message_s=180, silence_s=10)
MINH = CallerId("0912345678", "0912345678")
HOA = CallerId("0987654321", "+84987654321")
WITHHELD = CallerId(None, "", 1)

A = TypeVar("A", bound=object)


def ids() -> Iterator[str]:
    number = 0
    while True:
        number += 1
        yield f"{number:032x}"


def row(stat: Stat = Stat.ACTIVE, caller: CallerId | None = None, index: int = 1) -> CallRow:
    return CallRow(index, Direction.TO_US, stat, caller)


class Walk:
    """Leads one machine; `polled` rows are what every AT+CLCC answers while time passes."""

    def __init__(self, settings: CallSettings = AT_ONCE) -> None:
        numbers = ids()
        self.machine = CallMachine(settings, lambda: next(numbers))
        self.now = 1000.0
        self.all: list[Action] = []
        self.last: list[Action] = []
        self.polled: tuple[CallRow, ...] | None = None

    @property
    def state(self) -> State:
        return self.machine.state

    def is_in(self, state: State) -> bool:
        """Like `state is`, but no type checker concludes that it stays so."""
        return self.machine.state is state

    def tell(self, *events: Event) -> list[Action]:
        """Events at this very moment; returns what they caused."""
        self.last = []
        for event in events:
            self._note(self.machine.handle(event, self.now))
        return self.last

    def wait(self, seconds: float) -> list[Action]:
        """Time passes; deadlines are kept, and polls are answered when `polled` is set."""
        self.last = []
        end = self.now + seconds
        while (deadline := self.machine.deadline) is not None and deadline <= end:
            self.now = max(self.now, deadline)
            actions = self.machine.handle(DeadlineReached(), self.now)
            self._note(actions)
            if self.polled is not None and ListCalls() in actions:
                self._note(self.machine.handle(CallsListed(self.polled), self.now))
        self.now = end
        return self.last

    def _note(self, actions: list[Action]) -> None:
        self.last = [*self.last, *actions]
        self.all += actions

    def did(self, kind: type[A]) -> list[A]:
        """Everything of one kind that was asked for so far."""
        return [action for action in self.all if isinstance(action, kind)]

    @property
    def outcomes(self) -> list[Outcome]:
        return [note.outcome for note in self.did(NoteEnded)]

    # ------------------------------------------------------------ stretches of a usual call

    def to_ringing(self, *calls: CallRow) -> "Walk":
        self.tell(ModemUp("SIM7600", "LE20"), Ringing())
        return self

    def to_answering(self) -> "Walk":
        self.to_ringing()
        while self.state is State.RINGING:
            self.tell(Ringing())
            self.wait(4)
        assert self.state is State.ANSWERING
        return self

    def to_greeting(self) -> "Walk":
        self.to_answering()
        self.polled = (row(),)
        self.tell(Answered(), VoiceRouted(), SoundStarted())
        self.wait(0.5)
        assert self.state is State.GREETING
        return self

    def to_recording(self) -> "Walk":
        self.to_greeting()
        self.wait(12)
        self.tell(PromptPlayed(Prompt.GREETING))
        self.wait(0.4)
        self.tell(PromptPlayed(Prompt.BEEP))
        assert self.state is State.RECORDING
        return self

    def to_free(self) -> "Walk":
        """The farewell is over and the line becomes free."""
        self.tell(PromptPlayed(Prompt.GOODBYE), LineFree())
        assert self.state is State.IDLE
        return self
