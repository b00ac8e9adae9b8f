"""The real process with both engines: Vosk while it is spoken, Whisper when the line is idle."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from appliance.store import live, vault
from tests.transcribing.post import DEADLINE_S, Post, wait_for

PATIENCE_S = 5 * DEADLINE_S  # Whisper lets everybody else on a busy machine go first


@pytest.fixture
def box(make_post: Callable[[Path], Post], model: Path, whisper_model: Path) -> Post:
    made = make_post(model)
    told = made.config_file.read_text("utf-8")
    second = f'[speech]\nsecond_model = "{whisper_model}"\n'
    made.config_file.write_text(told.replace("[speech]\n", second), "utf-8")
    return made


def test_a_message_is_heard_again_when_the_line_is_idle_and_a_call_goes_first(
    box: Post, voice: bytes
) -> None:
    with box.listener() as listener:
        box.wait_ready()
        message_id = box.record(voice[:48000])
        wait_for("Whisper", lambda: engines_of(listener.pid))
        call = box.begin()
        wait_for("its end", lambda: not engines_of(listener.pid))
        assert box.entry(message_id).second_state == "wanted"
        assert live.read_stream_key(box.run_dir, message_id)
        call.feed(voice[48000:96000])
        call.close()
        wait_for("both", lambda: is_done(box, message_id) and is_done(box, call.id), PATIENCE_S)
        assert box.stop(listener) == 0
    for each in (message_id, call.id):
        entry, heard = box.entry(each), second_text(box, each)
        assert entry.state == "transcribed"
        assert (entry.engine, entry.second_engine) == ("vosk", "whisper")
        assert (heard["engine"], heard["model"]) == ("whisper", "whisper-base")
        assert heard["text"].split() == [word["word"] for word in heard["words"]]
        assert box.transcript(each)["engine"] == "vosk"
    assert list(live.keys_dir(box.run_dir).iterdir()) == []


def is_done(box: Post, message_id: str) -> bool:
    return box.entry(message_id).second_state in ("done", "flagged")


def second_text(box: Post, message_id: str) -> dict[str, Any]:
    sealed = box.entry(message_id).sealed_second
    assert sealed
    return vault.open_json(box.keys.private, sealed)


def engines_of(listener: int) -> list[psutil.Process]:
    """The second engine's processes."""
    return [child for child in psutil.Process(listener).children() if is_engine(child)]


def is_engine(child: psutil.Process) -> bool:
    try:
        return any("second_process" in word for word in child.cmdline())
    except psutil.NoSuchProcess:  # also one that has ended and was not asked for yet
        return False
