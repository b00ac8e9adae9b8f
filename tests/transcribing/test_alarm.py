"""Urgency while the caller speaks: the real process, sound in real time; what may go wrong."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from appliance.store import db, live, settings, speech_lists
from appliance.store.speech_lists import Keyword
from appliance.transcribing.alarm import LiveAlarm
from appliance.transcribing.engine import Word
from appliance.transcribing.triage import Triage
from appliance.transcribing.word_lists import ListReader
from tests.transcribing.post import Post, wait_for

FIRE = Keyword("cháy", "security", "urgent", 8)
KILLING = Keyword("giết người", "security", "grave", 10)
# What the Korean model makes of the espeak voice between 4 and 7 s, whatever its dither does.
HEARD = ("나비", "리나", "바비")


def words_of(text: str) -> list[Word]:
    return [Word(word, float(n), n + 0.9, 0.9) for n, word in enumerate(text.split())]


@pytest.fixture
def conn(post: Post) -> Iterator[db.Connection]:
    made = db.connect(post.config.store.database, busy_timeout_s=0.05)
    yield made
    made.close()


def test_an_urgent_word_raises_the_flag_while_the_caller_speaks(
    make_post: Callable[[Path], Post], model: Path, voice: bytes
) -> None:
    box = make_post(model)
    keywords = [Keyword(word, "security", "grave", 10) for word in HEARD]
    speech_lists.save_keywords(box.conn, keywords, "can-bo-1")
    with box.listener():
        box.wait_ready()
        recording = box.begin()
        began = time.time()
        recording.speak(voice[: 16000 * 10])
        entry = box.entry(recording.id)
        shown = live.read_partial(box.run_dir, recording.id) or {}
        recording.close()
        wait_for("the transcript", lambda: box.state(recording.id) == "transcribed")
    assert (entry.state, entry.category, entry.urgency) == ("recording", "security", "grave")
    assert shown["triage"]["urgency"] == "grave"
    assert {why["phrase"] for why in shown["triage"]["reasons"]} <= set(HEARD)
    spoken = [word for word in box.transcript(recording.id)["words"] if word["word"] in HEARD]
    assert entry.urgent_at is not None
    assert began + spoken[0]["start"] < entry.urgent_at, "how late: tests/bench/bench_alarm.py"
    assert box.audited(recording.id, "urgent") == 1
    assert not any(word in box.log() for word in HEARD), "a log holds no words of a caller"


def test_the_flag_only_rises_and_each_rise_is_told_once(post: Post, conn: db.Connection) -> None:
    message_id = post.begin().id
    alarm = LiveAlarm(conn, message_id, Triage([FIRE, KILLING]), lambda: 50.0)
    for text in ("alo", "alo cháy", "alo chị", "alo cháy giết người", "alo cháy"):
        alarm.judge([], text)
    entry = post.entry(message_id)
    assert (entry.category, entry.urgency, entry.urgent_at) == ("security", "grave", 50.0)
    assert post.audited(message_id, "urgent") == 2


def test_settled_words_and_those_that_may_change_are_judged_as_one_text(
    post: Post, conn: db.Connection
) -> None:
    alarm = LiveAlarm(conn, post.begin().id, Triage([KILLING]), lambda: 50.0)
    found = alarm.judge(words_of("có vụ giết"), "người rồi")
    assert found["urgency"] == "grave"
    assert [(why["first"], why["last"]) for why in found["reasons"]] == [(2, 3)]


def test_a_locked_database_ends_nothing_and_the_flag_is_raised_at_the_next_word(
    post: Post, conn: db.Connection
) -> None:
    message_id = post.begin().id
    alarm = LiveAlarm(conn, message_id, Triage([FIRE]), lambda: 50.0)
    post.conn.execute("BEGIN IMMEDIATE")
    alarm.judge([], "cháy")
    post.conn.execute("ROLLBACK")
    assert post.entry(message_id).urgency == "normal"
    alarm.judge([], "cháy rồi")
    assert post.entry(message_id).urgency == "urgent"


def test_a_caller_who_says_no_more_is_still_raised_once_the_database_is_free(
    post: Post, conn: db.Connection
) -> None:
    message_id = post.begin().id
    alarm = LiveAlarm(conn, message_id, Triage([FIRE]), lambda: 50.0)
    post.conn.execute("BEGIN IMMEDIATE")
    alarm.judge([], "cháy")
    post.conn.execute("ROLLBACK")
    alarm.tell()
    alarm.tell()
    assert post.entry(message_id).urgency == "urgent"
    assert post.audited(message_id, "urgent") == 1


def test_an_alarm_that_the_engine_took_back_before_the_database_had_it_is_still_raised(
    post: Post, conn: db.Connection
) -> None:
    message_id = post.begin().id
    alarm = LiveAlarm(conn, message_id, Triage([FIRE]), lambda: 50.0)
    post.conn.execute("BEGIN IMMEDIATE")
    alarm.judge([], "cháy")
    post.conn.execute("ROLLBACK")
    alarm.judge([], "chị")
    assert post.entry(message_id).urgency == "urgent"


def test_a_list_that_cannot_be_read_is_told_and_the_shipped_one_judges(
    post: Post, conn: db.Connection
) -> None:
    reader = ListReader()
    for broken in ("[[keywords]]\nphrase = 3\n", "not TOML", "[[keywords]]\nphrase = 'a'\n"):
        settings.put(post.conn, speech_lists.KEYWORDS, broken, "can-bo-1")
        assert reader.read(conn).troubles == ("keywords_broken",)
    assert reader.read(conn).triage.judge(["giết", "người"]).urgency == "grave"
    settings.put(post.conn, speech_lists.NAMES, "[[names]]\nname = 3\n", "can-bo-1")
    assert reader.read(conn).troubles == ("keywords_broken", "names_broken")
    speech_lists.save_keywords(post.conn, [FIRE], "can-bo-1")
    speech_lists.save_names(post.conn, [], "can-bo-1")
    assert reader.read(conn).troubles == ()
    assert reader.read(conn).triage.judge(["giết", "người"]).urgency == "normal"


def test_a_list_is_made_ready_again_only_when_it_changed(post: Post, conn: db.Connection) -> None:
    reader = ListReader()
    first = reader.read(conn)
    assert reader.read(conn) is first
    speech_lists.save_keywords(post.conn, [FIRE], "can-bo-1")
    assert reader.read(conn) is not first
