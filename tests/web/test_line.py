"""Modem, SIM and network on the status page and in the bar, in both languages."""

from typing import Any

import pytest

from appliance.store import calls, db
from tests.web.conftest import Browser
from tests.web.filling import FilledBox


@pytest.mark.parametrize(
    ("said", "vietnamese", "english"),
    [
        ({"modem": "down", "trouble": "port_busy"}, "chương trình khác giữ", "Another program"),
        ({"modem": "down", "trouble": "port_forbidden"}, "dialout", "dialout"),
        ({"modem": "down", "trouble": "sim_missing"}, "hãy lắp SIM", "insert it"),
        ({"modem": "down", "trouble": "sim_pin"}, "sim_pin_file", "sim_pin_file"),
        ({"modem": "down", "trouble": "sim_last_try"}, "tắt mã PIN", "switch its PIN off"),
        ({"modem": "down", "trouble": "sim_puk"}, "nhập mã PUK", "enter its PUK"),
        ({"registration": "not registered"}, "SIM chưa vào mạng", "look at antenna"),
        ({"registration": "refused"}, "Nhà mạng từ chối", "ask the operator"),
        ({"registration": "registered", "volte": "not registered"}, "VoLTE", "No VoLTE"),
        ({"balance": 0}, "đã hết tiền", "top it up now"),
        ({"voicemail": True}, "##61#", "##61#"),
        ({"clock_off_s": 400.0}, "lệch hơn 5 phút", "more than 5 minutes"),
    ],
)
def test_the_bar_says_what_is_wrong_and_what_to_do(
    officer: Browser, box: FilledBox, said: dict[str, Any], vietnamese: str, english: str
) -> None:
    box.healthy(**said)
    assert vietnamese in officer.get("/status").text
    officer.post("/language", {"language": "en"})
    assert english in officer.get("/status").text


def test_the_status_page_shows_the_line_and_how_long_no_call_came(
    officer: Browser, box: FilledBox
) -> None:
    assert "chưa có cuộc gọi nào" in officer.get("/status").text
    calls.begin(db.connect(box.config.store.database), "1" * 32, box.now - 7 * 3600)
    box.healthy(
        registration="registered",
        operator="Viettel",
        volte="registered",
        clock_off_s=-12.0,
        balance=25_000,
        credit_until="2027-02-01",
    )
    page = officer.get("/status").text
    for text in ("7 giờ trước", "gọi thử một lần", "đã vào mạng · Viettel", "lệch 12 giây"):
        assert text in page
    for text in ("25000 đồng", "01/02/2027"):
        assert text in page


def test_a_box_that_knows_nothing_of_its_line_shows_no_figures(
    officer: Browser, box: FilledBox
) -> None:
    page = officer.get("/status").text
    assert "đồng</dd>" not in page
    assert "không rõ" in page
