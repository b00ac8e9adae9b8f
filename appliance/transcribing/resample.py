"""8 kHz to 16 kHz, streaming: the rate the speech model was trained at.

Decides: the filter, see docs/decisions/resampling.md. May touch: nothing.
Thread: the worker's. Called by: hearing.
Done here and not by Vosk: its own upsampling needs a line in the model that not every model has.
"""

import math

import numpy as np
import numpy.typing as npt

IN_HZ, OUT_HZ = 8000, 16000
CUTOFF_HZ = 0.99 * IN_HZ / 2  # as Kaldi's own resampler (feat/resample.h)
ZEROS = 6  # zero crossings on each side of the sinc, likewise
REACH = math.ceil(ZEROS / (2 * CUTOFF_HZ) * IN_HZ)  # 7 samples to each side, 0.9 ms
SAMPLE_BYTES = 2


class Upsampler:
    """Turns 8 kHz s16le mono into twice as many samples; any chopping, same bytes.

    Each sample waits for the 7 behind it (0.9 ms) and keeps its place: `flush` brings the last.
    """

    def __init__(self) -> None:
        offsets = np.arange(-REACH, REACH + 1) / IN_HZ
        self._on_sample = _taps(offsets)
        self._between = _taps(offsets + 1 / OUT_HZ)
        self._before = np.zeros(REACH)

    def push(self, pcm: bytes) -> bytes:
        """Convert whole samples (even length) at once; raises ValueError for half a sample."""
        samples = np.concatenate([self._before, np.frombuffer(pcm, dtype="<i2")])
        ready = len(samples) - 2 * REACH
        if ready <= 0:
            self._before = samples
            return b""
        self._before = samples[ready:]
        doubled = np.empty(2 * ready)
        doubled[0::2] = np.convolve(samples, self._on_sample, "valid")
        doubled[1::2] = np.convolve(samples, self._between, "valid")
        return np.clip(np.rint(doubled), -32768, 32767).astype("<i2").tobytes()

    def flush(self) -> bytes:
        """Return what still waited, as if silence followed; then all samples are out."""
        return self.push(bytes(REACH * SAMPLE_BYTES))


def _taps(at_s: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Sample a sinc under a Hann window at these distances from its middle, in seconds."""
    window = 0.5 * (1 + np.cos(2 * np.pi * CUTOFF_HZ / ZEROS * at_s))
    window[np.abs(at_s) >= ZEROS / (2 * CUTOFF_HZ)] = 0
    taps: npt.NDArray[np.float64] = window * np.sinc(2 * CUTOFF_HZ * at_s) * 2 * CUTOFF_HZ / IN_HZ
    return taps
