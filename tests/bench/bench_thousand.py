"""1,000 calls back to back per modem family, in accelerated time: rows, threads, descriptors, RAM.

Run by hand: python -m tests.bench.bench_thousand [CALLS]
The daemon in one process with clock, modem link and audio passed in. The line speaks the family's
own words, by the software modem's dialect, and the product reads them; rows and recordings are
real files, and the clock waits for the disk alone.
"""

import itertools
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from pathlib import Path

import psutil

from appliance.answering.actions import CloseRecording, OpenRecording
from appliance.answering.at import Conversation
from appliance.answering.at_lines import VOICE_MODES, parse_calls
from appliance.answering.call import CallMachine, CallSettings, State
from appliance.answering.clerk import Clerk
from appliance.answering.daemon import Daemon
from appliance.answering.events import (
    Answered,
    AnswerFailed,
    CallerId,
    CallRow,
    CallsListed,
    Event,
    LineFree,
    ModemUp,
    RecordingClosed,
    RecordingOpened,
)
from appliance.answering.recorders import SpoolRecorders
from appliance.config import StoreConfig
from appliance.simulating.families import FAMILIES
from appliance.simulating.families.reply import TimedLine
from appliance.simulating.line import Call, CallState, EndedBy
from appliance.store import db, live, vault
from tests.fakes.world import FakeLine, FakeSound, World
from tests.simulating.parts import Desk

CALLER = CallerId("0912345678", "0912345678")
SETTINGS = CallSettings(answer_after_s=3, greeting_s=12, max_message_s=180, silence_s=10)
FRAME = bytes(range(160)) * 2  # 20 ms
SPOKEN_FRAMES = 50  # one second goes to the disk in each call
WARM = 50  # calls until everything was imported and every buffer has its size
DISK_S = 30.0


class FamilyLine(FakeLine):
    """A modem with at most one caller that prints what its family prints."""

    def __init__(self, world: World, family: str) -> None:
        super().__init__(world)
        self._desk = Desk(family)
        self._ears = Conversation()
        self._call: Call | None = None

    def ring(self, caller: CallerId) -> None:
        self._call = self._desk.line.place(caller.number or "")
        self._desk.line.ring(self._call)
        self._ring_again(self._call, first=True)

    def _ring_again(self, call: Call, *, first: bool) -> None:
        if call.state is CallState.INCOMING:
            self._print(self._desk.dialect.ring_lines(call, first=first))
            self.world.later(4, lambda: self._ring_again(call, first=False))

    def caller_hangs_up(self) -> None:
        if self._call is not None:
            self._release(self._call, EndedBy.CALLER)

    def _release(self, call: Call, by: EndedBy) -> None:
        was, self._call = call.state, None
        self._desk.line.release(call, by)
        self._print(self._desk.dialect.released_lines(call, was, by, self.world.now))

    def _print(self, lines: Iterable[TimedLine]) -> None:
        for delay_s, line in lines:
            self.world.later(delay_s, lambda line=line: self._hear(line))  # type: ignore[misc]

    def _hear(self, line: str) -> None:
        for event in self._ears.feed(f"\r\n{line}\r\n".encode()):
            self.world.post(event)

    @property
    def rows(self) -> tuple[CallRow, ...]:
        listed = parse_calls(self._desk.run("+CLCC", self.world.now))
        return tuple(row.call for row in listed if row.mode in VOICE_MODES)

    def answer(self) -> None:
        def pick_up() -> Event:
            call = self._call
            if call is None or call.state is not CallState.INCOMING:
                return AnswerFailed("NO CARRIER")
            self._desk.line.answer(self.world.now)
            self._print(self._desk.dialect.answered_lines(call))
            return Answered()

        self._reply("answer", pick_up)

    def hang_up(self) -> None:
        def let_go() -> Event:
            if self._call is not None:
                self._release(self._call, EndedBy.BOX)
            return LineFree()

        self._reply("hang_up", let_go)

    def list_calls(self) -> None:
        self._reply("list_calls", lambda: CallsListed(self.rows))


