"""A post without a phone: folders, keys and database, recordings made as `answer` makes them."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appliance.config import Config, SpeechConfig, StoreConfig
from appliance.store import db, live, messages, spool, vault

DEADLINE_S = 60.0  # generous: the machine may be busy; nothing waits that long when all is well
FRAME_BYTES = 320
_NEVER = threading.Event()


def wait_for(what: str, condition: Callable[[], Any], deadline_s: float = DEADLINE_S) -> Any:
    """Wait until condition() is true and return it; fails naming what never came."""
    until = time.monotonic() + deadline_s
    while not (value := condition()):
        assert time.monotonic() < until, f"{what}: not within {deadline_s} s"
        _NEVER.wait(0.02)
    return value


@dataclass
class Recording:
    """A recording in the making: its recorder and its row."""

    post: "Post"
    id: str
    recorder: spool.Recorder
    closed: threading.Event
    duration_ms: int = 0

    def feed(self, pcm: bytes) -> None:
        for start in range(0, len(pcm), FRAME_BYTES):
            self.recorder.feed(pcm[start : start + FRAME_BYTES])

    def speak(self, pcm: bytes, pace: float = 1.0) -> None:
        """Feed in real time, or `pace` times faster."""
        start = time.monotonic()
        for n, at in enumerate(range(0, len(pcm), FRAME_BYTES)):
            self.recorder.feed(pcm[at : at + FRAME_BYTES])
            _NEVER.wait(max(0.0, start + (n + 1) * 0.02 / pace - time.monotonic()))

    def close(self, reason: str = "caller_hung_up") -> None:
        self.recorder.close(reason)
        assert self.closed.wait(DEADLINE_S)
        self.recorder.join(DEADLINE_S)
        messages.finish_recording(self.post.conn, self.id, self.duration_ms, reason)


@dataclass
class Post:
    """State and run folders of one box."""

    folder: Path
    model: Path = Path("/nowhere")
    calls: int = 0
    keys: vault.KeyPair = field(default_factory=vault.make_key_pair)

    def __post_init__(self) -> None:
        store = StoreConfig(self.folder / "state", self.folder / "run")
        self.config = Config(store=store, speech=SpeechConfig(self.model))
        store.spool_dir.mkdir(parents=True)
        live.prepare(store.run_dir)
        vault.save_public_key(store.public_key, self.keys.public)
        db.migrate(store.database)
        self.conn = db.connect(store.database)
        self.config_file = self.folder / "hotline.toml"
        self.config_file.write_text(
            f'[speech]\nmodel = "{self.model}"\n'
            f'[store]\nstate_dir = "{store.state_dir}"\nrun_dir = "{store.run_dir}"\n'
        )

    @property
    def run_dir(self) -> Path:
        return self.config.store.run_dir

    def begin(self) -> Recording:
        """A call that reached its beep."""
        self.calls += 1
        message_id = f"{self.calls:032x}-1"
        opened, closed = threading.Event(), threading.Event()
        recording: Recording

        def on_closed(_: str, duration_ms: int) -> None:
            recording.duration_ms = duration_ms
            closed.set()

        recorder = spool.Recorder(
            spool_dir=self.config.store.spool_dir,
            keys_dir=live.keys_dir(self.run_dir),
            recording_id=message_id,
            public_key=self.keys.public,
            metadata={"call_id": message_id[:32], "number": None},
            max_s=180.0,
            on_opened=lambda _: opened.set(),
            on_failed=lambda *_: closed.set(),
            on_closed=on_closed,
        )
        recording = Recording(self, message_id, recorder, closed)
        recorder.start()
        assert opened.wait(DEADLINE_S)
        messages.begin(self.conn, message_id, message_id[:32], time.time())
        return recording

    def record(self, pcm: bytes, reason: str = "caller_hung_up") -> str:
        """A whole message of at most 5 s (the recorder's ring) at once."""
        recording = self.begin()
        recording.feed(pcm)
        recording.close(reason)
        return recording.id

    def entry(self, message_id: str) -> messages.MessageEntry:
        return messages.get(self.conn, message_id)

    def state(self, message_id: str) -> str:
        return self.entry(message_id).state

    def transcript(self, message_id: str) -> dict[str, Any]:
        sealed = self.entry(message_id).sealed_transcript
        assert sealed is not None
        return vault.open_json(self.keys.private, sealed)

    def status(self) -> dict[str, Any]:
        return live.read_status(self.run_dir, "transcribe") or {}

    def readable(self, message_id: str) -> spool.Audio:
        """What an officer hears: opened with the post's private key."""
        path = spool.path_of(self.config.store.spool_dir, message_id)
        return spool.read_audio(path, spool.open_stream_key(path, self.keys.private))

    @contextmanager
    def listener(self, *command: str) -> Iterator[subprocess.Popen[bytes]]:
        """The real process; killed at the end if it still runs."""
        started = self.start(*command)
        try:
            yield started
        finally:
            started.kill()
            started.wait()

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        words: Sequence[str] = command or (
            *(sys.executable, "-m", "appliance", "transcribe"),
            *("--config", str(self.config_file)),
        )
        root = Path(__file__).parents[2]
        return subprocess.Popen(words, cwd=root, stderr=(self.folder / "log").open("ab"))

    def wait_ready(self) -> None:
        wait_for("the model", lambda: self.status().get("model"))

    def stop(self, process: subprocess.Popen[bytes]) -> int:
        process.send_signal(signal.SIGTERM)
        return process.wait(DEADLINE_S)

    def log(self) -> str:
        return (self.folder / "log").read_text("utf-8", "replace")

    def audited(self, message_id: str, action: str) -> int:
        rows = self.conn.execute(
            "SELECT count(*) AS n FROM audit WHERE subject = ? AND action = ?",
            (message_id, action),
        )
        return int(rows.fetchone()["n"])
