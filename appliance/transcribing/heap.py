"""The C library's memory: Vosk takes 100 MB for a minute of speech, and a Pi has other uses for it.

Decides: nothing. May touch: this process's heap (glibc). Thread: any. Called by: listener, worker.
"""

import ctypes

M_ARENA_MAX = -8  # malloc.h
_LIBC = ctypes.CDLL(None)


def use_one() -> None:
    """Let all threads share one heap, mallopt(3): each other one costs 1 MB and stays half empty.

    They hardly ever allocate at the same moment. Call it before the first thread starts.
    """
    _LIBC.mallopt(M_ARENA_MAX, 1)


def give_back() -> None:
    """Return to the system what a message took, malloc_trim(3): 97 MB after a minute (measured)."""
    _LIBC.malloc_trim(0)
