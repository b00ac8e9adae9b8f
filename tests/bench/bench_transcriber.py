"""The listener's process against vosk-transcriber and a bare KaldiRecognizer loop.

Run by hand: HOTLINE_TEST_MODEL=... python -m tests.bench.bench_transcriber [ROUNDS]
Each round runs every program once, in turns, on the same 8 kHz sound; all load the same derived
folder without dither, which alone moves the CPU of two equal runs by a tenth. The listener is
`hotline transcribe` itself, from its start to the saved transcript. CPU is user + system seconds,
memory the process's peak.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from appliance.store import spool
from appliance.transcribing import models, presets
from tests.transcribing.conftest import find_model
from tests.transcribing.post import Post, wait_for
from tests.transcribing.voices import speak

LENGTHS_S = (15, 60)
BARE = """
import json, os, sys, vosk, wave
vosk.SetLogLevel(-1)
with wave.open(sys.argv[1]) as file:
    recognizer = vosk.KaldiRecognizer(vosk.Model(sys.argv[2]), file.getframerate())
    recognizer.SetWords(True)
    while data := file.readframes(2000):
        if recognizer.AcceptWaveform(data):
            json.loads(recognizer.Result())
    json.loads(recognizer.FinalResult())
os._exit(0)  # freeing 500 MB is nobody's decoding
"""


@dataclass(frozen=True)
class Run:
    """What one program took, loading included."""

    cpu_s: float
    peak_mb: float


def run_ours(folder: Path, pcm: bytes, model: Path) -> Run:
    """A post with this one message in it, and the real process."""
    post = Post(folder, model)
    recording = post.begin()
    recording.speak(pcm, pace=20)
    recording.close()
    with post.listener() as started:
        process = psutil.Process(started.pid)
        wait_for("the text", lambda: post.state(recording.id) == "transcribed", 300)
        times, status = process.cpu_times(), Path(f"/proc/{started.pid}/status").read_text()
        post.stop(started)
    post.conn.close()
    peak_kib = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return Run(times.user + times.system, int(peak_kib) / 1024)


def run_command(command: list[str]) -> Run:
    """Any other program; what it starts itself is counted too."""
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"{command[0]} ended with {os.waitstatus_to_exitcode(status)}")
    return Run(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def middle(runs: list[Run]) -> Run:
    return Run(
        statistics.median(run.cpu_s for run in runs), statistics.median(run.peak_mb for run in runs)
    )


def show(seconds: int, rounds: int, folder: Path, model: Path) -> None:
    pcm = speak(folder, seconds)
    wav = folder / f"{seconds}.wav"
    wav.write_bytes(spool.wav_bytes(pcm))
    derived = str(presets.derive(model, presets.DESKTOP).folder)
    peer = str(Path(sys.executable).with_name("vosk-transcriber"))
    text = str(folder / "peer.txt")
    programs: dict[str, Callable[[int], Run]] = {
        "bare loop": lambda _: run_command([sys.executable, "-c", BARE, str(wav), derived]),
        "vosk-transcriber": lambda _: run_command(
            [peer, "--model", derived, "-i", str(wav), "-o", text]
        ),
        "listener": lambda n: run_ours(folder / f"post-{seconds}-{n}", pcm, model),
    }
    runs: dict[str, list[Run]] = {name: [] for name in programs}
    for n in range(rounds):
        for name, program in programs.items():
            runs[name].append(program(n))
    for name, found in runs.items():
        one = middle(found)
        print(f"{seconds:4} s  {name:17} {one.cpu_s:8.2f} {one.peak_mb:9.0f}", flush=True)
    pairs = zip(runs["listener"], runs["vosk-transcriber"], strict=True)
    cpu, memory = zip(*((a.cpu_s / b.cpu_s, a.peak_mb / b.peak_mb) for a, b in pairs), strict=True)
    print(
        f"        listener / vosk-transcriber: CPU {statistics.median(cpu):.3f}, "
        f"memory {statistics.median(memory):.3f} (goals at most 1.00)"
    )


def main(rounds: int) -> None:
    source = find_model()
    if source is None:
        sys.exit("HOTLINE_TEST_MODEL names no model folder")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        model = models.add(source, folder / "models", name="model", progress=lambda _: None)
        print(f"{rounds} rounds, medians          CPU s   peak MB")
        for seconds in LENGTHS_S:
            show(seconds, rounds, folder, model)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
