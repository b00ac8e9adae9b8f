"""kill -9 of answer at random points of a recording: messages missing, audio lost, exactness.

Run by hand: python -m tests.bench.bench_kill [POINTS]
Four boxes side by side; each call is killed once, answer is started again, and what is then in the
queue is compared with what the software modem had sent.
"""

import json
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.end_to_end.boxes import Box, box_in, wait_for, write_wav
from tests.sound.hearing import tone

BOXES = 4
SPOKEN_S = 12


def noise(seconds: int, seed: int) -> bytes:
    """Sound in which every sample tells where it stands."""
    return random.Random(seed).randbytes(seconds * 16_000)


def one_kill(box: Box, folder: Path, seed: int) -> float:
    """Milliseconds of audio lost by one kill; raises when the message is missing or not exact."""
    chance = random.Random(seed)
    spoken = noise(SPOKEN_S, seed)
    voice = write_wav(folder / f"{seed}.wav", spoken)
    known = {m["id"] for m in box.messages()}
    phone = box.start_process("answer")
    box.wait_until_line_is_up()
    caller = box.dial("--from", "0912345678", "--audio", str(voice), "--hang-up-after", "60")
    spool = box.folder / "state" / "spool"

    def growing() -> bool:
        return any(p.stat().st_size > 4_000 for p in spool.glob("*.rec") if p.stem not in known)

    wait_for("a recording", growing, 60)
    time.sleep(chance.uniform(1.5, SPOKEN_S - 3))  # the beep is over, the voice has begun
    phone.kill()
    killed_at = time.time()
    phone.wait()
    again = box.start_process("answer")
    box.wait_until_line_is_up()
    report = json.loads(caller.communicate(timeout=60)[0])
    (new,) = [m for m in box.messages() if m["id"] not in known]
    kept = box.export(str(new["id"]))
    again.terminate()
    again.wait()
    return lost_ms(kept, spoken, killed_at - report["voice_started_at"])


def lost_ms(kept: bytes, spoken: bytes, spoken_s: float) -> float:
    """How much of what was spoken until the kill is missing at the end of what was kept."""
    start = kept.find(spoken[3200:3520])
    assert start >= 0, "the voice is not in the recording"
    begin = start - 3200
    exact = kept[max(0, begin) :]
    assert spoken[max(0, -begin) :][: len(exact)] == exact, "what was kept is not byte-exact"
    return spoken_s * 1000 - (len(kept) - begin) / 16


def work(number: int, points: int, lost: list[float], lock: threading.Lock) -> None:
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    run = Path(tempfile.mkdtemp(prefix="hl-", dir="/dev/shm"))
    greeting = write_wav(folder / "greeting.wav", tone(440, 0.5))
    with box_in(folder / "box", run, call={"greeting": str(greeting)}) as box:
        box.start_modem()
        for point in range(points):
            figure = one_kill(box, folder, number * 1000 + point)
            with lock:
                lost.append(figure)
                print(f"{len(lost):3d}: lost {figure:6.0f} ms", flush=True)
    shutil.rmtree(folder)
    shutil.rmtree(run)


def main() -> None:
    points = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    lost: list[float] = []
    lock = threading.Lock()
    with ThreadPoolExecutor(BOXES) as pool:
        jobs = [pool.submit(work, n, points // BOXES, lost, lock) for n in range(BOXES)]
        for job in jobs:
            job.result()
    print(f"{len(lost)} kills, 0 messages missing, all byte-exact")
    print(
        f"audio lost: median {statistics.median(lost):.0f} ms, max {max(lost):.0f} ms (goal <= 200)"
    )


if __name__ == "__main__":
    main()
