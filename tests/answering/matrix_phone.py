"""A whole phone in one process: the real call loop, link and sound on a software modem's ptys.

Only the clerk is made of lists; recordings are real files.
"""

import contextlib
import itertools
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path

from appliance.answering.actions import NoteCaller, NoteRinging, ShowTrouble
from appliance.answering.call import CallMachine, CallSettings, State
from appliance.answering.checkup import ModemStatus
from appliance.answering.daemon import Daemon
from appliance.answering.events import Event, Prompt
from appliance.answering.modem import ModemLink, Timings
from appliance.answering.parts import Mailbox
from appliance.answering.pcm_port import PcmPortSound
from appliance.answering.prompts import load_prompts
from appliance.answering.recorders import SpoolRecorders
from appliance.config import ModemConfig, StoreConfig
from appliance.store import live, spool, vault
from tests.fakes.world import FakeClerk
from tests.simulating.conftest import served
from tests.simulating.parts import Line
from tests.sound.hearing import middle, tone

PATIENCE_S = 30.0  # busy cores; nothing here takes three seconds otherwise
LOOK_UP_S = 0.05
TIMINGS = Timings(
    probe_s=0.5,
    retry_s=0.1,
    reply_s=1.5,
    knock_s=0.2,
    route_s=1.5,
    route_retry_s=0.1,
    reopen_first_s=0.1,
    reopen_max_s=0.3,
    vanish_s=1.0,
)
CALLER = "0912345678"
GREETING_S, SILENCE_S = 0.3, 2.5
SPEAK_ANYWAY_S = 2.5  # a caller who hears no beep; a call with slow replies has begun by then
PIN = "1234"  # of the software modem's SIM
SHIPPED = load_prompts(None)
VOICE = middle(SHIPPED[Prompt.GREETING], 0.8)
PROMPTS = {
    **{prompt: tone(440, 0.1) for prompt in SHIPPED},
    Prompt.GREETING: tone(440, GREETING_S),
    Prompt.BEEP: SHIPPED[Prompt.BEEP],
}
KEYS = vault.make_key_pair()


class ShortMailbox(Mailbox):
    """Lets the test look up often, whatever the loop would wait for."""

    def get(self, timeout_s: float) -> Event | None:
        return super().get(min(timeout_s, LOOK_UP_S))


class WholePhone:
    """The phone, its modem's line to callers, and where it keeps recordings."""

    def __init__(self, folder: Path, line: Line) -> None:
        self.network = line
        self.store = StoreConfig(folder / "state", folder / "run")
        self.store.spool_dir.mkdir(parents=True)
        live.prepare(self.store.run_dir)
        self.clerk = FakeClerk()
        mailbox = ShortMailbox()
        pin = folder / "pin"
        pin.write_text(PIN)
        at, pcm = str(folder / "at"), str(folder / "pcm")
        config = ModemConfig(port=at, pcm_port=pcm, sim_pin_file=pin)
        self.link = ModemLink(config, mailbox.post, TIMINGS)
        self.sound = PcmPortSound(self.link.pcm_port, PROMPTS, mailbox.post)
        self.recorders = SpoolRecorders(self.store, KEYS.public, 60.0, mailbox.post)
        ids = (f"{number:032x}" for number in itertools.count(1))
        settings = CallSettings(0.0, GREETING_S, 30.0, SILENCE_S)
        self.daemon = Daemon(
            mailbox=mailbox,
            machine=CallMachine(settings, lambda: next(ids)),
            line=self.link,
            sound=self.sound,
            recorders=self.recorders,
            clerk=self.clerk,
            ping=lambda: None,
        )
        self.link.start()

    def close(self) -> None:
        self.sound.stop()
        self.link.close()
        for recording_id in list(self.recorders._recorders):
            self.recorders.give_up(recording_id)
        assert self.recorders.wait_closed(PATIENCE_S)

    @property
    def status(self) -> ModemStatus:
        return self.link.status()

    @property
    def troubles(self) -> set[str]:
        return {fact.code for fact, _ in self.clerk.facts if isinstance(fact, ShowTrouble)}

    @property
    def numbers(self) -> set[str | None]:
        return {f.caller.number for f, _ in self.clerk.facts if isinstance(f, NoteCaller)}

    @property
    def rings(self) -> int:
        return sum(isinstance(fact, NoteRinging) for fact, _ in self.clerk.facts)

    def live_until(self, true: Callable[[], object], what: str) -> None:
        until = time.monotonic() + PATIENCE_S
        while not true():
            state = self.daemon.machine.state
            assert time.monotonic() < until, f"waited in vain for {what}: {state}, {self.status}"
            self.daemon.step()

    def live_until_ready(self) -> None:
        self.live_until(
            lambda: self.status.up and self.daemon.machine.state is State.IDLE, "a free line"
        )

    def live_until_over(self, calls: int = 1) -> None:
        """So many calls have their outcome, and their recordings are on disk."""
        self.live_until(lambda: len(self.clerk.outcomes) >= calls, "the end of the call")
        assert self.recorders.wait_closed(PATIENCE_S)

    def call(self, *, stays: bool = False, **more: object) -> bool:
        """Somebody calls, speaks after the beep and hangs up; False: cannot be reached."""
        how = {"hang_up_after_s": None if stays else 0.3, "speak_after_s": SPEAK_ANYWAY_S}
        asked = {"from": CALLER, "audio": b64encode(VOICE).decode(), **how, **more}
        return bool(self.network.ask("place_call", **asked)["ok"])

    def recordings(self) -> list[spool.Audio]:
        """Every recording, opened with the post's key."""
        folder = self.store.spool_dir
        paths = [spool.path_of(folder, name) for name in spool.list_recordings(folder)]
        return [spool.read_audio(path, spool.open_stream_key(path, KEYS.private)) for path in paths]


@contextlib.contextmanager
def whole_phone(folder: Path, family: str, *faults: str) -> Iterator[WholePhone]:
    """A phone on a software modem of that family; analogue sound comes over the PCM port."""
    with (
        served(folder, family, *faults, wired=True),
        contextlib.closing(Line(folder / "control")) as line,
        contextlib.closing(WholePhone(folder, line)) as phone,
    ):
        yield phone
