"""What sound tests share: a mailbox to wait on, and where one sound lies inside another."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

import numpy

from appliance.answering.events import Event

E = TypeVar("E", bound=Event)

RATE_HZ = 8000
DEADLINE_S = 20.0


class Mailbox:
    """Collects events with the time they came, and lets a test wait for one."""

    def __init__(self) -> None:
        self.events: list[tuple[float, Event]] = []
        self._changed = threading.Condition()

    def post(self, event: Event) -> None:
        with self._changed:
            self.events.append((time.monotonic(), event))
            self._changed.notify_all()

    def wait_for(self, kind: type[E], deadline_s: float = DEADLINE_S) -> E:
        """The first event of that type."""
        return self._wait(lambda: [e for e in self.all() if isinstance(e, kind)], deadline_s)

    def wait_for_this(self, event: E, deadline_s: float = DEADLINE_S) -> E:
        """The first event equal to that one."""
        return self._wait(lambda: [event for e in self.all() if e == event], deadline_s)

    def all(self) -> list[Event]:
        return [event for _, event in self.events]

    def kinds(self) -> list[str]:
        return [type(event).__name__ for event in self.all()]

    def _wait(self, find: Callable[[], list[E]], deadline_s: float) -> E:
        with self._changed:
            assert self._changed.wait_for(lambda: bool(find()), deadline_s), (
                f"it did not come in {deadline_s} s, only {self.kinds()}"
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


def find_sound(needle: bytes, haystack: bytes) -> tuple[float, float]:
    """Where `needle` lies in `haystack` (s16le): seconds from the start, and the correlation there.

    1.0 is the very same sound at any loudness; unrelated speech stays below 0.3.
    """
    wanted = numpy.frombuffer(needle, "<i2").astype(float)
    there = numpy.frombuffer(haystack, "<i2").astype(float)
    if len(there) < len(wanted):
        return 0.0, 0.0
    size = 1 << (len(there) + len(wanted)).bit_length()
    spectrum = numpy.fft.rfft(there, size) * numpy.conj(numpy.fft.rfft(wanted, size))
    match = numpy.fft.irfft(spectrum, size)[: len(there) - len(wanted) + 1]
    energy = numpy.concatenate([[0.0], numpy.cumsum(there**2)])
    norm = numpy.sqrt((energy[len(wanted) :] - energy[: -len(wanted)]) * (wanted @ wanted))
    likeness = match / numpy.maximum(norm, 1.0)
    at = int(likeness.argmax())
    return at / RATE_HZ, float(likeness[at])


def share_heard(needle: bytes, haystack: bytes) -> float:
    """Which part of `needle` is in `haystack`, by pieces of 0.5 s; a dropout costs one piece."""
    size = RATE_HZ  # bytes: 0.5 s
    pieces = [needle[at : at + size] for at in range(0, len(needle) - size + 1, size)]
    found = [find_sound(piece, haystack)[1] > 0.9 for piece in pieces]
    return sum(found) / len(found)
