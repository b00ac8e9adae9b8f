"""How long after an urgent word was spoken the flag is in the database.

Run by hand: HOTLINE_TEST_MODEL=... python -m tests.bench.bench_alarm [RUNS]
The real process, real Vosk, sound fed in real time through the recorder; each run waits for
another word of the same voice. Late: from the word's end in the transcript to urgent_at.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

from appliance.store import speech_lists
from appliance.store.speech_lists import Keyword
from appliance.transcribing import models
from tests.transcribing.conftest import find_model
from tests.transcribing.post import Post, wait_for
from tests.transcribing.voices import speak

SPOKEN_S = 12
WORDS = ("여겼", "나비", "리나", "바비")  # heard in nearly every run, whatever the dither


def late_s(folder: Path, model: Path, pcm: bytes, word: str) -> float | None:
    """None: the engine did not hear the word this time."""
    box = Post(folder, model)
    speech_lists.save_keywords(box.conn, [Keyword(word, "security", "grave", 10)], "can-bo-1")
    with box.listener() as process:
        box.wait_ready()
        recording = box.begin()
        began = time.time()
        recording.speak(pcm)
        recording.close()
        wait_for("the transcript", lambda: box.state(recording.id) == "transcribed")
        box.stop(process)
    at = box.entry(recording.id).urgent_at
    ends = [each["end"] for each in box.transcript(recording.id)["words"] if each["word"] == word]
    box.conn.close()
    return at - began - ends[0] if at and ends else None


def main(runs: int) -> None:
    source = find_model()
    if source is None:
        sys.exit("HOTLINE_TEST_MODEL names no model folder")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        model = models.add(source, folder / "models", name="model", progress=lambda _: None)
        pcm = speak(folder, SPOKEN_S)
        found = [
            (word, late_s(folder / f"{word}-{n}", model, pcm, word))
            for n in range(runs)
            for word in WORDS
        ]
    late = [seconds for _, seconds in found if seconds is not None]
    for word, seconds in found:
        print(word, "not heard" if seconds is None else f"{seconds:.2f} s")
    print(f"{len(late)} flags: median {statistics.median(late):.2f} s, most {max(late):.2f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
