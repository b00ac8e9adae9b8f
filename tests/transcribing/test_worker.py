"""The worker with an engine made for the test: order of work, tries, keys, locks; time given."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.store import db, live, messages, speech_lists, spool
from appliance.store.speech_lists import Name
from appliance.tones import FRAME_BYTES
from appliance.transcribing.engine import RATE_HZ, Stream, Word
from appliance.transcribing.hearing import HELD
from appliance.transcribing.outcomes import Desk
from appliance.transcribing.resample import REACH
from appliance.transcribing.watch import Watch
from appliance.transcribing.worker import Worker
from tests.transcribing.post import Post, Recording, wait_for
from tests.transcribing.sounds import busy, pcm_of

SECOND = bytes(16000)
# What the ears keep back until the end, in the engine's 16 kHz.
HELD_BYTES = 2 * HELD * FRAME_BYTES + 2 * 2 * REACH
TWO_SECONDS, THREE_SECONDS = (2 * RATE_HZ * seconds - HELD_BYTES for seconds in (2, 3))


class Counting:
    """Hears one word in each second of sound; notes who was decoded; fails when told to."""

    engine, model, preset = "counting", "seconds", "pi4"

    def __init__(self) -> None:
        self.opened: list[CountingStream] = []
        self.failures = 0
        self.says: list[str] = []  # instead, all of it in the end

    def open(self, rate_hz: int) -> Stream:
        assert rate_hz == RATE_HZ
        self.opened.append(CountingStream(self))
        return self.opened[-1]


class CountingStream:
    def __init__(self, owner: Counting) -> None:
        self.owner, self.heard = owner, 0

    def accept(self, pcm: bytes) -> None:
        if self.owner.failures:
            self.owner.failures -= 1
            raise Exception("Failed to process waveform")  # what Vosk raises
        self.heard += len(pcm)

    def settled(self) -> list[Word]:
        seconds = self.heard // (2 * RATE_HZ)
        return [Word(f"w{n}", float(n), n + 0.9, 0.5) for n in range(seconds)]

    def partial(self) -> str:
        return "open"

    def finish(self) -> list[Word]:
        said = [Word(word, n / 4, n / 4 + 0.2, 0.9) for n, word in enumerate(self.owner.says)]
        return said or self.settled()


class Bench:
    """A worker that is turned by hand, and its clock."""

    def __init__(self, post: Post) -> None:
        self.post, self.now, self.engine = post, 1000.0, Counting()
        self.desk = Desk(
            db.connect(post.config.store.database, busy_timeout_s=0.05),
            post.config,
            self.engine,
            Watch(),
            post.keys.public,
            clock=lambda: self.now,
            wall=lambda: self.now,
        )
        self.worker = Worker(self.desk)

    def turn_until(self, condition: Callable[[], bool], turns: int = 2000) -> None:
        """Let time pass as the worker asks for."""
        for _ in range(turns):
            self.now += self.worker.turn() or 0.001
            if condition():
                return
        raise AssertionError(f"not within {turns} turns")

    def turn(self, times: int) -> None:
        for _ in range(times):
            self.now += self.worker.turn() or 0.001


@pytest.fixture
def bench(post: Post) -> Iterator[Bench]:
    made = Bench(post)
    yield made
    made.desk.conn.close()


def growing(post: Post, seconds: int) -> Recording:
    """A recording in the making whose sound has reached the file."""
    recording = post.begin()
    recording.feed(SECOND * seconds)
    path = spool.path_of(post.config.store.spool_dir, recording.id)
    key = live.read_stream_key(post.run_dir, recording.id)
    assert key
    wait_for(
        "the sound in the file",
        lambda: len(spool.read_audio(path, key).pcm) == len(SECOND) * seconds,
    )
    return recording


def test_a_message_is_written_down_and_its_key_forgotten(post: Post, bench: Bench) -> None:
    message_id = post.record(SECOND * 3, "silence")
    bench.turn_until(lambda: post.state(message_id) == "transcribed")
    transcript = post.transcript(message_id)
    assert transcript["text"] == "w0 w1 w2"
    assert transcript["words"][1] == {"word": "w1", "start": 1.0, "end": 1.9, "conf": 0.5}
    names = [transcript[which] for which in ("engine", "model", "preset")]
    assert names == ["counting", "seconds", "pi4"]
    entry = post.entry(message_id)
    assert (entry.word_count, entry.mean_confidence, entry.end_reason) == (3, 0.5, "silence")
    assert live.read_stream_key(post.run_dir, message_id) is None


def test_a_message_without_words_is_finished_too(post: Post, bench: Bench) -> None:
    message_id = post.record(SECOND[:8000])
    bench.turn_until(lambda: post.state(message_id) == "transcribed")
    assert post.transcript(message_id)["text"] == ""
    assert post.entry(message_id).mean_confidence is None


def test_a_blank_call_sorts_itself_out_and_stays_in_the_queue(post: Post, bench: Bench) -> None:
    tone_only = pcm_of(busy(3.0))
    blank, tone = post.record(SECOND * 3), post.record(tone_only)
    bench.turn_until(lambda: post.state(tone) == "transcribed")
    for message_id in (blank, tone):
        entry = post.entry(message_id)
        assert (entry.has_speech, entry.line_quality) == (False, None)
        assert (entry.category, entry.urgency, entry.status) == ("other", "normal", "new")
    assert post.readable(tone).pcm == tone_only, "the recording is as it came"


def test_a_message_says_that_somebody_spoke_and_how_good_the_line_was(
    post: Post, bench: Bench, voice: bytes
) -> None:
    message_id = post.record(voice[: 16000 * 4])
    bench.turn_until(lambda: post.state(message_id) == "transcribed")
    entry = post.entry(message_id)
    assert (entry.has_speech, entry.line_quality) == (True, "good")


def test_spoken_numbers_and_names_of_the_post_stand_beside_the_words(
    post: Post, bench: Bench
) -> None:
    said = "nhà em ở bản nậm trảy số không chín một hai ba bốn năm sáu bảy tám"
    bench.engine.says = said.split()
    speech_lists.save_names(post.conn, [Name("bản Nậm Chảy", "hamlet")], "can-bo-1")
    message_id = post.record(SECOND * 4)
    bench.turn_until(lambda: post.state(message_id) == "transcribed")
    transcript = post.transcript(message_id)
    assert transcript["text"] == said, "the words stay as they are"
    assert transcript["numbers"] == [
        {"first": 7, "last": 16, "kind": "phone", "value": "0912345678"}
    ]
    (name,) = transcript["names"]
    assert (name["first"], name["last"], name["name"]) == (3, 5, "bản Nậm Chảy")
    assert (name["kind"], name["exact"]) == ("hamlet", False)


def test_without_its_key_a_message_waits_for_an_officer(post: Post, bench: Bench) -> None:
    message_id = post.record(SECOND)
    key = live.read_stream_key(post.run_dir, message_id)
    assert key
    live.forget_stream_key(post.run_dir, message_id)
    bench.turn_until(lambda: post.state(message_id) == "waiting_for_key")
    live.save_stream_key(post.run_dir, message_id, key)
    messages.retry_by_hand(post.conn, message_id, "can-bo-1")
    bench.turn_until(lambda: post.state(message_id) == "transcribed")


def test_an_engine_that_fails_twice_gets_its_third_try_after_2_and_10_seconds(
    post: Post, bench: Bench
) -> None:
    message_id = post.record(SECOND)
    bench.engine.failures = 2
    start = bench.now
    bench.turn_until(lambda: post.state(message_id) == "transcribed")
    assert post.entry(message_id).attempts == 3
    assert 12.0 <= bench.now - start < 13.0


def test_after_three_failures_the_message_is_failed_and_still_playable(
    post: Post, bench: Bench
) -> None:
    message_id = post.record(SECOND)
    bench.engine.failures = 99
    bench.turn_until(lambda: post.state(message_id) == "failed")
    bench.turn(100)
    assert len(bench.engine.opened) == 3
    assert post.readable(message_id).pcm == SECOND
    assert live.read_stream_key(post.run_dir, message_id)  # for a retry by hand


def test_one_message_that_fails_does_not_hold_up_the_next(post: Post, bench: Bench) -> None:
    failing, good = post.record(SECOND), post.record(SECOND)
    bench.engine.failures = 1
    bench.turn_until(lambda: post.state(good) == "transcribed")
    assert post.state(failing) == "recorded"


def test_a_call_in_progress_goes_before_an_old_message(post: Post, bench: Bench) -> None:
    old = post.record(SECOND * 4)
    bench.turn(3)
    decoded_before = bench.engine.opened[0].heard
    recording = growing(post, 3)
    bench.turn_until(lambda: len(bench.engine.opened) == 2, turns=2)
    bench.turn_until(lambda: bench.engine.opened[1].heard == THREE_SECONDS, turns=20)
    assert bench.engine.opened[0].heard <= decoded_before + 2 * 8000
    assert post.state(old) == "transcribing"
    recording.close()
    bench.turn_until(lambda: post.state(recording.id) == "transcribed", turns=5)
    bench.turn_until(lambda: post.state(old) == "transcribed")


def test_a_recorder_that_died_leaves_a_message_that_is_called_cut(post: Post, bench: Bench) -> None:
    recording = growing(post, 2)
    bench.turn_until(
        lambda: bool(bench.engine.opened and bench.engine.opened[0].heard == TWO_SECONDS)
    )
    bench.turn(30)
    assert post.state(recording.id) == "recording"
    found = replace(
        spool.recover(spool.path_of(post.config.store.spool_dir, recording.id)), complete=False
    )
    messages.ensure_recovered(post.conn, found)
    bench.turn_until(lambda: post.state(recording.id) == "transcribed", turns=30)
    assert post.entry(recording.id).end_reason == "cut"
    assert post.entry(recording.id).word_count == 2
    recording.recorder.close("caller_hung_up")
    recording.recorder.join(30.0)


def test_a_call_that_cannot_be_had_does_not_open_every_old_message(
    post: Post, bench: Bench
) -> None:
    old = [post.record(SECOND * 4) for _ in range(6)]
    bench.turn(1)
    recording = growing(post, 2)
    bench.engine.failures = 1
    bench.turn_until(lambda: len(bench.engine.opened) == 2 and not bench.engine.failures)
    bench.turn(6)  # it is put off for 2 s: nobody listens to the newest call meanwhile
    assert len(bench.engine.opened) == 2, "one old message at a time"
    assert [post.entry(one).attempts for one in old] == [1, 0, 0, 0, 0, 0]
    recording.close()
    bench.turn_until(lambda: all(post.state(one) == "transcribed" for one in [*old, recording.id]))
    assert [post.entry(one).attempts for one in old] == [1] * 6
    assert post.entry(recording.id).attempts == 2


def test_giving_up_in_front_of_a_locked_database_does_not_end_the_process(
    post: Post, bench: Bench
) -> None:
    unreadable = post.record(SECOND)
    live.save_stream_key(post.run_dir, unreadable, b"x" * 32)
    read_stream_key = live.read_stream_key

    def lock_now(run_dir: Path, recording_id: str) -> bytes | None:
        post.conn.execute("BEGIN IMMEDIATE")
        return read_stream_key(run_dir, recording_id)

    with pytest.MonkeyPatch.context() as patch:  # the lock comes between claim and verdict
        patch.setattr(live, "read_stream_key", lock_now)
        bench.turn(1)
    post.conn.execute("ROLLBACK")
    bench.now += 60.0  # its lease runs out
    bench.turn_until(lambda: post.state(unreadable) == "failed")


def test_being_told_to_stop_in_front_of_a_locked_database_is_no_crash(
    post: Post, bench: Bench
) -> None:
    message_id = growing(post, 1).id
    bench.turn_until(lambda: bool(bench.engine.opened))
    post.conn.execute("BEGIN IMMEDIATE")
    stopped = threading.Event()
    stopped.set()
    bench.worker.run(stopped)
    post.conn.execute("ROLLBACK")
    assert post.state(message_id) == "recording", "it waits for the next start"


def test_words_of_a_message_that_failed_do_not_stay_in_memory(post: Post, bench: Bench) -> None:
    message_id = post.record(SECOND)
    live.write_partial(post.run_dir, message_id, [], "lời của người gọi")
    bench.engine.failures = 99
    bench.turn_until(lambda: post.state(message_id) == "failed")
    assert live.read_partial(post.run_dir, message_id) is None


def test_what_a_crash_left_in_memory_is_removed_at_the_next_start(post: Post, bench: Bench) -> None:
    done, failed, waiting = (post.record(SECOND) for _ in range(3))
    key = live.read_stream_key(post.run_dir, done)
    assert key
    bench.turn_until(lambda: post.state(waiting) == "transcribed")
    live.save_stream_key(post.run_dir, done, key)  # killed between saving and forgetting
    post.conn.execute("UPDATE messages SET state = 'failed' WHERE id = ?", (failed,))
    for one in (done, failed):
        live.write_partial(post.run_dir, one, [], "lời")
    unborn = live.keys_dir(post.run_dir) / ("f" * 32 + "-1")
    unborn.write_bytes(key)
    Bench(post).turn(1)
    assert live.read_stream_key(post.run_dir, done) is None
    assert [live.read_partial(post.run_dir, one) for one in (done, failed)] == [None, None]
    assert unborn.exists(), "a call that has its key and not yet its row"


def test_a_dead_recording_does_not_keep_other_messages_waiting(post: Post, bench: Bench) -> None:
    dead = growing(post, 1)
    bench.turn_until(lambda: bool(bench.engine.opened))
    other = post.record(SECOND * 2)
    bench.turn_until(lambda: post.state(other) == "transcribed", turns=300)
    assert post.state(dead.id) == "recording"
    dead.close()
    bench.turn_until(lambda: post.state(dead.id) == "transcribed")


def test_a_locked_database_costs_time_and_no_second_decoding(post: Post, bench: Bench) -> None:
    message_id = post.record(SECOND * 2)
    bench.turn_until(
        lambda: bench.engine.opened != [] and bench.engine.opened[0].heard == TWO_SECONDS
    )
    post.conn.execute("BEGIN IMMEDIATE")
    bench.turn(5)
    post.conn.execute("ROLLBACK")
    bench.turn_until(lambda: post.state(message_id) == "transcribed")
    assert len(bench.engine.opened) == 1
    assert post.entry(message_id).attempts == 1


def test_a_recording_changed_on_disk_fails_at_once(post: Post, bench: Bench) -> None:
    message_id = post.record(SECOND)
    live.save_stream_key(post.run_dir, message_id, b"x" * 32)
    bench.turn_until(lambda: post.state(message_id) == "failed")
    assert (post.entry(message_id).attempts, post.entry(message_id).error) == (1, "unreadable")


def test_a_recording_that_is_gone_fails_at_once(post: Post, bench: Bench) -> None:
    message_id = post.record(SECOND)
    spool.path_of(post.config.store.spool_dir, message_id).unlink()
    bench.turn_until(lambda: post.state(message_id) == "failed")
    assert messages.get(post.conn, message_id).attempts == 1, "another try would find no more"


def test_a_damaged_end_costs_only_the_end(post: Post, bench: Bench) -> None:
    message_id = post.record(SECOND * 3)
    path = spool.path_of(post.config.store.spool_dir, message_id)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    bench.turn_until(lambda: post.state(message_id) == "transcribed")
    assert post.entry(message_id).word_count == 1


def test_what_an_earlier_run_had_claimed_is_taken_up(post: Post, bench: Bench) -> None:
    message_id = post.record(SECOND)
    messages.claim_next(post.conn, now=bench.now, owner="killed", lease_s=1e6)
    bench.turn_until(lambda: post.state(message_id) == "transcribed")
    assert post.entry(message_id).attempts == 2


def test_a_long_message_keeps_its_lease(post: Post, bench: Bench) -> None:
    recording = growing(post, 1)
    for _ in range(20):
        bench.turn(3)
        bench.now += 5.0
    recording.feed(SECOND)
    recording.close()
    bench.turn_until(lambda: post.state(recording.id) == "transcribed")
    assert post.entry(recording.id).attempts == 1


def test_a_key_too_old_is_removed_from_ram(post: Post, bench: Bench) -> None:
    message_id = post.record(SECOND)
    assert live.read_stream_key(post.run_dir, message_id) is not None
    bench.now += 1e10  # the wall clock the worker is given
    bench.turn_until(lambda: post.state(message_id) == "waiting_for_key")
    assert live.read_stream_key(post.run_dir, message_id) is None


def test_the_status_names_the_model_and_what_is_being_done(post: Post, bench: Bench) -> None:
    bench.worker.show_status()
    assert (post.status()["model"], post.status()["state"]) == ("seconds", "ready")
    recording = growing(post, 1)
    bench.turn_until(lambda: post.status()["state"] == "busy")
    assert post.status()["busy"] == [recording.id]
    recording.close()
    bench.turn_until(lambda: post.status()["state"] == "ready")
