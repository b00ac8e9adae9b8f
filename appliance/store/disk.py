"""The few system calls that make a file survive: reserve room, sync, write whole.

Decides: in which order bytes, names and folders reach the disk. May touch: the paths it is given.
Thread: any. Called by: recorder, spool, vault, live.
`Disk` is passed in where a test wants a slow or a full one.
"""

import ctypes
import errno
import os
from pathlib import Path
from typing import Any

KEEP_SIZE = 1  # FALLOC_FL_KEEP_SIZE, linux/falloc.h: room is set aside, the length stays
NOT_SUPPORTED = (errno.EOPNOTSUPP, errno.ENOSYS)


class Disk:
    """The calls a recording makes on its open file; every method raises OSError."""

    def write(self, fd: int, data: bytes) -> None:
        """Write all of `data`; a full disk may leave a part of it behind."""
        while data:
            data = data[os.write(fd, data) :]

    def sync_data(self, fd: int) -> None:
        """Bring the bytes and the length to the disk; may take seconds on a bad card."""
        os.fdatasync(fd)

    def sync(self, fd: int) -> None:
        """Bring bytes and all metadata to the disk."""
        os.fsync(fd)

    def reserve(self, fd: int, size: int) -> None:
        """Set `size` bytes aside without changing the length; ENOSPC when there is no room.

        Where the file system cannot reserve, its free room is looked at instead: honest now,
        but others may use the room up before we do.
        """
        if _fallocate(fd, KEEP_SIZE, 0, size) == 0:
            return
        code = ctypes.get_errno()
        if code not in NOT_SUPPORTED:
            raise OSError(code, os.strerror(code))
        room = os.fstatvfs(fd)
        is_told = room.f_blocks > 0  # a few file systems in RAM do not say
        if is_told and room.f_bavail * room.f_frsize < size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def cut(self, fd: int, size: int) -> None:
        """End the file at `size` and give back the room set aside behind it."""
        os.ftruncate(fd, size)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk: a synced file without a synced name is lost."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def write_whole(path: Path, data: bytes, mode: int, *, durable: bool) -> None:
    """Replace a file: a reader sees the old or the new one, never a part.

    mode: permissions, exact whatever the umask. durable: also after a power cut (not in RAM).
    """
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        os.fchmod(fd, mode)
        Disk().write(fd, data)
        if durable:
            os.fsync(fd)
    finally:
        os.close(fd)
    new.replace(path)
    if durable:
        sync_folder(path.parent)


def _load_fallocate() -> Any:
    libc = ctypes.CDLL(None, use_errno=True)
    # glibc on 32-bit ARM has 64-bit offsets only under the second name
    call: Any = libc.fallocate64 if hasattr(libc, "fallocate64") else libc.fallocate
    call.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
    return call


_fallocate = _load_fallocate()
