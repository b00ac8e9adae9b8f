"""A throw-away box for the demo: its folders, its commands, its long-running processes.

Decides: where the demo's box lies, and how long a part may take to stop.
May touch: temporary folders, child processes. Thread: main. Called by: demo.
"""

import contextlib
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance import children
from appliance.errors import HotlineError

LOOK_EVERY_S = 0.05  # finer than any figure printed
LAST_LINES = 20
STOP_WITHIN_S = 20.0  # `hotline up` gives its own processes 15 s


class DemoFailed(HotlineError):
    """The sample call did not go the whole way; says at which hand-off it stopped."""


@dataclass(frozen=True)
class Box:
    """A throw-away box: its folders and the addresses of its parts."""

    state: Path
    run: Path
    port: int
    model: Path

    @property
    def config(self) -> Path:
        """The configuration file of this box."""
        return self.state / "hotline.toml"

    @property
    def control(self) -> Path:
        """The control socket of the software modem."""
        return self.run / "control.sock"

    @property
    def log(self) -> Path:
        """What its processes say."""
        return self.state / "box.log"

    @property
    def modem_command(self) -> tuple[str, ...]:
        """The software modem of this box, as words for `hotline`."""
        ports = ("--at", str(self.run / "modem"), "--pcm", str(self.run / "modem-pcm"))
        return ("simulate", "modem", "--family", "sim7600", "--control", str(self.control), *ports)

    def last_words(self) -> str:
        """The end of what the processes said, for whoever has to find out what went wrong."""
        said = self.log.read_text("utf-8", errors="replace") if self.log.exists() else ""
        return "\n".join(said.splitlines()[-LAST_LINES:])

    @property
    def address(self) -> str:
        """Where the officers' page is."""
        return f"http://127.0.0.1:{self.port}"

    def write_config(self) -> None:
        """Write the configuration that makes this folder a box."""
        self.config.write_text(
            f"""[post]
name = "Công an xã (bản dùng thử)"
hotline_number = "02140000000"

[modem]
port = {_toml(self.run / "modem")}
pcm_port = {_toml(self.run / "modem-pcm")}
family = "sim7600"

[speech]
model = {_toml(self.model)}

[store]
state_dir = {_toml(self.state)}
run_dir = {_toml(self.run / "hotline")}

[web]
listen = "127.0.0.1:{self.port}"
""",
            "utf-8",
        )


def _toml(path: Path) -> str:
    return json.dumps(str(path))  # a JSON string is a valid TOML basic string


@contextlib.contextmanager
def throw_away_box(model: Path) -> Iterator[Box]:
    """Make the folders of a box, the run folder in RAM where there is one; remove them after."""
    ram = Path("/dev/shm")
    state = Path(tempfile.mkdtemp(prefix="hotline-demo-"))
    run = Path(tempfile.mkdtemp(prefix="hotline-", dir=ram if ram.is_dir() else None))
    try:
        yield Box(state, run, _free_port(), model.resolve())
    finally:
        shutil.rmtree(state, ignore_errors=True)
        shutil.rmtree(run, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def hotline(*words: str, feed: str | None = None) -> str:
    """Run one `hotline` command to its end and give back what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "appliance", *words],
        input=feed,
        text=True,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise DemoFailed(f"hotline {words[0]} failed: {done.stderr.strip()}")
    return done.stdout.strip()


@contextlib.contextmanager
def running(*words: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a long `hotline` command beside us, what it says going to `log`; stop it at the end."""
    with log.open("ab") as sink:
        process = children.start([sys.executable, "-m", "appliance", *words], said=sink)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(
    what: str,
    ready: Callable[[], object],
    within_s: float,
    parts: Mapping[str, subprocess.Popen[Any]] | None = None,
) -> float:
    """Look until `ready` gives something true; the epoch second when it did.

    parts: processes, by name, without which it never will. Raises DemoFailed.
    """
    until = time.monotonic() + within_s
    while not ready():
        for name, part in (parts or {}).items():
            if part.poll():
                raise DemoFailed(f"{name} ended with {part.returncode} before {what}")
        if time.monotonic() > until:
            raise DemoFailed(f"waited {within_s:.0f} s in vain for: {what}")
        time.sleep(LOOK_EVERY_S)
    return time.time()
