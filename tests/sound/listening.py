"""What tests of devices share: a mailbox and a sink to wait on."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from appliance.answering.events import Event

E = TypeVar("E", bound=Event)

DEADLINE_S = 30.0


class Mailbox:
    """Collects events with the time they came, and lets a test wait for one."""

    def __init__(self) -> None:
        self.events: list[tuple[float, Event]] = []
        self._changed = threading.Condition()

    def post(self, event: Event) -> None:
        with self._changed:
            self.events.append((time.monotonic(), event))
            self._changed.notify_all()

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.all() if isinstance(event, kind)]

    def wait_for(self, kind: type[E], count: int = 1) -> E:
        """The first event of that type, or the one of that number."""
        return self._wait(lambda: self.of(kind)[count - 1 :])

    def wait_for_this(self, event: E) -> E:
        """The first event equal to that one."""
        return self._wait(lambda: [event for e in self.all() if e == event])

    def all(self) -> list[Event]:
        return [event for _, event in self.events]

    def kinds(self) -> list[str]:
        return [type(event).__name__ for event in self.all()]

    def _wait(self, find: Callable[[], list[E]]) -> E:
        with self._changed:
            assert self._changed.wait_for(lambda: bool(find()), DEADLINE_S), (
                f"it did not come in {DEADLINE_S} s, only {self.all()}"
            )
            return find()[0]


class Kept:
    """A sink that remembers what it was given, and lets a test wait for enough of it."""

    def __init__(self) -> None:
        self._frames: list[bytes] = []
        self._changed = threading.Condition()

    def __call__(self, frame: bytes) -> None:
        with self._changed:
            self._frames.append(frame)
            self._changed.notify_all()

    @property
    def pcm(self) -> bytes:
        return b"".join(self._frames)

    @property
    def lengths(self) -> set[int]:
        return {len(frame) for frame in self._frames}

    def wait_for_seconds(self, seconds: float, deadline_s: float = DEADLINE_S) -> bytes:
        with self._changed:
            wanted = round(seconds / 0.02)
            assert self._changed.wait_for(lambda: len(self._frames) >= wanted, deadline_s), (
                f"{len(self._frames)} of {wanted} frames came"
            )
        return self.pcm


def until(condition: Callable[[], bool], deadline_s: float = DEADLINE_S) -> None:
    """Wait for what has no event of its own; fails after the deadline."""
    never = threading.Event()
    give_up = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < give_up, "it did not happen in time"
        never.wait(0.02)
