"""Writing a recording: nothing is lost while the disk is slow, full or gone."""

import errno
import os
import threading
import time

import pytest

from appliance.errors import Damaged
from appliance.store import live, spool, vault
from appliance.store.disk import Disk
from appliance.store.recorder import DISK_FULL, DISK_SLOW, RING_BYTES, SYNC_S
from tests.store.stage import DEADLINE_S, RECORDING_ID, Stage, sound


class GatedDisk(Disk):
    """A disk whose syncs take until the test lets them go on."""

    def __init__(self) -> None:
        self.is_stuck = threading.Event()
        self.may_go_on = threading.Event()

    def sync_data(self, fd: int) -> None:
        self.is_stuck.set()
        assert self.may_go_on.wait(DEADLINE_S)
        super().sync_data(fd)


class WatchedDisk(Disk):
    """Notes when it was written and synced, and how much."""

    def __init__(self) -> None:
        self.writes: list[int] = []
        self.syncs: list[float] = []
        self.reserved = 0

    def write(self, fd: int, data: bytes) -> None:
        self.writes.append(len(data))
        super().write(fd, data)

    def sync_data(self, fd: int) -> None:
        self.syncs.append(time.monotonic())
        super().sync_data(fd)

    def reserve(self, fd: int, size: int) -> None:
        super().reserve(fd, size)
        self.reserved = os.fstat(fd).st_blocks * 512


class FillingDisk(Disk):
    """Takes a number of bytes and is full then, leaving a torn frame like a real one."""

    def __init__(self, room: int) -> None:
        self.room = room

    def write(self, fd: int, data: bytes) -> None:
        super().write(fd, data[: self.room])
        self.room -= len(data)
        if self.room < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_what_was_fed_is_read_back_byte_by_byte_with_its_reason(stage: Stage) -> None:
    pcm = sound(3210)
    path = stage.recorded(pcm, reason="silence")
    assert stage.audio(path) == spool.Audio(pcm, "silence")


def test_the_duration_is_reported_in_milliseconds(stage: Stage) -> None:
    made = stage.recording()
    made.feed(sound(1260))
    made.finish()
    assert made.closed == [1260]
    assert made.failed == []


def test_a_recording_without_sound_is_whole_too(stage: Stage) -> None:
    assert stage.audio(stage.recorded(b"")) == spool.Audio(b"", "caller_hung_up")


def test_neither_sound_nor_number_nor_key_is_on_disk_in_clear(stage: Stage) -> None:
    pcm = b"unmistakable sound" * 400
    made = stage.recording(metadata={"number": "0912345678"})
    made.feed(pcm)
    made.recorder.add_metadata({"number": "0987654321"})
    made.finish()
    stored = b"".join(p.read_bytes() for p in stage.spool_dir.rglob("*") if p.is_file())
    key = live.read_stream_key(stage.run_dir, RECORDING_ID)
    assert key is not None
    for secret in (b"unmistakable", b"0912345678", b"0987654321", key, key.hex().encode()):
        assert secret not in stored
    found = [p for p in stage.folder.rglob("*") if p.is_file() and key in p.read_bytes()]
    assert found == [live.keys_dir(stage.run_dir) / RECORDING_ID]


def test_the_file_appears_whole_and_only_the_group_may_read_it(stage: Stage) -> None:
    made = stage.recording()
    assert made.opened.wait(DEADLINE_S)
    assert [p.name for p in stage.spool_dir.iterdir()] == [made.path.name]
    assert made.path.stat().st_mode & 0o777 == 0o640
    assert spool.open_stream_key(made.path, stage.keys.private) == live.read_stream_key(
        stage.run_dir, RECORDING_ID
    )
    made.finish()


def test_the_public_key_alone_opens_nothing(stage: Stage) -> None:
    path = stage.recorded(sound(100))
    with pytest.raises(Damaged):
        spool.open_stream_key(path, vault.make_key_pair().private)


def test_a_recording_is_never_written_over(stage: Stage) -> None:
    pcm = sound(500)
    path = stage.recorded(pcm)
    again = stage.recording()
    again.feed(sound(500))
    assert again.over.wait(DEADLINE_S)
    assert again.failed == ["disk_error"]
    assert stage.audio(path).pcm == pcm
    assert [p.name for p in stage.spool_dir.iterdir()] == [path.name]


def test_late_metadata_is_kept_in_order_without_touching_the_sound(stage: Stage) -> None:
    pcm = sound(1000)
    made = stage.recording(metadata={"number": None})
    made.feed(pcm[:8000])
    made.recorder.add_metadata({"number": "0912345678"})
    made.feed(pcm[8000:])
    made.finish()
    sealed = spool.recover(made.path).sealed_metadata
    opened = [vault.open_json(stage.keys.private, blob)["number"] for blob in sealed]
    assert opened == [None, "0912345678"]
    assert stage.audio(made.path).pcm == pcm


def test_metadata_that_arrives_with_the_end_is_still_written(stage: Stage) -> None:
    made = stage.recording()
    assert made.opened.wait(DEADLINE_S)
    made.recorder.add_metadata({"number": "x"})
    made.finish()
    assert len(spool.recover(made.path).sealed_metadata) == 2


