"""Crashes, locks and lost modems: the message survives, and the line comes back."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from tests.end_to_end.boxes import Box, box_in, read_wav, wait_for
from tests.end_to_end.conftest import VOICES
from tests.sound.hearing import likeness, middle

NUMBER = "0912345678"
VOICE = str(VOICES / "ko.wav")


def is_recording(box: Box) -> bool:
    return any(m["state"] == "recording" for m in box.messages())


def recorded_bytes(box: Box) -> int:
    files = list((box.folder / "state" / "spool").glob("*.rec"))
    return sum(path.stat().st_size for path in files)


def has_seconds(box: Box, seconds: float) -> bool:
    return recorded_bytes(box) > seconds * 16_170  # 10 frames a second of 1,617 bytes


def test_a_killed_answer_loses_no_message_and_ends_the_call_politely(
    box: Box, tmp_path: Path
) -> None:
    box.start_modem()
    phone = box.start_process("answer")
    box.wait_until_line_is_up()
    heard = tmp_path / "heard.wav"
    caller = box.dial(
        *("--from", NUMBER, "--audio", VOICE, "--heard", str(heard), "--hang-up-after", "60")
    )
    wait_for("3 s of recording", lambda: has_seconds(box, 3))
    phone.kill()
    phone.wait()
    box.start_process("answer")
    box.wait_until_line_is_up()
    assert caller.wait(60) == 0
    (message,) = box.messages(unlocked=True)
    assert message["state"] == "recorded"
    assert message["end_reason"] == "cut"
    assert message["caller"]["number"] == NUMBER
    kept = box.export(message["id"])
    assert len(kept) >= 3 * 16_000 * 0.9
    interrupted = read_wav(Path("appliance/answering/prompts/vi/interrupted.wav"))
    assert likeness(middle(interrupted, 1.0), read_wav(heard))[0] > 0.8


LOCKED_S = 60.0  # as long as a backup or a stuck program was ever seen to hold it


def hold_the_database(path: Path, locked: threading.Event) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        locked.set()
        threading.Event().wait(LOCKED_S)
        connection.execute("ROLLBACK")


def test_a_database_locked_for_a_minute_delays_no_call_and_loses_none(box: Box) -> None:
    box.start_modem()
    box.start_process("answer")
    box.wait_until_line_is_up()
    locked = threading.Event()
    database = box.folder / "state" / "hotline.db"
    holder = threading.Thread(target=hold_the_database, args=(database, locked))
    holder.start()
    assert locked.wait(10)
    for number in (NUMBER, "0987654321"):
        report = box.call("--from", number, "--audio", VOICE)
        assert report["outcome"] == "answered"
        assert report["answered_at"] - report["ringing_at"] < 3.0
    assert holder.is_alive(), "both calls were over before the database was free again"
    holder.join()
    wait_for("the rows", lambda: len(recorded(box)) == 2)
    newest, oldest = box.messages(unlocked=True)
    assert [m["caller"]["number"] for m in (oldest, newest)] == [NUMBER, "0987654321"]
    spoken = middle(read_wav(VOICES / "ko.wav"), 5.0)
    for message in (newest, oldest):
        assert likeness(spoken, box.export(message["id"]))[0] > 0.9


def recorded(box: Box) -> list[dict[str, object]]:
    return [m for m in box.messages() if m["state"] == "recorded"]


def test_a_modem_unplugged_in_mid_message_keeps_the_message_and_comes_back(box: Box) -> None:
    box.start_modem()
    box.start_process("answer")
    box.wait_until_line_is_up()
    caller = box.dial("--from", NUMBER, "--audio", VOICE, "--hang-up-after", "60")
    wait_for("2 s of recording", lambda: has_seconds(box, 2))
    box.tell_modem({"do": "unplug"})
    caller.wait(30)
    wait_for("the loss to show", lambda: box.status("answer").get("state") == "OFFLINE")
    box.tell_modem({"do": "replug"})
    box.wait_until_line_is_up()
    (message,) = box.messages(unlocked=True)
    assert message["end_reason"] in ("line_lost", "sound_lost")
    assert len(box.export(message["id"])) >= 2 * 16_000 * 0.9
    assert box.call("--from", NUMBER, "--audio", VOICE)["outcome"] == "answered"


def test_a_killed_transcriber_costs_neither_message_nor_call(
    tmp_path: Path, run_folder: Path, greeting: Path, model: Path
) -> None:
    with box_in(
        tmp_path / "box",
        run_folder,
        call={"greeting": str(greeting)},
        speech={"model": str(model)},
    ) as box:
        box.start_modem()
        box.start_process("answer")
        listener = box.start_process("transcribe")
        box.wait_until_line_is_up()
        wait_for("the model", lambda: box.status("transcribe").get("model"), 90)
        caller = box.dial("--from", NUMBER, "--audio", VOICE)
        wait_for("4 s of recording", lambda: has_seconds(box, 4))
        listener.kill()
        listener.wait()
        box.start_process("transcribe")
        assert caller.wait(90) == 0
        wait_for(
            "the transcript",
            lambda: [m for m in box.messages() if m["state"] == "transcribed"],
            90,
        )
        (message,) = box.messages(unlocked=True)
        assert message["transcript"]["text"]
        assert message["attempts"] == 2
        assert not list((run_folder / "hl" / "keys").iterdir()), "the stream key is forgotten"


@pytest.mark.parametrize(
    "fault", ["end-silent", "end-twice", "byte-by-byte", "ring-during-command"]
)
def test_a_faulty_modem_still_brings_the_message(box: Box, fault: str) -> None:
    box.start_modem(fault)
    box.start_process("answer")
    box.wait_until_line_is_up()
    report = box.call("--from", NUMBER, "--audio", VOICE)
    assert report["outcome"] == "answered"
    (message,) = wait_for(
        "the message", lambda: [m for m in box.messages() if m["state"] != "recording"]
    )
    assert message["end_reason"] == "caller_hung_up"
    assert message["duration_ms"] > 8_000
