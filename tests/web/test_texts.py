"""What a message's page makes of its texts, and of what the listener says of them."""

import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from appliance.store import db, live, messages, spool
from appliance.web.app import create_app
from appliance.web.differences import only_here, pieces
from tests.web import told
from tests.web.conftest import Browser, Clock, restarted
from tests.web.filling import OFFICER, PASSWORD, SECOND, FilledBox, tone
from tests.web.test_message import deeds, join_hand_over

PARAGRAPH = re.compile(r'<p class="transcript".*?</p>', re.S)


def shown(page: str) -> list[str]:
    """The words of every text of a page, the one on top first; a line break is a bar."""
    beside = r'<span class="chip"(.*?</span>){3}|<button[^>]*class="maybe.*?</button>'
    found = []
    for text in PARAGRAPH.findall(page):
        bare = re.sub(beside, "", text, flags=re.S).replace("<br>", "| ")
        found.append(" ".join(re.sub(r"<[^>]*>", "", bare).split()))
    return found


def words_marked(page: str, tag: str, text: int = 0) -> list[str]:
    """The words inside one kind of mark, of one text of a page."""
    marked = re.findall(rf"<{tag}[ >].*?</{tag}>", PARAGRAPH.findall(page)[text], re.S)
    return [re.sub(r"<[^>]*>", "", one) for one in marked]


def test_a_message_heard_once_shows_that_text_and_who_made_it(
    officer: Browser, box: FilledBox
) -> None:
    made = told.add_body(box, box.now, end_reason="tone")
    page = officer.get(f"/messages/{made}").text
    assert shown(page) == [told.BODY]
    assert "nghe tiếng báo bận: người gọi đã gác máy" in page
    assert "Máy nghe lần thứ nhất" in page
    for part in ("vosk", "vosk-model-small-vn-0.4", "pi4"):
        assert f"<span>{part}</span>" in page


def test_a_trusted_second_text_stands_on_top_and_the_first_one_a_click_away(
    officer: Browser, box: FilledBox
) -> None:
    page = officer.get(f"/messages/{told.add_fight(box, box.now)}").text
    assert shown(page) == [told.FIGHT[1], told.FIGHT[0]]
    top, below = page.split('<details class="other">')
    assert "Máy nghe lần thứ hai" in top
    assert f"<span>{SECOND[1]}</span>" in top
    assert "Máy nghe lần thứ nhất" in below
    assert words_marked(page, "ins", 0) == ["Trảy", "dao,"]
    assert words_marked(page, "ins", 1) == ["trải", "giao"]
    assert 'title="chưa chắc (41%)"' in below


def test_a_second_text_that_is_not_trusted_stands_below_and_says_so(
    officer: Browser, box: FilledBox
) -> None:
    page = officer.get(f"/messages/{told.add_flagged(box, box.now)}").text
    assert shown(page) == list(told.NOISE)
    assert "không tin được bản đó" in page
    assert "<ins" not in "".join(PARAGRAPH.findall(page)), "marks on every word tell nothing"
    assert told.NOISE[1].split()[1] not in officer.get("/").text


def test_an_officers_text_stands_above_all_and_shows_what_was_changed(
    officer: Browser, box: FilledBox
) -> None:
    page = officer.get(f"/messages/{told.add_corrected(box, box.now)}").text
    changed = told.CARD[1].replace("cước", "cúc cước")
    assert shown(page) == [told.CARD[1], changed, told.CARD[0]]
    assert "Lời chép đã sửa" in page
    assert "can-bo-1 đã sửa" in page
    assert (words_marked(page, "del", 1), words_marked(page, "ins", 1)) == (["cúc"], ["cước"])
    assert "cước" in officer.get("/").text


def test_a_pause_ends_a_line_and_a_breath_does_not(officer: Browser, box: FilledBox) -> None:
    said = told.spoken("một hai | ba")
    said["words"][1]["start"] += 0.6  # after 0.64 s of silence
    made = box.add_message("0912345678", said["text"], box.now, more=said)
    assert shown(officer.get(f"/messages/{made}").text) == ["một hai | ba"]