def test_room_is_set_aside_at_the_start_and_given_back_at_the_end(stage: Stage) -> None:
    disk = WatchedDisk()
    made = stage.recording(disk=disk, max_s=60)
    assert made.opened.wait(DEADLINE_S)
    assert disk.reserved >= 60 * 16_000
    assert made.path.stat().st_size < 1000
    made.feed(sound(1000))
    made.finish()
    assert made.path.stat().st_blocks * 512 < 40_000


def test_sound_is_written_each_100_ms_and_synced_each_250_ms(stage: Stage) -> None:
    disk = WatchedDisk()
    made = stage.recording(disk=disk)
    assert made.opened.wait(DEADLINE_S)
    began, pcm = time.monotonic(), sound(2000)
    for number in range(100):  # real time: a frame every 20 ms
        wait_until(began + number * 0.02)
        made.recorder.feed(pcm[number * 320 : number * 320 + 320])
    made.finish()
    audio_frames = [size for size in disk.writes if size == 2 + 1600 + 17]
    assert len(audio_frames) == 20
    assert 4 <= len(disk.syncs) <= 8  # seven are due; a busy machine may delay some
    gaps = [b - a for a, b in zip(disk.syncs, disk.syncs[1:], strict=False)]
    assert min(gaps) >= SYNC_S - 0.001
    assert sorted(gaps)[len(gaps) // 2] < 2 * SYNC_S  # the usual one; not a figure


def test_a_sync_that_takes_two_seconds_loses_nothing_and_delays_nobody(stage: Stage) -> None:
    disk = GatedDisk()
    made = stage.recording(disk=disk)
    pcm = sound(4000)
    made.feed(pcm[:16_000])  # one second, then the disk stands still
    assert disk.is_stuck.wait(DEADLINE_S)
    began = time.monotonic()
    made.feed(pcm[16_000:])  # three seconds of sound meanwhile
    assert time.monotonic() - began < 1.0
    wait_until(began + 2.0)
    disk.may_go_on.set()
    made.finish()
    assert made.failed == []
    assert stage.audio(made.path) == spool.Audio(pcm, "caller_hung_up")


def test_a_disk_too_slow_for_the_ring_is_told_once_and_keeps_what_it_can(stage: Stage) -> None:
    disk = GatedDisk()
    made = stage.recording(disk=disk)
    pcm = sound(8000)
    made.feed(pcm[:16_000])
    assert disk.is_stuck.wait(DEADLINE_S)
    made.feed(pcm[16_000:])
    assert made.over.wait(DEADLINE_S)
    assert made.failed == [DISK_SLOW]
    assert made.recorder.dropped_bytes > 0
    disk.may_go_on.set()
    made.recorder.close("caller_hung_up")
    assert made.recorder.join(DEADLINE_S)
    assert made.failed == [DISK_SLOW]
    assert made.closed == []
    kept = stage.audio(made.path)
    assert kept.reason is None  # shown as cut short, which it is
    assert kept.pcm == pcm[: len(kept.pcm)]
    assert len(kept.pcm) + made.recorder.dropped_bytes == len(pcm)
    assert len(kept.pcm) >= RING_BYTES


@pytest.mark.parametrize("room", [300, 2000, 20_000, 40_001])
def test_a_disk_that_fills_up_keeps_whole_frames_and_says_so(stage: Stage, room: int) -> None:
    pcm = sound(3000)
    made = stage.recording(disk=FillingDisk(room))
    made.feed(pcm)
    assert made.over.wait(DEADLINE_S)
    made.recorder.close("caller_hung_up")
    assert made.recorder.join(DEADLINE_S)
    assert made.failed == [DISK_FULL]
    assert made.closed == []
    kept = stage.audio(made.path)
    assert kept.pcm == pcm[: len(kept.pcm)]
    assert kept.reason is None
    assert len(kept.pcm) >= room - 4000
    size = made.path.stat().st_size
    spool.recover(made.path)
    assert made.path.stat().st_size == size  # no torn frame was left


def test_a_disk_without_room_for_the_first_bytes_leaves_no_file(stage: Stage) -> None:
    made = stage.recording(disk=FillingDisk(100))
    assert made.over.wait(DEADLINE_S)
    assert made.failed == [DISK_FULL]
    assert list(stage.spool_dir.iterdir()) == []


def test_feeding_after_the_end_changes_nothing(stage: Stage) -> None:
    path = stage.recorded(sound(300))
    size = path.stat().st_size
    made = stage.recording(f"{'a' * 32}-2")
    made.finish()
    made.feed(sound(300))
    made.recorder.close("key")
    assert stage.audio(made.path) == spool.Audio(b"", "caller_hung_up")
    assert path.stat().st_size == size


def test_a_missing_spool_folder_is_a_failure_not_a_crash(stage: Stage) -> None:
    stage.spool_dir.rmdir()
    made = stage.recording()
    assert made.over.wait(DEADLINE_S)
    assert made.failed == ["disk_error"]


def test_a_missing_run_folder_costs_the_key_not_the_recording(stage: Stage) -> None:
    live.keys_dir(stage.run_dir).rmdir()
    pcm = sound(400)
    path = stage.recorded(pcm)
    assert stage.audio(path).pcm == pcm


def wait_until(at: float) -> None:
    """Keep real time, as the line does."""
    threading.Event().wait(max(0.0, at - time.monotonic()))
