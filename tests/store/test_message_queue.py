"""The transcriber's queue: a job may run twice, never zero times, and not for ever."""

import sqlite3
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from appliance.store import audit, db, messages
from appliance.store.message_queue import NEXT
from appliance.store.messages import MAX_ATTEMPTS, Claim, Verdict

LEASE_S = 10.0
CALM = Verdict("other", has_speech=True, line_quality="good")


def recorded(conn: db.Connection, number: int, *, finished: bool = True) -> str:
    call_id = f"{number:032x}"
    messages.begin(conn, f"{call_id}-1", call_id, float(number))
    if finished:
        messages.finish_recording(conn, f"{call_id}-1", 1000, "key")
    return f"{call_id}-1"


def claim(conn: db.Connection, now: float, owner: str = "w") -> Claim | None:
    return messages.claim_next(conn, now=now, owner=owner, lease_s=LEASE_S)


def save(
    conn: db.Connection,
    message_id: str,
    owner: str = "w",
    reason: str | None = None,
    verdict: Verdict = CALM,
    wants_second: bool = False,
) -> bool:
    return messages.save_transcript(
        conn,
        message_id,
        owner,
        sealed=b"words",
        engine="vosk",
        model="small-vn",
        word_count=3,
        mean_confidence=0.8,
        end_reason=reason,
        duration_ms=1234,
        verdict=verdict,
        wants_second=wants_second,
        now=50.0,
    )


def test_a_call_in_progress_comes_first_then_the_oldest(conn: db.Connection) -> None:
    old, new = recorded(conn, 1), recorded(conn, 2)
    live = recorded(conn, 3, finished=False)
    claims = [claim(conn, 0.0) for _ in range(4)]
    assert [c and (c.id, c.state, c.attempts) for c in claims] == [
        (live, "recording", 1),
        (old, "transcribing", 1),
        (new, "transcribing", 1),
        None,
    ]


def test_a_claimed_message_is_nobody_else_s_until_the_lease_ends(conn: db.Connection) -> None:
    message_id = recorded(conn, 1)
    assert claim(conn, 100.0, "a")
    assert claim(conn, 109.9, "b") is None
    assert messages.renew(conn, message_id, "a", 130.0)
    assert claim(conn, 129.9, "b") is None
    again = claim(conn, 130.0, "b")
    assert again == Claim(message_id, message_id[:32], "transcribing", 2)
    assert not messages.renew(conn, message_id, "a", 200.0)


def test_who_lost_the_lease_changes_nothing(conn: db.Connection) -> None:
    message_id = recorded(conn, 1)
    claim(conn, 0.0, "a")
    claim(conn, 50.0, "b")
    assert not save(conn, message_id, "a")
    assert not messages.fail(conn, message_id, "a", "x")
    assert not messages.retry_later(conn, message_id, "a", "x", 0.0)
    assert not messages.wait_for_key(conn, message_id, "a")
    assert messages.get(conn, message_id).state == "transcribing"
    assert save(conn, message_id, "b")
    assert messages.get(conn, message_id).sealed_transcript == b"words"


def test_a_message_followed_while_it_is_recorded_goes_on_under_the_same_claim(
    conn: db.Connection,
) -> None:
    message_id = recorded(conn, 1, finished=False)
    assert claim(conn, 0.0)
    assert messages.get(conn, message_id).state == "recording"
    messages.finish_recording(conn, message_id, 1000, "silence")
    assert messages.get(conn, message_id).state == "transcribing"
    assert claim(conn, 1.0, "other") is None
    assert save(conn, message_id, reason="silence")
    entry = messages.get(conn, message_id)
    assert (entry.state, entry.end_reason, entry.word_count) == ("transcribed", "silence", 3)


def test_a_transcript_saved_before_the_clerk_finished_the_row_stays(conn: db.Connection) -> None:
    message_id = recorded(conn, 1, finished=False)
    claim(conn, 0.0)
    assert save(conn, message_id, reason="key")
    messages.finish_recording(conn, message_id, 1240, "key")
    entry = messages.get(conn, message_id)
    assert (entry.state, entry.duration_ms, entry.end_reason) == ("transcribed", 1240, "key")


