"""What a modem says unasked of the state of a call: +CLCC rows, Quectel's ccinfo and ^DSCI.

Decides: whether such a line rings, names a caller, waits or ends. May touch: nothing (PURE).
Thread: the modem's reader. Called by: at_lines.
Shapes from asterisk-chan-quectel at_parse.c; all are wake-ups, AT+CLCC has the truth.
"""

from appliance.answering.at_fields import fields_of, number, unquote
from appliance.answering.events import (
    CallEndHinted,
    CallerId,
    CallerShown,
    CallRow,
    Direction,
    Event,
    Ringing,
    SecondCaller,
    Stat,
)
from appliance.answering.numbers import caller_id

_GONE = "-1"  # Quectel's ccinfo state of a call that is released


def call_events(call: CallRow) -> tuple[Event, ...]:
    """What a call row says on its own: ringing, waiting or released; an active one says nothing."""
    if call.stat is Stat.RELEASED:
        return (CallEndHinted("+CLCC: released"),)
    if call.direction is not Direction.TO_US:
        return ()
    if call.stat is Stat.WAITING:
        return (SecondCaller(call.caller or CallerId(None, "")),)
    if call.stat is Stat.INCOMING:
        return (Ringing(), CallerShown(call.caller)) if call.caller else (Ringing(),)
    return ()


def row_caller(fields: list[str]) -> CallerId | None:
    """The caller of the fields number, type; a row without number does not mean withheld."""
    text = unquote(fields[0]) if fields else None
    if not text:
        return None  # VoLTE rows never have one
    return caller_id(text, number(fields[1]) if len(fields) > 1 else None)


def qind_events(line: str) -> tuple[Event, ...]:
    """+QIND: "ccinfo",id,dir,state,mode,mpty,number,type[,alpha]; other +QIND lines say nothing."""
    fields = fields_of(line) or []
    if len(fields) < 4 or fields[0] != '"ccinfo"':
        return ()
    if fields[3] == _GONE:
        return (CallEndHinted("+QIND: ccinfo released"),)
    return _told(fields[1:4], row_caller(fields[6:]))


def dsci_events(line: str) -> tuple[Event, ...]:
    """^DSCI: id,dir,state,type,number,numbertype[,tone]; 4, 5, 6 mean the same as in +CLCC."""
    fields = fields_of(line) or []
    if len(fields) < 3:
        return ()
    if fields[2] == str(Stat.RELEASED.value):
        return (CallEndHinted("^DSCI: released"),)
    return _told(fields[:3], row_caller(fields[4:]))


def _told(place: list[str], caller: CallerId | None) -> tuple[Event, ...]:
    index, direction, state = (number(field) for field in place)
    if index is None or direction != Direction.TO_US.value:
        return ()
    if state not in (Stat.INCOMING.value, Stat.WAITING.value):
        return ()
    return call_events(CallRow(index, Direction.TO_US, Stat(state), caller))
