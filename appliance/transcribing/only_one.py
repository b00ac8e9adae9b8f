"""One transcriber per box: a second one would take the first one's claims for left-overs.

Decides: nothing. May touch: one lock file in RAM. Thread: main. Called by: worker.
The kernel lets go of the lock when the process dies, however it dies.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from appliance.errors import StoreError


@contextmanager
def only_one(lock: Path) -> Iterator[None]:
    """Hold the lock; raises StoreError when another process has it or it cannot be made."""
    try:
        fd = os.open(lock, os.O_RDWR | os.O_CREAT, 0o660)
    except OSError as error:
        raise StoreError(f"cannot write {lock.parent}: {error.strerror}") from error
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreError("another `hotline transcribe` is running: stop it first") from error
        yield
    finally:
        os.close(fd)
