from contextlib import closing

from flask import Flask

from appliance.store import live
from appliance.store.messages import Verdict
from tests.web import told
from tests.web.conftest import Browser, Clock, restarted
from tests.web.filling import TECHNICIAN, FilledBox

A_MONTH_S = 31 * 86_400.0


def add_corrected(box: FilledBox, count: int, at: float, quality: str = "good") -> None:
    heard = told.spoken(told.CARD[0])
    for number in range(count):
        verdict = Verdict("procedure", has_speech=True, line_quality=quality)
        made = box.add_message("0912345678", heard["text"], at - number, verdict=verdict)
        told.correct(box, made, told.CARD[1], heard)


def rows_of(page: str) -> list[list[str]]:
    table = page.split('aria-labelledby="rates-title"><table>')[1].split("</table>")[0]
    return [
        [cell.split(">")[1].split("<")[0] for cell in row.split("<td")[1:]]
        for row in table.split("<tr>")[2:]
    ]


def test_error_rates_are_told_by_month_engine_and_line(officer: Browser, box: FilledBox) -> None:
    add_corrected(box, 3, box.now - A_MONTH_S, "poor")
    add_corrected(box, 9, box.now)
    made = told.add_fight(box, box.now)
    first, _ = told.fight_heard()
    told.correct(box, made, first["text"], first)
    page = officer.get("/status").text
    vosk = "vosk · vosk-model-small-vn-0.4"
    assert rows_of(page) == [
        ["11/2026", "0,0%", "0,0%", "1", "41", vosk, "đường dây nghe tạm được"],
        ["11/2026", "6,2%", "6,2%", "9", "144", vosk, "đường dây nghe rõ"],
        ["10/2026", "6,2%", "6,2%", "3", "48", vosk, "đường dây nghe rất kém"],
    ]
    assert "quá ít để kết luận" not in page
    assert "<title>Tình trạng máy · Công an xã Trì Quang</title>" in page


def test_the_month_is_the_one_of_the_post_and_not_of_greenwich(
    officer: Browser, box: FilledBox
) -> None:
    add_corrected(box, 1, 1_793_471_400.0)  # 01/11/2026 01:30 in Vietnam, 31/10 in Greenwich
    assert rows_of(officer.get("/status").text)[0][0] == "11/2026"


def test_few_corrections_are_called_few(officer: Browser, box: FilledBox) -> None:
    assert "Mới có 0 tin" in officer.get("/status").text
    add_corrected(box, 3, box.now)
    assert "Mới có 3 tin" in officer.get("/status").text


def test_the_words_most_often_wrong_are_for_who_holds_the_key(
    officer: Browser, box: FilledBox, clock: Clock, app: Flask
) -> None:
    add_corrected(box, 2, box.now)
    pair = '<td><q lang="vi">cúc</q></td><td><q lang="vi">cước</q></td>'
    assert pair in officer.get("/status").text
    technician = Browser(app.test_client())
    technician.sign_in(TECHNICIAN)
    for asker in (restarted(officer, box, clock), technician):
        page = asker.get("/status").text
        assert rows_of(page)[0][:2] == ["11/2026", "6,2%"]
        assert "cước" not in page
        assert "chỉ hiện với cán bộ đã mở khoá" in page


def test_a_damaged_text_spoils_no_figures(officer: Browser, box: FilledBox) -> None:
    add_corrected(box, 2, box.now)
    with closing(box.connect()) as conn:
        conn.execute("UPDATE messages SET sealed_transcript = ? WHERE seq = 1", (b"x" * 99,))
        conn.execute("UPDATE messages SET sealed_correction = ? WHERE seq = 2", (b"x" * 99,))
    assert officer.get("/status").status_code == 200


def test_a_listener_that_is_behind_is_told_in_figures(officer: Browser, box: FilledBox) -> None:
    assert "không còn gì" in officer.get("/status").text
    box.add_message("0912345678", None, box.now)
    state = {"at": box.now, "state": "busy", "model": "vosk-model-small-vn-0.4", "behind_s": 12.4}
    live.write_status(box.config.store.run_dir, "transcribe", state)
    assert "1 tin chờ; chậm 12 giây so với lời nói" in officer.get("/status").text


def test_the_levels_of_the_latest_call_are_told(officer: Browser, box: FilledBox) -> None:
    levels = {"in_rms_dbfs": -23.4, "in_peak_dbfs": -6.1, "out_rms_dbfs": -20.0}
    state = {"at": box.now, "modem": "up", "levels": {**levels, "out_peak_dbfs": -3.2}}
    live.write_status(box.config.store.run_dir, "answer", state)
    page = officer.get("/status").text
    assert "người gọi -23.4 dBFS, đỉnh -6.1; máy -20.0 dBFS, đỉnh -3.2" in page
    live.write_status(box.config.store.run_dir, "answer", {**state, "levels": {}})
    assert "dBFS" not in officer.get("/status").text
