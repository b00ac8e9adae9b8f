"""The listener's decoding against a bare KaldiRecognizer loop and vosk-transcriber.

Run by hand: HOTLINE_TEST_MODEL=... python -m tests.bench.bench_transcriber [PAIRS]
Each run is a process of its own on the same 8 kHz sound, ours and the bare loop in turns. CPU is
user + system seconds of decoding, without loading the model; memory is the process's peak.
"""

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Callable
from pathlib import Path

from appliance.store import spool, vault
from appliance.transcribing import models
from tests.transcribing.conftest import find_model
from tests.transcribing.post import Post
from tests.transcribing.voices import speak

LENGTHS_S = (15, 60)
Run = tuple[float, float, float]  # CPU seconds of decoding, of everything, peak MB


def used_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def report(loaded_s: float) -> None:
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(used_s() - loaded_s, used_s(), peak_mb, flush=True)
    os._exit(0)  # freeing 500 MB is nobody's decoding


def run_bare(wav: Path, model: Path) -> None:
    """What the examples of Vosk do."""
    import json

    import vosk

    vosk.SetLogLevel(-1)
    with wave.open(str(wav)) as file:
        recognizer_model = vosk.Model(str(model))
        loaded_s = used_s()
        recognizer = vosk.KaldiRecognizer(recognizer_model, file.getframerate())
        recognizer.SetWords(True)
        while data := file.readframes(2000):
            if recognizer.AcceptWaveform(data):
                json.loads(recognizer.Result())
        json.loads(recognizer.FinalResult())
    report(loaded_s)


def run_ours(folder: Path, model: Path) -> None:
    """The real worker on a recording in a real post, from claim to saved transcript."""
    from appliance.config import Config, SpeechConfig, StoreConfig
    from appliance.store import db, messages
    from appliance.transcribing.engine import VoskTranscriber
    from appliance.transcribing.outcomes import Desk
    from appliance.transcribing.watch import Watch
    from appliance.transcribing.worker import Worker

    store = StoreConfig(folder / "state", folder / "run")
    config = Config(store=store, speech=SpeechConfig(model))
    conn, public = db.connect(store.database), vault.load_public_key(store.public_key)
    transcriber, watch = VoskTranscriber(model, models.verify(model).name), Watch()
    watch.start()
    loaded_s = used_s()
    worker = Worker(Desk(conn, config, transcriber, watch, public))
    while messages.counts(conn)["transcribed"] == 0:
        time.sleep(worker.turn())
    report(loaded_s)


def prepare(folder: Path, pcm: bytes) -> Path:
    """A post with this one message in it."""
    post = Post(folder)
    recording = post.begin()
    recording.speak(pcm, pace=20)
    recording.close()
    post.conn.close()
    return folder


def measure(kind: str, source: Path, model: Path) -> Run:
    command = [sys.executable, "-m", "tests.bench.bench_transcriber", kind, str(source), str(model)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    decode_s, all_s, peak_mb = (float(number) for number in done.stdout.split())
    return decode_s, all_s, peak_mb


def measure_peer(wav: Path, model: Path) -> Run:
    """vosk-transcriber loads and decodes in one go; its ffmpeg is counted."""
    program = str(Path(sys.executable).with_name("vosk-transcriber"))
    command = [program, "--model", str(model), "-i", str(wav), "-o", str(wav.with_suffix(".txt"))]
    peer = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(peer.pid, 0)  # of this child alone, with its ffmpeg
    if status:
        raise SystemExit(f"vosk-transcriber ended with {os.waitstatus_to_exitcode(status)}")
    return float("nan"), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def middle(runs: list[Run]) -> Run:
    decode, everything, peak = zip(*runs, strict=True)
    return statistics.median(decode), statistics.median(everything), statistics.median(peak)


def show(seconds: int, pairs: int, folder: Path, model: Path) -> None:
    pcm = speak(folder, seconds)
    wav = folder / f"{seconds}.wav"
    wav.write_bytes(spool.wav_bytes(pcm))
    ours, bare = [], []
    for n in range(pairs):
        bare.append(measure("bare", wav, model))
        ours.append(measure("ours", prepare(folder / f"post-{seconds}-{n}", pcm), model))
    rows = {"bare loop": middle(bare), "listener": middle(ours)}
    if shutil.which("ffmpeg"):
        rows["vosk-transcriber"] = measure_peer(wav, model)
    for name, (decode, everything, peak) in rows.items():
        print(f"{seconds:4} s  {name:17} {decode:8.2f} {everything:9.2f} {peak:9.0f}")
    ratios = [a[0] / b[0] for a, b in zip(ours, bare, strict=True)]
    more = rows["listener"][2] - rows["bare loop"][2]
    print(f"        listener / bare: CPU {statistics.median(ratios):.3f}, memory {more:+.0f} MB")


def without_dither(source: str | Path, target: Path) -> Path:
    """A copy of the model that decodes the same sound the same way each time.

    Kaldi's dither alone moves the CPU of two equal runs by a tenth and more.
    """
    shutil.copytree(source, target)
    with (target / "conf" / "mfcc.conf").open("a") as conf:
        conf.write("\n--dither=0.0\n")
    return target


def main(pairs: int) -> None:
    source = find_model()
    if source is None:
        sys.exit("HOTLINE_TEST_MODEL names no model folder")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        still = without_dither(source, folder / "still")
        model = models.add(str(still), folder / "models", name="model", progress=lambda _: None)
        print(f"{pairs} pairs, medians     decode CPU  with load   peak MB")
        for seconds in LENGTHS_S:
            show(seconds, pairs, folder, model)


RUNS: dict[str, Callable[[Path, Path], None]] = {"bare": run_bare, "ours": run_ours}

if __name__ == "__main__":
    if len(sys.argv) == 4:
        RUNS[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
