"""A store room with real files for one test, and a recorder whose events can be waited for."""

import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appliance.config import Config, StoreConfig
from appliance.store import live, spool, vault
from appliance.store.disk import Disk

CALL_ID = "0123456789abcdef" * 2
RECORDING_ID = f"{CALL_ID}-1"
DEADLINE_S = 30.0  # generous: the machine may be busy; nothing waits that long when all is well


def sound(duration_ms: int) -> bytes:
    """Noise: any byte out of place is seen."""
    return os.urandom(duration_ms * spool.BYTES_PER_MS)


@dataclass
class Recording:
    """A recorder and what it reported."""

    recorder: spool.Recorder
    path: Path
    opened: threading.Event
    over: threading.Event
    closed: list[int] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def feed(self, pcm: bytes) -> None:
        """Feed like the line does, 20 ms at a time, but not slower than it can be taken."""
        for start in range(0, len(pcm), 320):
            self.recorder.feed(pcm[start : start + 320])

    def finish(self, reason: str = "caller_hung_up") -> None:
        self.recorder.close(reason)
        assert self.over.wait(DEADLINE_S)
        assert self.recorder.join(DEADLINE_S)


@dataclass
class Stage:
    """The folders and keys of one post."""

    folder: Path
    keys: vault.KeyPair = field(default_factory=vault.make_key_pair)

    def __post_init__(self) -> None:
        self.config = Config(store=StoreConfig(self.folder / "state", self.folder / "run"))
        self.spool_dir, self.run_dir = self.config.store.spool_dir, self.config.store.run_dir
        self.spool_dir.mkdir(parents=True)
        live.prepare(self.run_dir)

    def recording(
        self,
        recording_id: str = RECORDING_ID,
        *,
        metadata: dict[str, Any] | None = None,
        max_s: float = 180.0,
        disk: Disk | None = None,
        spool_dir: Path | None = None,
    ) -> Recording:
        opened, over = threading.Event(), threading.Event()
        closed: list[int] = []
        failed: list[str] = []

        def on_closed(_: str, duration_ms: int) -> None:
            closed.append(duration_ms)
            over.set()

        def on_failed(_: str, reason: str) -> None:
            failed.append(reason)
            over.set()

        recorder = spool.Recorder(
            spool_dir=spool_dir or self.spool_dir,
            keys_dir=live.keys_dir(self.run_dir),
            recording_id=recording_id,
            public_key=self.keys.public,
            metadata=metadata or {"number": None},
            max_s=max_s,
            on_opened=lambda _: opened.set(),
            on_failed=on_failed,
            on_closed=on_closed,
            disk=disk,
        )
        path = spool.path_of(spool_dir or self.spool_dir, recording_id)
        made = Recording(recorder, path, opened, over, closed, failed)
        recorder.start()
        return made

    def recorded(
        self, pcm: bytes, recording_id: str = RECORDING_ID, reason: str = "caller_hung_up"
    ) -> Path:
        """Record that sound (at most the ring's 5 s) and close the file."""
        made = self.recording(recording_id)
        made.feed(pcm)
        made.finish(reason)
        assert made.closed, made.failed
        return made.path

    def audio(self, path: Path) -> spool.Audio:
        """Read a recording with the private key alone."""
        return spool.read_audio(path, spool.open_stream_key(path, self.keys.private))
