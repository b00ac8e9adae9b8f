"""What lines mean: captured transcripts, hostile text, and bytes chopped anywhere."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.answering import at_lines
from appliance.answering.at import LINE_MAX, PROMPT, Conversation, Tokenizer
from appliance.answering.events import (
    CallEndHinted,
    CallerId,
    CallerShown,
    CallForwarded,
    Event,
    FlowAsked,
    KeyPressed,
    Ringing,
    SecondCaller,
    SmsArrived,
    UssdAnswered,
)

TRANSCRIPTS = Path(__file__).parent.parent / "transcripts"


class Case:
    def __init__(self, name: str, block: str) -> None:
        lines = [line for line in block.splitlines() if not line.startswith("#")]
        self.name = name
        self.command = next((line[2:] for line in lines if line.startswith("> ")), "")
        printed = next(line[2:] for line in lines if line.startswith("< "))
        quoted = printed.replace("'", "\\'")
        self.printed: bytes = ast.literal_eval(f"b'{quoted}'")
        self.meaning = [line[2:] for line in lines if line.startswith("= ")]


def cases() -> Iterator[Case]:
    for path in sorted(TRANSCRIPTS.glob("*.txt")):
        blocks = path.read_text("utf-8").strip("\n").split("\n\n")
        for count, block in enumerate(blocks, 1):
            yield Case(f"{path.stem}-{count}", block)


CASES = list(cases())


def tell_caller(caller: CallerId) -> str:
    unknown = {0: "unknown", 1: "withheld", 2: "unavailable"}[caller.validity]
    return caller.number or unknown


def tell(event: Event) -> str:
    match event:
        case Ringing():
            return "ringing"
        case CallerShown(caller):
            return f"caller {tell_caller(caller)}"
        case SecondCaller(caller):
            return f"second caller {tell_caller(caller)}"
        case CallForwarded():
            return "forwarded"
        case CallEndHinted():
            return "end hinted"
        case KeyPressed(key):
            return f"key {key}"
        case FlowAsked(may_send):
            return f"sound may {'be sent' if may_send else 'not be sent'}"
        case SmsArrived(place):
            return f"message in place {place}"
        case UssdAnswered(mode, text):
            return f"operator answers {mode} {text}".rstrip()
    raise AssertionError(event)


def tell_reply(talk: Conversation) -> list[str]:
    reply = talk.reply
    if reply is None:
        return []
    told = []
    if "REG?" in reply.command:
        told = [f"stat {at_lines.parse_registration(reply.lines)}"]
    elif reply.command == "AT+CLCC":
        for row in at_lines.parse_calls(reply.lines):
            caller = row.call.caller
            told.append(
                f"call {row.call.index} dir {row.call.direction.value} stat {row.call.stat.value} "
                f"mode {row.mode} number {(caller.raw if caller else '') or '-'}"
            )
    else:
        told = [f"reply {line}" for line in reply.lines]
    return [*told, "ok" if reply.final.ok else f"failed {reply.final.text}"]


def meaning_of(case: Case, *pieces: bytes) -> list[str]:
    talk = Conversation()
    if case.command:
        talk.begin(case.command)
    told: list[str] = []
    replied = False
    for piece in pieces:
        for byte in piece:
            told += [tell(event) for event in talk.feed(bytes([byte]))]
            if talk.reply and not replied:
                replied = True
                told += tell_reply(talk)
    return told


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_captured_transcript_means_what_it_meant(case: Case) -> None:
    assert meaning_of(case, case.printed) == case.meaning


def test_enough_transcripts_are_read() -> None:
    assert len(CASES) > 120


# ---------------------------------------------------------------- chopping and garbage

scraps = st.one_of(
    st.binary(max_size=30),
    st.sampled_from([case.printed for case in CASES]),
    st.sampled_from([b"\r", b"\n", b"\r\n", b"> ", b'"', b"\0", b"RING", b"OK", b"+CLIP: "]),
)


@given(st.lists(scraps, max_size=8), st.data())
def test_chopped_bytes_make_the_same_lines_and_events(
    parts: list[bytes], data: st.DataObject
) -> None:
    stream = b"".join(parts)
    cut = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    pieces = [stream[a:b] for a, b in zip([0, *cut], [*cut, len(stream)], strict=True)]
    chopped, whole = Tokenizer(), Tokenizer()
    assert [line for piece in pieces for line in chopped.feed(piece)] == whole.feed(stream)
    one, other = Conversation(), Conversation()
    one.begin("AT+CLCC")
    other.begin("AT+CLCC")
    assert [event for piece in pieces for event in one.feed(piece)] == other.feed(stream)
    assert one.reply == other.reply


@given(st.lists(scraps, max_size=6), st.sampled_from(["AT+CSQ", "ATA", "AT+CMGS=9", "AT+CGMM"]))
def test_no_bytes_raise_and_the_next_ring_is_heard(parts: list[bytes], command: str) -> None:
    talk = Conversation()
    talk.begin(command)
    talk.feed(b"".join(parts))
    rings = [event for _ in range(6) for event in talk.feed(b"\r\nRING\r\n")]
    assert Ringing() in rings


@given(st.text(max_size=300))
def test_no_line_raises_whatever_it_holds(text: str) -> None:
    for prefix in ("", "+CLIP: ", "+CLCC: ", "+CCWA: ", "+CREG: ", "+CSQ: ", "+COPS: ", "+CSSU:"):
        line = prefix + text
        at_lines.events_of(line)
        at_lines.final_of(line, "ATA")
        at_lines.parse_calls([line])
        at_lines.parse_registration([line])
        at_lines.parse_csq([line])
        at_lines.parse_cpin([line])
        at_lines.parse_operator([line])
        at_lines.parse_spic([line])


# ---------------------------------------------------------------- hostile text

HOSTILE = [
    "<script>alert(1)</script>",
    "'; DROP TABLE calls; --",
    "09\x0012345678",
    "\u202e0912345678",
    "9" * 5000,
    "=cmd()",
    "RING",
    "\ufffd" * 100,
    '09","12',
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:12]))
def test_a_hostile_number_is_one_unknown_caller(text: str) -> None:
    talk = Conversation()
    events = talk.feed(f'\r\n+CLIP: "{text}",129,"{text}"\r\n'.encode())
    assert [type(event) for event in events] == [Ringing, CallerShown]
    caller = next(event.caller for event in events if isinstance(event, CallerShown))
    assert caller.number is None
    assert len(caller.raw) <= 64
    assert caller.raw.isprintable()


@pytest.mark.parametrize("line", ["NO CARRIER", "+RXDTMF: 5", "RING", "+CSSU: 0", '+CMTI: "SM",1'])
def test_a_line_end_inside_a_callers_name_makes_no_event(line: str) -> None:
    talk = Conversation()
    printed = f'\r\n+CLIP: "0912345678",129,"",0,"x\r\n{line}\r\ny",0\r\n'
    assert [tell(event) for event in talk.feed(printed.encode())] == ["ringing", "caller unknown"]
    assert talk.feed(b"\r\nNO CARRIER\r\n") == [CallEndHinted("NO CARRIER")]


def test_a_quote_eaten_by_noise_silences_few_lines_only() -> None:
    talk = Conversation()
    talk.feed(b'\r\n+CLIP: "0912345678,129\r\n')
    heard = [bool(talk.feed(b"\r\nRING\r\n")) for _ in range(6)]
    assert heard == [False] * 4 + [True] * 2


def test_a_torn_text_does_not_swallow_the_result_of_a_command() -> None:
    talk = Conversation()
    talk.begin("ATA")
    talk.feed(b'\r\n+CLIP: "0912345678,129\r\n\r\nOK\r\n')
    assert talk.reply
    assert talk.reply.final.ok


def test_an_endless_line_is_cut_and_does_not_fill_the_memory() -> None:
    tokens = Tokenizer()
    for _ in range(100):
        assert tokens.feed(b"x" * 1000) == []
    assert [len(line) for line in tokens.feed(b"\r\nRING\r\n")] == [LINE_MAX, 4]


def test_the_prompt_is_heard_without_a_line_end() -> None:
    assert Tokenizer().feed(b"\r\n> ") == [PROMPT]


def test_a_late_ok_is_not_taken_for_an_answer_that_must_have_a_line() -> None:
    talk = Conversation()
    talk.begin("AT+CSQ", needs_line=True)
    talk.feed(b"\r\nOK\r\n")
    assert talk.reply is None
    talk.feed(b"\r\n+CSQ: 20,99\r\n\r\nOK\r\n")
    assert talk.reply
    assert talk.reply.lines == ("+CSQ: 20,99",)


def test_a_caller_given_up_on_leaves_nothing_to_the_next_command() -> None:
    talk = Conversation()
    talk.begin("AT+CGMM")
    talk.feed(b"\r\nhalf\r\n")
    talk.abandon()
    assert talk.feed(b"\r\nOK\r\n") == []
    talk.begin("AT")
    talk.feed(b"\r\nOK\r\n")
    assert talk.reply
    assert talk.reply.lines == ()


# ---------------------------------------------------------------- figures


@pytest.mark.parametrize(
    ("line", "dbm"), [("+CSQ: 0,0", -113), ("+CSQ: 31,99", -51), ("+CSQ: 99,99", None)]
)
def test_signal_is_told_in_dbm(line: str, dbm: int | None) -> None:
    assert at_lines.parse_csq([line]) == dbm


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ('+COPS: 0,0,"TELE2",0', "TELE2"),
        ("+COPS: 0,0,TELE2,0", "TELE2"),
        ('+COPS: 0,0,"TELE2,0', None),
        ('+COPS: 0,0,"Viettel Viettel",7', "Viettel Viettel"),
        ("+COPS: 0", None),
    ],
)
def test_the_operator_is_read_from_any_quoting(line: str, name: str | None) -> None:
    assert at_lines.parse_operator([line]) == name


@pytest.mark.parametrize(
    ("line", "state"),
    [("+CPIN: READY", "READY"), ("+CPIN:SIM PIN", "SIM PIN"), ("+CPIN: <x>", None)],
)
def test_the_sims_lock_is_read(line: str, state: str | None) -> None:
    assert at_lines.parse_cpin([line]) == state


def test_pin_tries_are_read() -> None:
    assert at_lines.parse_spic(["+SPIC: 3,10,0,10"]) == 3
    assert at_lines.parse_spic(["+SPIC: soon"]) is None


@pytest.mark.parametrize(
    ("line", "may_send"), [("+QPCMV: 0,0", False), ("+QPCMV: 1,0", True), ("+QPCMV:0,0", False)]
)
def test_a_modem_that_is_full_asks_for_no_more_sound(line: str, may_send: bool) -> None:
    assert at_lines.events_of(line) == (FlowAsked(may_send),)


@pytest.mark.parametrize("line", ["+QPCMV: 1,2", "+QPCMV: 2,0", "+QPCMV: 0", "+QPCMV: (0,1),(0-2)"])
def test_other_lines_about_the_sound_are_known_and_ask_for_nothing(line: str) -> None:
    assert at_lines.events_of(line) == ()


def test_the_reply_to_a_question_about_the_sound_is_no_such_wish() -> None:
    talk = Conversation()
    talk.begin("AT+QPCMV?")
    assert talk.feed(b"+QPCMV: 0,0\r\nOK\r\n") == []