def test_digits_stand_beside_the_words_and_a_phone_number_can_be_dialled(
    officer: Browser, box: FilledBox
) -> None:
    said = told.spoken("gọi không chín một lúc bảy rưỡi nhé")
    said["numbers"] = [
        {**told.span(said, "không chín một"), "kind": "phone", "value": "091234"},
        {**told.span(said, "bảy rưỡi"), "kind": "time", "value": "7:30"},
        {**told.span(said, "nhé"), "kind": "phone", "value": "javascript:x"},
        {"first": 5, "last": 99, "kind": "age", "value": "outside"},
        {"first": -1, "last": 0, "kind": "age", "value": "outside"},
    ]
    made = box.add_message("0912345678", said["text"], box.now, more=said)
    page = officer.get(f"/messages/{made}").text
    assert 'href="tel:091234"' in page
    assert 'title="giờ"' in page
    assert re.search(r"rưỡi</button>\s*<span class=\"chip\"[^>]*>.*?7:30</span>", page, re.S)
    assert 'href="tel:javascript' not in page
    assert "outside" not in page


def test_a_near_name_is_proposed_and_an_exact_one_is_not(officer: Browser, box: FilledBox) -> None:
    said = told.spoken("nậm trải nậm trải và tân tiến")
    near = {"name": 'Nậm "Chảy"', "kind": "hamlet", "score": 0.9, "exact": False}
    said["names"] = [
        {"first": 2, "last": 3, **near},
        {**told.span(said, "tân tiến"), **near, "name": "Tân Tiến", "exact": True},
    ]
    made = box.add_message("0912345678", said["text"], box.now, more=said)
    page = officer.get(f"/messages/{made}").text
    assert page.count('class="maybe"') == 1
    assert 'data-said="nậm trải" data-name="Nậm &#34;Chảy&#34;" data-nth="1"' in page
    assert "có thể là: Nậm &#34;Chảy&#34;" in page


def test_the_words_that_decided_are_framed_and_named_once(officer: Browser, box: FilledBox) -> None:
    page = officer.get(f"/messages/{told.add_fight(box, box.now)}").text
    assert words_marked(page, "strong", 0) == ["đánh", "nhau,", "cầm", "dao,"]
    verdict = page.split('<p class="verdict">')[1].split("</p>")[0]
    assert "Khẩn cấp" in verdict
    assert re.findall(r'<q lang="vi">(.*?)</q>', verdict) == ["đánh nhau", "cầm dao"]
    assert '<b class="category">an ninh, trật tự</b>' in page


def test_a_slip_of_the_machine_names_the_phrase_it_was_taken_for(
    officer: Browser, box: FilledBox
) -> None:
    page = officer.get(f"/messages/{told.add_corrected(box, box.now)}").text
    assert '<q lang="vi">căn cúc</q> <span class="quiet">(<span lang="vi">căn cước</span>)' in page
    assert "tư vấn thủ tục hành chính" in page


def test_an_alarm_whose_words_the_text_lost_is_still_an_alarm(
    officer: Browser, box: FilledBox
) -> None:
    made = box.add_message("0912345678", "một hai", box.now, verdict=told.GRAVE)
    page = officer.get(f"/messages/{made}").text
    assert "Khẩn cấp, nghiêm trọng" in page
    assert "bản chép không còn những chữ đó" in page


def test_an_alarm_names_the_words_that_the_machine_took_back(
    officer: Browser, box: FilledBox
) -> None:
    said = told.spoken("nhà tôi đang chạy")
    why = {"phrase": "cháy", "category": "security", "urgency": "urgent", "weight": 8}
    why |= {"first": None, "last": None, "heard_live": True, "said": "đang cháy"}
    said["triage"] = {"category": "security", "urgency": "urgent", "reasons": [why]}
    made = box.add_message("0912345678", said["text"], box.now, verdict=told.SECURITY, more=said)
    verdict = officer.get(f"/messages/{made}").text.split('<p class="verdict">')[1]
    assert '<q lang="vi">đang cháy</q>' in verdict.split("</p>")[0]
    assert "nghe thấy khi đang nói" in verdict.split("</p>")[0]
    taken_back = officer.get(f"/api/v1/messages/{made}").get_json()["transcript"]["taken_back"]
    assert [one["said"] for one in taken_back] == ["đang cháy"]


def test_an_urgent_text_is_never_put_behind_a_click(officer: Browser, box: FilledBox) -> None:
    alarm = messages.Verdict("security", "urgent", has_speech=False)
    made = box.add_message("0912345678", "cháy nhà", box.now, verdict=alarm)
    page = officer.get(f"/messages/{made}").text
    assert "nhà</button>" in page.split("<details")[0]
    assert "cháy nhà" in officer.get("/").text


