import json
import re
import threading
from contextlib import closing

import pytest

from appliance.store import audit, live, messages, spool
from appliance.web import waiting
from tests.web.conftest import Browser, Clock, restarted
from tests.web.filling import OFFICER, PASSWORD, FilledBox, tone, words_of


def deeds(box: FilledBox, message_id: str) -> list[str]:
    with closing(box.connect()) as conn:
        assert audit.verify(conn).ok
        return [row.action for row in audit.list_for(conn, message_id) if row.actor == OFFICER]


def audio_address(page: str) -> str:
    found = re.search(r'src="(/api/v1/messages/[^"]+/audio)"', page)
    assert found
    return found[1]


def test_every_word_can_be_clicked_and_knows_its_time(officer: Browser, box: FilledBox) -> None:
    made = box.add_message("0912345678", "một hai ba bốn năm", box.now, pcm=tone(5))
    page = officer.get(f"/messages/{made}").text
    words = re.findall(r'<button type="button" class="(w[^"]*)" data-start="([^"]+)"', page)
    assert words == [
        ("w", "0.00"),
        ("w", "1.00"),
        ("w", "2.00"),
        ("w doubt", "3.00"),
        ("w", "4.00"),
    ]
    assert "chưa chắc (41%)" in page
    assert page.count('tabindex="0"') == 1


def test_opening_a_message_is_written_down_once_for_a_page_and_its_reloads(
    officer: Browser, box: FilledBox, clock: Clock
) -> None:
    made = box.add_message("0912345678", "một hai", box.now)
    officer.get(f"/messages/{made}")
    officer.get(f"/messages/{made}")
    assert deeds(box, made) == ["read"]
    clock.at += 600
    officer.get(f"/messages/{made}")
    assert deeds(box, made) == ["read", "read"]
    assert "đã mở đọc" in officer.get(f"/messages/{made}").text


def test_listening_is_written_down_once_however_many_ranges_the_player_asks_for(
    officer: Browser, box: FilledBox, clock: Clock
) -> None:
    made = box.add_message("0912345678", "một hai", box.now, pcm=tone(5))
    sound = audio_address(officer.get(f"/messages/{made}").text)
    for start in (0, 0, 4000, 40000):
        answer = officer.get(sound, headers={"Range": f"bytes={start}-"})
        assert answer.status_code == 206
    assert deeds(box, made) == ["read", "listened"]
    clock.at += 301
    officer.get(sound)
    assert deeds(box, made) == ["read", "listened", "listened"]
    assert "đã nghe" in officer.get(f"/messages/{made}").text


@pytest.mark.parametrize("part", ["bytes=1-", "bytes=-70000", "bytes=60000-"])
@pytest.mark.parametrize("query", ["", "?play=" + "0" * 16])
def test_no_way_of_asking_for_sound_leaves_no_trace(
    officer: Browser, box: FilledBox, clock: Clock, part: str, query: str
) -> None:
    made = box.add_message("0912345678", "một hai", box.now, pcm=tone(5))
    for _ in range(2):
        clock.at += 600
        address = f"/api/v1/messages/{made}/audio{query}"
        assert officer.get(address, headers={"Range": part}).status_code == 206
    assert deeds(box, made) == ["listened", "listened"]


def test_a_range_is_exactly_that_part_of_the_sound(officer: Browser, box: FilledBox) -> None:
    pcm = tone(3)
    made = box.add_message("0912345678", "một", box.now, pcm=pcm)
    address = f"/api/v1/messages/{made}/audio"
    whole = officer.get(address)
    assert whole.headers["Content-Type"] == "audio/wav"
    assert whole.headers["Cache-Control"] == "no-store"
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert whole.data[:4] == b"RIFF"
    assert whole.data[-len(pcm) :] == pcm
    part = officer.get(address, headers={"Range": "bytes=1000-1999"})
    assert part.status_code == 206
    assert part.headers["Content-Range"] == f"bytes 1000-1999/{len(whole.data)}"
    assert part.data == whole.data[1000:2000]
    assert officer.get(address, headers={"Range": "bytes=-100"}).data == whole.data[-100:]
    outside = officer.get(address, headers={"Range": f"bytes={len(whole.data)}-"})
    assert outside.status_code == 416
    assert officer.get(address, headers={"Range": "bytes=x-y"}).status_code in (200, 416)


def test_a_recording_that_was_changed_on_disk_is_named_damaged(
    officer: Browser, box: FilledBox
) -> None:
    made = box.add_message("0912345678", "một", box.now)
    path = spool.path_of(box.config.store.spool_dir, made)
    data = bytearray(path.read_bytes())
    data[10] ^= 1  # in the sealed stream key
    path.write_bytes(data)
    answer = officer.get(f"/api/v1/messages/{made}/audio")
    assert (answer.status_code, answer.json) == (422, {"error": "damaged"})
    path.unlink()
    assert officer.get(f"/api/v1/messages/{made}/audio").status_code == 404


