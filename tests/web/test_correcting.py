"""An officer writes down what was really said."""

from contextlib import closing

import pytest
from werkzeug.test import TestResponse

from appliance.store import corrections, messages, vault
from appliance.web.message import LONGEST_CORRECTION
from tests.web import told
from tests.web.conftest import Browser
from tests.web.filling import OFFICER, FilledBox
from tests.web.test_message import deeds
from tests.web.test_texts import shown


def correct(officer: Browser, message_id: str, text: str) -> TestResponse:
    page = f"/messages/{message_id}"
    return officer.post(f"{page}/correction", {"text": text}, page)


def stored(box: FilledBox, message_id: str) -> list[str]:
    with closing(box.connect()) as conn:
        rows = corrections.list_for(conn, message_id)
    return [str(vault.open_json(box.private, row.sealed)["text"]) for row in rows]


def test_a_correction_is_kept_beside_the_machines_text_and_counted(
    officer: Browser, box: FilledBox
) -> None:
    made = told.add_fight(box, box.now)
    meant = told.FIGHT[1].replace("Nậm Trảy", "Nậm Chảy").replace(" | ", "\r\n")
    answer = correct(officer, made, meant)
    assert answer.location == f"/messages/{made}#corrected"
    assert stored(box, made) == [meant.replace("\r\n", "\n")]
    page = officer.get(f"/messages/{made}").text
    assert "\n" in page.split("data-plain>")[1].split("</p>")[0], "its lines are kept"
    assert [text for text in shown(page) if "|" in text] == [told.FIGHT[1], told.FIGHT[0]]
    assert "đã sửa lời chép" in page
    assert deeds(box, made).count("corrected") == 1
    with closing(box.connect()) as conn:
        rates = {row.engine: row for row in corrections.accuracy(conn)}
    assert (rates["whisper"].errors, rates["vosk"].errors) == (1, 2)
    assert (rates["whisper"].errors_toneless, rates["vosk"].errors_toneless) == (1, 2)
    assert rates["vosk"].syllables == 41
    assert rates["vosk"].line_quality == "fair"


def test_a_second_text_that_came_after_the_correction_is_counted_too(
    officer: Browser, box: FilledBox
) -> None:
    made = box.add_message("0912345678", told.CARD[0], box.now, wants_second=True)
    correct(officer, made, told.CARD[1])
    box.hear_again(made, told.CARD[1])
    officer.get(f"/messages/{made}")
    with closing(box.connect()) as conn:
        rates = {row.engine: row.errors for row in corrections.accuracy(conn)}
    assert rates == {"vosk": 1, "whisper": 0}


def test_the_officer_starts_from_the_best_text_with_a_line_for_each_pause(
    officer: Browser, box: FilledBox
) -> None:
    made = told.add_fight(box, box.now)
    typed = officer.get(f"/messages/{made}").text.split('name="text" rows="8"')[1]
    assert typed.split(">")[1].split("</textarea")[0] == told.FIGHT[1].replace(" | ", "\n")
    correct(officer, made, "của tôi")
    typed = officer.get(f"/messages/{made}").text.split('name="text" rows="8"')[1]
    assert typed.split(">")[1].split("</textarea")[0] == "của tôi"


def test_a_text_saved_as_it_was_counts_as_right(officer: Browser, box: FilledBox) -> None:
    made = box.add_message("0912345678", "mất con trâu", box.now)
    correct(officer, made, "mất con trâu")
    with closing(box.connect()) as conn:
        (row,) = corrections.accuracy(conn)
    assert (row.messages, row.syllables, row.errors) == (1, 3, 0)
    correct(officer, made, "mất con trâu")
    assert deeds(box, made).count("corrected") == 1, "pressing twice is one correction"


def test_the_newest_correction_counts_and_the_older_ones_stay(
    officer: Browser, box: FilledBox
) -> None:
    made = box.add_message("0912345678", "mất con châu", box.now)
    correct(officer, made, "mất con gà")
    correct(officer, made, "mất con trâu")
    assert stored(box, made) == ["mất con gà", "mất con trâu"]
    assert shown(officer.get(f"/messages/{made}").text)[0] == "mất con trâu"
    with closing(box.connect()) as conn:
        (row,) = corrections.accuracy(conn)
    assert (row.messages, row.errors) == (1, 1)


def test_an_emptied_text_says_that_nobody_spoke(officer: Browser, box: FilledBox) -> None:
    made = box.add_message("0912345678", "hãy đăng ký", box.now)
    correct(officer, made, " \r\n ")
    assert stored(box, made) == [""]
    assert "không có lời nào" in officer.get(f"/messages/{made}").text
    assert officer.get("/").status_code == officer.get("/status").status_code == 200


def test_what_the_machine_could_not_hear_an_officer_may_write_down(
    officer: Browser, box: FilledBox
) -> None:
    made = box.add_message("0912345678", None, box.now)
    assert correct(officer, made, "mất trâu").status_code == 400, "the machine still writes"
    with closing(box.connect()) as conn:
        messages.claim_next(conn, now=box.now, owner="t", lease_s=60)
        messages.fail(conn, made, "t", "broken")
    correct(officer, made, "mất trâu")
    assert "mất trâu" in officer.get("/").text
    with closing(box.connect()) as conn:
        assert corrections.accuracy(conn) == []


@pytest.mark.parametrize("length", [LONGEST_CORRECTION + 1, 2 * LONGEST_CORRECTION])
def test_a_correction_that_is_too_long_comes_back_instead_of_being_cut(
    officer: Browser, box: FilledBox, length: int
) -> None:
    made = box.add_message("0912345678", "một", box.now)
    answer = correct(officer, made, "ế" * length)
    assert answer.status_code == 400
    assert "chưa lưu" in answer.text
    assert "data-returned" in answer.text
    assert answer.text.count("ế") > LONGEST_CORRECTION
    assert stored(box, made) == []


def test_a_hostile_correction_is_tamed_and_its_lines_are_kept(
    officer: Browser, box: FilledBox
) -> None:
    made = box.add_message("0912345678", "một", box.now)
    correct(officer, made, "a\u202eb\x00 tra\u0302u\r\n<script>x</script>")
    assert stored(box, made) == ["ab trâu\n<script>x</script>"]
    page = officer.get(f"/messages/{made}").text
    assert "<script>x" not in page
    assert "&lt;script&gt;x" in page


def test_a_correction_in_broken_unicode_is_kept_as_far_as_it_can_be_read(
    officer: Browser, box: FilledBox
) -> None:
    made = box.add_message("0912345678", "một", box.now)
    page = f"/messages/{made}"
    half_a_letter = f"csrf_token={officer.token(page)}&text=tr%C3%A2u%ED%A0%80%E1%BA".encode()
    form = "application/x-www-form-urlencoded"
    answer = officer.client.post(f"{page}/correction", data=half_a_letter, content_type=form)
    assert answer.status_code == 303
    assert stored(box, made)[0].startswith("trâu")
    assert officer.get(page).status_code == 200


def test_a_correction_is_sealed(officer: Browser, box: FilledBox) -> None:
    made = box.add_message("0912345678", "một", box.now)
    correct(officer, made, "bí mật lắm")
    store = box.config.store.database
    wal = store.with_name(store.name + "-wal")
    for path in (store, wal):
        assert not path.exists() or "bí mật".encode() not in path.read_bytes()
    with closing(box.connect()) as conn:
        assert corrections.list_for(conn, made)[0].officer == OFFICER
