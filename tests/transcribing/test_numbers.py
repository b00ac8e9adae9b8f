"""Spoken numbers become digits beside the words, and nothing is invented."""

import re
import unicodedata
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.transcribing.number_words import WORDS
from appliance.transcribing.numbers import find_numbers
from appliance.vietnamese import fold
from tests.transcribing.marked_text import Phrase, phrases

PHRASES = [
    each for half in ("tuning", "kept_apart") for each in phrases(f"spoken_numbers/{half}.txt")
]
DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
KINDS = {"phone", "house", "time", "plate", "date", "age", "number"}
VALUE = re.compile(
    r"\+?[0-9]+(?:[.,/:][0-9]+)*(?: tháng|[A-D])?"
    r"|[0-9]{2}(?:[A-ZĐ]-[0-9.]{4,6}|-[A-ZĐ]{1,2}[0-9]? [0-9.]{4,6})"
)
# Without tone marks these readings lose their exact kind or the half of the day ("tối" is "tôi"):
# what is still certain is shown, on the same words or fewer.
WEAKER = {
    ("phone", "09123456789"): ("phone", "0923456789"),  # "muoi": 0 9 12 or 0 92; one can be dialled
    ("house", "12B"): ("house", "12"),
    ("house", "19"): ("number", "19"),
    ("house", "14"): ("number", "14"),
    ("plate", "29C-034.56"): ("number", "29"),  # "xê" is "xe"
    ("time", "19:30"): ("time", "7:30"),
    ("time", "23:30"): ("time", "11:30"),
    ("time", "00:00"): ("time", "12:00"),
    ("time", "02:00"): ("time", "2:00"),
    ("time", "23:55"): ("time", "11:55"),
    ("time", "22:00"): ("time", "10:00"),
}


def read(words: Sequence[str]) -> list[tuple[int, int, str]]:
    return [(r.first, r.last, f"{r.kind} {r.value}") for r in find_numbers(words)]


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda each: " ".join(each.words))
def test_a_phrase_has_its_readings_and_no_other(phrase: Phrase) -> None:
    assert read(phrase.words) == phrase.marks


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda each: " ".join(each.words))
def test_decomposed_or_capital_letters_read_the_same(phrase: Phrase) -> None:
    apart = [unicodedata.normalize("NFD", word) for word in phrase.words]
    assert read(apart) == phrase.marks
    assert read([word.upper() for word in phrase.words]) == phrase.marks


def test_without_tone_marks_five_of_six_readings_stay_and_none_turns_into_another() -> None:
    wanted = kept = 0
    for phrase in PHRASES:
        found = find_numbers([fold(word) for word in phrase.words])
        right = {tuple(mark.what.split(" ", 1)) for mark in phrase.marks}
        weaker = {WEAKER[each] for each in right if each in WEAKER}
        stray = {(r.kind, r.value) for r in found} - right - weaker - {("number", "03456")}
        assert not stray, " ".join(phrase.words)
        wanted += len(phrase.marks)
        kept += sum((r.first, r.last, f"{r.kind} {r.value}") in phrase.marks for r in found)
    assert kept / wanted > 5 / 6


SAID = [word for words in WORDS.values() for word in words.split()]
WRITTEN = ["0912345678", "12", "7h30", "24b1", "20/11", "+84", "2025", "9" * 5000, "²", "٣", ""]
WORD = st.one_of(
    st.sampled_from(SAID),
    st.sampled_from([fold(word) for word in SAID]),
    st.sampled_from(WRITTEN),
    st.text(max_size=6),
)


@given(st.lists(WORD, max_size=40))
def test_whatever_is_said_readings_are_in_order_and_made_of_digits(words: list[str]) -> None:
    before = -1
    for reading in find_numbers(words):
        assert before < reading.first <= reading.last < len(words)
        assert reading.kind in KINDS
        assert VALUE.fullmatch(reading.value), reading
        before = reading.last


@given(st.text("0123456789", min_size=8, max_size=8))
def test_any_mobile_number_said_digit_by_digit_is_read_back(rest: str) -> None:
    words = ["số", *(DIGITS[int(digit)] for digit in "09" + rest), "nhé"]
    assert read(words) == [(1, 10, f"phone 09{rest}")]


@given(st.integers(0, 99), st.integers(1, 9), st.integers(10, 99))
def test_amounts_are_worth_what_is_said(hundreds: int, units: int, tens: int) -> None:
    amount = 1_000_000 * tens + 1000 * (100 * units + hundreds)
    said = f"{spoken(tens)} triệu {spoken(units)} trăm {spoken(hundreds, after=True)} nghìn"
    assert [r.value for r in find_numbers(said.split())] == [f"{amount:,}".replace(",", ".")]


def spoken(number: int, *, after: bool = False) -> str:
    """Say 0 to 99 as people do; after a hundred, 0 is left out and 5 is "linh năm"."""
    tens, unit = divmod(number, 10)
    if tens == 0:
        return f"linh {DIGITS[unit]}" * (unit > 0) if after else DIGITS[unit]
    ten = "mười" if tens == 1 else f"{DIGITS[tens]} mươi"
    if unit == 0:
        return ten
    last = {5: "lăm", 1: "một" if tens == 1 else "mốt"}.get(unit, DIGITS[unit])
    return f"{ten} {last}"
