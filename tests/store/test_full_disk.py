"""Full disks, on real small file systems: told before the call, survived during it."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.store import spool
from appliance.store.disk import Disk
from appliance.store.recorder import DISK_FULL
from tests.store.stage import DEADLINE_S, Stage, sound


class NoReserveDisk(Disk):
    """A file system without fallocate."""

    def reserve(self, fd: int, size: int) -> None: ...


def mounted(folder: Path, *options: str) -> Iterator[Path]:
    """Mount a file system for one test; skipped where that is not allowed."""
    if os.geteuid() != 0:
        pytest.skip("needs root to mount a small file system")
    folder.mkdir()
    mount = ["mount", *options, str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"cannot mount here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """2 MB that can be reserved."""
    yield from mounted(tmp_path / "small", "-t", "tmpfs", "-o", "size=2m", "none")


@pytest.fixture
def old_disk(tmp_path: Path) -> Iterator[Path]:
    """8 MB of ext2, where room cannot be reserved."""
    image = tmp_path / "image"
    image.write_bytes(bytes(8 * 2**20))
    try:
        subprocess.run(["mkfs.ext2", "-q", "-m", "0", str(image)], check=True)
    except FileNotFoundError:
        pytest.skip("needs mkfs.ext2 (e2fsprogs)")
    yield from mounted(tmp_path / "old", "-o", "loop", str(image))


def fill(folder: Path, leave: int) -> None:
    room = os.statvfs(folder)
    (folder / "ballast").write_bytes(bytes(room.f_bavail * room.f_frsize - leave))


def test_no_room_for_the_longest_message_is_told_before_the_greeting_ends(
    stage: Stage, small_disk: Path
) -> None:
    made = stage.recording(max_s=180, spool_dir=small_disk)
    assert made.over.wait(DEADLINE_S)
    assert made.failed == [DISK_FULL]
    assert not made.opened.is_set()
    assert list(small_disk.iterdir()) == []


def test_a_disk_that_fills_up_mid_call_loses_nothing(stage: Stage, small_disk: Path) -> None:
    pcm = sound(4000)
    made = stage.recording(max_s=10, spool_dir=small_disk)
    assert made.opened.wait(DEADLINE_S)
    fill(small_disk, leave=0)
    made.feed(pcm)
    made.finish()
    assert made.failed == []
    assert stage.audio(made.path) == spool.Audio(pcm, "caller_hung_up")


def test_without_reserved_room_a_full_disk_keeps_what_was_written(
    stage: Stage, small_disk: Path
) -> None:
    pcm = sound(4000)
    made = stage.recording(spool_dir=small_disk, disk=NoReserveDisk())
    assert made.opened.wait(DEADLINE_S)
    fill(small_disk, leave=16_384)
    made.feed(pcm)
    assert made.over.wait(DEADLINE_S)
    made.recorder.close("caller_hung_up")
    assert made.recorder.join(DEADLINE_S)
    assert made.failed == [DISK_FULL]
    kept = stage.audio(made.path)
    assert 0 < len(kept.pcm) < len(pcm)
    assert kept.pcm == pcm[: len(kept.pcm)]


def test_where_room_cannot_be_reserved_it_is_looked_at(stage: Stage, old_disk: Path) -> None:
    pcm = sound(1000)
    made = stage.recording(spool_dir=old_disk)
    assert made.opened.wait(DEADLINE_S)
    assert made.path.stat().st_blocks * 512 < 100_000
    made.feed(pcm)
    made.finish()
    assert stage.audio(made.path) == spool.Audio(pcm, "caller_hung_up")
    fill(old_disk, leave=1_000_000)
    second = stage.recording(f"{'b' * 32}-1", spool_dir=old_disk)
    assert second.over.wait(DEADLINE_S)
    assert second.failed == [DISK_FULL]
