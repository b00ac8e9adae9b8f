"""Which rows of AT+CLCC are calls, and whether the line is idle.

Decides: that a row is a call, never a permanent data bearer. May touch: nothing (PURE).
Thread: ring() from the modem's reader, the rest from the command thread. Called by: link.
LTE modems list data bearers as rows of mode 1, and some VoLTE calls too: a new id counts.
"""

from collections.abc import Iterable, Sized

from appliance.answering.at_lines import VOICE_MODES, ClccRow

RING_QUIET_S = 6.0  # rings come every 2 to 5 s: no status question may delay the ATA meanwhile
RING_OVER_S = 12.0  # no ring for so long and nothing answered: the line is idle again
DATA_MODE = 1
EMPTY_LISTS = 2  # a VoLTE modem may leave its call out of one list


class CallRows:
    """Remembers the rows of an idle line; times are monotonic seconds."""

    def __init__(self) -> None:
        self.in_call = False
        self._empty_lists = 0
        self._ringing_at = float("-inf")
        self._data_rows: frozenset[int] = frozenset()

    def ring(self, now: float) -> None:
        """The line rings; after a list without our call, it is somebody else's ring."""
        self._ringing_at = now
        self.in_call = self.in_call and self._empty_lists == 0

    def note_listed(self, calls: Sized) -> None:
        """A list came: our call is over once it is missing twice in a row."""
        self._empty_lists = 0 if calls else self._empty_lists + 1
        self.in_call = self.in_call and self._empty_lists < EMPTY_LISTS

    def begin(self) -> None:
        """We are in a call, or about to be."""
        self.in_call, self._empty_lists = True, 0

    def end(self) -> None:
        """We are in no call."""
        self.in_call = False
        self._ringing_at = float("-inf")

    def is_ringing(self, now: float) -> bool:
        """True while an ATA may be wanted any moment."""
        return not self.in_call and now - self._ringing_at < RING_QUIET_S

    def is_idle(self, now: float) -> bool:
        """True when no row can be a call that rang."""
        return not self.in_call and now - self._ringing_at > RING_OVER_S

    def learn(self, rows: Iterable[ClccRow], now: float) -> None:
        """On an idle line: these rows that are no voice are no calls later either."""
        if self.is_idle(now):
            self._data_rows = frozenset(r.call.index for r in rows if r.mode not in VOICE_MODES)

    def calls(self, rows: Iterable[ClccRow], now: float) -> tuple[ClccRow, ...]:
        """The rows that are calls."""
        idle = self.is_idle(now)
        return tuple(row for row in rows if row.mode in VOICE_MODES or self._new(row, idle))

    def _new(self, row: ClccRow, idle: bool) -> bool:
        return row.mode == DATA_MODE and row.call.index not in self._data_rows and not idle
