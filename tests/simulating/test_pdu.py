"""The software modem's PDUs, held against python-gsmmodem-new's coder: two that never met."""

import datetime
import importlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.simulating import gsm7, pdu

library: Any = importlib.import_module("gsmmodem.pdu")

HANOI = datetime.timezone(datetime.timedelta(hours=7))
NOW = datetime.datetime(2026, 11, 25, 7, 30, 59, tzinfo=HANOI)
NUMBERS = st.from_regex(r"\+84[0-9]{9}", fullmatch=True)
# the library reads code 0x5F as a grave accent (23.038: a section sign) and does not know \f
SEVEN_BIT = st.text(sorted(set(gsm7.BASIC + "^{}\\[~]|€") - set("§\x1b\x00")), min_size=1)
VIETNAMESE = st.text("ăâđêôơưàảãáạ ABCxyz0123456789\n", min_size=1, max_size=400)


def by_library(pdus: list[str]) -> str:
    """The text that the library joins from the parts."""
    return "".join(library.decodeSmsPdu(one)["text"] for one in pdus)


@given(NUMBERS, SEVEN_BIT | VIETNAMESE)
def test_the_library_reads_what_the_network_delivers(number: str, text: str) -> None:
    pdus = pdu.deliver(number, text, NOW, 7)
    assert by_library(pdus) == text
    for which, one in enumerate(pdus, 1):
        read = library.decodeSmsPdu(one)
        assert (read["type"], read["number"]) == ("SMS-DELIVER", number)
        assert read["time"] == NOW
        assert read["tpdu_length"] == pdu.length(one) <= 164
        if len(pdus) > 1:
            part = read["udh"][0]
            assert (part.reference, part.parts, part.number) == (7, len(pdus), which)


@given(NUMBERS, SEVEN_BIT | VIETNAMESE, st.booleans())
def test_the_network_reads_what_the_library_submits(number: str, text: str, report: bool) -> None:
    made = library.encodeSmsSubmitPdu(number, text, reference=9, requestStatusReport=report)
    read = [pdu.read_submit(str(one)) for one in made]
    assert "".join(message.text for message, _ in read) == text
    for which, (message, length) in enumerate(read, 1):
        assert (message.number, message.report_wanted) == (number, report)
        assert message.part == ((9, len(made), which) if len(made) > 1 else None)
        assert length == made[which - 1].tpduLength


@pytest.mark.parametrize(
    ("text", "parts"),
    [("a" * 160, 1), ("a" * 161, 2), ("€" * 80, 1), ("€" * 81, 2), ("ạ" * 70, 1), ("ạ" * 71, 2)],
)
def test_a_text_has_as_many_parts_as_on_a_telephone(text: str, parts: int) -> None:
    assert len(pdu.deliver("+84912345678", text, NOW, 1)) == parts


def test_no_character_is_torn_between_two_parts() -> None:
    torn = "a" + "😀" * 40  # two UTF-16 units each: the 67th is the first half of one
    bodies = [bytes.fromhex(one) for one in pdu.deliver("191", torn, NOW, 1)]
    for body in bodies:
        body.partition(b"\x05\x00\x03\x01\x02")[2][1:].decode("utf-16-be")
    euros = pdu.deliver("191", "a" * 152 + "€" * 5, NOW, 1)
    assert by_library(euros) == "a" * 152 + "€" * 5


@pytest.mark.parametrize("text", ["ạ" * 140, "b" + "a" * 310])
def test_parts_may_be_counted_by_a_wide_reference(text: str) -> None:
    """Our own reading of them: the library loses the first letter behind a header without fill."""
    joined = ""
    for which, one in enumerate(pdu.deliver("+84912345678", text, NOW, 300, is_wide=True), 1):
        assert bytes([6, 8, 4, 1, 44, 3, which]) in bytes.fromhex(one)
        sender, coding, data = one[18:34], one[34:38], one[52:]
        joined += pdu.read_submit(f"004100{sender}{coding}{data}")[0].text
    assert joined == text


@pytest.mark.parametrize("name", ["Viettel", "VNPT", "QC-abc_1"])
def test_a_sender_may_be_a_name(name: str) -> None:
    assert library.decodeSmsPdu(pdu.deliver(name, "x", NOW, 1)[0])["number"] == name


def test_a_report_says_which_message_arrived() -> None:
    read = library.decodeSmsPdu(pdu.status_report("+84912345678", 42, NOW))
    assert (read["type"], read["reference"], read["status"]) == ("SMS-STATUS-REPORT", 42, 0)
    assert read["time"] == read["discharge"] == NOW


@given(st.binary(max_size=40) | st.text(max_size=20))
def test_any_rubbish_is_refused_by_name(rubbish: bytes | str) -> None:
    text = rubbish if isinstance(rubbish, str) else rubbish.hex()
    try:
        pdu.read_submit(text)
    except pdu.NotAnSms:
        return


def test_a_text_without_end_is_refused() -> None:
    with pytest.raises(pdu.NotAnSms, match="255"):
        pdu.deliver("191", "a" * 153 * 256, NOW, 1)


@given(st.binary(max_size=200).map(lambda data: bytes(b & 0x7F for b in data)), st.integers(0, 6))
def test_packing_loses_nothing(septets: bytes, fill_bits: int) -> None:
    assert gsm7.unpack(gsm7.pack(septets, fill_bits), len(septets), fill_bits) == septets
