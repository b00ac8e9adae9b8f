"""A post whose second engine is a script: it says what the test wants, and dies as it is told."""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from appliance.config import SpeechConfig
from appliance.store import live, messages, vault
from appliance.transcribing import manifest
from appliance.transcribing.outcomes import Desk
from appliance.transcribing.second_listening import SecondListening
from appliance.transcribing.watch import Watch
from appliance.transcribing.word_lists import ListReader
from tests.transcribing.post import DEADLINE_S, Post, wait_for

SECOND = bytes(16000)  # of sound, 8 kHz
CALM = messages.Verdict("other", has_speech=True, line_quality="good")
MODEL = "whisper-fake"

ENGINE = """
import os, pathlib, signal, sys
place = pathlib.Path(__file__).parent
sound = sys.stdin.buffer.read()
with (place / "starts").open("a") as log:
    log.write(f"{os.getpid()} {len(sound)} {os.readlink('/proc/self/fd/0')} {sys.argv[1:]}\\n")
how = (place / "how").read_text()
if how == "hang":
    signal.pause()
elif how == "crash":
    signal.raise_signal(signal.SIGSEGV)
elif how.isdecimal():
    sys.exit(int(how))
else:
    sys.stdout.write(how)
"""


class NoEngine:
    """The first listening is over in these tests."""

    engine, model = "none", "none"
    preset: str | None = None

    def open(self, rate_hz: int) -> Any:
        raise AssertionError("nobody listens for the first time here")


class Bench:
    """A second listening that is turned by hand, its clock and its engine."""

    def __init__(self, post: Post, folder: Path | None, command: Sequence[str] = ()) -> None:
        self.post, self.place, self.now = post, post.folder, 1000.0
        (self.place / "engine.py").write_text(ENGINE)
        self.says("")
        self.command = command or (sys.executable, "-I", "-S", str(self.place / "engine.py"))
        speech = SpeechConfig(post.model, second_model=folder)
        self.desk = Desk(
            post.conn,
            replace(post.config, speech=speech),
            NoEngine(),
            Watch(),
            post.keys.public,
            clock=lambda: self.now,
            wall=lambda: self.now,
        )
        self.restart()

    def restart(self) -> None:
        """As after a crash: what was being done is known to nobody."""
        self.second = SecondListening(self.desk, ListReader(), self.command)

    # ------------------------------------------------------------------ what the engine does

    def says(self, text: str, **more: Any) -> None:
        """Every word takes a third of a second."""
        words = [[word, n / 3, n / 3 + 0.3, 0.9] for n, word in enumerate(text.split())]
        self.answers(json.dumps({"model": MODEL, "words": words, "dropped": 0, "cut": 0} | more))

    def answers(self, how: str) -> None:
        """An answer to the letter, or: hang, crash, an exit code."""
        (self.place / "how").write_text(how)

    @property
    def starts(self) -> list[str]:
        """One line for each time the engine was started."""
        path = self.place / "starts"
        return path.read_text().splitlines() if path.exists() else []

    def is_running(self) -> bool:
        return is_alive(int(self.starts[-1].split()[0]))

    # ------------------------------------------------------------------ messages and turns

    def message(
        self,
        text: str = "",
        *,
        pcm: bytes = SECOND * 3,
        verdict: messages.Verdict = CALM,
        has_first: bool = True,
    ) -> str:
        """A message whose first listening is over; has_first: its text is still in RAM."""
        post, message_id = self.post, self.post.record(pcm)
        claim = messages.claim_next(post.conn, now=1e12, owner="test", lease_s=60)
        assert claim and claim.id == message_id
        assert messages.save_transcript(
            post.conn,
            message_id,
            "test",
            sealed=vault.seal_json(post.keys.public, {"text": text, "words": []}),
            engine="vosk",
            model="vosk-test",
            word_count=len(text.split()),
            mean_confidence=0.9,
            end_reason="caller_hung_up",
            duration_ms=len(pcm) // 16,
            verdict=verdict,
            wants_second=True,
            now=self.now,
        )
        if has_first:
            live.save_first_text(post.run_dir, message_id, text)
        return message_id

    def turn_until(
        self,
        what: str,
        condition: Callable[[], Any],
        *,
        is_idle: bool = True,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        """The engine is a real process: wait for it, the clock stands still."""

        def turned() -> Any:
            self.second.turn(is_idle)
            return condition()

        wait_for(what, turned, deadline_s)

    def turn_until_state(self, message_id: str, state: str, deadline_s: float = DEADLINE_S) -> None:
        self.turn_until(
            state,
            lambda: self.post.entry(message_id).second_state == state,
            deadline_s=deadline_s,
        )

    def start(self) -> None:
        """One turn, and the engine has begun; what it said is not looked at yet."""
        count = len(self.starts)
        self.second.turn(True)
        wait_for("its start", lambda: len(self.starts) > count)

    def rest(self, seconds: float) -> None:
        """Let the engine end and what became of it be noted, then time pass."""
        self.turn_until("its end", lambda: not self.is_running())
        self.second.turn(True)
        self.now += seconds

    def attempts(self, message_id: str) -> int:
        row = self.post.conn.execute(
            "SELECT second_attempts AS n FROM messages WHERE id = ?", (message_id,)
        ).fetchone()
        return int(row["n"])

    def heard(self, message_id: str) -> dict[str, Any]:
        sealed = self.post.entry(message_id).sealed_second
        assert sealed is not None
        return vault.open_json(self.post.keys.private, sealed)


def make_model(folder: Path) -> Path:
    """The layout of a Whisper model, and nothing in it."""
    folder.mkdir(parents=True)
    for name in (*manifest.WHISPER, *manifest.VOCABULARIES[0]):
        (folder / name).write_text(f"what {name} holds\n")
    manifest.write(folder, folder.name)
    return folder


def is_alive(pid: int) -> bool:
    """Whether it runs; one whose end nobody has asked for yet does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
