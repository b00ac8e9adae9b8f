"""Every line of a collection of modem lines kept beside the project means what it says there.

The collection is a table (family, command, raw lines, meaning, source) that is not part of the
project: the test takes it from HOTLINE_AT_LINES, else from ../shared/at_lines.tsv beside the
checkout, and says so when there is none. The project's own lines are in tests/transcripts/.
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.answering import at_lines, registration, ussd, volte
from appliance.answering.at import Conversation, Tokenizer
from appliance.answering.at_fields import fields_of, unquote
from appliance.answering.call_rows import RING_OVER_S, CallRows
from appliance.answering.events import CallRow
from tests.answering.test_at import tell

BESIDE = Path(__file__).resolve().parents[3] / "shared" / "at_lines.tsv"
TABLE = Path(os.environ.get("HOTLINE_AT_LINES", BESIDE))
CALLS = ("Ringing", "CallerShown", "SecondCaller", "CallForwarded", "CallEndHinted", "KeyPressed")


@dataclass(frozen=True)
class Row:
    command: str
    raw: str
    meaning: str

    @property
    def printed(self) -> str:
        return self.raw.replace("\\r", "\r").replace("\\n", "\n") + "\r\n"

    @property
    def lines(self) -> list[str]:
        return Tokenizer().feed(self.printed.encode())

    def says(self, words: str) -> bool:
        return re.search(words, self.meaning) is not None


def rows() -> list[Row]:
    if not TABLE.is_file():
        return []
    cells = [line.split("\t") for line in TABLE.read_text("utf-8").splitlines()[1:]]
    return [Row(cell[1], cell[2], cell[3]) for cell in cells]


ROWS = rows()


def talk_of(row: Row) -> tuple[Conversation, list[str]]:
    """The row told to a Conversation that waits for its command, and what it made of it."""
    talk = Conversation()
    asked = row.command.startswith("AT") or row.command == "any"
    if asked:
        talk.begin("AT" if row.command == "any" else row.command)
    events = talk.feed(row.printed.encode())
    if asked and talk.reply is None and not row.says("no final OK"):
        events += talk.feed(b"\r\nOK\r\n")
    return talk, [tell(event) for event in events if type(event).__name__ in CALLS]


def reply_lines(row: Row) -> tuple[str, ...]:
    talk, _ = talk_of(row)
    assert talk.reply
    return talk.reply.lines


# ---------------------------------------------------------------- the network

ASKED_FORM_UNASKED = {  # these modems print n,stat although nobody asked
    "creg2 md400 unsolicited": 5,
    "cgreg2 x220 unsolicited": 1,
    "creg2 s8500 wave unsolicited": 1,
    "creg2 s8500 wave multidigit stat unsolicited": 11,
}


def check_registration_reply(row: Row) -> None:
    stat = re.match(r"\D*[0-9]+, *([0-9]+)", row.raw)
    assert stat
    assert at_lines.parse_registration(reply_lines(row)) == int(stat[1])


def check_registration_unasked(row: Row) -> None:
    for line in row.lines:
        first = re.match(r"\D*([0-9]+)", line)
        assert first
        expected = ASKED_FORM_UNASKED.get(row.meaning, int(first[1]))
        assert registration.stat_of(line) == expected
    assert talk_of(row)[1] == []


def check_operator(row: Row) -> None:
    expected = None if row.says("broken") else "Viettel Viettel" if row.says("LTE") else "TELE2"
    assert at_lines.parse_operator(reply_lines(row)) == expected


def check_volte(row: Row) -> None:
    lines = reply_lines(row)
    known = volte.parse_cireg(lines) if "CIREG" in row.command else volte.parse_qcfg_ims(lines)
    assert known is not row.says("not registered")


# ---------------------------------------------------------------- calls


def voice_calls(row: Row) -> list[CallRow]:
    """What an idle line makes of the list: rows of data are no calls."""
    found = at_lines.parse_calls(reply_lines(row))
    return [one.call for one in CallRows().calls(found, 0.0)]


def check_call_list(row: Row) -> None:
    calls = voice_calls(row)
    if row.says("BOTH rows mode 1"):
        assert calls == []
        assert new_after_a_ring(row) == [2]
    elif row.says("permanent LTE PS bearer|other manual revision"):
        assert [call.index for call in calls] == [2]
    elif row.says("three data rows"):
        assert [call.index for call in calls] == [3]
    elif row.says("skip"):
        assert calls == []
    else:
        check_one_call(row, *calls)


def new_after_a_ring(row: Row) -> list[int]:
    found = at_lines.parse_calls(reply_lines(row))
    seen = CallRows()
    idle_at = 2 * RING_OVER_S
    seen.learn(found[:1], idle_at)
    seen.ring(idle_at)
    return [one.call.index for one in seen.calls(found, idle_at)]


def check_one_call(row: Row, call: CallRow) -> None:
    printed = re.search(r'"(\+?[0-9A-F]+)",?', row.raw)
    if printed is None:  # nobody is told of, and that is not the same as withheld
        assert call.caller is None
        return
    assert call.caller
    assert call.caller.raw == printed[1]
    if row.says("hex letters|malformed"):
        assert call.caller.number is None
    elif row.says("00-prefixed") or printed[1].startswith("+"):
        assert call.caller.number == "+79139131234"


# ---------------------------------------------------------------- what comes unasked

UNASKED: tuple[tuple[str, list[str]], ...] = (
    ("FORWARDED to me", ["forwarded"]),
    ("no leading CRLF", ["ringing", "ringing", "caller +27820001234"]),
    ("with NO RING", ["ringing", "caller +38970349147"] * 2),
    ("toa 128 with a number", ["ringing", "caller 0955452980"]),
    ("incoming, toa 161", ["ringing", "ringing", "caller 18969188036"]),
    ("ringing, number unquoted", ["ringing", "caller unknown"]),
    ("incoming active|URC batch", []),
    ("incoming call", ["ringing"]),
    ("second call waiting", ["second caller 0987654321"]),
    ("CLIP with subaddr", ["ringing", "caller +481239823991"]),
    ("masked digits", ["ringing", "caller unknown"]),
    ("withheld number, short form", ["ringing", "ringing", "caller withheld"]),
    ("withheld number", ["ringing", "caller withheld"]),
    (r"received DTMF ([0-9*#A-D])", []),  # the key stands in the meaning
    ('DTMF "8" as ASCII', ["key 8"]),
    ("received DTMF", ["key 5"]),
    ("call ended|gave up|missed call|without the space|call released", ["end hinted"]),
    (r"^released|^ended:", ["end hinted"]),
    ("state 6, NO CARRIER, END|^remote hang-up", ["end hinted", "end hinted"]),
    ("connected|originated|remote ringing|answered|created|alerting", []),
    ("new SMS|signal change|AUTOCSQ report|boot URC burst", []),
)


def check_unasked(row: Row) -> None:
    told = talk_of(row)[1]
    for words, expected in UNASKED:
        found = re.search(words, row.meaning)
        if found:
            assert told == ([f"key {found[1]}"] if found.groups() else expected)
            return
    raise AssertionError(f"no meaning known for {row}")


def check_ussd(row: Row) -> None:
    (line,) = row.lines
    answer = ussd.parse(line.replace("...", ""))  # where the collection has cut a text
    assert answer
    mode = re.search("[0-9]", row.raw)
    assert mode
    assert answer.mode == int(mode[0])
    assert bool(answer.text) is not row.says("no text|not supported|unquoted")
    assert talk_of(row)[1] == []


# ---------------------------------------------------------------- results and other replies


def check_refused(row: Row) -> None:
    talk, _ = talk_of(row)
    assert talk.reply
    assert not talk.reply.final.ok
    assert talk.reply.final.code == (30 if row.says("network refused") else None)


def check_no_final(row: Row) -> None:
    talk, _ = talk_of(row)
    assert talk.reply is None
    assert at_lines.parse_cpin(row.lines) == "READY"


def check_captured_call(row: Row) -> None:
    talk, told = talk_of(row)
    assert talk.reply
    assert talk.reply.final.ok
    assert told == ["key 1", "end hinted", "end hinted"]


def check_kept_whole(row: Row) -> None:
    """Nothing in the box asks for it: it is kept for who does, and is no event."""
    talk, told = talk_of(row)
    assert talk.reply
    assert talk.reply.final.ok
    assert talk.reply.lines == tuple(line for line in row.lines if line != "OK")
    assert told == []


def check_own_number(row: Row) -> None:
    check_kept_whole(row)
    fields = fields_of(row.lines[0])
    if row.says("broken quoting"):
        assert fields is None
    elif not row.says("glued"):
        assert fields
        expected = "+79139131234" if row.meaning == "own number" else ""
        assert unquote(fields[1]) == expected


def check_forwarding(row: Row) -> None:
    check_kept_whole(row)
    fields = fields_of(row.lines[0])
    assert fields
    assert fields[0] == ("0" if row.says("not active") else "1")


# command, meaning, check: the first that fits
CHECKS: tuple[tuple[str, str, Callable[[Row], None]], ...] = (
    (r"AT\+C[EG]?REG\?", "", check_registration_reply),
    (r"URC \+C[EG]?REG", "", check_registration_unasked),
    ("", "non-standard final|error text|textual CME|network refused", check_refused),
    ("", "no final OK", check_no_final),
    (r"AT\+COPS\?", "", check_operator),
    (r'AT\+CIREG|AT\+QCFG="ims"', "", check_volte),
    (r"AT\+CLCC", "", check_call_list),
    ("ATD", "", check_captured_call),
    (r"AT\+CNUM", "", check_own_number),
    (r"AT\+CCFC", "", check_forwarding),
    ("AT", "", check_kept_whole),
    ("", "USSD", check_ussd),
    ("URC|boot", "", check_unasked),
)


@pytest.mark.skipif(not ROWS, reason=f"no collection of lines at {TABLE}")
@pytest.mark.parametrize(
    "row", ROWS or [None], ids=lambda row: row and f"{row.command} {row.meaning[:40]}"
)
def test_a_line_of_the_collection_means_what_it_says_there(row: Row) -> None:
    for command, meaning, check in CHECKS:
        if re.match(command, row.command) and row.says(meaning):
            check(row)
            return
    raise AssertionError(f"no check for {row}")
