"""A box in use is upgraded: what was received before stays, and nothing false is said of it."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from appliance.store import db, messages

FIRST_RELEASE = 1
STATES = ("recording", "recorded", "transcribing", "transcribed", "waiting_for_key", "failed")


@pytest.fixture
def used(tmp_path: Path) -> Path:
    """A database of the first release with a message in each state, and three transcribed ones."""
    scripts = tmp_path / "first-release"
    scripts.mkdir()
    (script,) = db.MIGRATIONS.glob("0001_*.sql")
    shutil.copy(script, scripts)
    path = tmp_path / "hotline.db"
    assert db.migrate(path, folder=scripts) == FIRST_RELEASE
    conn = sqlite3.connect(path)  # this release opens no older database, and rightly so
    add = (
        "INSERT INTO messages (id, call_id, received_at, state, word_count, mean_confidence,"
        " sealed_transcript) VALUES (?, ?, 1.0, ?, ?, ?, ?)"
    )
    rows: list[tuple[str, int | None, float | None, bytes | None]]
    rows = [(state, None, None, None) for state in STATES if state != "transcribed"]
    rows += [
        ("transcribed", 12, 0.8, b"good"),
        ("transcribed", 0, None, b"empty"),
        ("transcribed", 9, 0.3, b"unsure"),
    ]
    with conn:
        for number, (state, *more) in enumerate(rows, 1):
            call_id = f"{number:032x}"
            conn.execute("INSERT INTO calls (id, started_at) VALUES (?, 1.0)", (call_id,))
            conn.execute(add, (f"{call_id}-1", call_id, state, *more))
    conn.close()
    return path


def test_an_upgrade_keeps_every_message_and_calls_no_good_text_unreadable(used: Path) -> None:
    assert db.migrate(used) > FIRST_RELEASE
    conn = db.connect(used)
    found = messages.list_newest(conn, limit=50)
    conn.close()
    assert sorted(entry.state for entry in found) == sorted([*STATES, "transcribed", "transcribed"])
    categories = {
        entry.sealed_transcript: entry.category for entry in found if entry.sealed_transcript
    }
    assert categories == {b"good": "other", b"empty": "unreadable", b"unsure": "unreadable"}
    assert {(entry.urgency, entry.has_speech, entry.second_state) for entry in found} == {
        ("normal", None, None)
    }
