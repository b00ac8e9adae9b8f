"""A short-lived filter: s16le mono at a given rate in, 8 kHz s16le mono out.

Decides: nothing. May touch: standard input and output. Thread: main of its own process.
Called by: greeting, as `python -m appliance.answering.resample RATE_HZ`.
"""

import sys

import numpy
import soxr

from appliance.answering.frames import RATE_HZ


def main() -> None:
    """Resample all of standard input."""
    samples = numpy.frombuffer(sys.stdin.buffer.read(), dtype="<i2")
    resampled = soxr.resample(samples, int(sys.argv[1]), RATE_HZ)
    sys.stdout.buffer.write(resampled.astype("<i2").tobytes())


if __name__ == "__main__":
    main()
