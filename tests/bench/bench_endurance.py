"""The same recording ten times, then two hundred messages in a row: same text? same memory?

Run by hand: HOTLINE_TEST_MODEL=... python -m tests.bench.bench_endurance [MESSAGES]
The real process. Resident memory is read after each message, when it has nothing left to do.
"""

import sys
import tempfile
from pathlib import Path

import psutil

from appliance.transcribing import models
from tests.transcribing.conftest import find_model
from tests.transcribing.post import Post, wait_for
from tests.transcribing.voices import speak

TIMES = 10
LONG_S, SHORT_S = 15, 3
SETTLED = 20  # messages until the engine has seen what there is to see


def text_of(post: Post, pcm: bytes) -> str:
    recording = post.begin()
    recording.speak(pcm, pace=20)
    recording.close()
    wait_for("the text", lambda: post.state(recording.id) == "transcribed", 120)
    wait_for("nothing to do", lambda: post.status().get("state") == "ready")
    return str(post.transcript(recording.id)["text"])


def main(count: int) -> None:
    source = find_model()
    if source is None:
        sys.exit("HOTLINE_TEST_MODEL names no model folder")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        model = models.add(source, folder / "models", name="model", progress=lambda _: None)
        post = Post(folder / "post", model)
        pcm = speak(folder, LONG_S)
        with post.listener() as started:
            post.wait_ready()
            process = psutil.Process(started.pid)
            texts = [text_of(post, pcm) for _ in range(TIMES)]
            print(f"{TIMES} runs of {LONG_S} s: {len(set(texts))} different text(s)", flush=True)
            held_mb = []
            for n in range(count):
                at = n % (LONG_S - SHORT_S) * 16000
                text_of(post, pcm[at : at + SHORT_S * 16000])
                held_mb.append(process.memory_info().rss / 1e6)
                if n % SETTLED == SETTLED - 1:
                    print(f"{n + 1:4} messages: {held_mb[-1]:.1f} MB", flush=True)
            post.stop(started)
        post.conn.close()
    half = count // 2
    first, last = max(held_mb[SETTLED:half]), max(held_mb[half:])
    print(
        f"most held, messages {SETTLED + 1} to {half}: {first:.1f} MB, later: {last:.1f} MB, "
        f"{last - first:+.1f} (goal below +5)"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
