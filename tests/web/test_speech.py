"""The post's word lists on their page."""

import re
from contextlib import closing
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from appliance.store import audit, settings, speech_lists
from appliance.store.speech_lists import Keyword, Name
from tests.web.conftest import TOKEN, Browser
from tests.web.filling import HEAD, FilledBox

THREE = (
    Keyword("đánh nhau", "security", "urgent", 8),
    Keyword("tạm trú", "procedure", "normal", 6),
    Keyword("giết người", "security", "grave", 10),
)
# How the page has them: what is urgent first.
ORDER = [THREE[2], THREE[0], THREE[1]]


@pytest.fixture
def head(browser: Browser, box: FilledBox) -> Browser:
    """The head of the post; the box has three keywords."""
    with closing(box.connect()) as conn:
        speech_lists.save_keywords(conn, THREE, "set-up")
    browser.sign_in(HEAD)
    return browser


def mark(page: str, key: str) -> str:
    part = page.split(f'id="{key}"')[1]
    found = re.search(r'name="mark" value="([^"]+)"', part)
    assert found
    return found[1]


def send(head: Browser, key: str, rows: list[dict[str, Any]], **more: Any) -> TestResponse:
    """What the browser sends for these rows, and for the blank ones below them."""
    page = head.get("/speech").text
    token = TOKEN.search(page)
    assert token
    blank = {"phrase": "", "category": "security", "urgency": "normal", "weight": 5}
    blank = blank if key == "keywords" else {"name": "", "kind": "hamlet"}
    fields: list[tuple[str, Any]] = [("csrf_token", token[1])]
    fields += [("mark", more.pop("mark", mark(page, key)))]
    fields += [(name, str(value)) for row in [*rows, blank, blank] for name, value in row.items()]
    fields += [(name, value) for name, values in more.items() for value in values]
    return head.client.post(f"/speech/{key}", data=MultiDict(fields))


def keywords(box: FilledBox) -> tuple[Keyword, ...]:
    with closing(box.connect()) as conn:
        return speech_lists.load_keywords(conn)


def as_rows(items: list[Keyword]) -> list[dict[str, Any]]:
    return [vars(item) for item in items]


def test_the_head_changes_adds_and_removes_without_a_script(head: Browser, box: FilledBox) -> None:
    page = head.get("/speech").text
    shown = re.findall(r'name="phrase" value="([^"]+)"', page)
    assert shown == [item.phrase for item in ORDER]
    rows = as_rows(ORDER)
    rows[1] = {**rows[1], "urgency": "grave", "weight": 9}
    rows.append({"phrase": " sạt  lở ", "category": "security", "urgency": "urgent", "weight": 7})
    answer = send(head, "keywords", rows, remove=["2"])
    assert answer.location == "/speech#saved-keywords"
    assert keywords(box) == (
        THREE[2],
        Keyword("đánh nhau", "security", "grave", 9),
        Keyword("sạt lở", "security", "urgent", 7),
    )
    rows = as_rows(list(keywords(box)))
    rows[0]["phrase"] = ""
    send(head, "keywords", rows)
    assert [item.phrase for item in keywords(box)] == ["đánh nhau", "sạt lở"]


def test_a_change_leaves_an_audit_row_and_shows_in_the_history(
    head: Browser, box: FilledBox
) -> None:
    send(head, "names", [{"name": "Nậm Chảy", "kind": "hamlet"}])
    with closing(box.connect()) as conn:
        assert speech_lists.load_names(conn) == (Name("Nậm Chảy", "hamlet"),)
        (row,) = audit.list_for(conn, "names")
    assert (row.actor, row.action) == (HEAD, "setting_changed")
    assert "đã đổi danh sách “tên riêng của địa phương”" in head.get("/speech").text


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"weight": "11"}, "Điểm phải là số nguyên từ 1 đến 10."),
        ({"weight": "nhiều"}, "Điểm phải là số nguyên từ 1 đến 10."),
        ({"phrase": "x" * 81}, "Cần từ 1 đến 80 ký tự"),
        ({"phrase": "a\u200bb"}, "Cần từ 1 đến 80 ký tự"),
        ({"category": "unreadable"}, "Hãy chọn loại việc."),
    ],
)
def test_a_faulty_entry_is_named_where_it_stands_and_nothing_typed_is_lost(
    head: Browser, box: FilledBox, wrong: dict[str, str], sentence: str
) -> None:
    rows = as_rows(ORDER)
    new = {"phrase": "sạt lở", "category": "epidemic", "urgency": "urgent", "weight": 7}
    answer = send(head, "keywords", [*rows[:2], {**rows[2], **wrong}, new])
    assert answer.status_code == 400
    (entry,) = re.findall(r'<li class="entry keywords faulty">.*?</li>', answer.text, re.S)
    assert sentence in entry
    assert 'aria-invalid="true"' in entry
    typed = re.findall(r'name="phrase" value="([^"]+)"', answer.text)
    assert {"giết người", "đánh nhau", "sạt lở"} <= set(typed)
    assert str(wrong.get("weight", "")) in entry
    assert keywords(box) == THREE


