"""A phone in accelerated time: clock, modem link, sound, recordings and clerk made of lists.

The caller's side is scripted; time jumps from one due moment to the next.
"""

import heapq
from collections.abc import Callable
from itertools import count
from typing import Any

from appliance.answering.actions import Action, AddCaller, CloseRecording, NoteEnded, OpenRecording
from appliance.answering.call import CallMachine, CallSettings, State
from appliance.answering.checkup import ModemStatus
from appliance.answering.clerk import Fact
from appliance.answering.daemon import Daemon
from appliance.answering.events import (
    Answered,
    AnswerFailed,
    CallEndHinted,
    CallerId,
    CallerShown,
    CallRow,
    CallsListed,
    Direction,
    Event,
    LineFree,
    ModemUp,
    Prompt,
    PromptPlayed,
    RecordingClosed,
    RecordingOpened,
    Ringing,
    SoundStarted,
    SpeechStarted,
    SpeechStopped,
    Stat,
    VoiceRouted,
)
from tests.fakes.walk import ids

MIDNIGHT = 1_795_000_000.0  # epoch seconds of clock 0
LENGTHS_S = {Prompt.GREETING: 12.0, Prompt.BEEP: 0.4, Prompt.WARNING_BEEP: 0.4}
FRAME_S = 0.02


class World:
    """The clock, and what is going to happen; it is also the daemon's mailbox."""

    def __init__(self) -> None:
        self.now = 0.0
        self._order = count()
        self._coming: list[tuple[float, int, Callable[[], None]]] = []
        self._mail: list[Event] = []

    def clock(self) -> float:
        return self.now

    def wall(self) -> float:
        return MIDNIGHT + self.now

    def later(self, seconds: float, deed: Callable[[], None]) -> None:
        heapq.heappush(self._coming, (self.now + seconds, next(self._order), deed))

    def post(self, event: Event) -> None:
        self._mail.append(event)

    def post_later(self, seconds: float, event: Event) -> None:
        self.later(seconds, lambda: self.post(event))

    def get(self, timeout_s: float) -> Event | None:
        """What a real mailbox does, without waiting: the clock jumps instead."""
        until = self.now + timeout_s
        while not self._mail:
            if not self._coming or self._coming[0][0] > until:
                self.now = max(self.now, until)
                return None
            at, _, deed = heapq.heappop(self._coming)
            self.now = max(self.now, at)
            deed()
        return self._mail.pop(0)


class FakeLine:
    """A modem with at most one caller; every reply comes a moment later, as an event."""

    REPLY_S = 0.05

    def __init__(self, world: World) -> None:
        self.world = world
        self.stat: Stat | None = None
        self.caller: CallerId | None = None
        self.up = True
        self.alive = True
        self.mute = False  # answers nothing any more, while nobody noticed
        self.done: list[tuple[str, float]] = []
        self._answered_at = 0.0

    def ring(self, caller: CallerId) -> None:
        self.stat, self.caller = Stat.INCOMING, caller
        self.world.post(Ringing())
        self.world.post_later(0.1, CallerShown(caller))
        self.world.later(4, self._ring_on)

    def _ring_on(self) -> None:
        if self.stat is Stat.INCOMING:
            self.world.post(Ringing())
            self.world.later(4, self._ring_on)

    def caller_hangs_up(self) -> None:
        if self.stat is not None:
            self.stat = None
            self.world.post(CallEndHinted("VOICE CALL: END"))
            self.world.post(CallEndHinted("NO CARRIER"))

    @property
    def rows(self) -> tuple[CallRow, ...]:
        return (CallRow(1, Direction.TO_US, self.stat, self.caller),) if self.stat else ()

    def _reply(self, name: str, make: Callable[[], Event | None]) -> None:
        self.done.append((name, self.world.now))

        def say() -> None:
            event = make()
            if event is not None and not self.mute:
                self.world.post(event)

        self.world.later(self.REPLY_S, say)

    def answer(self) -> None:
        def pick_up() -> Event:
            if self.stat is not Stat.INCOMING:
                return AnswerFailed("NO CARRIER")
            self.stat = Stat.ACTIVE
            return Answered()

        self._reply("answer", pick_up)

    def hang_up(self) -> None:
        def let_go() -> Event:
            self.stat = None
            return LineFree()

        self._reply("hang_up", let_go)

    def list_calls(self) -> None:
        self._reply("list_calls", lambda: CallsListed(self.rows))

    def route_voice(self) -> None:
        self._reply("route_voice", VoiceRouted)

    def unroute_voice(self) -> None:
        self._reply("unroute_voice", lambda: None)

    def status(self) -> ModemStatus:
        if not self.mute:
            self._answered_at = self.world.now
        return ModemStatus(self.up, "", "SIM7600", "LE20", -73, True, "Viettel", self._answered_at)

    def at(self, name: str) -> list[float]:
        return [when for what, when in self.done if what == name]


