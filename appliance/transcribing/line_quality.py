"""How good was the line? Noise, clipping and lost pieces, from the sound's levels alone.

Decides: good, fair or poor. May touch: nothing. Thread: the worker's. Called by: listening.
It tells an officer how far to trust the text, and which lines the engine does badly on.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from appliance.errors import Bug

Quality = Literal["good", "fair", "poor"]
Levels = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]

PIECE = 40  # samples, 5 ms: a lost frame of 20 ms holds three whole ones, wherever it begins
PER_FRAME = 4  # pieces in 20 ms, over which a level is taken

QUIETEST_SPEECH = 30.0  # RMS: above the idle noise of a companded line
OVER_FLOOR = 2.5  # 8 dB: steady noise does not vary that much within 20 ms
FLOOR_PART = 0.1  # a fluent talker pauses that much
LEAST_LOUD = 5  # frames: fewer do not stand out of the noise

STEPS = 128  # of height, for the share of samples at the very top
TOP = 0.95  # of the highest: a clipped wave lies there, one that swings freely hardly ever
LOST = range(3, 41)  # pieces, 15 to 200 ms: longer is a caller who says nothing
BESIDE = 2  # pieces, 10 ms: a pause fades out before it is zero, a lost frame does not

# 20 s of one voice, Korean model, compared with the same sound untouched; the SNR is as estimated
# here, which is 1 to 4 dB above that of white noise added at 20 to 10 dB:
# 40 dB: as many words; 30: 4 % fewer; 21 to 26: 17 %; 17: 21 %; 13: 40 %; 9: 92 %
FAIR_SNR_DB, POOR_SNR_DB = 25.0, 14.0
# speech untouched: under 0.1 %; 12 dB too loud: 0.8 %, half of the words differ; 18 dB: 6 %, most
FAIR_CLIPPED, POOR_CLIPPED = 0.005, 0.05
# 1 % of frames lost: a quarter of the words differ; 5 %: three quarters
FAIR_LOST, POOR_LOST = 0.01, 0.05


@dataclass(frozen=True)
class Figures:
    """What is wrong with a line; shares from 0 to 1 of the time in which somebody speaks."""

    snr_db: float
    clipped: float
    lost: float

    @property
    def quality(self) -> Quality:
        """The worst of the three decides."""
        if self.snr_db < POOR_SNR_DB or self.clipped > POOR_CLIPPED or self.lost > POOR_LOST:
            return "poor"
        if self.snr_db < FAIR_SNR_DB or self.clipped > FAIR_CLIPPED or self.lost > FAIR_LOST:
            return "fair"
        return "good"


class LineQuality:
    """Hears 8 kHz s16le mono as it came; any chopping, same figures. Costs 0.02 s a minute."""

    def __init__(self) -> None:
        self._rest = b""
        self._levels: list[Levels] = []
        self._are_zero: list[Flags] = []
        self._heights = np.zeros(STEPS + 1, dtype=np.int64)

    def hear(self, pcm: bytes) -> None:
        """Take whole samples in any number; half a sample is a Bug."""
        if len(pcm) % 2:
            raise Bug("half a sample")
        sound = self._rest + pcm
        whole = len(sound) - len(sound) % (2 * PIECE)
        self._rest = sound[whole:]
        pieces = np.frombuffer(sound[:whole], dtype="<i2").reshape(-1, PIECE)
        self._levels.append(pieces.std(axis=1, dtype=np.float32))  # an offset is no sound
        self._are_zero.append(np.logical_not(pieces.any(axis=1)))
        heights = np.abs(pieces.ravel().astype(np.int32)) // (32768 // STEPS)
        self._heights += np.bincount(heights, minlength=STEPS + 1)

    def figures(self) -> Figures:
        """Measure what was heard so far, in which somebody has spoken."""
        levels = np.concatenate([*self._levels, np.zeros(0, np.float32)])
        frames = _frames(levels)
        floor = max(1.0, float(np.quantile(frames[frames > 0], FLOOR_PART))) if any(frames) else 1.0
        least = max(QUIETEST_SPEECH, floor * OVER_FLOOR)
        loud = frames[frames > least]
        if len(loud) < LEAST_LOUD:
            return Figures(0.0, 0.0, 0.0)
        lost = _count_lost(np.concatenate(self._are_zero), levels > least)
        highest = int(np.flatnonzero(self._heights)[-1])
        at_top = int(self._heights[math.ceil(highest * TOP) :].sum())
        return Figures(
            snr_db=10 * math.log10(float((loud**2).mean()) / floor**2),
            clipped=at_top / (len(loud) * PER_FRAME * PIECE),
            lost=lost / (lost + len(loud) * PER_FRAME),
        )


def _frames(levels: Levels) -> Levels:
    """The level of each 20 ms, from those of its pieces."""
    whole = len(levels) - len(levels) % PER_FRAME
    frames: Levels = np.sqrt((levels[:whole].reshape(-1, PER_FRAME) ** 2).mean(axis=1))
    return frames


def _count_lost(are_zero: Flags, are_loud: Flags) -> int:
    """Count the pieces of runs of zeros that begin and end in the midst of speech."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], are_zero, [False]])))
    lost = 0
    for start, end in edges.reshape(-1, 2).tolist():
        before, behind = are_loud[max(0, start - BESIDE) : start], are_loud[end : end + BESIDE]
        if end - start in LOST and before.any() and behind.any():
            lost += end - start + 1  # it began and ended within a piece
    return lost
