"""What is wrong is said in one line that names what to do (exit 78: the configuration)."""

import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.boxes import Box, box_in, hotline, wait_for

Spoil = Callable[[Box], None]


def refuse(box: Box, *words: str) -> tuple[int, str]:
    done = hotline(*words, "--config", str(box.config), ok=False)
    said = [line for line in done.stderr.splitlines() if line.startswith("hotline: ")]
    assert len(said) == 1, done.stderr
    assert "Traceback" not in done.stderr
    return done.returncode, said[0]


def edit(box: Box, old: str, new: str) -> None:
    text = box.config.read_text("utf-8")
    assert old in text
    box.config.write_text(text.replace(old, new), "utf-8")


@pytest.mark.parametrize("process", ["answer", "transcribe", "web", "init", "check"])
def test_an_unknown_key_is_named(box: Box, process: str) -> None:
    edit(box, "[call]", "[call]\nanswer_afterr = 3")
    code, said = refuse(box, process)
    assert code == 78
    assert "answer_afterr" in said
    assert "answer_after_s" in said


def test_a_missing_configuration_is_named(tmp_path: Path) -> None:
    done = hotline("answer", "--config", str(tmp_path / "none.toml"), ok=False)
    assert done.returncode == 78
    assert "none.toml" in done.stderr


def test_an_unreadable_greeting_is_named(box: Box, greeting: Path) -> None:
    broken = box.folder / "broken.wav"
    broken.write_bytes(b"this is no sound")
    edit(box, str(greeting), str(broken))
    code, said = refuse(box, "answer")
    assert code == 78
    assert "broken.wav" in said
    assert "greeting" in said


def test_a_missing_greeting_is_named(box: Box, greeting: Path) -> None:
    edit(box, str(greeting), "/nowhere/greeting.wav")
    code, said = refuse(box, "answer")
    assert code == 78
    assert "/nowhere/greeting.wav" in said


def test_a_missing_model_says_how_to_add_one(box: Box) -> None:
    code, said = refuse(box, "transcribe")
    assert code == 78
    assert "hotline model add" in said


def test_a_box_without_init_says_so(box: Box) -> None:
    (box.folder / "state" / "post.pub").unlink()
    code, said = refuse(box, "answer")
    assert code != 0
    assert "hotline init" in said


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody who may not write")
def test_an_unwritable_state_folder_is_named(run_folder: Path) -> None:
    command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    with (
        tempfile.TemporaryDirectory() as place,  # not pytest's own: a new session closes that
        box_in(Path(place) / "box", run_folder) as box,
    ):
        for folder in (Path(place), box.folder):
            folder.chmod(0o755)
        box.run.chmod(0o777)
        done = subprocess.run(
            [*command, *_python(), "answer", "--config", str(box.config)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode != 0
        assert str(box.folder / "state") in done.stderr
        assert "Traceback" not in done.stderr


def _python() -> list[str]:
    import sys

    return [sys.executable, "-m", "appliance"]


def reason_of(box: Box) -> str:
    return str(box.status("answer").get("reason", ""))


def test_no_modem_is_said_and_the_box_waits_for_it(box: Box) -> None:
    box.start_process("answer")
    wait_for("the complaint", lambda: str(box.run / "modem") in reason_of(box))
    box.start_modem()
    box.wait_until_line_is_up()


def test_a_port_that_is_no_modem_is_said(box: Box) -> None:
    master, slave = os.openpty()
    edit(box, f'"{box.run / "modem"}"', f'"{os.ttyname(slave)}"')
    box.start_process("answer")
    wait_for("the complaint", lambda: os.ttyname(slave) in reason_of(box), 60)
    os.close(master)
    os.close(slave)


def test_a_port_in_use_is_said(box: Box) -> None:
    box.start_modem()
    box.start_process("answer")
    box.wait_until_line_is_up()
    code, said = refuse(box, "answer")
    assert code != 0
    assert "already" in said or "in use" in said


def test_a_sim_that_wants_its_pin_is_said(box: Box) -> None:
    box.start_modem("pin-required")
    box.start_process("answer")
    wait_for("the complaint", lambda: "PIN" in reason_of(box))
    assert "sim_pin_file" in reason_of(box)


def test_a_full_disk_is_told_to_the_caller_and_the_call_is_logged(
    box: Box, small_disk: Path
) -> None:
    edit(box, str(box.folder / "state"), str(small_disk / "state"))
    box.init()
    box.start_modem()
    box.start_process("answer")
    box.wait_until_line_is_up()
    room = os.statvfs(small_disk)
    filler = small_disk / "filler"
    filler.write_bytes(bytes(max(0, room.f_bavail * room.f_frsize - 200_000)))
    report = box.call("--from", "0912345678", "--audio", "ko")
    assert report["outcome"] == "answered"
    assert report["ended_by"] == "box"
    wait_for("the complaint", lambda: "disk_full" in str(box.status("answer").get("troubles")))
    filler.unlink()
    assert box.call("--from", "0912345678", "--audio", "ko")["outcome"] == "answered"
    wait_for("the message", box.messages)
