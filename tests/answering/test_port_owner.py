"""Which program holds the modem: named where it can be seen."""

import os
import subprocess
import sys
from pathlib import Path

from appliance.answering import port_owner
from tests.sound.listening import until


def process(proc: Path, number: int, name: str, *opened: Path) -> None:
    folder = proc / str(number)
    (folder / "fd").mkdir(parents=True)
    (folder / "comm").write_text(name + "\n")
    for i, path in enumerate(opened):
        (folder / "fd" / str(i)).symlink_to(path)


def test_the_program_that_has_the_port_open_is_named(tmp_path: Path) -> None:
    port, other = tmp_path / "ttyUSB2", tmp_path / "ttyUSB3"
    port.touch()
    other.touch()
    by_id = tmp_path / "by-id"
    by_id.symlink_to(port)
    proc = tmp_path / "proc"
    process(proc, 4711, "minicom", other, port)
    process(proc, 4712, "cat", other)
    process(proc, os.getpid(), "hotline", port)
    assert port_owner.blame(str(by_id), proc) == "minicom (4711)"


def test_a_program_whose_files_are_not_ours_to_see_may_still_be_suspected(tmp_path: Path) -> None:
    (tmp_path / "812").mkdir()
    (tmp_path / "812" / "comm").write_text("ModemManager\n")
    assert "perhaps ModemManager" in port_owner.blame("/dev/ttyUSB2", tmp_path)
    assert port_owner.blame("/dev/ttyUSB2", tmp_path / "none") == "another program"


def test_a_real_program_is_found(tmp_path: Path) -> None:
    port = tmp_path / "port"
    port.touch()
    code = f"import sys; f = open({str(port)!r}); print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout
        holder.stdout.readline()
        until(lambda: str(holder.pid) in port_owner.blame(str(port)))
        holder.communicate()
