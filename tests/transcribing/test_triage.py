"""What makes a message urgent, on words as a recogniser writes them; time is no part of it."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.store.speech_lists import Keyword
from appliance.transcribing.triage import Judgement, Triage, readable
from appliance.transcribing.word_lists import shipped_keywords
from appliance.vietnamese import fold
from tests.bench import bench_triage

FIRE = Keyword("cháy nhà", "security", "urgent", 8)
KILLING = Keyword("giết người", "security", "grave", 10)
PAPERS = Keyword("giấy tờ", "procedure", "normal", 9)


@pytest.fixture(scope="module")
def shipped() -> Triage:
    return bench_triage.shipped()


def judge(text: str, *keywords: Keyword) -> Judgement:
    return Triage(keywords).judge(text.split())


def urgency(text: str, *keywords: Keyword) -> str:
    return judge(text, *keywords).urgency


@pytest.mark.parametrize(
    "said", ["phát hiện bom ở suối", "đào được quả bom to", "thấy bom trên nương", "nhat duoc bom"]
)
def test_explosives_are_grave_however_they_are_told(said: str) -> None:
    assert Triage(shipped_keywords()).judge(said.split()).urgency == "grave"


@pytest.mark.parametrize("said", ["hỏi mua máy bơm nước", "xe hết hơi có bơm không"])
def test_a_pump_is_no_bomb(said: str) -> None:
    assert Triage(shipped_keywords()).judge(said.split()).urgency == "normal"


def test_a_keyword_gives_category_urgency_and_the_words_that_decided() -> None:
    found = judge("alo có vụ giết người ở đầu bản", KILLING)
    assert (found.category, found.urgency) == ("security", "grave")
    (reason,) = found.reasons
    assert (reason.first, reason.last, reason.phrase, reason.weight) == (3, 4, "giết người", 10)


def test_words_of_several_syllables_and_with_punctuation_keep_their_own_indexes() -> None:
    found = Triage([KILLING]).judge(["Alo,", "vụ giết", "người!"])
    assert (found.reasons[0].first, found.reasons[0].last) == (1, 2)


@pytest.mark.parametrize("text", ["giet nguoi", "Giết Người", "giê\u0301t người", "giết ờ người"])
def test_tone_marks_case_composition_and_hesitation_make_no_difference(text: str) -> None:
    assert urgency(text, KILLING) == "grave"


@pytest.mark.parametrize("text", ["giếc người", "giết ngừi", "giếtngười", "dết người"])
def test_one_wrong_letter_or_a_lost_space_still_raises_what_is_grave(text: str) -> None:
    assert urgency(text, KILLING) == "grave"


def test_two_wrong_letters_raise_nothing() -> None:
    assert judge("giúp nguội", KILLING) == Judgement()


def test_a_wrong_letter_costs_weight() -> None:
    assert judge("giết ngừi", KILLING).reasons[0].weight == 6.0


def test_a_tone_that_contradicts_lowers_the_weight_and_never_to_nothing() -> None:
    assert judge("cháy nhà", FIRE).reasons[0].weight == 8.0
    assert judge("chạy nhà", FIRE).reasons[0].weight == 6.0
    lone = Keyword("đâm", "security", "grave", 9)
    assert judge("nó đám rồi", lone).reasons[0].weight == 4.5


def test_a_common_word_is_not_taken_for_its_neighbour() -> None:
    assert urgency("cháu nhà tôi năm nay mười tuổi", FIRE) == "normal"


def test_a_phrase_with_a_gap_spans_a_few_words_and_no_more() -> None:
    gap = Keyword("nhà ... cháy", "security", "urgent", 8)
    assert urgency("nhà ông trưởng bản đang cháy", gap) == "urgent"
    assert urgency("nhà " + "xa " * 12 + "cháy", gap) == "normal"


def test_alternatives_stand_for_each_other_and_the_reason_names_the_one_that_was_said() -> None:
    found = judge("nó ngã xuống ao", Keyword("rơi/ngã xuống suối/ao", "security", "urgent", 8))
    assert [reason.phrase for reason in found.reasons] == ["ngã xuống ao"]


def test_weak_words_raise_an_alarm_together_when_they_stand_close() -> None:
    words = (Keyword("lửa", "security", "urgent", 4), Keyword("khói", "security", "urgent", 4))
    assert urgency("thấy lửa với khói", *words) == "urgent"
    assert urgency("thấy lửa " + "rồi " * 40 + "khói", *words) == "normal"


def test_the_same_word_said_often_weighs_as_once() -> None:
    assert urgency("lửa lửa lửa lửa", Keyword("lửa", "security", "urgent", 4)) == "normal"


def test_a_longer_phrase_leaves_nothing_to_a_shorter_one_within_it() -> None:
    rifle = Keyword("súng", "security", "grave", 8)
    harmless = Keyword("bổ sung", "procedure", "normal", 3)
    assert urgency("bo sung giay to", rifle, harmless) == "normal"
    assert urgency("bổ sung giấy tờ rồi thấy nó cầm súng", rifle, harmless) == "grave"


def test_amid_questions_about_papers_only_what_cannot_be_mistaken_raises_an_alarm() -> None:
    text = "nhà tôi cháy nhà năm ngoái giờ làm lại giấy tờ"
    assert urgency(text, FIRE, PAPERS) == "normal"
    assert urgency(text + " mà có người giết người", FIRE, PAPERS, KILLING) == "grave"


def test_an_alarm_among_other_matters_keeps_its_own_category() -> None:
    found = judge("xin giấy tờ mà có vụ giết người", KILLING, PAPERS)
    assert (found.category, found.urgency) == ("security", "grave")


@pytest.mark.parametrize(
    "text",
    [
        "không phải cháy nhà đâu",
        "hôm kia có cháy nhà",
        "cháy nhà nhưng dập được rồi",
        "chưa chắc là cháy nhà",
    ],
)
def test_denial_and_the_past_silence_no_alarm(text: str) -> None:
    assert urgency(text, FIRE) == "urgent"


def test_what_fits_nothing_is_other_and_no_words_are_no_alarm() -> None:
    assert judge("alo có ai không", KILLING) == Judgement("other", "normal", ())
    assert judge("", KILLING) == Judgement()


def test_a_list_in_another_script_works_the_same_way() -> None:
    assert urgency("지금 경찰 빨리", Keyword("경찰", "security", "urgent", 7)) == "urgent"


def test_an_empty_list_and_phrases_without_letters_judge_nothing() -> None:
    assert Triage([]).judge(["cháy"]) == Judgement()
    assert judge("cháy nhà", Keyword("...", "security", "grave", 10)) == Judgement()
    assert judge("cháy nhà", Keyword("/", "security", "grave", 10)) == Judgement()


def test_text_is_readable_with_words_that_the_engine_itself_believes() -> None:
    assert readable(["cháy"], 0.5)
    assert readable(["cháy"], None)
    assert not readable(["cháy"], 0.49)
    assert not readable([], None)


@given(st.lists(st.text(max_size=12), max_size=30))
def test_any_text_can_be_judged_and_reasons_lie_within_it(words: list[str]) -> None:
    triage = Triage([FIRE, KILLING, Keyword("a ... b", "other"), Keyword("ơ a/ǰ/İ", "other")])
    found = triage.judge(words)
    assert all(0 <= reason.first <= reason.last < len(words) for reason in found.reasons)


def test_a_grave_matter_is_grave_with_and_without_tone_marks(shipped: Triage) -> None:
    texts = [
        "có người bị giết ở đầu bản",
        "chúng nó bắt cóc con tôi",
        "nó cầm súng vào cướp tiệm vàng",
        "nhặt được quả lựu đạn trên nương",
        "có người trốn trại đang ở trong lán",
        "cháu tôi bị hiếp dâm",
        "con bé bị lừa bán sang trung quốc",
    ]
    for text in itertools.chain(texts, map(fold, texts)):
        assert shipped.judge(text.split()).urgency == "grave"


def test_the_shipped_list_has_no_phrase_twice() -> None:
    keywords = shipped_keywords()
    phrases = [" ".join(keyword.phrase.split()) for keyword in keywords]
    assert len(phrases) == len(set(phrases))


# A little below what was measured: docs/decisions/triage.md.
FLOORS = {
    "tuning": {"precision": 0.95, "recall": 0.97, "grave_recall": 0.97, "category": 0.95},
    "kept_apart": {"precision": 0.79, "recall": 0.86, "grave_recall": 0.78, "category": 0.83},
}


@pytest.mark.parametrize("half", bench_triage.HALVES)
def test_the_shipped_list_sorts_the_corpus_as_well_as_it_was_measured(
    half: str, shipped: Triage
) -> None:
    """By class only: the half that is kept apart must stay unread, also in a report of failure."""
    measured = bench_triage.score(bench_triage.judge(half, shipped))
    below = {
        name: (getattr(measured, name), floor)
        for name, floor in FLOORS[half].items()
        if getattr(measured, name) < floor
    }
    assert not below, f"{half}: (measured, floor) {below}"
