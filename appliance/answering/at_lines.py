"""The grammar of single lines from a modem: what each one means.

Decides: final result, event or reply; nothing that does not fit a grammar is ever guessed.
May touch: nothing (PURE). Thread: the modem's reader. Called by: at, families, modem.
Sources: 3GPP TS 27.007, V.250 and the captured lines in tests/transcripts/.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from appliance.answering import registration, ussd
from appliance.answering.at_fields import fields_of, number, unquote
from appliance.answering.call_states import call_events, dsci_events, qind_events, row_caller
from appliance.answering.events import (
    CallEndHinted,
    CallerId,
    CallerShown,
    CallForwarded,
    CallRow,
    Direction,
    Event,
    FlowAsked,
    KeyPressed,
    Ringing,
    SecondCaller,
    SmsArrived,
    Stat,
    UssdAnswered,
)
from appliance.answering.numbers import caller_id

KEYS = frozenset("0123456789*#ABCD")
VOICE_MODES = frozenset({0, 3, 4, 5})  # 27.007 7.18 <mode>: voice, or voice first and now voice
REGISTERED = frozenset({1, 5, 9, 10})  # home, roaming, CSFB not preferred; 6, 7 are SMS only
CALL_IS_FORWARDED = 0  # 27.007 7.17 +CSSU <code2>

CALL_COMMANDS = ("ATA", "ATD")
_REFUSALS = frozenset({"ERROR", "COMMAND NOT SUPPORT", "TOO MANY PARAMETERS", "ABORTED"})
_CALL_RESULTS = frozenset({"NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE"})
_CODED_ERROR = re.compile(r"\+CM[ES] ERROR: ?(.{1,80})")


@dataclass(frozen=True)
class Final:
    """How a command ended; text is what the modem printed, code its CME/CMS number if any."""

    ok: bool
    text: str
    code: int | None = None


@dataclass(frozen=True)
class ClccRow:
    """A row of AT+CLCC before data rows are told from calls; mode as in 27.007 7.18."""

    call: CallRow
    mode: int


def final_of(line: str, command: str) -> Final | None:
    """The final result `line` is for `command`, or None: "OKAY" is none, NO CARRIER ends ATA."""
    if line == "OK":
        return Final(True, line)
    if line in _REFUSALS:
        return Final(False, line)
    coded = _CODED_ERROR.fullmatch(line)
    if coded:
        code = coded[1].strip()
        return Final(False, line, int(code) if re.fullmatch("[0-9]{1,5}", code) else None)
    if command.upper().startswith(CALL_COMMANDS):
        if line in _CALL_RESULTS:
            return Final(False, line)
        if line == "CONNECT":
            return Final(True, line)
    return None


def events_of(line: str) -> tuple[Event, ...] | None:
    """The events an unsolicited line means; () for a known one without, None for a stranger."""
    if line in _WORDS:
        return _WORDS[line]
    for prefix, read in _READERS:
        if line.startswith(prefix):
            return read(line)
    return () if line.startswith(_QUIET) else None


def parse_clip(line: str) -> CallerId:
    """+CLIP: number,type[,subaddr,satype[,alpha[,validity]]] (27.007 7.11); never raises."""
    fields = fields_of(line) or []
    text = unquote(fields[0]) if fields else None
    kind = number(fields[1]) if len(fields) > 1 else None
    if text is None or (len(fields) > 1 and kind is None):
        return CallerId(None, caller_id(line.partition(":")[2], None).raw)
    return caller_id(text, kind, number(fields[5]) if len(fields) > 5 else None)


def parse_clcc(line: str) -> ClccRow | None:
    """+CLCC: id,dir,stat,mode,mpty[,number,type[,alpha...]] (27.007 7.18); None if torn."""
    fields = fields_of(line) or []
    values = [number(field) for field in fields[:5]]
    if len(values) < 5 or any(value is None for value in values):
        return None
    index, direction, stat, mode, _ = (value or 0 for value in values)
    if direction not in (0, 1) or stat not in {s.value for s in Stat}:
        return None
    return ClccRow(CallRow(index, Direction(direction), Stat(stat), row_caller(fields[5:])), mode)


def parse_calls(lines: Iterable[str]) -> tuple[ClccRow, ...]:
    """The rows of a call list, one per id: the last word counts, released ones are gone."""
    rows = (parse_clcc(line) for line in lines if line.startswith("+CLCC:"))
    last = {row.call.index: row for row in rows if row}
    return tuple(row for row in last.values() if row.call.stat is not Stat.RELEASED)


def parse_registration(lines: Iterable[str]) -> int | None:
    """<stat> of the reply to AT+CREG?/CEREG? (27.007 7.2, 10.1.22)."""
    return registration.parse(lines)


def parse_csq(lines: Iterable[str]) -> int | None:
    """Signal of a +CSQ: rssi,ber line in dBm, -113 + 2 * rssi (27.007 8.5); None if unknown."""
    for line in lines:
        match = re.match(r"\+CSQ: ?([0-9]{1,3}),", line)
        if match and int(match[1]) <= 31:
            return -113 + 2 * int(match[1])
    return None


def parse_cpin(lines: Iterable[str]) -> str | None:
    """READY, SIM PIN, SIM PUK, ... of a +CPIN line (27.007 8.3)."""
    for line in lines:
        match = re.fullmatch(r"\+CPIN: ?([A-Z0-9 -]{1,20})", line)
        if match:
            return match[1]
    return None


def parse_operator(lines: Iterable[str]) -> str | None:
    """Network name of +COPS: mode,format,name[,AcT] (27.007 7.3), printable and short."""
    for line in lines:
        fields = fields_of(line) if line.startswith("+COPS:") else None
        name = unquote(fields[2]) if fields and len(fields) > 2 else None
        if name:
            return caller_id(name, None).raw
    return None


def parse_spic(lines: Iterable[str]) -> int | None:
    """Tries left for the PIN in SIMCom's +SPIC: pin,puk,pin2,puk2."""
    for line in lines:
        match = re.match(r"\+SPIC: ?([0-9]{1,2})(?:,|$)", line)
        if match:
            return int(match[1])
    return None


