"""What goes into the speech engine: a copy of the call's sound, made fit to be understood.

Decides: what is kept from the engine (tones, a constant offset) and how loud the rest is.
May touch: nothing; the recording stays as it is. Thread: the worker's. Called by: listening.
Why each step, and why no more: docs/decisions/what-the-engine-hears.md.
"""

import math
from bisect import bisect_left, insort
from collections import deque

import numpy as np
import numpy.typing as npt

from appliance.errors import Bug
from appliance.tones import FRAME_BYTES, FRAME_SAMPLES, FRAMES_UNTIL_SURE, RATE_HZ, ToneFinder
from appliance.transcribing.resample import Upsampler

Samples = npt.NDArray[np.float64]

FRAME_S = FRAME_SAMPLES / RATE_HZ
OFFSET_HZ = 40.0  # an offset is gone within 20 ms; the telephone band begins at 300 Hz
HELD = FRAMES_UNTIL_SURE - 1  # frames behind the newest that may still turn out to be a tone

TARGET = 4000.0  # RMS of loud speech: -18 dB, the nominal level of a digital line (ITU-T G.711)
MOST_GAIN = 32.0  # 30 dB: brings speech at -30 dB to the target, idle noise (RMS 30) not to 1000
LEAST_GAIN = 0.5
STEP = 1.41  # 3 dB from frame to frame: no step within a vowel, 24 dB within the delay line
CEILING = 23000.0  # -3 dB: the upsampler overshoots between two samples of a clipped wave

QUIETEST_SPEECH = 30.0  # RMS: above the idle noise of a companded line, below speech at -30 dB
OVER_FLOOR = 2.5  # 8 dB: no steady noise varies that much within 20 ms
FLOOR_FRAMES = round(6.0 / FRAME_S)
FLOOR_PART = 0.1  # a fluent talker pauses that much
LEAST_LOUD = 5  # frames, 100 ms: shorter is a click
LOUD_FRAMES = round(3.0 / FRAME_S)  # of speech: a caller who lowers his voice is followed
LOUD_PART = 0.8  # of the loud frames lie below the level: a bump of the receiver is not speech

_RAMP = np.arange(1, FRAME_SAMPLES + 1) / FRAME_SAMPLES


