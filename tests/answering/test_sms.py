"""Text messages: decoded from any bytes, told apart, joined in any order."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.answering import pdu
from appliance.answering.at import Conversation
from appliance.answering.events import Event, Ringing, SmsArrived
from appliance.answering.sms import GAP, PARTS_WAIT_S, Joiner, Kind, SmsRead
from tests.fakes.sms import GSM7, TIME_EPOCH_S, Place, deliver, parts, report

PERSON = "+84912345678"
LETTERS = "".join(sorted(set(GSM7) - {"\x1b"}))
HOSTILE = 'chay\r\nRING\r\n\r\n+CLIP: "0912345678",129\r\n\r\nOK\r\nNO CARRIER\r\n> '
gsm7 = st.text(LETTERS, max_size=153)
words = st.text(max_size=60)  # hypothesis makes no lone surrogates here


def read(*lines: str, room: int = 99) -> list[SmsRead]:
    joiner = Joiner(room)
    for place, line in enumerate(lines):
        joiner.add(pdu.decode(place, line), 0.0)
    return joiner.take_ready(0.0)


# ---------------------------------------------------------------- decoding


@given(gsm7)
def test_a_text_of_the_phone_alphabet_is_read_as_it_was_written(text: str) -> None:
    (sms,) = read(deliver(PERSON, text))
    assert (sms.kind, sms.sender.number, sms.text) == (Kind.PERSON, "0912345678", text)
    assert sms.sent_at == TIME_EPOCH_S


@given(words)
def test_a_text_of_any_letters_is_read_as_it_was_written(text: str) -> None:
    (sms,) = read(deliver(PERSON, text, ucs2=True))
    assert sms.text == text


@given(gsm7.filter(bool), st.booleans())
def test_no_letter_is_lost_behind_a_header(text: str, wide: bool) -> None:
    part = pdu.decode(1, deliver(PERSON, text, Place(200, 1, 2, wide)))
    assert (part.text, part.reference, part.number, part.parts) == (text, 200, 1, 2)


@pytest.mark.parametrize(
    "escaped", [("\x1be", "€"), ("\x1b(", "{"), ("a\x1bb", "ab"), ("a\x1b", "a")]
)
def test_a_letter_behind_an_escape_is_read_and_a_lone_escape_hides_nothing(
    escaped: tuple[str, str],
) -> None:
    (sms,) = read(deliver(PERSON, escaped[0]))
    assert (sms.kind, sms.text) == (Kind.PERSON, escaped[1])


@pytest.mark.parametrize(
    ("coding", "text"),
    [("E0", "cháy"), ("18", "cháy"), ("48", "cháy"), ("F1", "chay"), ("C8", "chay")],
)
def test_every_group_of_codings_is_read(coding: str, text: str) -> None:
    made = deliver(PERSON, text)
    plain = "08" if text == "cháy" else "00"
    (sms,) = read(made.replace(f"00{plain}6211", f"00{coding}6211"))
    assert (sms.kind, sms.text) == (Kind.PERSON, text)


@given(st.binary(max_size=200))
def test_bytes_that_are_no_message_are_kept_as_hex_and_raise_nothing(data: bytes) -> None:
    part = pdu.decode(7, data.hex())
    assert part.stamp.place == 7
    if part.kind is Kind.UNREADABLE:
        assert part.text == data.hex()


@given(st.data())
def test_a_message_cut_or_changed_anywhere_raises_nothing(data: st.DataObject) -> None:
    whole = bytearray.fromhex(deliver(PERSON, "chay nha o ban Pho", Place(3, 1, 2, True)))
    for _ in range(data.draw(st.integers(0, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = whole[: data.draw(st.integers(0, len(whole)))]
    for sms in read(cut.hex()):
        json.dumps(sms.text, ensure_ascii=False).encode()


def test_half_a_character_does_not_break_what_is_stored() -> None:
    (sms,) = read(deliver(PERSON, "\ud83d", ucs2=True))
    assert sms.text == "\ufffd"


# ---------------------------------------------------------------- kinds


@pytest.mark.parametrize(
    ("sender", "kind"),
    [
        (PERSON, Kind.PERSON),
        ("0912345678", Kind.PERSON),
        ("+8562055512345", Kind.PERSON),
        ("+842143888999", Kind.PERSON),
        ("VIETTEL", Kind.SERVICE),
        ("CSKH_VTEL", Kind.SERVICE),
        ("191", Kind.SERVICE),
        ("195", Kind.SERVICE),
        ("9029", Kind.SERVICE),
        ("18008098", Kind.SERVICE),
    ],
)
def test_a_person_is_told_from_the_operator(sender: str, kind: Kind) -> None:
    (sms,) = read(deliver(sender, "xin chào"))
    assert sms.kind is kind


def test_a_delivery_report_is_no_message() -> None:
    (sms,) = read(report(PERSON))
    assert (sms.kind, sms.sender.number) == (Kind.REPORT, "0912345678")


# ---------------------------------------------------------------- joining


@given(st.text("aăâbcdđeêghiklmnoôơpqrstuưvxy ", min_size=68, max_size=400), st.data())
def test_parts_in_any_order_are_one_message(text: str, data: st.DataObject) -> None:
    made = parts(PERSON, text, 9, wide=data.draw(st.booleans()))
    order = data.draw(st.permutations(made))
    (sms,) = read(*order)
    assert (sms.text, sms.missing) == (text, ())
    assert {stamp.place for stamp in sms.stamps} == set(range(len(made)))


def test_a_character_cut_in_two_by_the_parts_is_whole_again() -> None:
    (sms,) = read(
        deliver(PERSON, "cháy \ud83d", Place(1, 1, 2), ucs2=True),
        deliver(PERSON, "\udd25", Place(1, 2, 2), ucs2=True),
    )
    assert sms.text == "cháy 🔥"


def test_parts_of_two_senders_with_one_reference_stay_apart() -> None:
    mine, its = (
        parts(sender, letter * 160, 9) for sender, letter in ((PERSON, "a"), ("+84987654321", "b"))
    )
    texts = [sms.text for sms in read(mine[0], its[0], mine[1], its[1])]
    assert texts == ["a" * 160, "b" * 160]


def test_a_reference_used_again_at_once_joins_nothing_wrong() -> None:
    first, again = parts(PERSON, "a" * 160, 9), parts(PERSON, "b" * 160, 9)
    texts = [sms.text for sms in read(first[0], again[0], first[1], again[1])]
    assert sorted(texts) == ["a" * 153 + "a" * 7, "b" * 153 + "b" * 7]


def test_a_part_delivered_twice_counts_once_and_leaves_the_sim_twice() -> None:
    one, two = parts(PERSON, "a" * 160, 9)
    (sms,) = read(one, one, two)
    assert sms.text == "a" * 160
    assert [stamp.place for stamp in sms.stamps] == [0, 1, 2]


def test_a_lost_part_is_waited_for_and_then_the_rest_is_shown() -> None:
    joiner = Joiner(99)
    one, _, three = parts(PERSON, "a" * 153 + "b" * 153 + "c", 9)
    joiner.add(pdu.decode(1, three), 0.0)
    joiner.add(pdu.decode(2, one), 60.0)
    assert joiner.take_ready(PARTS_WAIT_S - 1) == []
    assert joiner.due == PARTS_WAIT_S
    (sms,) = joiner.take_ready(PARTS_WAIT_S)
    assert (sms.text, sms.missing, sms.parts) == ("a" * 153 + GAP + "c", (2,), 3)
    assert joiner.due is None


def test_a_sim_that_fills_up_with_parts_is_emptied_oldest_first() -> None:
    lost = [parts(PERSON, "a" * 160, reference)[0] for reference in range(4)]
    (sms,) = read(*lost, room=3)
    assert sms.stamps[0].place == 0


def test_a_part_that_was_stored_before_is_forgotten() -> None:
    joiner = Joiner(99)
    joiner.add(pdu.decode(5, parts(PERSON, "a" * 160, 9)[0]), 0.0)
    joiner.drop(5)
    assert joiner.places == set()


# ---------------------------------------------------------------- what the modem prints


def events_of(printed: str) -> list[Event]:
    talk = Conversation()
    return talk.feed(printed.encode("ascii"))


@pytest.mark.parametrize("line", ['+CMTI: "SM",3', '+CMTI:"ME", 3', '+CDSI: "SM",3'])
def test_the_word_that_a_message_came_names_its_place(line: str) -> None:
    assert events_of(f"\r\n{line}\r\n") == [SmsArrived(3)]


@pytest.mark.parametrize(
    "line", ['+CMTI: "SM"', '+CMTI: "SM",RING', "+CMTI: ,,", '+CMTI: "SM",123456']
)
def test_a_torn_word_is_none(line: str) -> None:
    assert events_of(f"\r\n{line}\r\n") == []


@pytest.mark.parametrize("command", ["AT+CMGR=1", "AT+CMGL=4", None])
def test_the_text_of_a_message_is_never_a_line_of_the_modem(command: str | None) -> None:
    for line in (deliver(PERSON, HOSTILE), deliver(PERSON, f"á{HOSTILE}")):
        talk = Conversation()
        if command:
            talk.begin(command)
        printed = f'\r\n+CMGR: 0,"",{len(line) // 2}\r\n{line}\r\n\r\nOK\r\n'
        assert talk.feed(printed.encode("ascii")) == []
        (sms,) = read(line)
        assert sms.text.removeprefix("á") == HOSTILE
        if command:
            assert talk.reply is not None
            assert line in talk.reply.lines


def test_a_ring_while_messages_are_listed_is_heard() -> None:
    talk = Conversation()
    talk.begin("AT+CMGL=4")
    line = deliver(PERSON, "xin chào")
    printed = f"\r\n+CMGL: 1,0,,{len(line) // 2}\r\n{line}\r\n\r\nRING\r\n\r\nOK\r\n"
    assert talk.feed(printed.encode("ascii")) == [Ringing()]
    assert talk.reply is not None
    assert talk.reply.lines[-1] == line
