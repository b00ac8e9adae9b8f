"""Ends the process when the engine does not come back: a hang costs one restart.

Decides: how long one call into the engine may take. May touch: nothing; ends its own process.
Thread: one of its own. Called by: listening, around each call into the engine.
A hang inside C++ cannot be interrupted from Python; the message has its attempt counted already.
"""

import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_LOGGER = logging.getLogger(__name__)

LIMIT_S = 10.0  # one call takes up to 1.1 s here (measured), about three times that on a Pi 4
LOOKS = 20  # how often it looks within the limit
EX_SOFTWARE = 70  # sysexits.h: our own inside went wrong; systemd restarts us


def end_process() -> None:
    """Leave at once, without waiting for the thread that hangs."""
    logging.shutdown()
    os._exit(EX_SOFTWARE)


class Watch:
    """Counts its own looks, not the clock: a machine that slept does not look like a hang."""

    def __init__(self, limit_s: float = LIMIT_S, end: Callable[[], None] = end_process) -> None:
        self._look_s = limit_s / LOOKS
        self._end = end
        self._call = 0  # number of the call that is inside the engine; 0: none
        self._calls = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()
        self._thread.join()

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Name one call into the engine; only the worker's thread may use it."""
        self._calls += 1
        self._call = self._calls
        try:
            yield
        finally:
            self._call = 0

    def _run(self) -> None:
        seen, looks = 0, 0
        while not self._stopped.wait(self._look_s):
            call = self._call
            looks = looks + 1 if call and call == seen else 0
            seen = call
            if looks >= LOOKS:
                _LOGGER.critical("the speech engine hangs: ending this process")
                self._end()
                return
