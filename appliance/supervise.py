"""`hotline up`: all processes in one terminal, restarted as systemd would.

Decides: when a process that ended is started again. May touch: child processes.
Thread: main. Called by: __main__, install.sh demo, and the end-to-end tests.
"""

import logging
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from appliance import children
from appliance.errors import EX_CONFIG

_LOGGER = logging.getLogger(__name__)

PROCESSES = ("answer", "transcribe", "web")
RESTART_AFTER_S = 1.0  # as RestartSec= in the units
WORKS_AFTER_S = 30.0  # a slow card reads a whole speech model before it finds it damaged
LOOK_EVERY_S = 0.1  # how late a death may be noticed
STOP_WITHIN_S = 15.0  # a recording that is being closed may take a few seconds


@dataclass
class _Child:
    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    start_at: float = 0.0
    has_worked: bool = False  # it took its configuration once

    def look(self, now: float) -> int | None:
        """Restart it when it is due; returns the exit code when it refuses its configuration.

        One that refuses later, when its model was damaged overnight, stays stopped alone, as
        systemd would leave it: the others go on answering the phone.
        """
        if self.process is None:
            if now >= self.start_at:
                self.process = children.start(self.command)
                self.start_at = now
            return None
        code = self.process.poll()
        if code is None:
            self.has_worked = self.has_worked or now - self.start_at > WORKS_AFTER_S
            return None
        self.process = None
        self.start_at = now + RESTART_AFTER_S
        if code == EX_CONFIG:
            if not self.has_worked:
                return code
            _LOGGER.error("%s refuses its configuration and stays stopped", self.name)
            self.start_at = float("inf")
            return None
        _LOGGER.warning("%s ended with %s; again in %s s", self.name, code, RESTART_AFTER_S)
        return None

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()

    def wait(self, until: float) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def processes(config: Path) -> dict[str, list[str]]:
    """The commands of a whole box, by name."""
    python = [sys.executable, "-m", "appliance"]
    return {name: [*python, name, "--config", str(config)] for name in PROCESSES}


def run(commands: dict[str, list[str]]) -> int:
    """Run until SIGTERM or Ctrl-C; returns 78 as soon as one process refuses its configuration."""
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    parts = [_Child(name, command) for name, command in commands.items()]
    code = 0
    try:
        while not asked.is_set() and not code:
            for part in parts:
                code = part.look(time.monotonic()) or code
            asked.wait(LOOK_EVERY_S)
    finally:
        _stop_all(parts)
    return code


def _stop_all(parts: list[_Child]) -> None:
    until = time.monotonic() + STOP_WITHIN_S
    for part in parts:
        part.stop()
    for part in parts:
        part.wait(until)
