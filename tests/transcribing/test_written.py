"""Text messages are judged by the same list as spoken ones, and by nothing else of the listener."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.store import audit, live, messages, queue, sms
from appliance.store.sms import OnSim
from appliance.transcribing.triage import Triage
from appliance.transcribing.word_lists import shipped_keywords
from tests.transcribing.post import Post
from tests.transcribing.test_worker import Bench

TRIAGE = Triage(shipped_keywords())


@pytest.fixture
def bench(post: Post) -> Iterator[Bench]:
    made = Bench(post)
    yield made
    made.desk.conn.close()


def write(post: Post, text: str, number: int = 1, *, is_shown: bool = True) -> str:
    """A text message as the clerk leaves it: sealed in its row, and in RAM for the judge."""
    call_id = f"{number:032x}"
    sms.keep(
        post.conn,
        call_id,
        at=1000.0,
        sealed_sender=b"sealed",
        sealed_text=b"sealed",
        text_length=len(text),
        parts=(OnSim(number, 1.0, 40),),
    )
    if is_shown:
        live.save_written(post.run_dir, f"{call_id}-1", text)
    return f"{call_id}-1"


def is_judged(post: Post, message_id: str) -> bool:
    return messages.get(post.conn, message_id).word_count is not None


def test_who_writes_of_a_fire_stands_above_all_others(post: Post, bench: Bench) -> None:
    calm = write(post, "cho tôi hỏi làm căn cước cần giấy tờ gì", 1)
    fire = write(post, "Cháy nhà ở bản Pho, các anh lên ngay", 2)
    bench.turn_until(lambda: is_judged(post, fire) and is_judged(post, calm))
    entry = messages.get(post.conn, fire)
    assert (entry.category, entry.urgency, entry.word_count) == ("security", "urgent", 9)
    assert messages.get(post.conn, calm).category == "procedure"
    on_top = queue.list_urgent_new(post.conn, limit=9)
    assert [row.message.id for row in on_top if row.message] == [fire]
    deeds = [(row.actor, row.action) for row in audit.list_for(post.conn, fire)]
    assert deeds == [("answer", "sms_received"), ("transcribe", "judged")]


def test_words_without_tone_marks_are_judged_too(post: Post, bench: Bench) -> None:
    made = write(post, "chay nha o ban pho")
    bench.turn_until(lambda: is_judged(post, made))
    assert messages.get(post.conn, made).urgency == "urgent"


def test_the_words_are_gone_from_memory_once_they_are_judged(post: Post, bench: Bench) -> None:
    made = write(post, "bí mật")
    bench.turn_until(lambda: is_judged(post, made))
    assert list(live.keys_dir(post.run_dir).iterdir()) == []


def test_after_a_power_cut_it_stands_there_unjudged(post: Post, bench: Bench) -> None:
    made = write(post, "cháy nhà", is_shown=False)
    bench.turn(50)
    entry = messages.get(post.conn, made)
    assert (entry.word_count, entry.urgency, entry.status) == (None, "normal", "new")


def test_words_without_a_row_are_dropped(post: Post, bench: Bench) -> None:
    live.save_written(post.run_dir, f"{9:032x}-1", "cháy nhà")
    bench.turn(5)
    assert list(live.keys_dir(post.run_dir).iterdir()) == []


def test_a_locked_database_is_waited_for(post: Post, bench: Bench) -> None:
    made = write(post, "cháy nhà")
    post.conn.execute("BEGIN IMMEDIATE")
    bench.turn(3)
    post.conn.execute("ROLLBACK")
    bench.turn_until(lambda: is_judged(post, made))
    assert messages.get(post.conn, made).urgency == "urgent"


def test_a_spoken_message_is_never_judged_this_way(post: Post, bench: Bench) -> None:
    recording = post.begin()
    messages.begin(post.conn, recording.id, recording.id[:32], 1.0)
    assert not sms.judge(
        post.conn, recording.id, category="other", urgency="grave", word_count=1, now=1.0
    )
    recording.recorder.close("silence")
    assert recording.closed.wait(60)


@given(st.text(max_size=300))
def test_any_letters_are_judged_without_a_fault(text: str) -> None:
    assert TRIAGE.judge(text.split()).urgency in messages.URGENCIES
