"""What is kept of a text, and what it is believed to be about."""

import pytest

from appliance.store.speech_lists import Keyword
from appliance.transcribing import transcript
from appliance.transcribing.engine import Word
from appliance.transcribing.transcript import Alarm, judge, transcript_of, with_alarm
from appliance.transcribing.triage import Judgement, Triage

TRIAGE = Triage(
    [
        Keyword("giết người", "security", "grave", 10),
        Keyword("cháy", "security", "urgent", 8),
        Keyword("giấy tờ", "procedure", "normal", 9),
    ]
)


def words_of(text: str, conf: float = 0.9) -> list[Word]:
    return [Word(word, float(n), n + 0.9, conf) for n, word in enumerate(text.split())]


def verdict(text: str, has_speech: bool | None, conf: float = 0.9) -> tuple[str, str]:
    found = judge(words_of(text, conf), TRIAGE, has_speech)
    return found.category, found.urgency


@pytest.mark.parametrize(
    ("text", "has_speech", "conf", "expected"),
    [
        ("hỏi giấy tờ", True, 0.9, ("procedure", "normal")),
        ("hỏi giấy tờ", None, 0.9, ("procedure", "normal")),
        ("có giết người", True, 0.9, ("security", "grave")),
        # somebody spoke, and there is nothing to go by: a person must listen
        ("", True, 0.9, ("unreadable", "normal")),
        ("", None, 0.9, ("unreadable", "normal")),
        ("hỏi giấy tờ", True, 0.3, ("unreadable", "normal")),
        ("có giết người", True, 0.3, ("unreadable", "grave")),
        # nobody spoke: a blank call sorts itself out, unless its text says otherwise
        ("", False, 0.9, ("other", "normal")),
        ("hỏi giấy tờ", False, 0.9, ("other", "normal")),
        ("có giết người", False, 0.3, ("security", "grave")),
    ],
)
def test_what_a_text_is_about(
    text: str, has_speech: bool | None, conf: float, expected: tuple[str, str]
) -> None:
    assert verdict(text, has_speech, conf) == expected


def test_an_alarm_heard_live_and_taken_back_stays_with_its_words_and_without_a_place() -> None:
    said = ("có", "đám", "cháy", "to")
    heard = Alarm(TRIAGE.judge(said), said)
    final = judge(words_of("có đám chị to"), TRIAGE, True)
    put_together = with_alarm(final, heard.judgement)
    assert (put_together.category, put_together.urgency) == ("security", "urgent")
    made = transcript_of(
        words_of("có đám chị to"), put_together, engine="e", model="m", heard=heard
    )
    assert made["triage"]["urgency"] == "urgent"
    assert made["triage"]["reasons"] == [
        {
            "first": None,
            "last": None,
            "phrase": "cháy",
            "category": "security",
            "urgency": "urgent",
            "weight": 8.0,
            "heard_live": True,
            "said": "cháy",
        }
    ]


def test_a_graver_final_text_is_not_lowered_by_what_was_heard_live() -> None:
    final = TRIAGE.judge(["giết", "người"])
    assert with_alarm(final, TRIAGE.judge(["cháy"])) == final


def test_a_text_that_cannot_be_trusted_stays_unreadable_with_the_urgency_heard_live() -> None:
    put_together = with_alarm(Judgement("unreadable"), TRIAGE.judge(["cháy"]))
    assert (put_together.category, put_together.urgency) == ("unreadable", "urgent")


def test_words_are_kept_composed_with_their_times() -> None:
    made = transcript_of(
        words_of("cha\u0301y"), Judgement(), engine="vosk", model="small", preset="pi4"
    )
    assert made["text"] == "cháy"
    assert made["words"] == [{"word": "cháy", "start": 0.0, "end": 0.9, "conf": 0.9}]
    assert (made["engine"], made["model"], made["preset"]) == ("vosk", "small", "pi4")
    assert made["rate_hz"] == 16000


def test_mean_confidence_of_no_words_is_none() -> None:
    assert transcript.mean_confidence([]) is None
    assert transcript.mean_confidence(words_of("a b", 0.5)) == 0.5