def test_a_recording_in_which_nobody_speaks_keeps_its_words_behind_a_click(
    officer: Browser, box: FilledBox
) -> None:
    page = officer.get(f"/messages/{told.add_silent(box, box.now)}").text
    assert "Không có tiếng nói" in page.split("<details")[0]
    assert "ờ</button>" not in page.split("<details")[0]
    assert "ờ</button>" in page
    queue = officer.get("/").text
    assert "không có tiếng nói" in queue
    assert "ừ ờ" not in queue


def test_a_text_not_to_be_trusted_says_so_before_it_is_read(
    officer: Browser, box: FilledBox
) -> None:
    page = officer.get(f"/messages/{told.add_unreadable(box, box.now)}").text
    assert page.index("Chưa đọc được") < page.index('<p class="transcript"')
    assert "đường dây nghe rất kém" in page
    assert "chưa đọc được: hãy nghe" in officer.get("/").text


def second_state(box: FilledBox, message_id: str) -> str | None:
    with closing(box.connect()) as conn:
        return messages.get(conn, message_id).second_state


@pytest.mark.parametrize(
    ("change", "sentence", "can_ask"),
    [
        (None, "Máy thứ hai sẽ nghe lại", False),
        (messages.second_waits_for_key, "chờ mở khoá để nghe lại", True),
        (lambda c, i: messages.fail_second(c, i, "crashed"), "không nghe lại được", True),
    ],
)
def test_the_page_tells_where_the_second_listening_stands(
    officer: Browser, box: FilledBox, change: object, sentence: str, can_ask: bool
) -> None:
    made = box.add_message("0912345678", "một", box.now, wants_second=True)
    if callable(change):
        with closing(box.connect()) as conn:
            change(conn, made)
    page = officer.get(f"/messages/{made}").text
    assert sentence in page
    assert ("Cho máy thứ hai nghe lại" in page) is can_ask


def test_an_officer_has_a_message_heard_again_with_its_key(
    officer: Browser, box: FilledBox
) -> None:
    made = told.add_flagged(box, box.now, pcm=tone(2))
    page = f"/messages/{made}"
    assert officer.post(f"{page}/second", {}, page).location == page
    assert second_state(box, made) == "wanted"
    key = live.read_stream_key(box.config.store.run_dir, made)
    assert key
    path = spool.path_of(box.config.store.spool_dir, made)
    assert spool.read_audio(path, key).pcm == tone(2)
    assert live.read_first_text(box.config.store.run_dir, made) == told.NOISE[0]
    assert "second_wanted" in deeds(box, made)
    assert "đã yêu cầu nghe lại" in officer.get(page).text


def test_an_empty_second_text_never_stands_above_words(officer: Browser, box: FilledBox) -> None:
    made = box.add_message("0912345678", told.NOISE[0], box.now, wants_second=True)
    box.hear_again(made, "")
    assert shown(officer.get(f"/messages/{made}").text)[0] == told.NOISE[0]


@pytest.mark.parametrize(
    "change",
    [
        lambda _conn, _made: None,
        messages.second_waits_for_key,
        lambda conn, made: messages.fail_second(conn, made, "crashed"),
        lambda conn, _made: messages.forget_second(conn),
    ],
    ids=["wanted", "without key", "failed", "switched off"],
)
def test_a_text_that_was_not_believed_stays_so_whatever_becomes_of_the_next_listening(
    officer: Browser, box: FilledBox, change: Callable[[db.Connection, str], object]
) -> None:
    made = told.add_flagged(box, box.now)
    with closing(box.connect()) as conn:
        messages.want_second(conn, made, OFFICER)
        change(conn, made)
    page = officer.get(f"/messages/{made}").text
    assert shown(page)[0] == told.NOISE[0]
    assert "không tin được bản đó" in page
    opened = officer.get(f"/api/v1/messages/{made}").get_json()
    assert opened["second"]["flagged"] is True


