"""The unlocked private keys: one per signed-in session, in this process's memory only.

Decides: how long a key stays. May touch: memory. Thread: any (one lock).
Called by: sign_in (puts, drops), gate (gets), serve (sweeps every half minute).
Python cannot promise to wipe bytes; the key is gone with the entry, and with the process.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class _Entry:
    private: bytes
    until: float  # monotonic seconds; the session is over then, whoever asks or not
    recovery_code: str | None = None


class KeyRing:
    """Private keys by session token; `clock` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: dict[str, _Entry] = {}

    def put(self, token: str, private: bytes, for_s: float) -> None:
        """Keep a key for a session that ends in `for_s` seconds unless it is used."""
        with self._lock:
            self._entries[token] = _Entry(private, self._clock() + for_s)

    def get(self, token: str) -> bytes | None:
        """The key, or None when nobody has unlocked it in this session."""
        entry = self._alive(token)
        return entry.private if entry else None

    def extend(self, token: str, for_s: float) -> None:
        """The session was used: keep its key for that much longer."""
        entry = self._alive(token)
        if entry:
            entry.until = self._clock() + for_s

    def drop(self, token: str) -> None:
        """The session is over."""
        with self._lock:
            self._entries.pop(token, None)

    def sweep(self, is_alive: Callable[[str], bool]) -> int:
        """Forget every key whose session has run out, here or in the store; how many.

        is_alive: asks the store, where another process may have ended the session.
        """
        with self._lock:
            known = dict(self._entries)
        over = [t for t, e in known.items() if e.until <= self._clock() or not is_alive(t)]
        for token in over:
            self.drop(token)
        return len(over)

    def recovery_code(self, token: str, make: Callable[[], str]) -> str | None:
        """The recovery code this session is writing down; made at the first asking."""
        entry = self._alive(token)
        if entry and entry.recovery_code is None:
            entry.recovery_code = make()
        return entry.recovery_code if entry else None

    def forget_recovery_code(self, token: str) -> None:
        """It is written down and asked back."""
        entry = self._alive(token)
        if entry:
            entry.recovery_code = None

    def _alive(self, token: str) -> _Entry | None:
        with self._lock:
            entry = self._entries.get(token)
            if entry and entry.until <= self._clock():
                del self._entries[token]
                return None
            return entry
