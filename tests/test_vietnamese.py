"""What counts as the same Vietnamese word."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from appliance.vietnamese import fold, fold_syllables, nfc, syllables


def test_tone_marks_and_the_crossed_d_fold_away() -> None:
    assert fold("ĐÁNH nhau ở đường Nguyễn Huệ") == "danh nhau o duong nguyen hue"


def test_both_unicode_spellings_are_one() -> None:
    word = "trộm xe đêm qua"
    apart = unicodedata.normalize("NFD", word)
    assert nfc(apart) == nfc(word)
    assert syllables(apart) == syllables(word) == ["trộm", "xe", "đêm", "qua"]
    assert fold(apart) == fold(word)


def test_punctuation_parts_syllables_and_is_dropped() -> None:
    found = syllables("Cháy! Nhà số 12/3, thôn Pho...")
    assert found == ["cháy", "nhà", "số", "12", "3", "thôn", "pho"]


def test_another_script_stays_whole() -> None:
    assert fold("경찰 도와주세요") == "경찰 도와주세요"


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    once = fold_syllables(text)
    assert fold_syllables(" ".join(once)) == once
