"""kill -9 of a process that records: at most 200 ms are lost, the rest is byte-exact."""

import hashlib
import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

from appliance.store import db, live, messages, spool
from tests.store.stage import DEADLINE_S, Stage

KILLS = 12
ALLOWED_MS = 200

# Sound that can be made again from its number: frame n is the hash of n, ten times.
RECORD = """
import hashlib, sys, threading, time
from pathlib import Path
from appliance.store import live, spool
folder, recording_id, public = Path(sys.argv[1]), sys.argv[2], bytes.fromhex(sys.argv[3])
opened = threading.Event()
recorder = spool.Recorder(
    spool_dir=folder / "state" / "spool", keys_dir=live.keys_dir(folder / "run"),
    recording_id=recording_id, public_key=public, metadata={"number": None}, max_s=60,
    on_opened=lambda _: opened.set(), on_failed=print, on_closed=print)
recorder.start()
opened.wait(30)
began = time.monotonic()
for n in range(3000):
    time.sleep(max(0, began + n * 0.02 - time.monotonic()))
    recorder.feed(hashlib.sha256(b"%d" % n).digest() * 10)
    sys.stdout.write("%d\\n" % (n + 1))
    sys.stdout.flush()
"""


def frames(count: int) -> bytes:
    return b"".join(hashlib.sha256(b"%d" % n).digest() * 10 for n in range(count))


def record_and_kill(stage: Stage, recording_id: str, after_frames: int) -> int:
    """Return how many 20 ms frames were fed before the process died."""
    words = [str(stage.folder), recording_id, stage.keys.public.hex()]
    with subprocess.Popen(
        [sys.executable, "-c", RECORD, *words], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        guard = threading.Timer(DEADLINE_S, process.kill)
        guard.start()
        for line in process.stdout:
            if int(line) == after_frames:
                os.kill(process.pid, signal.SIGKILL)
                break
        fed = [after_frames, *(int(line) for line in process.stdout)]
        guard.cancel()
        return fed[-1]


def test_a_killed_recorder_loses_at_most_200_ms_and_no_message(
    stage: Stage, conn: db.Connection
) -> None:
    chance = random.Random(20261123)
    lost = []
    for number in range(KILLS):
        recording_id = f"{number:032x}-1"
        fed = record_and_kill(stage, recording_id, chance.randrange(1, 60))
        path = spool.path_of(stage.spool_dir, recording_id)
        found = spool.recover(path)
        heard = stage.audio(path)
        assert heard.pcm == frames(fed + 1)[: len(heard.pcm)]
        assert (heard.reason, heard.damaged) == (None, False)
        assert found.duration_ms == len(heard.pcm) // spool.BYTES_PER_MS
        lost.append(fed * 20 - found.duration_ms)
    assert max(lost) <= ALLOWED_MS, lost
    ids = spool.list_recordings(stage.spool_dir)
    for recording_id in messages.list_unfinished(conn, ids):
        messages.ensure_recovered(conn, spool.recover(spool.path_of(stage.spool_dir, recording_id)))
    assert {entry.id for entry in messages.list_newest(conn, limit=100)} == set(ids)
    assert len(ids) == KILLS
    keys = [live.read_stream_key(stage.run_dir, recording_id) for recording_id in ids]
    assert all(keys)  # in RAM: a killed process costs no key


def test_the_killed_recordings_can_be_read_with_the_private_key_alone(stage: Stage) -> None:
    recording_id = f"{'e' * 32}-1"
    record_and_kill(stage, recording_id, 20)
    live.forget_stream_key(stage.run_dir, recording_id)
    path: Path = spool.path_of(stage.spool_dir, recording_id)
    assert len(stage.audio(path).pcm) > 0