class Ears:
    """Takes 8 kHz s16le mono, gives 16 kHz s16le mono for the engine; any chopping, same bytes.

    What goes in at second t comes out at second t. It comes out HELD frames (160 ms) and 0.9 ms
    later than it went in; `flush` brings the rest, so that nothing is added and nothing lost.
    """

    def __init__(self) -> None:
        self._rest = bytearray()
        self._offset = _OffsetFilter()
        self._tones = ToneFinder()
        self._volume = _Volume()
        self._line: deque[Samples] = deque()
        self._upsampler = Upsampler()

    def hear(self, pcm: bytes) -> bytes:
        """Take any number of whole samples; half a sample is a Bug."""
        if len(pcm) % 2:
            raise Bug("half a sample")
        self._rest += pcm
        whole = len(self._rest) - len(self._rest) % FRAME_BYTES
        fresh = bytes(self._rest[:whole])
        del self._rest[:whole]
        pieces = [self._take(fresh[at : at + FRAME_BYTES]) for at in range(0, whole, FRAME_BYTES)]
        return self._upsampler.push(b"".join(pieces))

    def flush(self) -> bytes:
        """Return what was held back; nothing may follow."""
        missing = -len(self._rest) % FRAME_BYTES
        pieces = []
        if missing:  # the last sample goes on: no click, and cut off again
            pieces.append(self._take(bytes(self._rest) + self._rest[-2:] * (missing // 2)))
        while self._line:
            pieces.append(self._give())
        sound = b"".join(pieces)
        return self._upsampler.push(sound[: len(sound) - missing]) + self._upsampler.flush()

    def _take(self, frame: bytes) -> bytes:
        """Hear one frame; return the one that is now surely no part of a tone."""
        samples = self._offset.remove(np.frombuffer(frame, dtype="<i2").astype(np.float64))
        self._line.append(samples)
        self._volume.hear(samples)
        tone = self._tones.hear(_as_bytes(samples))
        if tone:
            self._blank(tone.frames)
        return self._give() if len(self._line) > HELD else b""

    def _blank(self, frames: int) -> None:
        """Make silence of the newest frames: a tone is known for one some time after its start."""
        for n in range(1, min(frames, len(self._line)) + 1):
            self._line[-n] = np.zeros(FRAME_SAMPLES)
        self._volume.forget(frames)

    def _give(self) -> bytes:
        samples = self._line.popleft()
        following = self._line[0] if self._line else samples
        return _as_bytes(self._volume.adjust(samples, following))


class _OffsetFilter:
    """A one-pole high-pass; an offset there from the first sample on leaves no trace at all."""

    def __init__(self) -> None:
        decay = np.exp(-2 * np.pi * OFFSET_HZ / RATE_HZ)
        ages = np.subtract.outer(np.arange(FRAME_SAMPLES), np.arange(FRAME_SAMPLES))
        self._response = np.where(ages >= 0, decay ** np.maximum(ages, 0), 0.0)
        self._fading = decay ** np.arange(1, FRAME_SAMPLES + 1)
        self._before: float | None = None
        self._last = 0.0

    def remove(self, samples: Samples) -> Samples:
        """Filter one frame: y[n] = x[n] - x[n-1] + decay * y[n-1]."""
        steps = samples.copy()
        steps[1:] -= samples[:-1]
        steps[0] -= samples[0] if self._before is None else self._before
        filtered: Samples = self._response @ steps + self._last * self._fading
        self._before, self._last = float(samples[-1]), float(filtered[-1])
        return filtered


class _Volume:
    """How much the sound is turned up: by what most of the caller's loud frames reach.

    Between words it stays where it is, so that pauses keep their distance from speech.
    """

    def __init__(self) -> None:
        self._all, self._loud = _Window(FLOOR_FRAMES), _Window(LOUD_FRAMES)
        self._was_loud: deque[bool] = deque(maxlen=FRAMES_UNTIL_SURE)
        self._gain = 1.0

    def hear(self, samples: Samples) -> None:
        """Take note of the newest frame's level."""
        level = math.sqrt(samples @ samples / FRAME_SAMPLES)
        self._all.add(level)
        is_loud = level > max(QUIETEST_SPEECH, self._all.part(FLOOR_PART) * OVER_FLOOR)
        self._was_loud.append(is_loud)
        if is_loud:
            self._loud.add(level)

    def forget(self, frames: int) -> None:
        """The newest frames were a tone: how loud it was says nothing about the caller."""
        for _ in range(min(frames, len(self._was_loud))):
            if self._was_loud.pop():
                self._loud.forget_newest()

    def adjust(self, samples: Samples, following: Samples) -> Samples:
        """Turn one frame up or down, towards the gain that suits it and the frame behind it."""
        before = self._gain
        wanted = min(max(self._wanted(), before / STEP), before * STEP)
        self._gain = min(wanted, _most_for(samples), _most_for(following))
        return samples * (before + (self._gain - before) * _RAMP)

    def _wanted(self) -> float:
        if len(self._loud) < LEAST_LOUD:
            return 1.0
        return min(max(TARGET / self._loud.part(LOUD_PART), LEAST_GAIN), MOST_GAIN)


class _Window:
    """The newest so many levels, in order of time and of size."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._recent: deque[float] = deque()
        self._ordered: list[float] = []

    def __len__(self) -> int:
        return len(self._ordered)

    def add(self, level: float) -> None:
        """Take the newest; the oldest falls out."""
        self._recent.append(level)
        insort(self._ordered, level)
        if len(self._recent) > self._size:
            self._remove(self._recent.popleft())

    def forget_newest(self) -> None:
        """Take back what was added last."""
        self._remove(self._recent.pop())

    def part(self, share: float) -> float:
        """Return the level which that share of all levels lies below."""
        return self._ordered[int(len(self._ordered) * share)]

    def _remove(self, level: float) -> None:
        del self._ordered[bisect_left(self._ordered, level)]


def _most_for(samples: Samples) -> float:
    return CEILING / max(float(samples.max()), -float(samples.min()), 1.0)


def _as_bytes(samples: Samples) -> bytes:
    return np.rint(np.minimum(np.maximum(samples, -32768), 32767)).astype("<i2").tobytes()
