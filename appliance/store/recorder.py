"""Writes one recording while the caller speaks; the audio reader never waits for the disk.

Decides: when bytes are written, when they are synced, what to do when the disk cannot follow.
May touch: one file in the spool, one key in RAM. Called by: answering. Thread: one of its own per
recording; feed, add_metadata and close may come from any. kill -9 costs what is not yet written.
"""

import errno
import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.store.disk import Disk, sync_folder, write_whole
from appliance.store.recording_file import (
    BYTES_PER_MS,
    FRAME_BYTES,
    STORED_FRAME_BYTES,
    FrameSealer,
    check_recording_id,
    path_of,
)

_LOGGER = logging.getLogger(__name__)

SYNC_S = 0.25  # what a power cut may cost; below this the disk sets the loss (measured)
RING_S = 5.0  # an fsync of a bad card was seen to take seconds; 80 kB of RAM cover it
RING_BYTES = int(RING_S * 1000) * BYTES_PER_MS
SLACK_S = 10.0  # room for the time between the longest message and the closing of the file
SLACK_BYTES = 64 * 1024  # room for front and metadata frames

DISK_FULL, DISK_ERROR, DISK_SLOW = "disk_full", "disk_error", "disk_too_slow"
UNBORN = ".new"  # until front and room are on disk; leftovers: spool.remove_unborn


@dataclass(frozen=True)
class _Work:
    """What the writer takes out of the ring in one go."""

    pcm: bytes
    metadata: list[dict[str, Any]]
    ending: str | None  # set when nothing is left behind this


