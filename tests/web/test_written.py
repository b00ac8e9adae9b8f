"""Text messages at the desk: in the same queue, readable, harmless to look at."""

from contextlib import closing
from typing import Any

import pytest
from flask import Flask

from appliance.store import audit, db, messages, sms, vault
from appliance.store.sms import OnSim
from tests.web.conftest import Browser, Clock, restarted
from tests.web.filling import OFFICER, TECHNICIAN, FilledBox

HOSTILE = "<script>alert(1)</script> \u202eRING\x00\x1b[2J\r\nOK & “cháy”"


def write(box: FilledBox, text: str, number: int = 900, **more: Any) -> str:
    """Somebody wrote to the hotline; the id of the message."""
    call_id = f"{number:032x}"
    sender = {"number": "0912345678", "raw": "+84912345678", "validity": 0}
    value = {"text": text, "sent_at": box.now - 5, "parts": 1, "missing": [], **more}
    with closing(box.connect()) as conn:
        sms.keep(
            conn,
            call_id,
            at=box.now,
            sealed_sender=vault.seal_json(box.public, sender),
            sealed_text=vault.seal_json(box.public, value),
            text_length=len(text),
            parts=(OnSim(number, box.now, 40),),
        )
    return f"{call_id}-1"


def file_away(box: FilledBox, kind: str, sender: str, text: str, place: int = 1) -> None:
    value = {"number": None, "raw": sender, "text": text, "sent_at": None}
    with closing(box.connect()) as conn:
        sealed = vault.seal_json(box.public, value)
        part = OnSim(place, None, place)
        sms.file_away(conn, kind, at=box.now, sealed=sealed, text_length=9, parts=(part,))


def deeds(box: FilledBox, subject: str) -> list[str]:
    with closing(box.connect()) as conn:
        assert audit.verify(conn).ok
        return [row.action for row in audit.list_for(conn, subject) if row.actor == OFFICER]


def test_it_stands_in_the_queue_with_its_words_and_a_mark(officer: Browser, box: FilledBox) -> None:
    spoken = box.add_message("0987654321", "mất con trâu", box.now)
    made = write(box, "cháy nhà ở bản Pho")
    page = officer.get("/").text
    assert page.index(made) < page.index(spoken)
    assert "cháy nhà ở bản Pho" in page
    assert "tin nhắn chữ" in page
    assert 'href="tel:0912345678"' in page
    assert "<title>(2) Hàng chờ" in page


def test_its_page_shows_the_text_and_no_player(officer: Browser, box: FilledBox) -> None:
    made = write(box, "cháy nhà\nở bản Pho")
    page = officer.get(f"/messages/{made}").text
    assert "cháy nhà\nở bản Pho" in page
    for absent in ("<audio", "player.js", 'id="correction"', "Cho máy thứ hai nghe lại"):
        assert absent not in page
    assert "đã nhận tin nhắn chữ" in page
    assert "Máy chưa xếp loại tin này" in page


def test_an_urgent_one_stands_on_top_and_says_so(officer: Browser, box: FilledBox) -> None:
    made = write(box, "cháy nhà")
    box.add_message("0987654321", "mất con trâu", box.now)
    with closing(box.connect()) as conn:
        sms.judge(conn, made, category="security", urgency="urgent", word_count=2, now=box.now)
    page = officer.get("/").text
    assert page.index("Khẩn cấp, chưa ai xử lý") < page.index(made)
    shown = officer.get(f"/messages/{made}").text
    assert "an ninh, trật tự" in shown
    assert "Khẩn cấp" in shown
    assert "khi người gọi đang nói" not in shown
    assert "Máy chưa xếp loại" not in shown
    assert "đã xếp loại tin nhắn chữ" in shown


def test_reading_it_is_written_down(officer: Browser, box: FilledBox) -> None:
    made = write(box, "một")
    officer.get(f"/messages/{made}")
    officer.get(f"/messages/{made}")
    assert deeds(box, made) == ["read"]


def test_status_and_notes_work_as_for_any_message(officer: Browser, box: FilledBox) -> None:
    made = write(box, "một")
    where = f"/messages/{made}"
    assert officer.post(f"{where}/status", {"status": "done"}, where).status_code == 303
    assert officer.post(f"{where}/notes", {"text": "đã gọi lại"}, where).status_code == 303
    assert "đã gọi lại" in officer.get(where).text
    with closing(box.connect()) as conn:
        assert messages.get(conn, made).status == "done"


def test_it_can_be_neither_corrected_nor_heard(officer: Browser, box: FilledBox) -> None:
    made = write(box, "một")
    where = f"/messages/{made}"
    assert officer.post(f"{where}/correction", {"text": "hai"}, where).status_code == 400
    officer.post(f"{where}/second", {}, where)
    officer.post(f"{where}/retry", {}, where)
    with closing(box.connect()) as conn:
        entry = messages.get(conn, made)
    assert (entry.state, entry.second_state, entry.sealed_correction) == ("transcribed", None, None)
    assert officer.get(f"/api/v1/messages/{made}/audio").status_code == 404