def test_status_and_notes_are_kept_sealed_and_written_down(
    officer: Browser, box: FilledBox
) -> None:
    made = box.add_message("0912345678", "một", box.now)
    page = f"/messages/{made}"
    assert officer.post(f"{page}/status", {"status": "in_progress"}, page).location == page
    assert officer.post(f"{page}/status", {"status": "stolen"}, page).status_code == 400
    officer.post(f"{page}/notes", {"text": "Đã gọi lại\n<script>x</script>"}, page)
    officer.post(f"{page}/notes", {"text": "   "}, page)
    shown = officer.get(page).text
    assert "Đã gọi lại\n&lt;script&gt;" in shown
    assert "đã chuyển thành “đang xử lý”" in shown
    assert deeds(box, made) == ["read", "status", "note"]
    assert "Đã gọi lại".encode() not in box.config.store.database.read_bytes()
    with closing(box.connect()) as conn:
        assert messages.get(conn, made).status == "in_progress"
        assert len(messages.list_notes(conn, made)) == 1


def test_a_note_that_is_too_long_comes_back_instead_of_being_cut(
    officer: Browser, box: FilledBox
) -> None:
    made = box.add_message("0912345678", "một", box.now)
    page = f"/messages/{made}"
    answer = officer.post(f"{page}/notes", {"text": "ghi " * 1250}, page)
    assert answer.status_code == 400
    assert "chưa lưu" in answer.text
    assert answer.text.count("ghi ") > 1000
    with closing(box.connect()) as conn:
        assert messages.list_notes(conn, made) == []


def wait_for_key(box: FilledBox, message_id: str) -> None:
    with closing(box.connect()) as conn:
        messages.claim_next(conn, now=box.now, owner="t", lease_s=60)
        messages.wait_for_key(conn, message_id, "t")


def state_of(box: FilledBox, message_id: str) -> str:
    with closing(box.connect()) as conn:
        return messages.get(conn, message_id).state


def join_hand_over() -> None:
    for thread in threading.enumerate():
        if thread.name == "hand-over":
            thread.join(20)


def test_unlocking_hands_waiting_messages_their_keys(
    officer: Browser, box: FilledBox, clock: Clock
) -> None:
    made = box.add_message("0912345678", None, box.now)
    broken = box.add_message("0912345678", None, box.now)
    spool.path_of(box.config.store.spool_dir, broken).unlink()
    wait_for_key(box, made)
    wait_for_key(box, broken)
    assert "chờ mở khoá" in officer.get("/").text.lower()
    again = restarted(officer, box, clock)
    again.post("/unlock", {"password": PASSWORD}, "/unlock")
    join_hand_over()
    assert state_of(box, made) == "recorded"
    assert state_of(box, broken) == "waiting_for_key"
    key = live.read_stream_key(box.config.store.run_dir, made)
    assert key
    path = spool.path_of(box.config.store.spool_dir, made)
    assert spool.read_audio(path, key).pcm == tone(6)


def test_a_key_handed_over_too_late_does_not_stay_in_memory(box: FilledBox) -> None:
    made = box.add_message("0912345678", "đã chép", box.now)
    with closing(box.connect()) as conn:
        waiting.hand_over_one(conn, box.config, box.private, made, OFFICER)
    assert live.read_stream_key(box.config.store.run_dir, made) is None


def test_an_officer_can_ask_for_the_words_again(officer: Browser, box: FilledBox) -> None:
    made = box.add_message("0912345678", None, box.now)
    wait_for_key(box, made)
    page = f"/messages/{made}"
    assert "Chép lời lại" in officer.get(page).text
    assert officer.post(f"{page}/retry", {}, page).location == page
    assert state_of(box, made) == "recorded"
    assert live.read_stream_key(box.config.store.run_dir, made)
    assert "retry" in deeds(box, made)
    assert "Chép lời lại" not in officer.get(page).text


def test_the_handing_over_survives_a_database_that_is_gone(box: FilledBox) -> None:
    box.config.store.database.unlink()
    work = waiting.hand_over(box.config, box.private, OFFICER)
    work.join(20)
    assert not work.is_alive()


def test_the_page_of_a_message_that_is_being_spoken_grows(officer: Browser, box: FilledBox) -> None:
    call = box.add_call("0912345678", box.now, None)
    made = f"{call}-1"
    with closing(box.connect()) as conn:
        messages.begin(conn, made, call, box.now)
    live.write_partial(box.config.store.run_dir, made, words_of("mất con", 1), "trâu")
    assert "mất con" in officer.get(f"/messages/{made}").text
    growing = json.loads(officer.get(f"/messages/{made}/live").data)
    assert growing["unfinished"] is True
    assert [w["word"] for w in growing["words"]] == ["mất", "con"]
    assert growing["partial"] == "trâu"


def test_older_and_newer_messages_are_one_click_away(officer: Browser, box: FilledBox) -> None:
    ids = box.fill()
    page = officer.get(f"/messages/{ids[1]}").text
    assert f'rel="prev" href="/messages/{ids[0]}"' in page
    assert f'rel="next" href="/messages/{ids[2]}"' in page
    assert 'rel="prev"' not in officer.get(f"/messages/{ids[0]}").text
    assert 'rel="next"' not in officer.get(f"/messages/{ids[-1]}").text


def test_a_recording_cut_short_is_shown_as_such(officer: Browser, box: FilledBox) -> None:
    made = box.add_message("0912345678", "một", box.now, end_reason="cut")
    assert "bị gián đoạn" in officer.get("/").text
    assert "bị gián đoạn" in officer.get(f"/messages/{made}").text
