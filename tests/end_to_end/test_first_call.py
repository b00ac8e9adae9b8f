"""From the ring to the officer's page, through the real processes."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.boxes import Box, box_in, hotline, read_wav, wait_for, write_wav
from tests.end_to_end.conftest import VOICES
from tests.sound.hearing import likeness, middle, tone, tone_s
from tests.sound.network import frames_of, network_tone

NUMBER = "0912345678"


def test_the_demo_takes_one_call_the_whole_way(model: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "appliance", "simulate", "demo"),
            *("--model", str(model), "--voice", "ko", "--once", "--json"),
        ],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    line = json.loads(done.stdout)
    assert set(line) == {
        *("message_id", "from", "duration_s", "ended_by"),
        *("hangup_to_listed_s", "hangup_to_transcript_s", "transcript", "model"),
    }
    assert line["from"] == NUMBER
    assert line["ended_by"] == "caller_hung_up"
    assert line["transcript"]
    assert line["model"] == "vosk-model-small-ko"
    assert 8 < line["duration_s"] < 30


@pytest.fixture(scope="module")
def answering(
    tmp_path_factory: pytest.TempPathFactory, greeting: Path
) -> Iterator[tuple[Box, Path]]:
    """One box that answers, without a speech model: these calls are about the phone."""
    folder = tmp_path_factory.mktemp("phone")
    run = Path(subprocess.check_output(["mktemp", "-d", "-p", "/dev/shm"], text=True).strip())
    limits = {"greeting": str(greeting), "silence_s": 3.0, "max_message_s": 18.0}
    with box_in(folder / "box", run, call=limits) as box:
        box.start_modem()
        box.start_process("answer")
        box.wait_until_line_is_up()
        yield box, folder
    subprocess.run(["rm", "-rf", str(run)], check=True)


def newest(box: Box) -> dict[str, object]:
    """The newest message once its recording is closed."""

    def closed() -> dict[str, object] | None:
        listed = box.messages(unlocked=True)
        return listed[0] if listed and listed[0]["state"] != "recording" else None

    found: dict[str, object] = wait_for("the message in the queue", closed)
    return found


def test_check_says_go_for_keys_disk_and_line(answering: tuple[Box, Path]) -> None:
    box, _ = answering

    def line_of(name: str) -> dict[str, object]:
        done = hotline("check", "--json", "--config", str(box.config), ok=False)
        found: dict[str, object] = next(x for x in json.loads(done.stdout) if x["name"] == name)
        return found

    wait_for("the SIM to register", lambda: line_of("network")["go"])
    assert "Viettel" in str(line_of("network")["sentence"])
    assert line_of("modem")["sentence"] == "up, SIMCOM_SIM7600G-H, the line is IDLE"
    assert all(line_of(name)["go"] for name in ("keys", "audit", "disk", "clock", "prompts"))
    assert all(line_of(name)["go"] for name in ("modem", "SIM", "VoLTE", "audio", "calls"))
    assert not line_of("speech")["go"], "nobody transcribes in this box"


def test_the_caller_hears_greeting_and_beep_and_his_words_are_kept(
    answering: tuple[Box, Path], greeting: Path
) -> None:
    box, folder = answering
    heard = folder / "heard.wav"
    voice = VOICES / "ko.wav"
    report = box.call("--from", NUMBER, "--audio", str(voice), "--heard", str(heard))
    assert report["outcome"] == "answered"
    likeness_of_greeting, _ = likeness(read_wav(greeting), read_wav(heard))
    assert likeness_of_greeting > 0.9
    assert 0.3 <= tone_s(read_wav(heard), 1000) <= 0.5, "one beep of 0.4 s"
    message = newest(box)
    assert message["end_reason"] == "caller_hung_up"
    assert message["outcome"] == "message"
    assert message["caller"]["number"] == NUMBER  # type: ignore[index]
    kept = box.export(str(message["id"]))
    likeness_of_voice, _ = likeness(middle(read_wav(voice), 5.0), kept)
    assert likeness_of_voice > 0.9


def test_a_hash_key_ends_the_message(answering: tuple[Box, Path]) -> None:
    box, folder = answering
    voice = write_wav(folder / "tone.wav", tone(300, 4.0))
    report = box.call(
        "--from", NUMBER, "--audio", str(voice), "--keys", "6:#", "--hang-up-after", "60"
    )
    assert report["ended_by"] == "box"
    assert newest(box)["end_reason"] == "key"


def test_a_caller_who_says_nothing_is_let_go_and_kept_as_silent(
    answering: tuple[Box, Path],
) -> None:
    box, folder = answering
    quiet = write_wav(folder / "quiet.wav", bytes(16000 * 30))
    report = box.call("--from", NUMBER, "--audio", str(quiet), "--hang-up-after", "60")
    assert report["ended_by"] == "box"
    message = newest(box)
    assert message["end_reason"] == "silence"
    assert message["outcome"] == "silent"


def test_a_busy_tone_ends_the_message_of_a_caller_whose_hang_up_is_not_told(
    answering: tuple[Box, Path],
) -> None:
    box, folder = answering
    words = middle(read_wav(VOICES / "ko.wav"), 4.0)
    line = words + b"".join(frames_of(network_tone("busy", 15)))
    voice = write_wav(folder / "gone.wav", line)
    report = box.call("--from", NUMBER, "--audio", str(voice), "--hang-up-after", "60")
    assert report["ended_by"] == "box"
    spoke_s = report["hung_up_at"] - report["voice_started_at"]
    assert 4.0 + 1.9 < spoke_s < 4.0 + 4.0, "2 s of the tone, without a farewell"
    message = newest(box)
    assert message["end_reason"] == "tone"
    assert message["outcome"] == "message"
    likeness_of_words, _ = likeness(words, box.export(str(message["id"])))
    assert likeness_of_words > 0.9


def test_the_longest_message_ends_a_call_that_never_stops(answering: tuple[Box, Path]) -> None:
    box, folder = answering
    endless = write_wav(folder / "endless.wav", read_wav(VOICES / "ko.wav") * 2)
    report = box.call("--from", NUMBER, "--audio", str(endless))
    assert report["ended_by"] == "box"
    message = newest(box)
    assert message["end_reason"] == "longest"
    assert 17_000 <= message["duration_ms"] <= 19_000  # type: ignore[operator]


def test_a_caller_who_hangs_up_in_the_greeting_is_listed_as_such(
    answering: tuple[Box, Path],
) -> None:
    box, _ = answering
    before = len(box.messages())
    report = box.call(
        "--from", NUMBER, "--audio", str(VOICES / "ko.wav"), "--hang-up-in-greeting", "1"
    )
    assert report["outcome"] == "answered"
    wait_for("the line to be free", lambda: box.status("answer").get("state") == "IDLE")
    assert len(box.messages()) == before
