"""What the rows of AT+CLCC mean for a box that only ever answers (PURE).

Decides: which row is the call to us, and who has it. May touch: nothing.
Thread: call loop. Called by: call_base, call_line.
3GPP TS 27.007 7.18; permanent data rows were filtered out by the modem link.
"""

from collections.abc import Iterable

from appliance.answering.events import CallRow, Direction, Stat

_TAKEN = frozenset({Stat.ACTIVE, Stat.HELD})
_DIALED = frozenset({Stat.ACTIVE, Stat.HELD, Stat.DIALING, Stat.ALERTING})
_RINGS = frozenset({Stat.INCOMING, Stat.WAITING})


def is_taken(row: CallRow | None) -> bool:
    """Whether somebody talks (or is held) in a call that was made to us."""
    return row is not None and row.direction is Direction.TO_US and row.stat in _TAKEN


def is_ringing(row: CallRow | None) -> bool:
    """Whether a call to us still rings."""
    return row is not None and row.direction is Direction.TO_US and row.stat in _RINGS


def is_dialed(row: CallRow) -> bool:
    """Whether the row is a call somebody made with a handset: this box never dials."""
    return row.direction is Direction.FROM_US and row.stat in _DIALED


def main_row(rows: Iterable[CallRow]) -> CallRow | None:
    """The row of the call to us that matters most: a talking one before a ringing one."""
    order = (Stat.ACTIVE, Stat.HELD, Stat.INCOMING, Stat.WAITING)
    ours = [r for r in rows if r.direction is Direction.TO_US and r.stat in order]
    return min(ours, key=lambda r: order.index(r.stat), default=None)