class Recorder:
    """One recording: start, feed 20 ms frames, close; every callback must return at once.

    on_opened(id): the file is on disk with room for max_s. on_closed(id, duration_ms): the last
    frame is on disk. on_failed(id, reason): at most once and then nothing else follows; what is on
    disk by then, and what the ring still holds, is kept as a recording that was cut short.
    """

    def __init__(
        self,
        *,
        spool_dir: Path,
        keys_dir: Path,
        recording_id: str,
        public_key: bytes,
        metadata: dict[str, Any],
        max_s: float,
        on_opened: Callable[[str], None],
        on_failed: Callable[[str, str], None],
        on_closed: Callable[[str, int], None],
        disk: Disk | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.recording_id = check_recording_id(recording_id)
        self.dropped_bytes = 0  # sound that came after the ring was full
        self._path = path_of(spool_dir, recording_id)
        self._key_path = keys_dir / recording_id
        self._room = int((max_s + SLACK_S) * 10) * STORED_FRAME_BYTES + SLACK_BYTES
        self._first_metadata = metadata
        self._on_opened, self._on_failed, self._on_closed = on_opened, on_failed, on_closed
        self._disk = disk or Disk()
        self._clock = clock
        self._sealer = FrameSealer(public_key)
        self._changed = threading.Condition()
        self._ring = bytearray()
        self._late_metadata: list[dict[str, Any]] = []
        self._ending: str | None = None
        self._failed = False
        # a daemon: a disk that never answers must not keep the process from being restarted
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def start(self) -> None:
        """Create the file in the writer's thread; ends in on_opened or on_failed."""
        self._thread.start()

    def feed(self, pcm: bytes) -> None:
        """Take sound of even length, any size; never blocks."""
        with self._changed:
            if self._ending is not None:
                return
            if not self._failed and len(self._ring) + len(pcm) <= RING_BYTES:
                self._ring += pcm
                if len(self._ring) >= FRAME_BYTES:
                    self._changed.notify()
                return
            self.dropped_bytes += len(pcm)
            is_first = self._set_failed()
        if is_first:
            self._on_failed(self.recording_id, DISK_SLOW)

    def add_metadata(self, metadata: dict[str, Any]) -> None:
        """Write what became known late as a sealed frame of its own; never blocks."""
        with self._changed:
            self._late_metadata.append(metadata)
            self._changed.notify()

    def close(self, reason: str) -> None:
        """Ask for the end; ends in on_closed unless on_failed came first. The first reason wins."""
        with self._changed:
            if self._ending is None:
                self._ending = reason
            self._changed.notify()

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the writer's thread, at most `timeout` seconds; tell whether it has ended."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    # ------------------------------------------------------------------ the writer's thread

    def _run(self) -> None:
        unborn = self._path.with_suffix(UNBORN)
        try:
            fd = os.open(unborn, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o640)
            try:
                self._create(fd, unborn)
                self._on_opened(self.recording_id)
                self._write_all(fd)
            finally:
                os.close(fd)
        except OSError as error:
            _LOGGER.warning("recording cannot be written: %s", error.strerror)
            self._fail(DISK_FULL if error.errno in (errno.ENOSPC, errno.EDQUOT) else DISK_ERROR)

    def _create(self, fd: int, unborn: Path) -> None:
        """Fill the file under another name, then give it its own: no reader sees half a front."""
        try:
            self._disk.reserve(fd, self._room)
            self._disk.write(fd, self._sealer.front(self._first_metadata))
            self._disk.sync(fd)
            self._hand_over_key()
            os.link(unborn, self._path)  # unlike rename it never replaces a recording
        finally:
            unborn.unlink()
        sync_folder(self._path.parent)

    def _hand_over_key(self) -> None:
        """Leave the stream key in RAM for the transcriber; without it the message waits."""
        try:
            write_whole(self._key_path, self._sealer.stream_key, 0o640, durable=False)
        except OSError as error:
            _LOGGER.warning("stream key not handed over: %s", error.strerror)

    def _write_all(self, fd: int) -> None:
        whole = os.fstat(fd).st_size  # where the last whole frame ends
        pcm_bytes, synced_at, is_dirty = 0, self._clock(), False
        try:
            while True:
                work = self._take(synced_at + SYNC_S if is_dirty else None)
                for frame in self._frames(work):
                    self._disk.write(fd, frame)
                    whole += len(frame)
                    is_dirty = True
                pcm_bytes += len(work.pcm)
                if work.ending is not None:
                    break
                if is_dirty and self._clock() >= synced_at + SYNC_S:
                    synced_at = self._clock()
                    self._disk.sync_data(fd)
                    is_dirty = False
        finally:
            self._disk.cut(fd, whole)  # drops a torn frame, gives back the room set aside
            self._disk.sync(fd)
        if not self._failed:
            self._on_closed(self.recording_id, pcm_bytes // BYTES_PER_MS)

    def _frames(self, work: _Work) -> list[bytes]:
        frames = [self._sealer.metadata(late) for late in work.metadata]
        if work.pcm:
            frames.append(self._sealer.audio(work.pcm))
        if work.ending is not None and not self._failed:
            frames.append(self._sealer.last(work.ending))
        return frames

    def _take(self, deadline: float | None) -> _Work:
        """Wait for a whole frame, late metadata or the end, at most until `deadline`."""
        with self._changed:
            timeout = None if deadline is None else max(0.0, deadline - self._clock())
            self._changed.wait_for(self._has_work, timeout)
            is_ending = self._ending is not None or self._failed
            size = FRAME_BYTES if is_ending or len(self._ring) >= FRAME_BYTES else 0
            pcm = bytes(self._ring[:size])
            del self._ring[:size]
            late, self._late_metadata = self._late_metadata, []
            is_over = is_ending and not self._ring
            return _Work(pcm, late, (self._ending or DISK_SLOW) if is_over else None)

    def _has_work(self) -> bool:
        return bool(
            self._late_metadata
            or len(self._ring) >= FRAME_BYTES
            or self._ending is not None
            or self._failed
        )

    def _fail(self, reason: str) -> None:
        if self._set_failed():
            self._on_failed(self.recording_id, reason)

    def _set_failed(self) -> bool:
        """Note the failure; tell whether it is the first one."""
        with self._changed:
            is_first, self._failed = not self._failed, True
            self._changed.notify()
            return is_first
