"""The second listening with an engine made for the test: order, calls, crashes, switches."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.store import db, live, messages, spool
from appliance.transcribing import whisper
from appliance.transcribing.second_listening import MODEL_BROKEN
from tests.transcribing.post import Post, wait_for
from tests.transcribing.second import MODEL, SECOND, Bench, is_alive, make_model

TROUBLE = (MODEL_BROKEN,)


@pytest.fixture
def bench(post: Post, tmp_path: Path) -> Bench:
    return Bench(post, make_model(tmp_path / "models" / MODEL))


# ------------------------------------------------------------------ order, and calls first


def test_the_oldest_is_heard_first_and_one_at_a_time(bench: Bench) -> None:
    lengths = [bench.message(pcm=SECOND * n) and 16000 * n for n in (1, 2, 3)]
    bench.turn_until("the third", lambda: len(bench.starts) == 3)
    assert [int(line.split()[1]) for line in bench.starts] == lengths


def test_nothing_is_heard_again_while_the_line_is_busy(post: Post, bench: Bench) -> None:
    message_id = bench.message()
    for _ in range(50):
        bench.second.turn(False)
        bench.now += 60.0
    assert (bench.starts, bench.attempts(message_id)) == ([], 0)


def test_a_call_ends_the_engine_at_once_and_costs_no_attempt(bench: Bench) -> None:
    message_id = bench.message()
    bench.answers("hang")
    bench.start()
    bench.turn_until("its end", lambda: not bench.is_running(), is_idle=False)
    bench.says("cháy nhà")
    bench.turn_until_state(message_id, "done")
    assert (len(bench.starts), bench.attempts(message_id)) == (2, 1)


def test_while_a_call_is_on_nothing_is_written(post: Post, bench: Bench) -> None:
    message_id = bench.message()
    bench.start()
    wait_for("its end", lambda: not bench.is_running())
    bench.second.turn(False)
    assert post.entry(message_id).second_state == "wanted"
    bench.turn_until_state(message_id, "done")


def test_no_sound_and_no_word_touches_a_disk(bench: Bench) -> None:
    bench.message()
    bench.start()
    assert bench.starts[0].split()[2] == "/memfd:sound"


# ------------------------------------------------------------------ what goes wrong


def test_what_crashes_three_times_is_given_up_and_the_next_one_heard(
    post: Post, bench: Bench
) -> None:
    bad = bench.message("cháy nhà")
    bench.answers("crash")
    for tries, pause_s in enumerate((10.0, 20.0, 30.0), 1):
        bench.start()
        bench.rest(pause_s - 1.0)
        bench.second.turn(True)
        assert bench.attempts(bad) == tries, "not again at once"
        bench.now += 1.0
    entry = post.entry(bad)
    assert (entry.second_state, entry.second_error) == ("failed", "crashed")
    assert post.transcript(bad)["text"] == "cháy nhà"
    assert list(live.keys_dir(post.run_dir).iterdir()) == []
    assert MODEL_BROKEN in bench.second.troubles
    good = bench.message()
    bench.says("vâng")
    bench.turn_until_state(good, "done")
    assert not bench.second.troubles


def test_an_engine_that_hangs_is_ended_and_the_attempt_counts(bench: Bench) -> None:
    message_id = bench.message(pcm=SECOND * 3)
    bench.answers("hang")
    bench.start()
    bench.now += 120.0 + 20 * 3 - 0.1
    bench.second.turn(True)
    assert bench.is_running()
    bench.now += 0.2
    bench.rest(10.0)
    bench.says("vâng")
    bench.turn_until_state(message_id, "done")
    assert bench.attempts(message_id) == 2


@pytest.mark.parametrize(
    "answer",
    [
        *("{", "[]", "null", '{"words": []}', '{"model": "m", "words": 1, "dropped": 0, "cut": 0}'),
        '{"model": "m", "words": [["a", 0]], "dropped": 0, "cut": 0}',
        '{"model": "m", "words": [["a", "b", 1, 1]], "dropped": 0, "cut": 0}',
        *("1", "70"),
    ],
)
def test_an_answer_that_cannot_be_read_counts_as_a_try(bench: Bench, answer: str) -> None:
    message_id = bench.message()
    bench.answers(answer)
    bench.start()
    bench.rest(10.0)
    bench.says("vâng")
    bench.turn_until_state(message_id, "done")
    assert bench.attempts(message_id) == 2


def test_a_damaged_model_is_told_and_costs_no_message_its_attempts(
    post: Post, bench: Bench
) -> None:
    message_id = bench.message()
    bench.answers("78")
    bench.start()
    bench.rest(599.0)
    assert (bench.second.troubles, bench.second.wants_second) == (TROUBLE, False)
    bench.second.turn(True)
    assert (len(bench.starts), bench.attempts(message_id)) == (1, 0)
    bench.now += 2.0
    bench.says("vâng")
    bench.turn_until_state(message_id, "done")
    assert (bench.second.troubles, bench.second.wants_second) == ((), True)


def test_a_recording_that_cannot_be_read_is_given_up_at_once(post: Post, bench: Bench) -> None:
    changed, gone = bench.message(), bench.message()
    live.save_stream_key(post.run_dir, changed, b"x" * 32)
    spool.path_of(post.config.store.spool_dir, gone).unlink()
    for message_id in (changed, gone):
        bench.turn_until_state(message_id, "failed")
        assert post.entry(message_id).second_error == "unreadable"
    assert bench.starts == []
    assert list(live.keys_dir(post.run_dir).iterdir()) == []


def test_no_room_for_another_process_is_a_try_for_later(post: Post, bench: Bench) -> None:
    message_id = bench.message()
    bench.command = ("/nowhere/engine",)
    bench.restart()
    bench.second.turn(True)
    bench.second.turn(True)
    assert bench.attempts(message_id) == 1
    bench.now += 21.0
    bench.second.turn(True)
    assert bench.attempts(message_id) == 2


def test_a_locked_database_costs_time_and_no_second_hearing(post: Post, bench: Bench) -> None:
    message_id = bench.message()
    bench.start()
    bench.desk.conn.execute("PRAGMA busy_timeout = 20")
    other = db.connect(post.config.store.database)
    other.execute("BEGIN IMMEDIATE")
    bench.turn_until("its end", lambda: not bench.is_running())
    bench.second.turn(True)
    other.execute("ROLLBACK")
    other.close()
    bench.now += 1.0
    bench.turn_until_state(message_id, "done")
    assert len(bench.starts) == 1


def test_a_message_that_is_deleted_meanwhile_holds_nobody_up(post: Post, bench: Bench) -> None:
    gone, next_one = bench.message(), bench.message()
    bench.start()
    post.conn.execute("DELETE FROM messages WHERE id = ?", (gone,))
    bench.turn_until_state(next_one, "done")
    assert list(live.keys_dir(post.run_dir).iterdir()) == []


# ------------------------------------------------------------------ keys, stops, on and off


def test_without_its_key_a_message_waits_for_an_officer(post: Post, bench: Bench) -> None:
    message_id = bench.message()
    key = live.read_stream_key(post.run_dir, message_id)
    assert key
    live.forget_stream_key(post.run_dir, message_id)
    bench.turn_until_state(message_id, "waiting_for_key")
    live.save_stream_key(post.run_dir, message_id, key)
    messages.want_second(post.conn, message_id, "can-bo-1")
    bench.turn_until_state(message_id, "done")


def test_being_told_to_stop_costs_no_attempt(bench: Bench) -> None:
    message_id = bench.message()
    bench.answers("hang")
    bench.start()
    bench.second.stop()
    assert not bench.is_running()
    assert bench.attempts(message_id) == 0


def test_what_was_heard_when_told_to_stop_is_kept(post: Post, bench: Bench) -> None:
    message_id = bench.message()
    bench.start()
    wait_for("its end", lambda: not bench.is_running())
    bench.second.stop()
    assert post.entry(message_id).second_state == "done"


def test_a_crash_in_between_is_one_attempt(bench: Bench) -> None:
    message_id = bench.message()
    bench.answers("hang")
    bench.start()
    left = bench.second
    bench.restart()
    bench.says("vâng")
    bench.turn_until_state(message_id, "done")
    assert bench.attempts(message_id) == 2
    left.stop()


def test_the_engine_does_not_outlive_the_listener(tmp_path: Path) -> None:
    program = textwrap.dedent("""
        import sys
        from appliance.transcribing.second_ear import SecondEar
        engine = "import os, signal; os.write(2, b'%d\\\\n' % os.getpid()); signal.pause()"
        SecondEar([sys.executable, "-c", engine], bytes(1600), 0.0)
        sys.stdin.read()
    """)
    listener = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with listener:
        assert listener.stderr
        engine = int(listener.stderr.readline())
        os.kill(listener.pid, signal.SIGKILL)
    wait_for("its end", lambda: not is_alive(engine))


def test_switched_off_nothing_waits_for_it_and_nothing_is_complained_of(
    post: Post, bench: Bench
) -> None:
    message_id = bench.message()
    off = Bench(post, None)
    off.second.turn(True)
    assert post.entry(message_id).second_state is None
    assert (off.second.wants_second, off.second.troubles, off.starts) == (False, (), [])


@pytest.mark.parametrize("repair", ["model", "packages"])
def test_a_model_that_comes_later_is_used_within_a_minute(
    post: Post, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, repair: str
) -> None:
    folder = tmp_path / "models" / "later"
    make_later: Callable[[], object]
    if repair == "model":
        make_later = lambda: make_model(folder)  # noqa: E731
    else:
        make_model(folder)
        monkeypatch.setattr(whisper, "PACKAGE", "no_such_package")
        make_later = monkeypatch.undo
    bench = Bench(post, folder)
    message_id = bench.message()
    bench.second.turn(True)
    assert (bench.second.wants_second, bench.second.troubles) == (False, TROUBLE)
    assert (bench.starts, bench.attempts(message_id)) == ([], 0)
    make_later()
    bench.now += 60.0
    bench.turn_until_state(message_id, "done")
    assert (bench.second.wants_second, bench.second.troubles) == (True, ())
