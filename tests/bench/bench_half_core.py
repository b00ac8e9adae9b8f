"""A whole box on half a core: is a frame lost, and when does the text catch up?

Run by hand, as root: HOTLINE_TEST_MODEL=... python -m tests.bench.bench_half_core [SECONDS] [CALLS]
answer, transcribe and web share a quota of half a core (cgroup cpu.cfs_quota_us or cpu.max); the
software modem and the caller do not. The calls come one right after the other.
"""

import json
import os
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.end_to_end.boxes import Box, box_in, hotline, wait_for, write_wav
from tests.sound.hearing import tone
from tests.transcribing.voices import speak

HALF_US, PERIOD_US = 50_000, 100_000
PLACES = (Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup"))  # version 1, version 2


@contextmanager
def half_a_core() -> Iterator[Path]:
    """A control group; who is put into it shares half a core with the others in it."""
    group = next(place for place in PLACES if place.is_dir()) / "hotline-bench"
    group.mkdir()
    if (group / "cpu.max").exists():
        (group / "cpu.max").write_text(f"{HALF_US} {PERIOD_US}")
    else:
        (group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
        (group / "cpu.cfs_quota_us").write_text(str(HALF_US))
    try:
        yield group
    finally:
        group.rmdir()


def throttled_s(group: Path) -> float:
    """For how long the group was kept waiting so far."""
    said = dict(line.split() for line in (group / "cpu.stat").read_text().splitlines())
    return int(said.get("throttled_time", 0)) / 1e9 or int(said.get("throttled_usec", 0)) / 1e6


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def behind_until(box: Box, done: Callable[[], bool]) -> float:
    """Watch how far the text is behind the caller until `done()`; the most seen, in seconds."""
    most = 0.0
    while not done():
        most = max(most, float(box.status("transcribe").get("behind_s", 0.0)))
        time.sleep(0.1)
    return most


def missing_frames(kept: bytes, spoken: bytes) -> int:
    """How many 20 ms frames of the caller are not where they belong in the recording."""
    start = kept.find(spoken[16000:16320]) - 16000  # a second in: the first frames may be cut
    assert start > -16000, "the voice is not in the recording"
    there = [
        at
        for at in range(0, len(spoken), 320)
        if kept[max(0, start + at) :][:320] == spoken[at : at + 320]
    ]
    return len(spoken) // 320 - len(there)


def one_call(box: Box, voice: Path, spoken: bytes) -> None:
    """Call, speak, hang up; print what was lost and how late the text was."""
    known = {m["id"] for m in box.messages()}
    caller = box.dial("--from", "0912345678", "--audio", str(voice))
    most = behind_until(box, lambda: caller.poll() is not None)
    report = json.loads(caller.communicate()[0].strip().splitlines()[-1])

    def transcribed() -> str | None:
        new = [m for m in box.messages() if m["id"] not in known]
        return str(new[0]["id"]) if new and new[0]["state"] == "transcribed" else None

    message_id = wait_for("the text", transcribed, 300)
    late_s = time.time() - report["hung_up_at"]
    lost = missing_frames(box.export(message_id), spoken)
    print(
        f"{len(spoken) / 16000:8.0f} {lost:11d} {most:14.1f} {late_s:19.1f}",
        flush=True,
    )


def main(seconds: int, calls: int) -> None:
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    run = Path(tempfile.mkdtemp(prefix="hl-", dir="/dev/shm"))
    added = hotline(
        *("model", "add", os.environ["HOTLINE_TEST_MODEL"], "--name", "ko"),
        *("--into", str(folder / "models")),
    )
    greeting = write_wav(folder / "greeting.wav", tone(440, 0.5))
    spoken = speak(folder, seconds)
    voice = write_wav(folder / "voice.wav", spoken)
    settings = {
        "speech": {"model": added.stdout.strip()},
        "call": {"greeting": str(greeting)},
        "web": {"listen": f"127.0.0.1:{free_port()}"},
    }
    with half_a_core() as group, box_in(folder / "box", run, **settings) as box:
        box.start_modem()
        parts = [box.start_process(name) for name in ("answer", "transcribe", "web")]
        box.wait_until_line_is_up()
        wait_for("the model", lambda: box.status("transcribe").get("model"), 90)
        for part in parts:
            (group / "cgroup.procs").write_text(str(part.pid))
        print("spoken s  frames lost  most behind s  hang-up to text s")
        for _ in range(calls):
            one_call(box, voice, spoken)
        print(f"the box was kept waiting for {throttled_s(group):.0f} s in all")
        box.stop()
    shutil.rmtree(folder)
    shutil.rmtree(run)


if __name__ == "__main__":
    words = [int(word) for word in sys.argv[1:]]
    main(*(words + [30, 3][len(words) :]))
