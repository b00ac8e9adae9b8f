"""What Whisper makes up is taken out, what callers really say stays: repeated words, numbers."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.transcribing.engine import Word
from appliance.transcribing.guards import (
    LEAST_TURNS,
    LONGEST_LOOP,
    LONGEST_NUMBER,
    Guarded,
    agreement,
    guard,
    is_wild,
)
from appliance.vietnamese import fold_syllables

FAREWELL = (
    "Hãy subscribe cho kênh Ghiền Mì Gõ để không bỏ lỡ những video hấp dẫn"  # made of silence
)
REPORT = (
    "Báo các anh công an, nhà tôi ở thôn Tân Tiến mất con trâu đực từ chiều tối qua, hàng xóm thấy"
    " hai người lạ đi xe máy không biển số dắt về phía cầu treo, nhờ các anh lên xem giúp tôi với."
)
PAPERS = (
    "alo cho tôi hỏi làm căn cước cho cháu mười bốn tuổi thì cần mang những giấy tờ gì và phải đến"
    " đâu trụ sở có làm việc vào thứ bảy hay không tôi cảm ơn"
)
SYLLABLES = st.sampled_from(["cháy", "chay", "nhà", "Nhà,", "ở", "đánh", "ba", "hai", "không", "9"])


def said(text: str, at: float = 0.0, *, length_s: float = 0.2) -> list[Word]:
    """Each word takes 0.25 s, of which it lasts length_s."""
    return [
        Word(word, at + 0.25 * n, at + 0.25 * n + length_s, 0.8)
        for n, word in enumerate(text.split())
    ]


def everywhere(words: list[Word]) -> list[tuple[float, float]]:
    return [(words[0].start, words[-1].end)] if words else []


def kept(text: str) -> str:
    """What is left of a text that was spoken from beginning to end."""
    words = said(text)
    return text_of(guard(words, everywhere(words)))


def text_of(guarded: Guarded) -> str:
    return " ".join(word.word for word in guarded.words)


def test_a_text_where_nobody_spoke_is_dropped() -> None:
    assert guard(said(FAREWELL), []) == Guarded((), len(FAREWELL.split()), 0)


def test_a_farewell_behind_the_last_word_is_dropped() -> None:
    report = said(REPORT)
    spans = everywhere(report)
    guarded = guard(report + said(FAREWELL, at=spans[0][1] + 2.0), spans)
    assert text_of(guarded) == REPORT
    assert (guarded.dropped, guarded.cut) == (len(FAREWELL.split()), 0)


@pytest.mark.parametrize(("start", "is_kept"), [(2.25, True), (2.35, False)])
def test_word_times_may_be_a_little_off(start: float, is_kept: bool) -> None:
    word = Word("vâng", start, start + 0.2, 0.9)
    assert guard([word], [(1.0, 2.0)]) == Guarded((word,) * is_kept, not is_kept, 0)


def test_a_word_between_two_stretches_of_speech_is_dropped() -> None:
    words = said("cháy", 0.5) + said("nhé", 3.0) + said("nhà", 6.0)
    assert text_of(guard(words, [(0.4, 0.8), (5.9, 6.3)])) == "cháy nhà"


@pytest.mark.parametrize(
    ("without_length", "are_kept"), [("ạ ơi", True), ("ạ ơi nhé", False), (FAREWELL, False)]
)
def test_words_without_a_sound_of_their_own_are_dropped_from_three_in_a_row(
    without_length: str, are_kept: bool
) -> None:
    report, extra = said(REPORT), said(without_length, 1.0, length_s=0.0)
    guarded = guard(report[:4] + extra + report[4:], everywhere(report))
    assert list(guarded.words) == report[:4] + extra * are_kept + report[4:]
    assert guarded.dropped == len(extra) * (not are_kept)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Ghiền Mì Gõ " * 30, "Ghiền Mì Gõ"),
        ("tôi tôi tôi tôi ở đây", "tôi ở đây"),
        ("Cháy nhà, cháy nhà! Chạy nhá. ở đây", "Cháy nhà, ở đây"),  # tones are often misheard
        ("a b a b a b c a b a b a b c a b a b a b c", "a b c"),  # a loop of loops
        ("ở ở ở ở bản bản bản Pho", "ở bản Pho"),
        ("một hai ba bốn năm sáu bảy tám chín mười mốt hai " * 3, None),
        (" ".join(["không"] * 40), "không"),  # nobody's number is that long
    ],
)
def test_loops_are_cut_to_one_turn(text: str, left: str | None) -> None:
    assert kept(text) == (left or " ".join(text.split()[:12]))


@pytest.mark.parametrize(
    "text",
    [
        "cháy, cháy ở đây",  # twice is said
        "cứu với cứu với",
        "số tôi là không tám tám tám tám tám tám tám tám tám",
        "0 8 8 8 8 8 8 8 8 8",
        "không chín không chín không chín không chín chín chín",
        "hai hai hai",
        REPORT,
        PAPERS,
    ],
)
def test_what_people_really_say_is_not_cut(text: str) -> None:
    assert kept(text) == text


def test_what_was_taken_out_is_counted() -> None:
    words = said("tôi tôi tôi ở đây") + said(FAREWELL, 60.0)
    guarded = guard(words, [(0.0, 2.0)])
    assert (len(guarded.words), guarded.dropped, guarded.cut) == (3, 15, 2)


@given(st.lists(st.tuples(SYLLABLES, st.sampled_from([0.0, 0.2])), max_size=60))
def test_nothing_is_added_nothing_reordered_and_all_of_it_counted(
    spoken: list[tuple[str, float]],
) -> None:
    words = [Word(text, n * 0.25, n * 0.25 + long, 0.5) for n, (text, long) in enumerate(spoken)]
    guarded = guard(words, [(0.0, 5.0), (8.0, 11.0)])
    at = iter(words)
    assert all(word in at for word in guarded.words), "a part of what was heard, in its order"
    assert len(guarded.words) + guarded.dropped + guarded.cut == len(words)


@given(st.lists(SYLLABLES, max_size=8), st.integers(1, 6), st.lists(SYLLABLES, max_size=20))
def test_no_loop_is_left_but_a_number(turn: list[str], turns: int, rest: list[str]) -> None:
    left = [fold_syllables(word) for word in kept(" ".join(turn * turns + rest)).split()]
    for length, at in itertools.product(range(1, LONGEST_LOOP + 1), range(len(left))):
        pieces = [left[at + n * length : at + (n + 1) * length] for n in range(LEAST_TURNS)]
        if len(pieces[-1]) == length and all(piece == pieces[0] for piece in pieces):
            assert length * LEAST_TURNS <= LONGEST_NUMBER
            assert not {"chay", "nha", "o", "danh"} & {part for word in pieces[0] for part in word}


def test_the_same_words_agree_however_they_are_written() -> None:
    assert agreement(REPORT.casefold().replace(",", ""), REPORT) == 1.0


def test_two_texts_of_one_recording_are_not_wild() -> None:
    """Each engine gets four of ten syllables wrong, each in its own way."""
    for seed in range(50):
        dice = random.Random(seed)
        texts = [
            " ".join(
                f"x{seed}{engine}{n}" if dice.random() < 0.4 else word
                for n, word in enumerate(REPORT.split())
            )
            for engine in range(2)
        ]
        assert not is_wild(agreement(*texts))


def test_a_text_of_something_else_is_wild() -> None:
    assert is_wild(agreement(REPORT, PAPERS))
    assert is_wild(agreement(PAPERS, f"{FAREWELL} {FAREWELL} {FAREWELL}"))
    assert is_wild(agreement(REPORT, ""))


@pytest.mark.parametrize("first", ["", "ừ", "ừ ờ " * 9, " ".join(REPORT.split()[:25])])
def test_a_first_text_that_says_little_proves_nothing(first: str) -> None:
    long = " ".join([PAPERS, REPORT])
    assert agreement(first, long * 2) is None
    assert not is_wild(None)


@given(st.lists(SYLLABLES, min_size=20, max_size=60), st.lists(SYLLABLES, max_size=60))
def test_agreement_goes_from_nothing_to_the_same(first: list[str], second: list[str]) -> None:
    value = agreement(" ".join(first), " ".join(second))
    assert value is not None
    assert 0.0 <= value <= 1.0
    assert agreement(" ".join(first), " ".join(first)) == 1.0