def test_a_text_that_could_not_be_compared_stands_below_and_says_so(
    officer: Browser, box: FilledBox
) -> None:
    made = box.add_message("0912345678", "cứu với", box.now, wants_second=True)
    farewell = told.NOISE[1]
    notes = {"agreement": None, "flagged": False, "dropped": 0, "cut": 0}
    box.hear_again(made, farewell, more={"second": notes})
    page = officer.get(f"/messages/{made}").text
    assert shown(page) == ["cứu với", farewell]
    assert "Lời quá ngắn để so hai bản" in page


@pytest.mark.parametrize(
    "broken",
    [{"words": None}, {"words": [1, 2]}, {"numbers": 5}, {"words": [{"start": "abc"}]}],
    ids=str,
)
def test_a_text_that_is_none_hides_neither_the_queue_nor_the_recording(
    officer: Browser, box: FilledBox, broken: dict[str, Any]
) -> None:
    other = box.add_message("0987654321", "một hai ba", box.now - 60)
    made = box.add_message("0912345678", "một", box.now, more=broken)
    page = officer.get(f"/messages/{made}")
    assert page.status_code == 200
    assert "Bản chép lời bị hỏng" in page.text
    queue = officer.get("/")
    assert queue.status_code == 200
    assert other in queue.text


def test_without_a_second_model_nobody_is_offered_one(box: FilledBox, clock: Clock) -> None:
    config = replace(box.config, speech=replace(box.config.speech, second_model=None))
    asker = Browser(create_app(config, now=clock, clock=clock).test_client())
    asker.sign_in()
    made = box.add_message("0912345678", "một", box.now)
    page = f"/messages/{made}"
    assert "máy thứ hai" not in asker.get(page).text
    asker.post(f"{page}/second", {}, page)
    assert second_state(box, made) is None
    assert live.read_stream_key(box.config.store.run_dir, made) is None


def test_unlocking_hands_a_key_to_what_waits_for_its_second_listening(
    officer: Browser, box: FilledBox, clock: Clock
) -> None:
    made = box.add_message("0912345678", "một", box.now, wants_second=True)
    with closing(box.connect()) as conn:
        messages.second_waits_for_key(conn, made)
    again = restarted(officer, box, clock)
    again.post("/unlock", {"password": PASSWORD}, "/unlock")
    join_hand_over()
    assert second_state(box, made) == "wanted"
    assert live.read_stream_key(box.config.store.run_dir, made)
    assert live.read_first_text(box.config.store.run_dir, made) == "một"
    with closing(box.connect()) as conn:
        assert messages.get(conn, made).state == "transcribed", "its first text stays"
        assert "retry" not in deeds(box, made)


def test_one_damaged_text_does_not_hide_the_other(officer: Browser, box: FilledBox) -> None:
    made = told.add_fight(box, box.now)
    with closing(box.connect()) as conn:
        conn.execute("UPDATE messages SET sealed_second = ? WHERE id = ?", (b"x" * 99, made))
    page = officer.get(f"/messages/{made}").text
    assert shown(page) == [told.FIGHT[0]]
    assert "Bản chép lời bị hỏng" in page


def test_the_urgency_of_a_message_being_spoken_is_seen_with_its_words(
    officer: Browser, box: FilledBox
) -> None:
    call = box.add_call("0912345678", box.now, None)
    made = f"{call}-1"
    with closing(box.connect()) as conn:
        messages.begin(conn, made, call, box.now)
    said = told.spoken("nhà tôi đang cháy to lắm <b>")
    why = told.reason(said, "đang cháy to lắm", "cháy to", "security", "urgent")
    box.say(made, "nhà tôi đang", "cháy to lắm <b>", {"urgency": "urgent", "reasons": [why]})
    growing = officer.get(f"/messages/{made}/live").get_json()
    assert growing["urgency"] == "urgent"
    for page in (growing["verdict"], officer.get(f"/messages/{made}").text, officer.get("/").text):
        assert "Khẩn cấp" in page
        assert '<q lang="vi">đang cháy to lắm</q>' in page, "settled words and changing ones"
        assert "<b> " not in page


def test_differences_ignore_case_and_punctuation_only() -> None:
    assert only_here(["Alo,", "anh", "ơi."], ["alo", "ảnh", "ơi"]) == {1}
    kinds = [(piece.kind, piece.text) for piece in pieces("mất con châu", "mất con trâu đực")]
    assert kinds == [("same", "mất con"), ("gone", "châu"), ("new", "trâu đực")]
    assert [(piece.kind, piece.text) for piece in pieces("", "một")] == [("new", "một")]