def _clip(line: str) -> tuple[Event, ...]:
    return Ringing(), CallerShown(parse_clip(line))  # some firmware prints +CLIP without RING


def _cring(line: str) -> tuple[Event, ...]:
    return (Ringing(),) if re.fullmatch(r"\+CRING: ?VOICE", line) else ()


def _clcc(line: str) -> tuple[Event, ...]:
    row = parse_clcc(line)
    if row is None:
        return ()
    return call_events(row.call)


def _cssu(line: str) -> tuple[Event, ...]:
    code = re.match(r"\+CSSU: ?([0-9]{1,2})(?:,|$)", line)
    return (CallForwarded(),) if code and int(code[1]) == CALL_IS_FORWARDED else ()


def _ccwa(line: str) -> tuple[Event, ...]:
    return (SecondCaller(parse_clip(line)),) if re.match(r'\+CCWA: ?"', line) else ()


def _key(line: str) -> tuple[Event, ...]:
    key = line.partition(":")[2].strip()
    if line.startswith("+QTONEDET:"):  # Quectel prints the ASCII code: 56 is "8"
        code = number(key)
        key = chr(code) if code is not None and code < 128 else ""
    return (KeyPressed(key),) if key in KEYS else ()


def _flow(line: str) -> tuple[Event, ...]:
    asked = re.fullmatch(r"\+QPCMV: ?([01]), ?0", line)  # 0,0: stop sending sound; 1,0: go on
    return (FlowAsked(asked[1] == "1"),) if asked else ()


def _voice_call(line: str) -> tuple[Event, ...]:
    ended = re.fullmatch(r"VOICE CALL: ?END(?:: ?[0-9]{1,8})?", line)
    return (CallEndHinted("VOICE CALL: END"),) if ended else ()


def _ended(line: str) -> tuple[Event, ...]:
    return (CallEndHinted(line.partition(":")[0]),)  # the tail may hold the caller's number


def _cusd(line: str) -> tuple[Event, ...]:
    answer = ussd.parse(line)
    return (UssdAnswered(answer.mode, answer.text),) if answer else ()


def _sms(line: str) -> tuple[Event, ...]:
    """27.005 3.4.1: the memory and the place of a message, never its text."""
    found = re.fullmatch(r'\+C[DM][ST]I: ?"[A-Z]{2}", ?([0-9]{1,5})', line)
    return (SmsArrived(int(found[1])),) if found else ()


_WORDS: dict[str, tuple[Event, ...]] = {
    "RING": (Ringing(),),
    "REMOTE CALL END": (CallEndHinted("REMOTE CALL END"),),
    **{word: (CallEndHinted(word),) for word in sorted(_CALL_RESULTS)},
}
_READERS: tuple[tuple[str, Callable[[str], tuple[Event, ...]]], ...] = (
    ("+CLIP:", _clip),
    ("+CRING:", _cring),
    ("+CLCC:", _clcc),
    ("+QIND:", qind_events),
    ("^DSCI:", dsci_events),
    ("+CSSU:", _cssu),
    ("+CCWA:", _ccwa),
    ("+CUSD:", _cusd),
    ("+RXDTMF:", _key),
    ("+DTMF:", _key),
    ("+QTONEDET:", _key),
    ("^DDTMF:", _key),
    ("+QPCMV:", _flow),
    ("VOICE CALL:", _voice_call),
    ("MISSED_CALL:", _ended),
    ("^CEND:", _ended),
    ("HANGUP:", _ended),
    ("+DISC:", _ended),
    ("+CMTI:", _sms),
    ("+CDSI:", _sms),
    ("+WIND: 6", _ended),
)
# Lines that need no event; naming them keeps them out of a free-text reply such as AT+CGMM's.
_QUIET = (
    *("+CREG:", "+CEREG:", "+CGREG:", "+CIREG:", "+CSQ", "+CSSI:"),
    *("+CGEV:", "+CTZ", "*PSUTTZ:", "*ATREADY", "RDY", "START", "SMS DONE", "PB DONE", "+CPIN:"),
    *("+QUSIM:", "^ORIG:", "^CONF:", "^CONN:", "^CIEV:", "+CIEV:", "+WIND:", "+MSTK:"),
    *("CONNECT", "+CNSMOD:", "DST:", "OPL UPDATING", "PNN UPDATING", "+STIN:", "^SIMST:"),
    *("^RSSI:", "^HCSQ:", "^MODE:", "^BOOT:", "^SRVST:", "^SMMEMFULL:", "+CFUN:", "POWERED DOWN"),
)