def test_a_hostile_text_is_only_text(officer: Browser, box: FilledBox) -> None:
    made = write(box, HOSTILE)
    file_away(box, "service", HOSTILE, HOSTILE)
    for path in ("/", f"/messages/{made}", "/filed"):
        page = officer.get(path).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page
        assert not {"\u202e", "\x00", "\x1b"} & set(page)


def test_a_text_without_end_does_not_flood_the_queue(officer: Browser, box: FilledBox) -> None:
    write(box, "a" * 30_000)
    assert officer.get("/").text.count("a" * 81) == 0


def test_a_lost_part_is_named(officer: Browser, box: FilledBox) -> None:
    made = write(box, "đầu […] cuối", parts=3, missing=[2])
    page = officer.get(f"/messages/{made}").text
    assert "Thiếu phần 2 trong 3 phần" in page


@pytest.mark.parametrize("value", [{}, {"text": 5, "sent_at": "x", "parts": None, "missing": "y"}])
def test_a_text_stored_by_something_else_shows_a_page(
    officer: Browser, box: FilledBox, value: dict[str, Any]
) -> None:
    made = write(box, "một")
    with closing(box.connect()) as conn, db.transaction(conn):
        sealed = vault.seal_json(box.public, value)
        conn.execute("UPDATE messages SET sealed_transcript = ? WHERE id = ?", (sealed, made))
    assert officer.get(f"/messages/{made}").status_code == 200
    assert officer.get("/").status_code == 200


def test_a_damaged_one_says_so_and_hides_no_other(officer: Browser, box: FilledBox) -> None:
    made = write(box, "một")
    write(box, "hai hai", 901)
    with closing(box.connect()) as conn, db.transaction(conn):
        conn.execute("UPDATE messages SET sealed_transcript = x'00' WHERE id = ?", (made,))
    page = officer.get("/").text
    assert "tin nhắn bị hỏng" in page
    assert "hai hai" in page
    assert "bị hỏng, không mở được" in officer.get(f"/messages/{made}").text


def test_programs_get_the_text_of_an_unlocked_session_only(
    officer: Browser, box: FilledBox, clock: Clock
) -> None:
    made = write(box, "cháy nhà")
    shown = officer.get(f"/api/v1/messages/{made}").get_json()
    assert (shown["kind"], shown["outcome"], shown["text_length"]) == ("sms", "sms", 8)
    assert (shown["written"]["text"], shown["transcript"]) == ("cháy nhà", None)
    (listed,) = officer.get("/api/v1/messages").get_json()["messages"]
    assert listed["first_words"] == "cháy nhà"
    assert "written" not in listed
    locked = restarted(officer, box, clock).get(f"/api/v1/messages/{made}").get_json()
    assert (locked["kind"], locked["written"], locked["caller"]) == ("sms", None, None)


def test_what_is_filed_away_is_behind_a_link_and_never_new(
    officer: Browser, box: FilledBox
) -> None:
    assert "/filed" not in officer.get("/").text
    file_away(box, "service", "VIETTEL", "Nap the ngay")
    file_away(box, "report", "0912345678", "0x00", 2)
    page = officer.get("/").text
    assert "Nap the ngay" not in page
    assert "Tin nhà mạng và báo phát</a>" in page or "báo phát (2)" in page
    assert "<title>Hàng chờ" in page
    filed = officer.get("/filed").text
    assert "VIETTEL" in filed
    assert "Nap the ngay" in filed
    assert "tin đã đến máy nhận" in filed
    assert deeds(box, "filed-sms") == ["read"]


def test_the_filed_ones_go_on_page_by_page(officer: Browser, box: FilledBox) -> None:
    for place in range(31):
        file_away(box, "service", "VIETTEL", f"tin-{place:02d}", place)
    first = officer.get("/filed").text
    assert "tin-30" in first
    assert "tin-00" not in first
    where = first.split('href="/filed?before=')[1].split('"')[0]
    assert "tin-00" in officer.get(f"/filed?before={where}").text
    assert officer.get("/filed?before=x").status_code == 404


def test_only_an_unlocked_officer_reads_what_is_filed(
    browser: Browser, box: FilledBox, app: Flask
) -> None:
    file_away(box, "service", "VIETTEL", "Nap the ngay")
    assert browser.get("/filed").status_code in (302, 303)
    browser.sign_in(TECHNICIAN)
    answer = browser.get("/filed")
    assert "Nap the ngay" not in answer.text
    assert answer.status_code != 200