def test_a_list_that_would_switch_the_alarm_off_is_not_saved(head: Browser, box: FilledBox) -> None:
    calm = [{**row, "urgency": "normal"} for row in as_rows(ORDER)]
    for rows in (calm, []):
        answer = send(head, "keywords", rows)
        assert answer.status_code == 400
        assert "máy sẽ không báo động nữa" in answer.text
    assert keywords(box) == THREE


def test_an_officer_reads_the_lists_and_changes_nothing(officer: Browser, box: FilledBox) -> None:
    page = officer.get("/speech").text
    assert "Chỉ lãnh đạo trụ sở sửa được" in page
    assert 'name="phrase"' not in page
    assert "giết người" in page, "what the box came with"
    before = keywords(box)
    answer = officer.post("/speech/keywords", {"phrase": "x"}, "/speech")
    assert answer.status_code == 403
    assert keywords(box) == before


def test_the_longest_list_of_long_words_is_saved_in_one_form(head: Browser, box: FilledBox) -> None:
    rows = [
        {"phrase": f"nghiêng ngả đường {n}", "category": "security", "urgency": "urgent"}
        for n in range(speech_lists.MOST)
    ]
    answer = send(head, "keywords", [{**row, "weight": 5} for row in rows])
    assert answer.status_code == 303
    assert len(keywords(box)) == speech_lists.MOST
    page = head.get("/speech").text
    assert page.count('class="entry keywords"') == speech_lists.MOST + 5
    one_more = [*as_rows(list(keywords(box))), vars(THREE[0])]
    answer = send(head, "keywords", one_more)
    assert answer.status_code == 400
    assert "nhiều nhất 2000 dòng" in answer.text


def test_a_list_that_was_changed_elsewhere_is_not_overwritten_at_the_first_try(
    head: Browser, box: FilledBox
) -> None:
    seen = mark(head.get("/speech").text, "keywords")
    with closing(box.connect()) as conn:
        speech_lists.save_keywords(conn, THREE[:1], "set-up")
    answer = send(head, "keywords", as_rows(ORDER), mark=seen)
    assert answer.status_code == 400
    assert "vừa được đổi ở nơi khác" in answer.text
    assert "giết người" in answer.text
    assert keywords(box) == THREE[:1]
    again = send(head, "keywords", as_rows(ORDER), mark=mark(answer.text, "keywords"))
    assert again.status_code == 303
    assert keywords(box) == tuple(ORDER)


@pytest.mark.parametrize("stored", ["[[keywords]\n", '[[keywords]]\nphrase = "x"\n', "\x00"])
def test_a_broken_list_is_called_broken_and_can_be_mended_here(
    head: Browser, box: FilledBox, stored: str
) -> None:
    with closing(box.connect()) as conn:
        settings.put(conn, "keywords", stored, "a hand")
    page = head.get("/speech").text
    assert "Danh sách đã lưu bị hỏng" in page
    assert "giết người" in page
    assert send(head, "keywords", as_rows(ORDER)).status_code == 303
    assert keywords(box) == tuple(ORDER)


def test_a_form_that_is_not_ours_changes_nothing(head: Browser, box: FilledBox) -> None:
    answer = head.post("/speech/keywords", {"phrase": "x", "mark": "y"}, "/speech")
    assert answer.status_code == 400
    assert keywords(box) == THREE


def test_hostile_words_are_harmless(head: Browser, box: FilledBox) -> None:
    script = '"><script>alert(1)</script>'
    assert send(head, "names", [{"name": script, "kind": "place"}]).status_code == 303
    page = head.get("/speech").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
