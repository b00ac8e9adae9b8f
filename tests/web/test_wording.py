from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from appliance.store.health import is_vietnamese
from appliance.web import passwords, patience, wording
from appliance.web.cards import Caller
from appliance.web.desk import local_path
from appliance.web.key_ring import KeyRing
from appliance.web.taming import tame

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def epoch(text: str) -> float:
    return datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=ZONE).timestamp()


@pytest.mark.parametrize(
    ("then", "words"),
    [
        ("24/11/2026 07:12", "hôm nay 07:12"),
        ("24/11/2026 00:05", "rạng sáng nay 00:05"),
        ("23/11/2026 23:14", "đêm qua 23:14"),
        ("23/11/2026 09:30", "hôm qua 09:30"),
        ("22/11/2026 23:14", "22/11/2026 23:14"),
        ("01/01/1970 08:00", "01/01/1970 08:00"),
    ],
)
def test_a_moment_reads_as_an_officer_says_it(app: Flask, then: str, words: str) -> None:
    with app.test_request_context():
        assert wording.moment(epoch(then), epoch("24/11/2026 08:00"), ZONE) == words


def test_lengths_read_as_minutes_and_seconds() -> None:
    read = [wording.length(ms) for ms in (None, 0, 59_400, 60_000, 185_500)]
    assert read == ["–", "0:00", "0:59", "1:00", "3:05"], "as the player counts"


def test_guessing_a_password_gets_five_tries_in_the_first_minute_and_then_one_a_minute() -> None:
    tried: list[float] = []
    for now in range(600):
        if patience.wait_s(tried, float(now)) == 0:
            tried.append(float(now))
    assert len([at for at in tried if at < 60]) <= 5
    assert max(sum(start <= at < start + 60 for at in tried) for start in range(540)) <= 5
    assert len(tried) < 15


def test_a_quarter_of_an_hour_without_failures_is_forgiven() -> None:
    assert patience.wait_s([0.0] * 30, 100.0) > 0
    assert patience.wait_s([0.0] * 30, 1000.0) == 0


def test_a_clock_set_back_does_not_keep_anybody_waiting() -> None:
    assert patience.wait_s([5000.0] * 30, 100.0) == 0


@pytest.mark.parametrize(
    "weak",
    [
        *("ngắn quá", "1234567890", "Matkhau123", "mật khẩu 123", "aaaaaaaaaaaa"),
        *("Công an xã 2026", "truong-cong-an1", "x" * 300),
    ],
)
def test_weak_passwords_are_refused_in_words(app: Flask, weak: str) -> None:
    with app.test_request_context():
        assert passwords.fault(weak, weak, "truong-cong-an")


@pytest.mark.parametrize("good", ["ba con trâu trắng", "đá-suối-mây-lửa", "tR0ub4dor&3xyz"])
def test_good_passwords_are_taken(app: Flask, good: str) -> None:
    with app.test_request_context():
        assert passwords.fault(good, good, "truong-cong-an") is None
        assert passwords.fault(good, good + "x", "truong-cong-an")


def test_a_password_is_the_same_whatever_keyboard_wrote_its_tone_marks() -> None:
    assert passwords.normal("tra\u0302u") == passwords.normal("trâu")


@pytest.mark.parametrize(
    "elsewhere",
    [
        *(
            "",
            None,
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "https://evil.example/",
            "javascript:x",
        ),
        *("/\t/evil.example", "/a\nb", "\\\\evil", "evil", "/a\\b"),
    ],
)
def test_the_way_back_never_leaves_this_desk(elsewhere: str | None) -> None:
    assert local_path(elsewhere) == "/"


def test_the_way_back_keeps_a_path_and_its_query() -> None:
    assert local_path("/messages/abc?before=4") == "/messages/abc?before=4"


def test_hostile_text_loses_its_control_and_direction_characters_and_gets_short() -> None:
    assert tame("a\u202eb", 40) == "ab"
    assert len(tame("x" * 5000, 40)) == 40


@pytest.mark.parametrize("number", ["<script>", "0912;345", "javascript:1", "++84", "1" * 16, None])
def test_only_a_real_number_becomes_a_telephone_link(number: str | None) -> None:
    assert not Caller(number, "", 0).diallable


@pytest.mark.parametrize(
    ("model", "vietnamese"),
    [
        ("vosk-model-small-vn-0.4", True),
        ("vosk-model-vn-0.4", True),
        ("my-vi-model", True),
        ("vosk-model-small-ko", False),
        ("vosk-model-small-ko-0.22", False),
        ("vosk-model-en-us-0.22", False),
        ("evil", False),
    ],
)
def test_the_page_knows_which_models_are_vietnamese(model: str, vietnamese: bool) -> None:
    assert is_vietnamese(model) is vietnamese


def test_a_key_goes_with_its_session() -> None:
    now = [0.0]
    ring = KeyRing(lambda: now[0])
    ring.put("token", b"key", 900)
    assert ring.get("token") == b"key"
    assert ring.get("another") is None
    now[0] = 800
    ring.extend("token", 900)
    now[0] = 1600
    assert ring.sweep(lambda _: True) == 0
    now[0] = 1701
    assert ring.get("token") is None
    ring.put("token", b"key", 900)
    now[0] = 9999
    assert ring.sweep(lambda _: True) == 1
