"""Whole boxes for tests: real processes on a software modem, side by side."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil

HEAD = "truong-cong-an"
START_WITHIN_S = 90.0
LOOK_EVERY_S = 0.05


def wait_for(what: str, look: Callable[[], Any], within_s: float = 30.0) -> Any:
    """Look until something true comes back, and give it back."""
    until = time.monotonic() + within_s
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < until, f"waited {within_s:.0f} s in vain for: {what}"
        time.sleep(LOOK_EVERY_S)


def hotline(
    *words: str, feed: str | None = None, ok: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run one `hotline` command to its end."""
    done = subprocess.run(
        [sys.executable, "-m", "appliance", *words],
        input=feed,
        text=True,
        capture_output=True,
        timeout=120,
        check=False,
    )
    if ok:
        assert done.returncode == 0, done.stderr
    return done


def read_wav(path: Path) -> bytes:
    with wave.open(str(path), "rb") as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        return file.readframes(file.getnframes())


def write_wav(path: Path, pcm: bytes) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(pcm)
    return path


class Box:
    """A box: its folders, its processes, and what a person can do with it."""

    def __init__(self, folder: Path, run: Path, settings: dict[str, dict[str, Any]]) -> None:
        self.folder, self.run = folder, run
        self.config = folder / "hotline.toml"
        self.control = run / "control.sock"
        self.log = folder / "box.log"
        self._settings = settings
        self._parts: list[subprocess.Popen[bytes]] = []
        self.password = ""

    # -------------------------------------------------------------- set-up

    def write_config(self) -> None:
        base: dict[str, dict[str, Any]] = {
            "post": {"name": "Công an xã thử", "hotline_number": "02140000000"},
            "modem": {
                "port": str(self.run / "modem"),
                "pcm_port": str(self.run / "modem-pcm"),
                "family": "sim7600",
            },
            "store": {"state_dir": str(self.folder / "state"), "run_dir": str(self.run / "hl")},
        }
        for section, values in self._settings.items():
            base[section] = {**base.get(section, {}), **values}
        lines = []
        for section, values in base.items():
            lines.append(f"[{section}]")
            lines += [f"{key} = {json.dumps(value)}" for key, value in values.items()]
        self.config.write_text("\n".join(lines), "utf-8")

    def init(self) -> None:
        done = hotline("init", "--config", str(self.config), "--head", HEAD, "--json")
        self.password = json.loads(done.stdout)["one_time_password"]

    # -------------------------------------------------------------- processes

    def start(self, *words: str, environment: dict[str, str] | None = None) -> psutil.Process:
        """Start one long `hotline` command."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "appliance", *words],
                stdout=log,
                stderr=log,
                env={**os.environ, **(environment or {})},
            )
        self._parts.append(process)
        return psutil.Process(process.pid)

    def start_modem(self, *faults: str) -> None:
        words = ["simulate", "modem", "--family", "sim7600", "--control", str(self.control)]
        words += ["--at", str(self.run / "modem"), "--pcm", str(self.run / "modem-pcm")]
        for fault in faults:
            words += ["--fault", fault]
        self.start(*words)
        wait_for("the software modem", self.control.exists)

    def start_process(self, name: str) -> psutil.Process:
        return self.start(name, "--config", str(self.config))

    def stop(self) -> None:
        for part in reversed(self._parts):
            part.terminate()
        for part in reversed(self._parts):
            try:
                part.wait(20)
            except subprocess.TimeoutExpired:
                part.kill()
                part.wait()
        self._parts.clear()

    # -------------------------------------------------------------- looking

    def status(self, process: str) -> dict[str, Any]:
        """What a process says of itself in the run folder."""
        path = self.run / "hl" / "status" / f"{process}.json"
        try:
            state: dict[str, Any] = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        return state

    def wait_until_line_is_up(self) -> None:
        wait_for("the line", lambda: self.status("answer").get("state") == "IDLE", START_WITHIN_S)

    def messages(self, *, unlocked: bool = False) -> list[dict[str, Any]]:
        words = ["messages", "--json", "--config", str(self.config)]
        feed = None
        if unlocked:
            words += ["--officer", HEAD, "--password-stdin"]
            feed = self.password + "\n"
        listed: list[dict[str, Any]] = json.loads(hotline(*words, feed=feed).stdout)
        return listed

    def export(self, message_id: str) -> bytes:
        """The recording as an officer would save it: 8 kHz s16le mono."""
        target = self.folder / f"{message_id}.wav"
        words = ("export", message_id, "--officer", HEAD, "--password-stdin", "--to", str(target))
        hotline(*words, "--config", str(self.config), feed=self.password + "\n")
        return read_wav(target)

    # -------------------------------------------------------------- calling

    def dial(self, *words: str) -> subprocess.Popen[str]:
        """Place a call and let it run."""
        command = [sys.executable, "-m", "appliance", "simulate", "call"]
        command += ["--control", str(self.control), "--json", *words]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def tell_modem(self, order: dict[str, Any]) -> None:
        """One order to the software modem, as a JSON line over its control socket."""
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(str(self.control))
            control.sendall(json.dumps(order).encode() + b"\n")
            assert control.recv(4096)

    def call(self, *words: str, within_s: float = 90.0) -> dict[str, Any]:
        """Place a call, wait for its end and give back what the caller's side saw."""
        caller = self.dial(*words)
        try:
            printed, complaints = caller.communicate(timeout=within_s)
        finally:
            caller.kill()
        assert printed.strip(), complaints
        report: dict[str, Any] = json.loads(printed.strip().splitlines()[-1])
        return report


@contextlib.contextmanager
def box_in(folder: Path, run: Path, **settings: dict[str, Any]) -> Iterator[Box]:
    """A box that is set up but not started; everything it started is stopped at the end."""
    folder.mkdir(exist_ok=True)
    run.mkdir(exist_ok=True)
    box = Box(folder, run, settings)
    box.write_config()
    box.init()
    try:
        yield box
    finally:
        box.stop()
