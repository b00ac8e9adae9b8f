"""An operator's answer to a code, in every way in which modems print it, and the money in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.answering import credit, ussd
from appliance.answering.at import Conversation
from appliance.answering.events import Ringing, UssdAnswered

TEXT = "TKG: 12.345d, HSD: 0h ngay 01/02/2027."


def packed(text: str) -> str:
    """As a network packs it: 23.038 6.1.2.3.1."""
    bits = sum(ussd.ALPHABET.index(c) << 7 * i for i, c in enumerate(text))
    return bits.to_bytes((7 * len(text) + 7) // 8, "little").hex().upper()


def events(text: str) -> list[object]:
    return list(Conversation().feed(text.encode("ascii", "replace")))


@pytest.mark.parametrize("dcs", ["15", "72", "0"])
@pytest.mark.parametrize(
    "printed",
    [TEXT, TEXT.encode("utf-16-be").hex(), TEXT.encode("utf-16-be").hex().upper(), packed(TEXT)],
)
def test_a_text_is_read_whatever_the_coding_scheme_says(printed: str, dcs: str) -> None:
    assert ussd.parse(f'+CUSD: 0,"{printed}",{dcs}') == ussd.Ussd(0, TEXT)


def test_vietnamese_in_ucs2_is_vietnamese() -> None:
    said = "Tài khoản gốc: 25.500đ"
    assert ussd.parse(f'+CUSD: 1,"{said.encode("utf-16-be").hex()}",72') == ussd.Ussd(1, said)


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("+CUSD: 2", ussd.Ussd(2, "")),
        ('+CUSD: 0,"12345678",15', ussd.Ussd(0, "12345678")),
        ('+CUSD: 0,"ABBA",15', ussd.Ussd(0, "ABBA")),
        ('+CUSD: 0,"first line', ussd.Ussd(0, "first line")),
        ("+CUSD: x", None),
        ("+CUSD:", None),
    ],
)
def test_short_torn_and_strange_answers(line: str, answer: ussd.Ussd | None) -> None:
    assert ussd.parse(line) == answer


@given(st.text(max_size=300))
def test_no_answer_however_strange_breaks_the_reader(text: str) -> None:
    ussd.parse(f"+CUSD: 0,{text}")
    ussd.decode(text)
    credit.read(text)


@given(st.text(st.sampled_from("".join(c for c in ussd.ALPHABET if c.isprintable())), min_size=8))
def test_what_the_network_packs_comes_out_again(text: str) -> None:
    octets = bytes.fromhex(packed(text))
    assert ussd._unpack(octets) == text.rstrip("@")


def test_the_lines_of_a_long_answer_can_neither_ring_nor_hang_up() -> None:
    said = events('\r\n+CUSD: 0,"TKG: 5.000d\r\nRING\r\nNO CARRIER\r\nbye",15\r\n\r\nRING\r\n')
    assert [type(event) for event in said] == [UssdAnswered, Ringing]


@pytest.mark.parametrize(
    ("text", "balance", "until"),
    [
        (TEXT, 12_345, "2027-02-01"),
        ("TK goc cua Quy khach la 15000 dong, su dung den 1-2-2027", 15_000, "2027-02-01"),
        ("Tài khoản gốc: 25.500đ. Hạn dùng 31/12/2026", 25_500, "2026-12-31"),
        ("So du: 1,234,567 VND", 1_234_567, None),
        ("TKG 0d, KM 5.000d", 0, None),
        ("Thue bao tra sau", None, None),
        ("Goi 4G con 3.5GB den 31/02/2027", None, None),
        ("HSD 01/01/1970", None, None),
        ("0912345678", None, None),
        ("", None, None),
    ],
)
def test_money_and_last_day_are_read_or_unknown(
    text: str, balance: int | None, until: str | None
) -> None:
    assert credit.read(text) == credit.Credit(balance, until)
