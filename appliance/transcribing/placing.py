"""Folders in the models folder, made under a temporary name and put in place by one rename.

Decides: what an interrupted installation leaves behind: nothing that could be loaded.
May touch: the models folder. Thread: any; one process at a time, by a lock.
Called by: models, presets.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from appliance.errors import TranscribeError
from appliance.store.disk import sync_folder

UNBORN = ".new-"  # what a power cut leaves behind; removed by whoever comes next
FOLDER_MODE, FILE_MODE = 0o755, 0o644  # a model is no secret; only its owner may change it


@contextmanager
def locked(models_dir: Path) -> Iterator[None]:
    """Keep other processes from changing models; raises TranscribeError while one does."""
    models_dir.mkdir(parents=True, exist_ok=True)
    lock = os.open(models_dir, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise TranscribeError("another `hotline model add` is running: wait for it") from error
    finally:
        os.close(lock)


@contextmanager
def new_folder(models_dir: Path) -> Iterator[Path]:
    """Lend a temporary folder on the same file system; what was cut short before is removed.

    Only under the lock. Raises OSError.
    """
    for left in models_dir.glob(f"{UNBORN}*"):
        shutil.rmtree(left)
    folder = Path(tempfile.mkdtemp(prefix=UNBORN, dir=models_dir))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def settle(folder: Path) -> None:
    """Give everything in it the modes of a model and bring all bytes to the disk."""
    for place, _, names in os.walk(folder, topdown=False):
        for name in names:
            _settle_file(Path(place, name))
        Path(place).chmod(FOLDER_MODE)
        sync_folder(Path(place))


def put_in_place(folder: Path, target: Path) -> None:
    """Rename; what lay there is put aside first, for `new_folder` to remove."""
    _make_folder(target.parent)
    if target.exists():
        target.rename(folder.with_name(f"{folder.name}.old"))
    folder.rename(target)
    sync_folder(target.parent)


def _settle_file(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        if os.fstat(fd).st_mode & 0o7777 != FILE_MODE:  # a hard link to another's file has it
            os.fchmod(fd, FILE_MODE)
        os.fsync(fd)
    finally:
        os.close(fd)


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir()
    folder.chmod(FOLDER_MODE)
    sync_folder(folder.parent)
