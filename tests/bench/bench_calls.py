"""Ten calls of 15 to 60 s spoken in real time: hang-up to transcript, and memory afterwards.

Run by hand: HOTLINE_TEST_MODEL=... python -m tests.bench.bench_calls [SECONDS...]
The peer, vosk-transcriber (in the same package as Vosk), gets each recording afterwards, with the
box still running beside it, as the box's own listener had.
"""

import os
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from tests.end_to_end.boxes import Box, box_in, hotline, wait_for, write_wav
from tests.sound.hearing import tone

TEXT = (
    "안녕하세요. 저는 산골 마을에 사는 주민입니다. 어젯밤에 우리 집 오토바이를 도둑맞았습니다. "
    "경찰서에 신고하고 싶습니다. 빨리 와서 도와주세요. 제 전화번호를 말씀드리겠습니다. "
)
LENGTHS_S = (15, 20, 25, 30, 35, 40, 45, 50, 55, 60)


def make_voice(folder: Path, seconds: int) -> Path:
    """Speech of exactly this length, 8 kHz mono, by espeak-ng."""
    raw, cut = folder / "raw.wav", folder / f"{seconds}.wav"
    subprocess.run(["espeak-ng", "-v", "ko", "-s", "140", "-w", raw, TEXT * 8], check=True)
    subprocess.run(
        ["sox", "-R", raw, "-r", "8000", "-c", "1", "-b", "16", cut, "trim", "0", str(seconds)],
        check=True,
    )
    return cut


def time_peer(wav: Path, model: Path) -> float:
    """Wall seconds of vosk-transcriber on one file, loading included."""
    began = time.monotonic()
    program = str(Path(sys.executable).with_name("vosk-transcriber"))
    command = [program, "--model", str(model), "-i", str(wav), "-o", str(wav.with_suffix(".txt"))]
    subprocess.run(command, check=True, capture_output=True)
    return time.monotonic() - began


def one_call(box: Box, voice: Path) -> tuple[float, str]:
    """Seconds from hang-up to saved transcript, and the message's id."""
    report = box.call("--from", "0912345678", "--audio", str(voice), within_s=180)
    assert report["outcome"] == "answered", report

    database = sqlite3.connect(box.folder / "state" / "hotline.db")
    newest = "SELECT id, state FROM messages ORDER BY seq DESC LIMIT 1"

    def transcribed() -> str | None:
        message_id, state = database.execute(newest).fetchone()
        return str(message_id) if state == "transcribed" else None

    message_id = wait_for("the transcript", transcribed, 120)
    return time.time() - report["hung_up_at"], message_id


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def resident_mb(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 1e6


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    run = Path(tempfile.mkdtemp(prefix="hl-", dir="/dev/shm"))
    source = os.environ["HOTLINE_TEST_MODEL"]
    added = hotline("model", "add", source, "--name", "ko", "--into", str(folder / "models"))
    model = Path(added.stdout.strip())
    greeting = write_wav(folder / "greeting.wav", tone(440, 0.5))
    settings = {
        "speech": {"model": str(model)},
        "call": {"greeting": str(greeting)},
        "web": {"listen": f"127.0.0.1:{free_port()}"},
    }
    with box_in(folder / "box", run, **settings) as box:
        box.start_modem()
        parts = {name: box.start_process(name) for name in ("answer", "transcribe", "web")}
        box.wait_until_line_is_up()
        wait_for("the model", lambda: box.status("transcribe").get("model"), 90)
        rows, ratios = [], []
        print("spoken s  hang-up to transcript s  vosk-transcriber s   ratio")
        for seconds in [int(word) for word in sys.argv[1:]] or LENGTHS_S:
            waited, message_id = one_call(box, make_voice(folder, seconds))
            wav = write_wav(folder / f"kept-{seconds}.wav", box.export(message_id))
            peer = time_peer(wav, model)
            rows.append(waited)
            ratios.append(waited / peer)
            print(f"{seconds:8d} {waited:24.2f} {peer:19.2f} {waited / peer:7.3f}", flush=True)
        print(f"median hang-up to transcript: {statistics.median(rows):.2f} s (goal <= 1.0)")
        print(f"median ratio to the peer: {statistics.median(ratios):.3f}")
        for name, process in parts.items():
            print(f"{name:>10}: {resident_mb(process):6.1f} MB resident after ten calls")
    shutil.rmtree(folder)
    shutil.rmtree(run)


if __name__ == "__main__":
    main()
