"""A sound card made of software: a private PulseAudio with two null sinks, at 8 kHz or faster.

`line` is what the box plays to the caller, `caller` what the caller says. ALSA, and so PortAudio,
sees one device "hotline" whose playback is `line` and whose capture is `caller.monitor`.
Rate 8000 matters: null sinks at 48 kHz resample, and a correlation test then measures that. For
cards that really run faster, the tests say so; ALSA's plugin for PulseAudio itself takes any rate,
so that a card's refusal of 8 kHz has to be made elsewhere (drive_card.py --only-hz).

    with private_pulse(tmp_path) as pulse:
        subprocess.Popen([...], env=pulse.env)
        with pulse.recording() as heard:
            pulse.say(Path("voice.wav"))
        heard.pcm
"""

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

DEVICE = "hotline"
START_S = 20.0

# Devices of type plug are not listed by PortAudio; asym and pulse are.
ALSA_CONFIG = f"""
pcm.{DEVICE}  {{ type asym  playback.pcm "hl_out"  capture.pcm "hl_in" }}
pcm.hl_out  {{ type pulse device "line" }}
pcm.hl_in   {{ type pulse device "caller.monitor" }}
"""
SYSTEM_ALSA_CONFIG = "/usr/share/alsa/alsa.conf"
RAW = ("--raw", "--rate=8000", "--channels=1", "--format=s16le", "--latency-msec=50")
NEEDED = ("pulseaudio", "pactl", "pacat", "parec")


def missing_programs() -> list[str]:
    """What must be installed for this; empty where everything is there."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    plugin = any(Path("/usr/lib").glob("*/alsa-lib/libasound_module_pcm_pulse.so"))
    return missing if plugin else [*missing, "libasound2-plugins"]


@dataclass
class Recording:
    """What went to the line while the recording ran."""

    pcm: bytes = b""
    _pieces: list[bytes] = field(default_factory=list)


@dataclass
class Pulse:
    """The running server; `env` is the environment for programs that shall see its card."""

    process: subprocess.Popen[bytes]
    env: dict[str, str]
    home: Path
    rate_hz: int

    def say(self, pcm: bytes) -> None:
        """The caller says `pcm` (8 kHz s16le mono); returns when it is said."""
        command = ["pacat", "--playback", "--device=caller", *RAW]
        subprocess.run(command, input=pcm, env=self.env, check=True, timeout=120)

    @contextlib.contextmanager
    def recording(self) -> Iterator[Recording]:
        """Record what the box plays; the result holds it once the block is left."""
        command = ["parec", "--device=line.monitor", *RAW]
        made = Recording()
        with subprocess.Popen(command, env=self.env, stdout=subprocess.PIPE) as recorder:
            assert recorder.stdout is not None
            first = recorder.stdout.read(320)  # the monitor runs: from now on nothing is missed
            collector = threading.Thread(target=_collect, args=(recorder, made), daemon=True)
            collector.start()
            try:
                yield made
            finally:
                recorder.terminate()
                collector.join(10)
        made.pcm = first + b"".join(made._pieces)

    def kill(self) -> None:
        """The sound system crashes."""
        self.process.kill()
        self.process.wait()

    def come_back(self) -> None:
        """The same card is plugged in again, after kill()."""
        self.process = _serve(self.home, self.env, self.rate_hz)

    def freeze(self) -> None:
        """The sound system hangs; what waits for it waits for ever."""
        self.process.send_signal(signal.SIGSTOP)


@contextlib.contextmanager
def private_pulse(folder: Path, rate_hz: int = 8000) -> Iterator[Pulse]:
    """A PulseAudio of its own in `folder`, which goes away with the block."""
    home = folder / "pulse"
    home.mkdir(mode=0o700)
    socket = home / "native"
    config = home / "asoundrc"
    config.write_text(ALSA_CONFIG)
    env = os.environ | {
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "PULSE_SERVER": f"unix:{socket}",
        "ALSA_CONFIG_PATH": f"{SYSTEM_ALSA_CONFIG}:{config}",
    }
    pulse = Pulse(_serve(home, env, rate_hz), env, home, rate_hz)
    try:
        yield pulse
    finally:
        pulse.kill()


def _serve(home: Path, env: dict[str, str], rate_hz: int) -> subprocess.Popen[bytes]:
    (home / "native").unlink(missing_ok=True)  # of one that was killed
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            _command(home / "native", rate_hz),
            env={key: value for key, value in env.items() if key != "PULSE_SERVER"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        _wait_until_up(process, env, home / "log")
    except BaseException:
        process.kill()
        process.wait()
        raise
    return process


def _command(socket: Path, rate_hz: int) -> list[str]:
    options = (
        "-n --daemonize=no --use-pid-file=no --exit-idle-time=-1 --disable-shm=yes "
        "--realtime=no --high-priority=no --log-target=stderr --log-level=notice"
    )
    modules = [f"module-native-protocol-unix socket={socket} auth-anonymous=1"]
    sink = f"module-null-sink rate={rate_hz} channels=1 sink_name="
    modules += [sink + name for name in ("line", "caller")]
    return ["pulseaudio", *options.split(), *(word for m in modules for word in ("-L", m))]


def _wait_until_up(process: subprocess.Popen[bytes], env: dict[str, str], log: Path) -> None:
    give_up = time.monotonic() + START_S
    pause = threading.Event()
    while subprocess.run(["pactl", "info"], env=env, capture_output=True).returncode:
        if process.poll() is not None or time.monotonic() > give_up:
            raise RuntimeError(f"PulseAudio does not start: {log.read_text()}")
        pause.wait(0.1)


def _collect(recorder: subprocess.Popen[bytes], made: Recording) -> None:
    assert recorder.stdout is not None
    while piece := recorder.stdout.read(1600):
        made._pieces.append(piece)
