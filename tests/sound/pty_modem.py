"""The modem's end of a PCM port: a real pty that may misbehave."""

import os
import select
import threading
import time
import tty
from collections.abc import Callable
from itertools import cycle

import numpy

BYTES_PER_S = 16000
FRAME_BYTES = 320


def ramp(seconds: float, start: int = 1) -> bytes:
    """A sound whose every sample is unlike its neighbours: what is missing or torn shows."""
    count = round(seconds * 8000)
    return ((numpy.arange(count) * 7 + start) % 65521).astype("<u2").tobytes()


class PtyModem:
    """The modem's end of a PCM port: sends in real time, hears unless told not to."""

    def __init__(self) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.path = os.ttyname(self._slave)
        self.heard = b""
        self.heard_at: list[float] = []
        self.listens = threading.Event()
        self.listens.set()
        self._gone = threading.Event()
        self._threads: list[threading.Thread] = []
        self._begin(self._listen)

    def send(self, pcm: bytes, sizes: tuple[int, ...] = (FRAME_BYTES,)) -> None:
        """Send `pcm` at the pace of the line, in pieces of these sizes."""
        self._begin(self._send, pcm, sizes)

    @property
    def plugged_in(self) -> bool:
        return not self._gone.is_set()

    def unplug(self) -> None:
        self._gone.set()
        for thread in self._threads:
            thread.join()
        for fileno in (self._master, self._slave):
            os.close(fileno)

    def _begin(self, work: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _send(self, pcm: bytes, sizes: tuple[int, ...]) -> None:
        began, at = time.monotonic(), 0
        for size in cycle(sizes):
            if self._gone.wait(max(0.0, began + at / BYTES_PER_S - time.monotonic())):
                return
            at += os.write(self._master, pcm[at : at + size])
            if at >= len(pcm):
                return

    def _listen(self) -> None:
        while not self._gone.wait(0 if self.listens.is_set() else 0.02):
            if self.listens.is_set() and select.select([self._master], [], [], 0.05)[0]:
                self.heard += os.read(self._master, 4096)
