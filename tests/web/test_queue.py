from contextlib import closing

import pytest

from appliance.store import calls, live, messages
from tests.web import told
from tests.web.conftest import Browser, Clock
from tests.web.filling import NIGHT, FilledBox, words_of


def order(page: str, *texts: str) -> list[str]:
    return sorted((text for text in texts if text in page), key=page.index)


def mark_of(answer_headers: object) -> str:
    return str(answer_headers["ETag"])  # type: ignore[index]


def test_the_newest_comes_first_and_missed_calls_stand_among_the_messages(
    officer: Browser, box: FilledBox
) -> None:
    ids = box.fill()
    page = officer.get("/").text
    assert order(page, *ids) == ids
    assert "cuộc gọi nhỡ" in page
    assert "gác máy khi đang nghe lời chào" in page
    assert 'href="tel:0977888999"' in page
    assert "đêm qua" in page


def test_doubtful_words_are_shaded_and_sure_ones_are_not(officer: Browser, box: FilledBox) -> None:
    box.add_message("0912345678", "một hai ba bốn năm", box.now)
    page = officer.get("/").text
    assert "<mark>bốn</mark>" in page
    assert "<mark>ba</mark>" not in page


def test_an_empty_box_says_so(officer: Browser) -> None:
    assert "Chưa có tin nhắn nào." in officer.get("/").text


def test_a_message_without_words_says_why(officer: Browser, box: FilledBox) -> None:
    waiting = box.add_message("0912345678", None, box.now)
    assert "chờ chép lời" in officer.get("/").text
    with closing(box.connect()) as conn:
        messages.claim_next(conn, now=box.now, owner="t", lease_s=60)
        messages.fail(conn, waiting, "t", "broken")
    assert "không chép lời được: hãy nghe" in officer.get("/").text


def test_a_call_is_seen_from_its_first_ring_to_its_last_word(
    officer: Browser, box: FilledBox
) -> None:
    call = box.add_call("0961234567", box.now, None)
    seen = officer.get("/queue/lines").text
    assert "đang đổ chuông" in seen
    assert "0961 234 567" in seen
    with closing(box.connect()) as conn:
        calls.mark_answered(conn, call, box.now)
        assert "đang nghe lời chào" in officer.get("/queue/lines").text
        message_id = f"{call}-1"
        messages.begin(conn, message_id, call, box.now)
        assert "đang ghi âm" in officer.get("/queue/lines").text
        run = box.config.store.run_dir
        live.write_partial(run, message_id, words_of("mất con", 1), "trâu")
        page = officer.get("/queue/lines").text
        assert "mất con" in page
        assert "trâu</i>" in page
        messages.finish_recording(conn, message_id, 4000, "caller_hung_up")
        calls.end(conn, call, box.now, "message")
    page = officer.get("/queue/lines").text
    assert 'class="live"' not in page
    assert "0:04" in page


def test_a_poll_without_news_gets_no_page(officer: Browser, box: FilledBox, clock: Clock) -> None:
    box.fill()
    first = officer.get("/queue/lines")
    mark = mark_of(first.headers)
    again = officer.get("/queue/lines", headers={"If-None-Match": mark})
    assert (again.status_code, again.data) == (304, b"")
    assert f'data-mark="{mark.strip(chr(34))}"' in officer.get("/").text
    box.add_call("0912345678", box.now, None)
    assert officer.get("/queue/lines", headers={"If-None-Match": mark}).status_code == 200


def test_the_title_counts_what_nobody_has_taken_up(officer: Browser, box: FilledBox) -> None:
    assert "<title>Hàng chờ ·" in officer.get("/").text
    ids = box.fill()
    assert "<title>(10) Hàng chờ ·" in officer.get("/").text
    for i in range(40):
        box.add_call(f"09000000{i:02d}", box.now, "missed")
    poll = officer.get("/queue/lines")
    assert 'data-count="10"' in poll.text, "a missed call is no message"
    with closing(box.connect()) as conn:
        messages.set_status(conn, ids[-1], "done", "can-bo-1")
    again = officer.get("/queue/lines", headers={"If-None-Match": mark_of(poll.headers)})
    assert 'data-count="9"' in again.text, "although that message is on another page"


