"""One thread, file descriptors and due times: the clockwork of the software modem.

Decides: nothing; it calls back what is due. May touch: the monotonic clock, selectors.
Thread: the one that calls run(); stop() may be called from any. Called by: modem.
Times are monotonic seconds.
"""

import heapq
import itertools
import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(order=True)
class Timer:
    """Something to do at a time; cancel() makes it never happen."""

    when: float
    order: int
    action: Callable[[], None] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        """Forget it; harmless when it has already happened."""
        self.cancelled = True


class Loop:
    """Waits for descriptors and times, and calls what belongs to them."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._timers: list[Timer] = []
        self._order = itertools.count()
        self._stopping = False
        self._ear, self._mouth = socket.socketpair()
        self._ear.setblocking(False)
        self._mouth.setblocking(False)
        self._selector.register(self._ear, selectors.EVENT_READ, self._drain)

    @property
    def wakeup_fd(self) -> int:
        """For signal.set_wakeup_fd: a byte written here ends a wait."""
        return self._mouth.fileno()

    def now(self) -> float:
        """Monotonic seconds."""
        return time.monotonic()

    def call_at(self, when: float, action: Callable[[], None]) -> Timer:
        """Do something at a monotonic time."""
        timer = Timer(when, next(self._order), action)
        heapq.heappush(self._timers, timer)
        return timer

    def call_after(self, delay_s: float, action: Callable[[], None]) -> Timer:
        """Do something in so many seconds."""
        return self.call_at(self.now() + delay_s, action)

    def watch(self, fd: int, action: Callable[[int], None], *, write: bool = False) -> None:
        """Call action(mask) while fd is readable (and, if asked, writable); replaces a watch."""
        mask = selectors.EVENT_READ | (selectors.EVENT_WRITE if write else 0)
        if fd in self._selector.get_map():
            self._selector.modify(fd, mask, action)
        else:
            self._selector.register(fd, mask, action)

    def unwatch(self, fd: int) -> None:
        """Stop watching; harmless when nothing is watched."""
        if fd in self._selector.get_map():
            self._selector.unregister(fd)

    def run(self) -> None:
        """Serve until stop(); what is due goes before what is readable."""
        while not self._stopping:
            ready = self._selector.select(self._wait_s())
            self._do_what_is_due()
            for key, mask in ready:
                if key.fd in self._selector.get_map():  # an earlier one may have closed it
                    key.data(mask)

    def stop(self) -> None:
        """End run() soon; from any thread."""
        self._stopping = True
        self._mouth.send(b".")

    def close(self) -> None:
        """Give the loop's own descriptors back."""
        self._selector.close()
        self._ear.close()
        self._mouth.close()

    def _wait_s(self) -> float | None:
        while self._timers and self._timers[0].cancelled:
            heapq.heappop(self._timers)
        return max(0.0, self._timers[0].when - self.now()) if self._timers else None

    def _do_what_is_due(self) -> None:
        now = self.now()
        while self._timers and self._timers[0].when <= now:
            timer = heapq.heappop(self._timers)
            if not timer.cancelled:
                timer.action()

    def _drain(self, _mask: int) -> None:
        self._ear.recv(256)
