"""Recordings on disk: find, recover, follow while they grow, read whole.

Decides: what of a recording is whole, and what a cut one is worth. May touch: the spool folder.
Thread: any; one Follower per thread. Called by: answering, transcribing, web.
Recovery needs no key: it looks at frame lengths only (after a power cut the box has none).
"""

import json
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from appliance.errors import Damaged, StoreError
from appliance.store import vault
from appliance.store.disk import sync_folder
from appliance.store.recorder import UNBORN, Recorder
from appliance.store.recording_file import (
    BYTES_PER_MS,
    FRAME_BYTES,
    FRAME_MS,
    RECORDING_ID,
    SUFFIX,
    FrameOpener,
    call_id_of,
    check_recording_id,
    open_for_reading,
    path_of,
    read_frames,
    read_front,
)

__all__ = [
    "BYTES_PER_MS",
    "FRAME_BYTES",
    "FRAME_MS",
    "RATE_HZ",
    "Audio",
    "Follower",
    "Recorder",
    "Recovered",
    "call_id_of",
    "check_recording_id",
    "list_recordings",
    "open_stream_key",
    "path_of",
    "read_audio",
    "recover",
    "remove_unborn",
    "wav_bytes",
]

RATE_HZ = 8000  # narrowband telephony, ITU-T G.711


@dataclass(frozen=True)
class Recovered:
    """What a file says about itself without any key.

    sealed_metadata: as written, first the file's own, then what became known late.
    complete: it was closed on purpose. ended_at: when it last grew, epoch seconds.
    """

    recording_id: str
    call_id: str
    sealed_metadata: tuple[bytes, ...]
    duration_ms: int
    complete: bool
    ended_at: float


@dataclass(frozen=True)
class Audio:
    """A whole recording, 8 kHz s16le mono. reason: None when it was cut short."""

    pcm: bytes
    reason: str | None
    damaged: bool = False


def list_recordings(spool_dir: Path) -> list[str]:
    """List the ids of all recordings, the one that grew last at the end; raises StoreError."""
    try:
        found = [(entry.stat().st_mtime_ns, entry.name) for entry in os.scandir(spool_dir)]
    except OSError as error:
        raise StoreError(
            f"cannot read {spool_dir} ({error.strerror}): run `hotline init`"
        ) from error
    names = [name.removesuffix(SUFFIX) for _, name in sorted(found) if name.endswith(SUFFIX)]
    return [name for name in names if RECORDING_ID.fullmatch(name)]


def remove_unborn(spool_dir: Path) -> int:
    """Remove files whose creation was interrupted; only at start, before any recorder runs."""
    unborn = list(spool_dir.glob(f"*{UNBORN}"))
    for path in unborn:
        path.unlink()
    if unborn:
        sync_folder(spool_dir)
    return len(unborn)


def recover(path: Path) -> Recovered:
    """Drop a torn tail and tell what is there; doing it twice changes nothing more.

    Only for files that no recorder has open. Raises NotFound, Damaged (no recording at all).
    """
    with open_for_reading(path) as file:
        before = os.fstat(file.fileno())
        front = read_front(file)
        metadata, audio_bytes, end, is_complete = [front.sealed_metadata], 0, front.end, False
        for frame in read_frames(file, front.end):
            if frame.is_metadata:
                metadata.append(frame.body)
            audio_bytes += frame.audio_bytes
            end, is_complete = frame.end, frame.is_last
    _trim(path, before, end)
    recording_id = check_recording_id(path.name.removesuffix(SUFFIX))
    return Recovered(
        recording_id=recording_id,
        call_id=call_id_of(recording_id),
        sealed_metadata=tuple(metadata),
        duration_ms=audio_bytes // BYTES_PER_MS,
        complete=is_complete,
        ended_at=before.st_mtime,
    )


def _trim(path: Path, before: os.stat_result, end: int) -> None:
    """End the file behind its last whole frame, give back reserved room, keep its time."""
    is_tight = before.st_blocks * 512 <= before.st_size + before.st_blksize
    if before.st_size == end and is_tight:
        return
    with path.open("r+b") as file:
        file.truncate(end)
        os.utime(file.fileno(), ns=(before.st_atime_ns, before.st_mtime_ns))
        os.fsync(file.fileno())


def open_stream_key(path: Path, private: bytes) -> bytes:
    """Unseal the recording's own key with the post's private key; raises NotFound, Damaged."""
    with open_for_reading(path) as file:
        return vault.open_sealed(private, read_front(file).sealed_key)


class Follower:
    """Reads a recording while it grows: each `read` returns the sound that is new and whole.

    ended: the FINAL frame was seen; reason: what it says. damaged: a frame did not
    authenticate; nothing behind it is read. Close it, or use it in a `with`.
    """

    def __init__(self, path: Path, stream_key: bytes) -> None:
        self.ended = False
        self.reason: str | None = None
        self.damaged = False
        self._file = open_for_reading(path)
        try:
            front = read_front(self._file)
        except Damaged:
            self._file.close()
            raise
        self._offset = front.end
        self._opener = FrameOpener(stream_key, front.stream_header)

    def read(self) -> bytes:
        """Return all PCM that became whole since the last call; b"" if there is none yet."""
        pcm = bytearray()
        if self.ended or self.damaged:
            return b""
        for frame in read_frames(self._file, self._offset):
            self._offset = frame.end
            if frame.is_metadata:
                continue
            try:
                plain, is_final = self._opener.open(frame.body)
            except Damaged:
                self.damaged = True
                break
            if is_final:
                self.ended, self.reason = True, str(json.loads(plain)["reason"])
                break
            pcm += plain
        return bytes(pcm)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read_audio(path: Path, stream_key: bytes) -> Audio:
    """Read a whole recording into memory, 16 kB per second; raises NotFound, Damaged."""
    with Follower(path, stream_key) as follower:
        pcm = follower.read()
        return Audio(pcm, follower.reason, follower.damaged)


def wav_bytes(pcm: bytes) -> bytes:
    """Put the 44-byte WAV header of 8 kHz s16le mono before the sound, in memory only."""
    head = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", 36 + len(pcm), b"WAVE"),
        *(b"fmt ", 16, 1, 1, RATE_HZ, RATE_HZ * 2, 2, 16),  # PCM, mono, 2 bytes per sample
        *(b"data", len(pcm)),
    )
    return head + pcm
