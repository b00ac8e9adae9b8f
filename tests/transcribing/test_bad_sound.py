"""Recordings that are hardly any: each ends in one clear state, and the real process goes on."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np

from appliance.store import spool
from tests.transcribing.post import Post, wait_for
from tests.transcribing.sounds import busy, pcm_of, samples_of, white

OVER = ("transcribed", "failed")


def too_fast(folder: Path, pcm: bytes) -> bytes:
    """The same voice at 44.1 kHz, which a wrongly set card would pass off as 8 kHz."""
    raw = folder / "voice.raw"
    raw.write_bytes(pcm)
    kind = ("-t", "raw", "-e", "signed-integer", "-b", "16", "-c", "1")
    command = ("sox", *kind, "-r", "8000", str(raw), *kind, "-r", "44100", "-")
    return subprocess.run(command, check=True, capture_output=True).stdout[: 16000 * 4]


def cut_short(post: Post, pcm: bytes) -> str:
    """A file that ends in the middle of a frame, as a power cut leaves it."""
    message_id = post.record(pcm)
    path = spool.path_of(post.config.store.spool_dir, message_id)
    os.truncate(path, path.stat().st_size * 2 // 3)
    return message_id


def test_whatever_was_recorded_ends_in_one_clear_state_and_the_process_goes_on(
    make_post: Callable[[Path], Post], model: Path, voice: bytes, tmp_path: Path
) -> None:
    post = make_post(model)
    four_s = voice[: 16000 * 4]
    blank = {
        "zero-length": post.record(b""),
        "one sample": post.record(b"\x10\x00"),
        "silence": post.record(bytes(16000 * 4)),
        "noise": post.record(pcm_of(white(4.0, 3000.0))),
        "busy tone": post.record(pcm_of(busy(4.0))),
    }
    spoken = {
        "clipped": post.record(pcm_of(samples_of(four_s) * 50)),
        "cut short": cut_short(post, four_s),
    }
    others = {
        "44.1 kHz": post.record(too_fast(tmp_path, four_s)),
        "an offset": post.record(pcm_of(np.full(16000, 20000.0))),
    }
    good = post.record(four_s)
    with post.listener() as process:
        for message_id in (*blank.values(), *spoken.values(), *others.values(), good):
            wait_for(message_id, lambda: post.state(message_id) in OVER)  # noqa: B023
        assert process.poll() is None, "one process heard them all"
        assert post.stop(process) == 0
    log = post.log()
    for kind, message_id in {**blank, **spoken, **others}.items():
        entry = post.entry(message_id)
        assert (entry.state, entry.attempts, entry.status) == ("transcribed", 1, "new"), kind
        assert f"transcribed {message_id}" in log
    for kind, message_id in blank.items():
        entry = post.entry(message_id)
        assert (entry.has_speech, entry.category, entry.urgency) == (False, "other", "normal"), kind
    for kind, message_id in spoken.items():
        assert post.entry(message_id).has_speech is True, kind
    assert post.entry(spoken["clipped"]).line_quality == "poor"
    assert post.entry(good).line_quality == "good"
    assert post.transcript(good)["words"], "what came last was heard like any other"