def test_the_reason_in_the_file_wins_and_none_means_cut(conn: db.Connection) -> None:
    for number, (in_row, in_file, shown) in enumerate(
        [(None, "silence", "silence"), (None, None, "cut"), ("key", None, "key")]
    ):
        message_id = recorded(conn, number, finished=False)
        if in_row:
            messages.finish_recording(conn, message_id, 1000, in_row)
        claim(conn, 0.0)
        save(conn, message_id, reason=in_file)
        assert messages.get(conn, message_id).end_reason == shown


def test_what_kills_the_decoder_three_times_is_failed_and_playable(conn: db.Connection) -> None:
    message_id = recorded(conn, 1)
    for number in range(MAX_ATTEMPTS):
        got = claim(conn, 100.0 * number)
        assert got
        assert got.attempts == number + 1
    assert claim(conn, 1000.0) is None
    entry = messages.get(conn, message_id)
    assert (entry.state, entry.error, entry.duration_ms) == ("failed", "crashed", 1000)
    assert [row.action for row in audit.list_for(conn, message_id)][-1] == "failed"


def test_a_live_recording_is_never_failed_before_it_has_ended(conn: db.Connection) -> None:
    message_id = recorded(conn, 1, finished=False)
    for number in range(MAX_ATTEMPTS + 2):
        claim(conn, 100.0 * number)
    assert messages.get(conn, message_id).state == "recording"


def test_a_failed_message_does_not_hide_the_one_behind_it(conn: db.Connection) -> None:
    recorded(conn, 1)
    for number in range(MAX_ATTEMPTS):
        claim(conn, 100.0 * number)
    behind = recorded(conn, 2)
    got = claim(conn, 1000.0)
    assert got
    assert got.id == behind


def test_a_message_given_back_waits_for_its_time(conn: db.Connection) -> None:
    message_id = recorded(conn, 1)
    claim(conn, 0.0)
    assert messages.retry_later(conn, message_id, "w", "no_model", 60.0)
    entry = messages.get(conn, message_id)
    assert (entry.state, entry.error) == ("recorded", "no_model")
    assert claim(conn, 59.9) is None
    assert claim(conn, 60.0)


def test_being_told_to_stop_costs_no_attempt(conn: db.Connection) -> None:
    message_id = recorded(conn, 1)
    for _ in range(MAX_ATTEMPTS + 1):
        claimed = claim(conn, 0.0)
        assert claimed
        assert claimed.attempts == 1
        assert messages.give_back(conn, message_id, "w")
    assert not messages.give_back(conn, message_id, "w"), "it is nobody's now"


def test_a_message_without_key_waits_for_an_officer_and_starts_anew(conn: db.Connection) -> None:
    message_id = recorded(conn, 1)
    claim(conn, 0.0)
    assert messages.wait_for_key(conn, message_id, "w")
    assert messages.list_waiting_for_key(conn) == [message_id]
    assert claim(conn, 1000.0) is None
    assert messages.retry_by_hand(conn, message_id, "can-bo-1")
    assert messages.list_waiting_for_key(conn) == []
    got = claim(conn, 1000.0)
    assert got
    assert got.attempts == 1
    assert audit.list_for(conn, message_id)[-1].actor == "can-bo-1"


def test_only_failed_or_waiting_messages_are_tried_again_by_hand(conn: db.Connection) -> None:
    message_id = recorded(conn, 1)
    assert not messages.retry_by_hand(conn, message_id, "can-bo-1")
    claim(conn, 0.0)
    assert messages.fail(conn, message_id, "w", "unreadable")
    assert messages.get(conn, message_id).error == "unreadable"
    assert messages.retry_by_hand(conn, message_id, "can-bo-1")
    assert messages.get(conn, message_id).error is None


