"""What the modem link still has to do: most urgent first, nothing before its time.

Decides: the order of commands to the modem. May touch: nothing but its own lock.
Thread: put from any, take from the command thread. Called by: modem.
Answering a call jumps ahead of everything; status polls come late, text messages last.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum


class Urgency(IntEnum):
    """A smaller number goes first; equals keep their order."""

    ANSWER = 0
    CALL = 1
    POLL = 2
    MESSAGE = 3  # text messages; like the spare ones their silence or success proves nothing
    SPARE = 4


@dataclass(frozen=True)
class Job:
    """One deed; due is a monotonic time before which it must not be done."""

    name: str
    deed: Callable[[], None]
    urgency: Urgency = Urgency.CALL
    due: float = 0.0


class JobQueue:
    """A short list of jobs with one taker."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._jobs: list[Job] = []
        self._woken = False

    def put(self, job: Job) -> None:
        """Add a job; the taker sees it at once."""
        with self._changed:
            self._jobs.append(job)
            self._changed.notify_all()

    def drop(self, *names: str) -> None:
        """Forget the jobs of these names."""
        with self._changed:
            self._jobs = [job for job in self._jobs if job.name not in names]

    def clear(self) -> None:
        """Forget all jobs, and an unheard wake."""
        with self._changed:
            self._jobs.clear()
            self._woken = False

    def wake(self) -> None:
        """Make the taker return without a job: the port is lost, or the link closes."""
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def take(self) -> Job | None:
        """Wait for the next job that is due; None when woken."""
        with self._changed:
            while True:
                if self._woken:
                    self._woken = False
                    return None
                now = self._clock()
                ready = [job for job in self._jobs if job.due <= now]
                if ready:
                    job = min(ready, key=lambda one: one.urgency)
                    self._jobs.remove(job)
                    return job
                next_due = min((job.due for job in self._jobs), default=None)
                self._changed.wait(None if next_due is None else next_due - now)