class FakeSound:
    """Plays nothing, and tells in time that it was played."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.heard: list[Prompt] = []
        self.stuck = False
        self.needs_port = True
        self.levels: dict[str, float] = {}
        self.heeded: list[Event] = []
        self.frozen = False
        self.breaks_on_play = False
        self.sink: Callable[[bytes], None] | None = None
        self._session = 0
        self._busy_until = 0.0
        self._played: list[Prompt] = []

    @property
    def frames_in(self) -> int:
        return 0 if self.frozen else int(self.world.now / FRAME_S)

    @property
    def frames_out(self) -> int:
        return self.frames_in

    def _tell(self, seconds: float, event: Event, prompt: Prompt | None = None) -> None:
        session = self._session

        def say() -> None:
            if session == self._session:
                self.heard += [prompt] if prompt else []
                self.world.post(event)

        self.world.later(seconds, say)

    def start(self) -> None:
        self._session += 1
        self._busy_until = self.world.now
        self._tell(0.1, SoundStarted())

    def stop(self) -> None:
        self._session += 1
        self.sink = None

    def play(self, prompt: Prompt) -> None:
        if self.breaks_on_play:
            raise OSError("the device is gone")
        self._busy_until = max(self._busy_until, self.world.now) + LENGTHS_S.get(prompt, 3.0)
        self._tell(self._busy_until - self.world.now, PromptPlayed(prompt), prompt)

    def silence_prompts(self) -> None:
        self._busy_until = self.world.now

    def keep(self, sink: Callable[[bytes], None] | None) -> None:
        self.sink = sink

    def heed(self, event: Event) -> list[Action]:
        self.heeded.append(event)
        return []

    def speak(self, after_s: float, for_s: float) -> None:
        self._tell(after_s, SpeechStarted())
        self._tell(after_s + for_s, SpeechStopped())


class FakeRecorders:
    """Files that are always there in time."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.closed: dict[str, str] = {}
        self.callers: list[str] = []
        self.slow = False  # the disk needs longer than the call lasts

    def open(self, asked: OpenRecording, at: float) -> None:
        self.world.post_later(0.2, RecordingOpened(asked.recording_id))

    def sink_of(self, recording_id: str) -> Callable[[bytes], None]:
        return lambda _: None

    def add_caller(self, asked: AddCaller, at: float) -> None:
        self.callers.append(asked.recording_id)

    def close(self, asked: CloseRecording) -> None:
        self.closed[asked.recording_id] = asked.reason.value
        if not self.slow:
            self.world.post_later(0.1, RecordingClosed(asked.recording_id, 1000))

    def give_up(self, recording_id: str) -> None:
        self.closed[recording_id] = "cut"

    def wait_closed(self, timeout_s: float) -> bool:
        for recording_id in self.closed if self.slow else ():
            self.world.post(RecordingClosed(recording_id, 1000))
        return True


class FakeClerk:
    """Writes on paper."""

    def __init__(self) -> None:
        self.facts: list[tuple[Fact, float]] = []
        self.status: dict[str, Any] = {}
        self.alive = True
        self.stopped = False

    def note(self, fact: Fact, at: float) -> None:
        self.facts.append((fact, at))

    def show(self, status: dict[str, Any]) -> None:
        self.status = status

    def stop(self, timeout_s: float) -> bool:
        self.stopped = True
        return True

    @property
    def outcomes(self) -> list[str]:
        return [fact.outcome.value for fact, _ in self.facts if isinstance(fact, NoteEnded)]


class Phone:
    """The real daemon and machine, everything around them made of lists."""

    def __init__(self, settings: CallSettings) -> None:
        numbers = ids()
        self.world = World()
        self.line = FakeLine(self.world)
        self.sound = FakeSound(self.world)
        self.recorders = FakeRecorders(self.world)
        self.clerk = FakeClerk()
        self.pings: list[float] = []
        self.daemon = Daemon(
            mailbox=self.world,
            machine=CallMachine(settings, lambda: next(numbers)),
            line=self.line,
            sound=self.sound,
            recorders=self.recorders,
            clerk=self.clerk,
            clock=self.world.clock,
            wall=self.world.wall,
            ping=lambda: self.pings.append(self.world.now),
        )
        self.world.post(ModemUp("SIM7600", "LE20"))

    @property
    def state(self) -> State:
        return self.daemon.machine.state

    def live(self, seconds: float) -> None:
        """Let so much time pass."""
        until = self.world.now + seconds
        while self.world.now < until:
            self.daemon.step()

    def live_until(self, state: State, at_most_s: float = 600.0) -> None:
        until = self.world.now + at_most_s
        while self.state is not state:
            assert self.world.now < until, f"still {self.state.name}"
            self.daemon.step()
