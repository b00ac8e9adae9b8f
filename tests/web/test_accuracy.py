from typing import Any

import pytest

from appliance.web.accuracy import measure, often_wrong
from appliance.web.heard import Heard, heard_of
from tests.web import told


def heard(text: str, engine: str = "vosk", **more: Any) -> Heard:
    return heard_of({**told.spoken(text), "engine": engine, "model": "m", **more})


@pytest.mark.parametrize(
    ("meant", "machine", "counted"),
    [
        ("mất con trâu đực", "mất con trâu đực", (4, 0, 0)),
        ("mất con trâu đực", "mất con châu đực", (4, 1, 1)),
        ("mất con trâu đực", "mat con trau duc", (4, 3, 0)),
        ("Mất con trâu, đực!", "mất con trâu đực", (4, 0, 0)),
        ("mất con trâu đực", "mất trâu đực rồi", (4, 2, 2)),
        ("mất con trâu", "", (3, 3, 3)),
        ("", "hãy đăng ký kênh", (0, 4, 4)),
        ("", "", (0, 0, 0)),
    ],
)
def test_errors_are_counted_in_syllables_with_and_without_tones(
    meant: str, machine: str, counted: tuple[int, int, int]
) -> None:
    (found,) = measure(meant, [heard(machine)])
    assert (found.syllables, found.errors, found.errors_toneless) == counted


def test_text_in_two_spellings_of_one_letter_is_the_same_text() -> None:
    (found,) = measure("trâu", [heard("tra\u0302u")])
    assert found.errors == 0


@pytest.mark.parametrize("written", ["0912345678", "0912 345 678", "0912.345.678"])
def test_a_number_in_digits_is_no_error_where_the_machine_heard_it_in_words(written: str) -> None:
    said = told.spoken("số tôi là không chín một hai ba bốn năm sáu bảy tám nhé")
    number = {**told.span(said, "không chín một hai ba bốn năm sáu bảy tám"), "kind": "phone"}
    machine = heard(said["text"], numbers=[{**number, "value": "0912345678"}])
    (found,) = measure(f"số tôi là {written} nhé", [machine])
    assert (found.syllables, found.errors) == (14, 0)
    (wrong,) = measure("số tôi là 0912345679 nhé", [machine])
    assert wrong.errors > 0, "another number is not the same number"


def test_each_engine_is_counted_for_itself_and_once() -> None:
    texts = [heard("một hai"), heard("một ba", "whisper"), heard("bốn năm")]
    found = measure("một hai", texts)
    assert [(m.engine, m.errors) for m in found] == [("vosk", 0), ("whisper", 1)]


def test_what_is_confused_most_often_comes_first() -> None:
    pairs = [("ở nậm chảy", heard("ở nậm trải"))] * 3 + [("con trâu", heard("con châu"))]
    found = often_wrong(pairs, 5)
    assert [(m.heard, m.meant, m.times) for m in found] == [
        ("trải", "chảy", 3),
        ("châu", "trâu", 1),
    ]
    assert len(often_wrong(pairs, 1)) == 1
    assert often_wrong([("", heard("ừ"))], 5) == []
