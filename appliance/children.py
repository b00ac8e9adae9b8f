"""Child processes that do not outlive the process that started them.

Decides: nothing. May touch: child processes. Thread: the starter's, which must be its main one:
the kernel asks the child to stop when that thread ends. Called by: supervise, simulating,
transcribing.
"""

import ctypes
import signal
import subprocess
from collections.abc import Sequence
from typing import IO

PR_SET_PDEATHSIG = 1  # linux/prctl.h
_LIBC = ctypes.CDLL(None)  # loaded before the fork: between fork and exec nothing is


def start(
    command: Sequence[str],
    *,
    said: IO[bytes] | None = None,
    given: IO[bytes] | None = None,
    made: IO[bytes] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a process that gets SIGTERM when we die, even by SIGKILL.

    said: where its words go. given, made: what it reads as stdin and writes as stdout instead.
    """
    return subprocess.Popen(
        command, stdin=given, stdout=made or said, stderr=said, preexec_fn=_die_with_parent
    )


def _die_with_parent() -> None:
    _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
