"""The open recordings of this process: usually one, two while the last one is being closed.

Decides: what stands in a recording's sealed metadata. May touch: nothing but its Recorders.
Thread: call loop; the recorders' own threads report through `post`. Called by: daemon.
"""

from collections.abc import Callable
from typing import Protocol

from appliance.answering.actions import AddCaller, CloseRecording, OpenRecording
from appliance.answering.clerk import sealable
from appliance.answering.events import Event, RecordingClosed, RecordingFailed, RecordingOpened
from appliance.config import StoreConfig
from appliance.store import live
from appliance.store.messages import CUT
from appliance.store.spool import Recorder, call_id_of

Sink = Callable[[bytes], None]


class Recorders(Protocol):
    """What the daemon asks of recordings; nothing waits, results come as events."""

    def open(self, asked: OpenRecording, at: float) -> None:
        """Create the file; ends in RecordingOpened or RecordingFailed. at: epoch seconds."""

    def sink_of(self, recording_id: str) -> Sink:
        """Where the caller's frames go."""

    def add_caller(self, asked: AddCaller, at: float) -> None:
        """Add the number that came late."""

    def close(self, asked: CloseRecording) -> None:
        """Seal the file; ends in RecordingClosed or RecordingFailed."""

    def give_up(self, recording_id: str) -> None:
        """It failed: take no more sound; what is on disk stays, cut short."""

    def wait_closed(self, timeout_s: float) -> bool:
        """Wait until everything is on disk, before the process ends."""


class SpoolRecorders:
    """The real ones: sealed files in the spool folder."""

    def __init__(
        self, store: StoreConfig, public_key: bytes, max_s: float, post: Callable[[Event], None]
    ) -> None:
        self._store = store
        self._public_key = public_key
        self._max_s = max_s
        self._post = post
        self._recorders: dict[str, Recorder] = {}

    def open(self, asked: OpenRecording, at: float) -> None:
        """Create the file; ends in RecordingOpened or RecordingFailed."""
        self._recorders = {i: r for i, r in self._recorders.items() if not r.join(0)}
        recorder = Recorder(
            spool_dir=self._store.spool_dir,
            keys_dir=live.keys_dir(self._store.run_dir),
            recording_id=asked.recording_id,
            public_key=self._public_key,
            metadata=sealable(asked.call_id, asked.caller, at),
            max_s=self._max_s,
            on_opened=lambda i: self._post(RecordingOpened(i)),
            on_failed=lambda i, why: self._post(RecordingFailed(i, why)),
            on_closed=lambda i, duration_ms: self._post(RecordingClosed(i, duration_ms)),
        )
        self._recorders[asked.recording_id] = recorder
        recorder.start()

    def sink_of(self, recording_id: str) -> Sink:
        """Where the caller's frames go."""
        return self._recorders[recording_id].feed

    def add_caller(self, asked: AddCaller, at: float) -> None:
        """Add the number that came late."""
        late = sealable(call_id_of(asked.recording_id), asked.caller, at)
        self._recorders[asked.recording_id].add_metadata(late)

    def close(self, asked: CloseRecording) -> None:
        """Seal the file; ends in RecordingClosed or RecordingFailed."""
        self._recorders[asked.recording_id].close(asked.reason.value)

    def give_up(self, recording_id: str) -> None:
        """It failed: take no more sound; what is on disk stays, cut short."""
        if recorder := self._recorders.get(recording_id):
            recorder.close(CUT)

    def wait_closed(self, timeout_s: float) -> bool:
        """Wait until everything is on disk."""
        return all(recorder.join(timeout_s) for recorder in self._recorders.values())