class PatientRecorders(SpoolRecorders):
    """The real ones; accelerated time waits for the disk to have opened or closed a file."""

    def __init__(self, store: StoreConfig, public_key: bytes, world: World) -> None:
        super().__init__(store, public_key, 200.0, self._told)
        self._world, self._done = world, threading.Semaphore(0)

    def _told(self, event: Event) -> None:
        assert isinstance(event, RecordingOpened | RecordingClosed), event
        self._world.post(event)
        self._done.release()

    def open(self, asked: OpenRecording, at: float) -> None:
        super().open(asked, at)
        assert self._done.acquire(timeout=DISK_S)

    def close(self, asked: CloseRecording) -> None:
        for _ in range(SPOKEN_FRAMES):
            self.sink_of(asked.recording_id)(FRAME)
        super().close(asked)
        assert self._done.acquire(timeout=DISK_S)


class Post:
    """The real daemon, clerk, recorders and machine of one post."""

    def __init__(self, folder: Path, family: str) -> None:
        self.store = StoreConfig(folder / "state", folder / "run")
        self.store.spool_dir.mkdir(parents=True)
        live.prepare(self.store.run_dir)
        db.migrate(self.store.database)
        keys, numbers = vault.make_key_pair(), itertools.count(1)
        self.world = World()
        self.line = FamilyLine(self.world, family)
        self.sound = FakeSound(self.world)
        self.clerk = Clerk(self.store, keys.public)
        self.recorders = PatientRecorders(self.store, keys.public, self.world)
        self.daemon = Daemon(
            mailbox=self.world,
            machine=CallMachine(SETTINGS, lambda: f"{next(numbers):032x}"),
            line=self.line,
            sound=self.sound,
            recorders=self.recorders,
            clerk=self.clerk,
            clock=self.world.clock,
            wall=self.world.wall,
            ping=lambda: None,
        )
        self.clerk.start()
        self.world.post(ModemUp(family, ""))
        self._live_until(State.IDLE)

    def _live_until(self, state: State) -> None:
        until = self.world.now + 600
        while self.daemon.machine.state is not state:
            assert self.world.now < until, f"still {self.daemon.machine.state.name}"
            self.daemon.step()

    def _live(self, seconds: float) -> None:
        until = self.world.now + seconds
        while self.world.now < until:
            self.daemon.step()

    def call(self, number: int) -> None:
        """One call: odd callers hang up, even ones wait until the box does."""
        self.line.ring(CALLER)
        self._live_until(State.RECORDING)
        self.sound.speak(1.0, 3.0 + number % 7)
        if number % 2:
            self.world.later(12.0, self.line.caller_hangs_up)
        self._live_until(State.IDLE)
        self._live(1.0)
        self.sound.heard.clear()  # the fakes remember what the product forgets
        self.sound.heeded.clear()
        self.line.done.clear()
        while self.clerk._facts:
            time.sleep(0.001)  # accelerated time must not outrun the disk

    def rows(self) -> tuple[int, int]:
        """Calls that ended in a message, and whole messages."""
        conn = db.connect(self.store.database)
        calls = conn.execute("SELECT COUNT(*) FROM calls WHERE outcome = 'message'").fetchone()[0]
        whole = "SELECT COUNT(*) FROM messages WHERE state <> 'recording'"
        messages = conn.execute(whole).fetchone()[0]
        conn.close()
        return int(calls), int(messages)


def measure(family: str, count: int) -> None:
    process = psutil.Process()
    with tempfile.TemporaryDirectory(prefix="thousand-") as place:
        began = time.monotonic()
        post = Post(Path(place), family)
        warm = (0, 0, 0)
        for number in range(count):
            post.call(number)
            if number == min(WARM, count - 1):
                warm = threading.active_count(), process.num_fds(), process.memory_info().rss
        post.recorders.wait_closed(DISK_S)
        threads = threading.active_count() - warm[0]
        fds, grown = process.num_fds() - warm[1], (process.memory_info().rss - warm[2]) / 1e6
        took_s = time.monotonic() - began
        assert post.clerk.stop(DISK_S)
        calls, messages = post.rows()
    print(
        f"{family:9}{calls:7} calls{messages:7} messages{threads:+5} threads{fds:+5} descriptors"
        f"{grown:+7.2f} MB{took_s:7.1f} s, {post.world.now / 3600:.1f} h of calls",
        flush=True,
    )


if __name__ == "__main__":
    for name in FAMILIES:
        measure(name, int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
