"""What the ear of the audio thread costs for each frame of 20 ms, CPU time.

Run by hand: python -m tests.bench.bench_meter
Cutting, level, voice detector, tones and keys together, as incoming does it.
"""

import statistics
import tempfile
import time
from pathlib import Path

import numpy

from appliance.answering.incoming import Incoming
from tests.sound.network import RATE_HZ, Samples, frames_of, keys, network_tone, noise, spoken

TEXT = "Nhà tôi ở bản Làng Cang, đêm qua có người lấy trộm xe máy của con tôi. " * 4


def costs_us(samples: Samples) -> list[float]:
    incoming, costs = Incoming(), []
    incoming.hear(b"", -1.0)
    for number, frame in enumerate(frames_of(samples)):
        began = time.thread_time_ns()
        incoming.hear(frame, 0.02 * number)
        costs.append((time.thread_time_ns() - began) / 1000)
    return costs


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        voice = spoken("vi", TEXT, 150, Path(folder))
    seconds = len(voice) / RATE_HZ
    sounds = {
        "digital silence": numpy.zeros(len(voice)),
        "line noise": noise(seconds, 40),
        "loud noise": noise(seconds, 3000),
        "speech": voice,
        "busy tone": network_tone("busy", seconds),
        "dial tone": network_tone("dial", seconds),
        "keys": keys("0912345678", 0.1, 0.1),
    }
    for name, samples in sounds.items():
        costs = sorted(costs_us(samples))
        most = costs[int(len(costs) * 0.99)]
        print(f"{name}: median {statistics.median(costs):.0f} us, 99 of 100 below {most:.0f} us")


if __name__ == "__main__":
    main()
