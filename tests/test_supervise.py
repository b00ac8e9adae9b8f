"""`hotline up` starts what died and stops everything when asked."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil

from appliance import supervise
from tests.end_to_end.boxes import wait_for

UP = """
import json, sys
from appliance import supervise
sys.exit(supervise.run(json.loads(sys.argv[1])))
"""


def start(commands: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", UP, commands], stderr=subprocess.DEVNULL)


def running(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    found = psutil.Process(process.pid).children()
    return [child for child in found if child.status() != psutil.STATUS_ZOMBIE]


def test_a_box_is_three_processes_with_one_configuration() -> None:
    commands = supervise.processes(Path("/etc/hotline/hotline.toml"))
    assert list(commands) == ["answer", "transcribe", "web"]
    assert all(c[-2:] == ["--config", "/etc/hotline/hotline.toml"] for c in commands.values())


def test_a_configuration_that_is_refused_ends_everything_with_78() -> None:
    up = start('{"stubborn": ["sleep", "1000"], "refusing": ["sh", "-c", "exit 78"]}')
    assert up.wait(60) == 78


def test_a_process_that_dies_is_started_again_and_all_stop_on_sigterm() -> None:
    up = start('{"one": ["sleep", "1000"], "two": ["sleep", "1001"]}')
    try:
        first, second = wait_for(
            "two processes", lambda: running(up) if len(running(up)) == 2 else None
        )
        first.kill()

        def successor() -> psutil.Process | None:
            return next((c for c in running(up) if c.pid not in (first.pid, second.pid)), None)

        third = wait_for("its successor", successor)
        up.send_signal(signal.SIGTERM)
        assert up.wait(20) == 0
        assert not second.is_running()
        assert not third.is_running()
    finally:
        up.kill()


def test_what_up_started_stops_even_when_up_is_killed() -> None:
    up = start('{"one": ["sleep", "1000"], "two": ["sleep", "1001"]}')
    parts = wait_for("two processes", lambda: running(up) if len(running(up)) == 2 else None)
    up.kill()
    up.wait()
    _, alive = psutil.wait_procs(parts, timeout=20)
    assert alive == []


def test_a_part_that_cannot_be_started_leaves_no_other_behind() -> None:
    up = start('{"one": ["sleep", "98765"], "two": ["/no/such/program"]}')
    assert up.wait(60) != 0
    found = (one.info["cmdline"] for one in psutil.process_iter(["cmdline"]))
    assert ["sleep", "98765"] not in found


def test_a_part_that_refuses_after_it_has_worked_stays_stopped_alone() -> None:
    part = supervise._Child("transcribe", ["sh", "-c", "exit 78"])
    part.look(0.0)
    assert part.process
    part.process.wait(20)
    part.has_worked = True
    assert part.look(40.0) is None
    assert part.look(1e9) is None
    assert part.process is None