def test_what_was_today_is_yesterday_after_midnight_without_a_new_call(
    officer: Browser, box: FilledBox, clock: Clock
) -> None:
    box.fill()
    mark = mark_of(officer.get("/queue/lines").headers)
    clock.at += 24 * 3600
    box.now = clock.at
    box.healthy()
    officer.sign_in()
    assert officer.get("/queue/lines", headers={"If-None-Match": mark}).status_code == 200


def test_a_call_that_a_power_cut_left_open_is_not_shown_as_going_on(
    officer: Browser, box: FilledBox
) -> None:
    box.add_call("0961234567", box.now - 3600, None)
    page = officer.get("/").text
    assert 'class="live"' not in page
    assert "cuộc gọi bị cắt ngang" in page


def test_older_messages_are_a_page_further(officer: Browser, box: FilledBox) -> None:
    for i in range(35):
        box.add_call(f"09000000{i:02d}", box.now - 3600 + i, "missed")
    first = officer.get("/").text
    older = first.split("before=")[-1].split('"')[0]
    assert first.count('class="line ') == 30
    assert officer.get(f"/?before={older}").text.count('class="line ') == 5


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"modem": "down"}, "Modem không hoạt động"),
        ({"at": 0.0}, "Phần trả lời điện thoại không chạy"),
        ({"troubles": ["disk_full"]}, "Đĩa đã đầy"),
        ({"troubles": ["behind"]}, "không theo kịp"),
        ({"troubles": ["keywords_broken"]}, "Danh sách từ báo khẩn cấp bị hỏng"),
        ({"troubles": ["names_broken"]}, "Danh sách tên riêng bị hỏng"),
        ({"troubles": ["second_model_broken"]}, "Mô hình nghe lần hai thiếu hoặc hỏng"),
        ({"troubles": ["<b>new</b>"]}, "Máy báo trục trặc: &lt;b&gt;new&lt;/b&gt;"),
    ],
)
def test_the_bar_says_what_the_box_complains_of(
    officer: Browser, box: FilledBox, said: dict[str, object], complaint: str
) -> None:
    assert 'class="grave"' not in officer.get("/").text
    mark = mark_of(officer.get("/queue/lines").headers)
    box.healthy(**said)
    assert complaint in officer.get("/").text
    poll = officer.get("/queue/lines", headers={"If-None-Match": mark})
    assert complaint in poll.text, "seen without reload"


def test_a_box_that_says_nothing_at_all_is_complained_of(officer: Browser, box: FilledBox) -> None:
    for process in ("answer", "transcribe"):
        (box.config.store.run_dir / "status" / f"{process}.json").unlink()
    page = officer.get("/").text
    assert "Phần trả lời điện thoại không chạy" in page
    assert "Phần chép lời không chạy" in page


def test_a_model_that_is_not_vietnamese_is_said_plainly(officer: Browser, box: FilledBox) -> None:
    run = box.config.store.run_dir
    state = {"at": box.now, "state": "ready", "model": "vosk-model-small-ko"}
    live.write_status(run, "transcribe", state)
    assert "KHÔNG PHẢI tiếng Việt" in officer.get("/").text
    assert officer.get("/api/v1/status").json["complaints"] == ["not_vietnamese"]  # type: ignore[index]


def urgent_part(page: str) -> str:
    return page.split('<ol id="urgent"')[1].split("</ol>")[0]


def test_an_urgent_message_nobody_took_up_stands_above_a_whole_day_of_calls(
    officer: Browser, box: FilledBox
) -> None:
    fight = told.add_fight(box, box.now - 9000)
    body = told.add_body(box, box.now - 9100)
    for i in range(35):
        box.add_call(f"09000000{i:02d}", box.now - 3600 + i, "missed")
    page = officer.get("/").text
    assert order(urgent_part(page), fight, body) == [body, fight], "the grave one first"
    assert "Khẩn cấp, nghiêm trọng" in urgent_part(page)
    older = page.split("before=")[-1].split('"')[0]
    assert page.count('class="line missed"') == 30
    below = officer.get(f"/?before={older}").text
    assert below.count('class="line missed"') == 5
    assert order(below, fight, body) == [body, fight], "and in its place among the others"
    assert fight not in urgent_part(below)