def test_a_restarted_transcriber_frees_its_claims_at_once(conn: db.Connection) -> None:
    message_id = recorded(conn, 1)
    claim(conn, 0.0, "before")
    messages.clear_leases(conn)
    got = claim(conn, 0.1, "after")
    assert got == Claim(message_id, message_id[:32], "transcribing", 2)


def test_looking_for_work_needs_no_write_lock(conn: db.Connection, database: Path) -> None:
    holder = sqlite3.connect(database, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    looking = db.connect(database, busy_timeout_s=0.01)
    assert claim(looking, 0.0) is None
    holder.execute("ROLLBACK")


def test_the_queue_is_asked_through_an_index(conn: db.Connection) -> None:
    plan = conn.execute(f"EXPLAIN QUERY PLAN {NEXT}", (3, 0.0, 0.0)).fetchall()
    assert any("messages_to_transcribe" in row["detail"] for row in plan)


class Transcribers(RuleBasedStateMachine):
    """Two transcribers that crash and come back, against a clock that only goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "h.db"
        db.migrate(path)
        self.conn = db.connect(path)
        self.conn.execute("PRAGMA synchronous = OFF")  # thousands of steps; no power cut here
        self.now, self.made = 0.0, 0
        self.held: dict[str, str] = {}
        self.until: dict[str, float] = {}

    @rule(finished=st.booleans())
    def receive(self, finished: bool) -> None:
        recorded(self.conn, self.made, finished=finished)
        self.made += 1

    @rule(owner=st.sampled_from("ab"))
    def take(self, owner: str) -> None:
        got = claim(self.conn, self.now, owner)
        if got:
            assert self.until.get(got.id, -1.0) <= self.now  # nobody else's
            assert got.attempts <= MAX_ATTEMPTS
            self.held[got.id], self.until[got.id] = owner, self.now + LEASE_S
        for message_id in [held for held in self.held if self._has_failed(held)]:
            assert self.until.pop(message_id) <= self.now, "only a lease that ended is given up"
            del self.held[message_id]

    def _has_failed(self, message_id: str) -> bool:
        return messages.get(self.conn, message_id).state == "failed"

    @precondition(lambda self: self.held)
    @rule(data=st.data(), deed=st.sampled_from(["save", "fail", "later", "key"]))
    def end(self, data: st.DataObject, deed: str) -> None:
        message_id = data.draw(st.sampled_from(sorted(self.held)))
        owner = self.held.pop(message_id)
        del self.until[message_id]
        done = {
            "save": lambda: save(self.conn, message_id, owner),
            "fail": lambda: messages.fail(self.conn, message_id, owner, "x"),
            "later": lambda: messages.retry_later(self.conn, message_id, owner, "x", self.now),
            "key": lambda: messages.wait_for_key(self.conn, message_id, owner),
        }[deed]()
        assert done

    @rule()
    def finish_all(self) -> None:
        for entry in messages.list_newest(self.conn, limit=1000):
            if entry.state == "recording":
                messages.finish_recording(self.conn, entry.id, 1000, "key")

    @rule(seconds=st.floats(0, 25))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @invariant()
    def no_message_is_ever_lost(self) -> None:
        entries = messages.list_newest(self.conn, limit=1000)
        assert len(entries) == self.made
        assert all((e.state == "transcribed") == (e.sealed_transcript is not None) for e in entries)

    def teardown(self) -> None:
        """Whatever happened: once all is still, every message comes to an end."""
        self.finish_all()
        self.now += 10 * LEASE_S
        while got := claim(self.conn, self.now, "last"):
            assert save(self.conn, got.id, "last")
        ended = {entry.state for entry in messages.list_newest(self.conn, limit=1000)}
        assert ended <= {"transcribed", "failed", "waiting_for_key"}
        assert audit.verify(self.conn).ok
        self.conn.close()
        self.folder.cleanup()


TestTranscribers = pytest.mark.filterwarnings("ignore::ResourceWarning")(Transcribers.TestCase)
TestTranscribers.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
