"""Which requests for sound are one listening.

Decides: when a listening is written into the audit log again. May touch: memory.
Thread: any (one lock). Called by: sound.
"""

import threading
from collections import OrderedDict

SAME_LISTENING_S = 300.0  # as for reading: a player asks for many ranges, but listens once
REMEMBERED = 1000  # officers times messages heard within that time; far more than there are


class Listenings:
    """Who heard what of late. Any byte counts: a range may leave out the beginning."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._noted_at: OrderedDict[tuple[str, str], float] = OrderedDict()

    def is_new(self, officer: str, message_id: str, now: float) -> bool:
        """Whether this is a listening of its own, to be written into the audit log."""
        with self._lock:
            before = self._noted_at.get((officer, message_id))
            if before is not None and 0 <= now - before < SAME_LISTENING_S:
                return False
            self._noted_at[officer, message_id] = now
            self._noted_at.move_to_end((officer, message_id))
            if len(self._noted_at) > REMEMBERED:
                self._noted_at.popitem(last=False)
            return True