def test_an_urgent_message_is_listed_once_and_falls_into_its_place_when_taken_up(
    officer: Browser, box: FilledBox
) -> None:
    fight = told.add_fight(box, box.now - 60)
    later = box.add_message("0912345678", "một", box.now)
    poll = officer.get("/queue/lines")
    assert poll.text.count(f'data-key="{fight}"') == 1
    assert fight in urgent_part(poll.text)
    with closing(box.connect()) as conn:
        messages.set_status(conn, fight, "in_progress", "can-bo-1")
    again = officer.get("/queue/lines", headers={"If-None-Match": mark_of(poll.headers)})
    assert order(again.text, later, fight) == [later, fight]
    assert fight not in urgent_part(again.text)
    assert '<section id="urgent-part" aria-labelledby="urgent-title" hidden>' in again.text


def test_a_call_gets_its_badge_while_it_is_spoken_and_stands_once(
    officer: Browser, box: FilledBox
) -> None:
    call = box.add_call("0961234567", box.now, None)
    message_id = f"{call}-1"
    with closing(box.connect()) as conn:
        messages.begin(conn, message_id, call, box.now)
    quiet = officer.get("/queue/lines")
    assert "Khẩn cấp</b>" not in quiet.text
    with closing(box.connect()) as conn:
        messages.raise_urgency(conn, message_id, category="security", urgency="urgent", now=box.now)
    loud = officer.get("/queue/lines", headers={"If-None-Match": mark_of(quiet.headers)})
    assert loud.status_code == 200, "the row alone changes the page"
    live_part = loud.text.split('<section id="live"')[1].split("</section>")[0]
    assert "Khẩn cấp</b>" in live_part
    assert loud.text.count(f'data-key="{message_id}"') == 1


def test_what_an_officer_corrects_again_is_seen_without_reload(
    officer: Browser, box: FilledBox
) -> None:
    made = box.add_message("0912345678", "một", box.now)
    told.correct(box, made, "hai")
    poll = officer.get("/queue/lines")
    told.correct(box, made, "tám")
    again = officer.get("/queue/lines", headers={"If-None-Match": mark_of(poll.headers)})
    assert "tám" in again.text


def test_each_line_says_what_kind_of_matter_it_is(officer: Browser, box: FilledBox) -> None:
    told.add_corrected(box, box.now)
    assert "<small>tư vấn thủ tục hành chính</small>" in officer.get("/").text


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'; DROP TABLE messages; --",
    "{{ 7*7 }}",
    "\u202e\u200fgpj.exe",
    "x" * 5000,
    "=cmd()",
    "\x00\x1b[31m",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_callers_and_words_are_shown_as_harmless_text(
    officer: Browser, box: FilledBox, text: str
) -> None:
    made = box.add_message(text, text, box.now, raw=text)
    unknown = box.add_message(None, "một", box.now, raw=text)
    for path in ("/", f"/messages/{made}", f"/messages/{unknown}", "/queue/lines"):
        page = officer.get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert 'href="tel:' not in page
        assert "\u202e" not in page
        assert "\x00" not in page
        assert "x" * 200 not in page
        assert "49" not in page.split("</h1>")[0].split("<h1>")[-1]


def test_damaged_sealed_fields_leave_the_queue_readable(officer: Browser, box: FilledBox) -> None:
    ids = box.fill()
    with closing(box.connect()) as conn:
        conn.execute("UPDATE messages SET sealed_transcript = ? WHERE id = ?", (b"x" * 99, ids[0]))
        conn.execute("UPDATE calls SET sealed_metadata = ? WHERE id = ?", (b"x" * 99, ids[1][:32]))
    page = officer.get("/").text
    assert "bản chép lời bị hỏng: hãy nghe" in page
    assert "số bị hỏng" in page
    assert NIGHT[4][1].split()[0] in page
    assert officer.get(f"/messages/{ids[0]}").status_code == 200
