"""The real process and a real Chromium, as an officer has them."""

import re
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from appliance.store import calls, db, live, messages, speech_lists, vault
from tests.web import told
from tests.web.filling import HEAD, NIGHT, OFFICER, PASSWORD, FilledBox, make_box, tone, words_of
from tests.web.serving import free_port, serving

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-first-run"),
    "--autoplay-policy=no-user-gesture-required",
]
WIDTHS = (360, 1366)  # a cheap phone, an old office PC
PATIENCE_MS = 20_000

pytestmark = pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="no /usr/bin/chromium")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FilledBox, str, list[str]]]:
    """A filled box whose page runs; the ids of its messages, newest first."""
    box = make_box(tmp_path_factory.mktemp("desk"), time.time(), port=free_port())
    box.healthy()
    ids = box.fill({text: tone(8.0) for _, text in NIGHT})
    with serving(box) as address:
        yield box, address, ids


def wait_until(page: Page, condition: str) -> None:
    """Look until a JavaScript expression is true (wait_for_function needs what our CSP forbids)."""
    until = time.monotonic() + PATIENCE_MS / 1000
    while not page.evaluate(condition):
        assert time.monotonic() < until, condition
        page.wait_for_timeout(20)


class Watched:
    """A browser window that remembers every complaint and every request."""

    def __init__(self, context: BrowserContext) -> None:
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.complaints: list[str] = []
        self.hosts: set[str] = set()
        self.page.on("console", lambda said: self._hear(said.type, said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self._hear("error", f"dialog: {dialog.message}"))
        self.page.on("request", lambda asked: self.hosts.add(asked.url.split("/")[2]))

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    def sign_in(self, address: str, name: str = OFFICER) -> Page:
        self.page.goto(address)
        self.give_password(name)
        self.page.wait_for_selector("#lines")
        return self.page

    def give_password(self, name: str = OFFICER) -> None:
        self.page.fill("#name", name)
        self.page.fill("#password", PASSWORD)
        self.page.click("button.main")


@pytest.fixture
def window(chromium: Chromium) -> Iterator[Watched]:
    context = chromium.new_context(viewport={"width": 1366, "height": 768})
    watched = Watched(context)
    yield watched
    context.close()
    assert watched.complaints == []
    assert len(watched.hosts) == 1, "the page asks nobody but the box"


def test_the_heads_first_sign_in_from_one_time_password_to_queue(
    window: Watched, tmp_path: Path
) -> None:
    box = make_box(tmp_path, time.time(), port=free_port(), ready=False)
    box.healthy()
    one_time = vault.make_one_time_password()
    hashed, wrapped = vault.hash_password(one_time), vault.wrap(box.private, one_time)
    with closing(box.connect()) as conn, db.transaction(conn):
        change = "UPDATE officers SET password_hash = ?, wrapped_key = ?"
        conn.execute(change, (hashed, wrapped))
    page = window.page
    with serving(box) as address:
        page.goto(address)
        page.fill("#name", HEAD)
        page.fill("#password", one_time)
        page.click("button.main")
        page.fill("#password", PASSWORD)
        page.fill("#again", PASSWORD)
        page.click("button.main")
        groups = page.locator(".code b").all_text_contents()
        assert len(groups) == 8
        page.click("a.main")
        page.fill("#group-2", groups[1].lower())
        page.fill("#group-7", groups[6])
        page.click("button.main")
        page.click("a.main")
        expect(page.locator(".empty")).to_be_visible()


def test_reading_hearing_and_settling_a_message(
    window: Watched, desk: tuple[FilledBox, str, list[str]]
) -> None:
    box, address, ids = desk
    page = window.sign_in(address)
    expect(page.locator(".line")).to_have_count(12)
    page.locator(f'[data-key="{ids[3]}"] a.text').click()
    words = NIGHT[3][1].split()
    expect(page.locator(".w")).to_have_count(len(words))
    page.click("#play")
    wait_until(page, "document.getElementById('sound').currentTime > 0.5")
    page.wait_for_selector(".w.now")
    page.click("#play")
    wait_until(page, "document.getElementById('sound').paused")
    last = page.locator(".w").nth(len(words) - 3)
    starts = float(last.get_attribute("data-start") or "0")
    last.click()
    wait_until(
        page,
        f"document.getElementById('sound').currentTime >= {starts - 0.05}"
        " && !document.getElementById('sound').paused",
    )
    page.select_option("#speed", "2")
    assert page.evaluate("document.getElementById('sound').playbackRate") == 2
    page.click("button.status-button.in_progress")
    pressed = page.locator('.status-button[aria-pressed="true"]')
    expect(pressed).to_have_text("đang xử lý")
    page.fill("#note", "Đã gọi lại, hẹn chiều nay")
    page.click("text=Lưu ghi chú")
    expect(page.locator(".note-text")).to_have_text("Đã gọi lại, hẹn chiều nay")
    expect(page.locator(".history")).to_contain_text("đã nghe")
    page.keyboard.press("Escape")
    page.wait_for_selector("#lines")
    expect(page.locator(f'[data-key="{ids[3]}"] .status')).to_have_text("đang xử lý")
    with closing(box.connect()) as conn:
        assert messages.get(conn, ids[3]).status == "in_progress"


def test_the_keyboard_alone_plays_seeks_and_goes_back(
    window: Watched, desk: tuple[FilledBox, str, list[str]]
) -> None:
    _, address, ids = desk
    page = window.sign_in(address)
    page.goto(f"{address}/messages/{ids[4]}")
    page.keyboard.press("Space")
    wait_until(page, "document.getElementById('sound').currentTime > 0.2")
    page.keyboard.press("Space")
    wait_until(page, "document.getElementById('sound').paused")
    page.keyboard.press("ArrowRight")
    wait_until(page, "document.getElementById('sound').currentTime > 5")
    page.keyboard.press("ArrowLeft")
    wait_until(page, "document.getElementById('sound').currentTime < 3")
    page.focus("#note")
    page.keyboard.type("hai từ")
    assert page.input_value("#note") == "hai từ", "a space in a note is a space"
    page.fill("#note", "")
    page.click("h2")
    page.keyboard.press("Escape")
    page.wait_for_selector("#lines")


def test_a_call_is_seen_and_its_words_grow_without_reload(
    window: Watched, desk: tuple[FilledBox, str, list[str]]
) -> None:
    box, address, _ = desk
    run = box.config.store.run_dir
    page = window.sign_in(address)
    page.evaluate("window.stayed = true")
    call = box.add_call("0961234567", time.time(), None)
    message_id = f"{call}-1"
    expect(page.locator(".live")).to_contain_text("đang đổ chuông")
    expect(page.locator(".live")).to_contain_text("0961 234 567")
    box.write_recording(message_id, tone(2), "stopped")
    with closing(box.connect()) as conn:
        calls.mark_answered(conn, call, time.time())
        messages.begin(conn, message_id, call, time.time())
    live.write_partial(run, message_id, words_of("nhà tôi", 1), "mất")
    expect(page.locator(".live")).to_contain_text("đang ghi âm")
    expect(page.locator(".live .growing")).to_have_text("nhà tôi mất")
    live.write_partial(run, message_id, words_of("nhà tôi mất con trâu", 2), "ở")
    expect(page.locator(".live .growing")).to_have_text("nhà tôi mất con trâu ở")
    with closing(box.connect()) as conn:
        messages.finish_recording(conn, message_id, 2000, "caller_hung_up")
        calls.end(conn, call, time.time(), "message")
        box.now = time.time()
        box.transcribe(conn, message_id, "nhà tôi mất con trâu ở nương", 2, "caller_hung_up")
    expect(page.locator(f'#lines [data-key="{message_id}"]')).to_contain_text("ở nương")
    expect(page.locator(".live")).to_have_count(0)
    assert page.evaluate("window.stayed") is True


def test_the_focus_stays_where_it_was_when_the_queue_changes(
    window: Watched, desk: tuple[FilledBox, str, list[str]]
) -> None:
    box, address, ids = desk
    page = window.sign_in(address)
    page.focus(f'[data-key="{ids[5]}"] a.text')
    with closing(box.connect()) as conn:
        messages.set_status(conn, ids[0], "done", OFFICER)
    expect(page.locator(f'[data-key="{ids[0]}"] .status')).to_have_text("đã giải quyết")
    focused = page.evaluate("document.activeElement.closest('[data-key]').dataset.key")
    assert focused == ids[5]


def test_the_language_switch_changes_the_page_and_back(
    window: Watched, desk: tuple[FilledBox, str, list[str]]
) -> None:
    _, address, _ = desk
    page = window.sign_in(address)
    page.click("text=English")
    expect(page.locator("h1")).to_have_text("Queue")
    assert page.get_attribute("html", "lang") == "en"
    page.click("text=Tiếng Việt")
    expect(page.locator("h1")).to_have_text("Hàng chờ")


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_scrolls_sideways(
    chromium: Chromium, desk: tuple[FilledBox, str, list[str]], width: int
) -> None:
    box, address, ids = desk
    long = box.add_message("x" * 400, "dài" * 300 + " ngắn", time.time(), raw="y" * 400)
    with closing(box.connect()) as conn:
        note = vault.seal_json(box.public, {"text": "z" * 900})
        messages.add_note(conn, long, note, OFFICER)
    context = chromium.new_context(viewport={"width": width, "height": 700})
    page = Watched(context).sign_in(address)
    told_ids = told.tell(box)
    for path in (
        "/",
        f"/messages/{ids[0]}",
        f"/messages/{long}",
        f"/messages/{told_ids['fight']}",
        f"/messages/{told_ids['corrected']}",
        "/speech",
        "/status",
        "/unlock",
        "/password",
        "/nothing",
    ):
        page.goto(address + path)
        page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, path
    context.close()


def test_a_proposed_name_goes_into_the_correction_by_the_keyboard_and_is_saved(
    window: Watched, desk: tuple[FilledBox, str, list[str]]
) -> None:
    box, address, _ = desk
    made = told.add_fight(box, time.time(), pcm=tone(18.0))
    page = window.sign_in(address)
    page.goto(f"{address}/messages/{made}")
    expect(page.locator("#correcting")).not_to_have_attribute("open", "")
    proposal = page.locator("#words .maybe")
    proposal.focus()
    page.keyboard.press("Enter")
    expect(proposal).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#accepted")).to_contain_text("Nậm Chảy")
    lines = told.FIGHT[1].replace(" | ", "\n")
    assert page.input_value("#correction") == lines.replace("Nậm Trảy", "Nậm Chảy")
    page.keyboard.press("Space")
    assert page.input_value("#correction") == lines, "taken back by the same key"
    assert page.evaluate("document.getElementById('sound').paused"), "and no sound started"
    page.keyboard.press("Space")
    page.locator("#words .w").nth(2).click()
    expect(page.locator("details.other .w.now")).to_have_count(1)
    page.click("text=Lưu bản sửa")
    expect(page.locator("#words-title")).to_have_text("Lời chép đã sửa")
    expect(page.locator("#words")).to_contain_text("ở bản Nậm Chảy có đám")
    expect(page.locator(".history")).to_contain_text("đã sửa lời chép")


def test_a_half_written_correction_outlives_its_session(
    chromium: Chromium, desk: tuple[FilledBox, str, list[str]]
) -> None:
    _, address, ids = desk
    context = chromium.new_context(viewport={"width": 360, "height": 700})
    window = Watched(context)
    page = window.sign_in(address)
    page.goto(f"{address}/messages/{ids[7]}")
    page.locator("#correcting summary").focus()
    page.keyboard.press("Space")
    expect(page.locator("#correction")).to_be_visible()
    page.fill("#correction", "hàng xóm mở loa to\ncả bản không ngủ")
    context.clear_cookies(name="hotline")
    page.click("text=Lưu bản sửa")
    page.wait_for_url(re.compile("/sign-in"))
    window.give_password()
    page.wait_for_url(re.compile(ids[7]))
    expect(page.locator("#correction")).to_be_visible()
    assert page.input_value("#correction") == "hàng xóm mở loa to\ncả bản không ngủ"
    page.click("text=Lưu bản sửa")
    expect(page.locator("#words")).to_have_text("hàng xóm mở loa to\ncả bản không ngủ")
    expect(page.locator("#correction")).to_be_hidden()
    context.close()


def test_urgency_shows_while_it_is_spoken_and_the_line_moves_when_taken_up(
    window: Watched, desk: tuple[FilledBox, str, list[str]]
) -> None:
    box, address, _ = desk
    page = window.sign_in(address)
    call = box.add_call("0961234567", time.time(), None)
    message_id = f"{call}-1"
    with closing(box.connect()) as conn:
        calls.mark_answered(conn, call, time.time())
        messages.begin(conn, message_id, call, time.time())
    said = told.spoken("nhà tôi đang cháy")
    why = told.reason(said, "đang cháy", "cháy", "security", "urgent")
    box.say(message_id, "nhà tôi", "")
    expect(page.locator(".live .growing")).to_have_text("nhà tôi")
    expect(page.locator(".live .urgency")).to_have_count(0)
    box.say(message_id, "nhà tôi đang", "cháy", {"urgency": "urgent", "reasons": [why]})
    expect(page.locator(".live .urgency")).to_contain_text("Khẩn cấp")
    expect(page.locator(".live q")).to_have_text("đang cháy")
    other = page.context.new_page()
    other.goto(f"{address}/messages/{message_id}")
    expect(other.locator("#verdict q")).to_have_text("đang cháy")
    box.write_recording(message_id, tone(2), "caller_hung_up")
    with closing(box.connect()) as conn:
        messages.finish_recording(conn, message_id, 2000, "caller_hung_up")
        calls.end(conn, call, time.time(), "message")
        box.now = time.time()
        verdict = messages.Verdict("security", "urgent", has_speech=True)
        box.transcribe(conn, message_id, "nhà tôi đang cháy", 2, "caller_hung_up", verdict=verdict)
    line = f'[data-key="{message_id}"]'
    expect(page.locator(f"#urgent {line}")).to_be_visible()
    expect(page.locator(f"#lines {line}")).to_have_count(0)
    with closing(box.connect()) as conn:
        messages.set_status(conn, message_id, "in_progress", OFFICER)
    expect(page.locator(f"#lines {line}")).to_be_visible()
    expect(page.locator(f"#urgent {line}")).to_have_count(0)


def test_a_word_is_found_in_a_long_list_without_its_tone_marks(
    window: Watched, desk: tuple[FilledBox, str, list[str]]
) -> None:
    box, address, _ = desk
    with closing(box.connect()) as conn:
        keywords = [speech_lists.Keyword(f"từ số {n}", "other") for n in range(40)]
        keywords.append(speech_lists.Keyword("đuối nước", "security", "grave", 9))
        speech_lists.save_keywords(conn, keywords, HEAD)
    page = window.sign_in(address, HEAD)
    page.click("text=Từ ngữ")
    page.fill("#keywords [data-filter]", "duoi nuoc")
    found = page.locator("#keywords .group .entry:visible input:not([type])")
    expect(found).to_have_count(1)
    expect(found).to_have_value("đuối nước")
    found.fill("chết đuối")
    page.click("#keywords button.main")
    expect(page.locator("#keywords .fine")).to_be_visible()
    with closing(box.connect()) as conn:
        phrases = {keyword.phrase for keyword in speech_lists.load_keywords(conn)}
    assert {"chết đuối", "từ số 7"} <= phrases
    assert len(phrases) == 41


def test_hostile_texts_run_nothing(window: Watched, desk: tuple[FilledBox, str, list[str]]) -> None:
    box, address, _ = desk
    script = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    made = box.add_message(script, script + ' "onmouseover="alert(3)', time.time(), raw=script)
    with closing(box.connect()) as conn:
        messages.add_note(conn, made, vault.seal_json(box.public, {"text": script}), OFFICER)
    page = window.sign_in(address)
    page.goto(f"{address}/messages/{made}")
    expect(page.locator(".note-text")).to_have_text(script)
    page.goto(address)
    expect(page.locator(f'[data-key="{made}"]')).to_contain_text("<script>")


def test_a_session_that_ends_takes_the_words_off_the_screen(
    chromium: Chromium, desk: tuple[FilledBox, str, list[str]]
) -> None:
    _, address, _ = desk
    context = chromium.new_context()
    page = Watched(context).sign_in(address)
    context.clear_cookies(name="hotline")
    page.wait_for_url(re.compile("/sign-in"))
    assert "0912" not in page.content()
    context.close()


def test_a_half_written_note_outlives_its_session_for_its_writer_only(
    chromium: Chromium, desk: tuple[FilledBox, str, list[str]]
) -> None:
    _, address, ids = desk
    context = chromium.new_context()
    window = Watched(context)
    page = window.sign_in(address)
    text = "Đã hẹn gặp ở\nnhà văn hoá bản"

    page.goto(f"{address}/messages/{ids[6]}")
    page.fill("#note", text)
    context.clear_cookies(name="hotline")
    page.click("text=Lưu ghi chú")  # the session is over, the officer does not know it yet
    page.wait_for_url(re.compile("/sign-in"))
    window.give_password()
    page.wait_for_url(re.compile(ids[6]))
    expect(page.locator("#note ~ [data-kept]")).to_be_visible()
    assert page.input_value("#note") == text

    page.click("button.status-button.in_progress")
    expect(page.locator(".status-button.in_progress")).to_have_attribute("aria-pressed", "true")
    assert page.input_value("#note") == text, "another button does not throw it away either"

    page.click("text=Lưu ghi chú")
    expect(page.locator(".note-text")).to_have_text(text)
    assert page.input_value("#note") == ""
    page.reload()
    assert page.input_value("#note") == "", "what was saved is not offered again"

    page.fill("#note", "của người khác")
    context.clear_cookies(name="hotline")
    page.click("text=Lưu ghi chú")
    page.wait_for_url(re.compile("/sign-in"))
    window.give_password(HEAD)
    page.wait_for_url(re.compile(ids[6]))
    assert page.input_value("#note") == ""
    assert "của người khác" not in page.evaluate("JSON.stringify(sessionStorage)")

    page.fill("#note", "bỏ đi")
    page.click("text=Đăng xuất")
    page.wait_for_url(re.compile("/sign-in"))
    assert page.evaluate("sessionStorage.length") == 0, "who signs out leaves nothing"
    context.close()


def test_the_title_counts_without_reload_also_behind_another_window(
    window: Watched, desk: tuple[FilledBox, str, list[str]]
) -> None:
    box, address, ids = desk
    page = window.sign_in(address)
    page.evaluate("window.stayed = true")
    behind = page.context.new_page()
    behind.add_init_script("Object.defineProperty(document, 'hidden', { get: () => true })")
    behind.goto(address)
    with closing(box.connect()) as conn:
        unread = messages.counts(conn)["new"]
        messages.set_status(conn, ids[8], "done", OFFICER)
    for one in (page, behind):
        expect(one).to_have_title(re.compile(rf"^\({unread - 1}\) Hàng chờ · "))
    assert page.evaluate("window.stayed") is True


def test_an_officer_changes_his_password(
    chromium: Chromium, desk: tuple[FilledBox, str, list[str]]
) -> None:
    _, address, _ = desk
    context = chromium.new_context(viewport={"width": 360, "height": 700})
    page = Watched(context).sign_in(address, HEAD)
    page.click("text=Đổi mật khẩu")
    page.fill("#old", PASSWORD)
    page.fill("#password", "bốn cây lim xanh")
    page.fill("#again", "bốn cây lim xanh")
    page.click("button.main")
    expect(page.locator("h1")).to_have_text("Mật khẩu đã đổi")
    page.click("a.main")
    expect(page.locator("#lines")).to_be_visible()
    context.close()


def test_the_process_stays_small(desk: tuple[FilledBox, str, list[str]]) -> None:
    assert psutil.Process(desk[0].pid).memory_info().rss <= 80_000_000
