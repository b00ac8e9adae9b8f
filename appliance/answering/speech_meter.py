"""Does the caller speak? Level against the line's own noise, with hysteresis.

Decides: when speech has started and stopped. May touch: nothing (PURE).
Thread: the audio thread. Called by: incoming.
It errs towards "speaking": a call that runs too long costs disk, one cut short costs a message.
"""

import array
import math
import operator
import sys
from bisect import bisect_left, insort
from collections import deque

from appliance.answering.frames import FRAME_S

# Above the idle noise of a companded line (A-law steps by 16 near zero), below speech at -30 dB.
QUIETEST_SPEECH = 30.0
# 8 dB over the floor: white noise measured over 20 ms varies by 0.5 dB, codec noise by about 4.
START_RATIO = 2.5
# 4 dB: between words the level falls below this within 0.2 s, on the tail of a vowel it does not.
STOP_RATIO = 1.6
# Only the quietest tenth of these seconds counts as noise: a fluent talker pauses that much,
# and a few frames lost by the network (exact zeros) do not pull the floor down.
FLOOR_WINDOW = round(6.0 / FRAME_S)
FLOOR_PART = 0.1
START_FRAMES = round(0.1 / FRAME_S)  # shorter is a click
STOP_FRAMES = round(0.5 / FRAME_S)  # shorter is a pause between words
LOUD_COST = 5  # one loud frame takes back this many quiet ones: a click does not restart the wait


class SpeechMeter:
    """Takes 20 ms frames, tells when the caller starts and stops speaking; starts in "stopped"."""

    def __init__(self) -> None:
        self.speaking = False
        self._recent: deque[float] = deque()
        self._ordered: list[float] = []
        self._loud = 0
        self._quiet = 0

    def hear(self, frame: bytes) -> bool | None:
        """True when speech has just started, False when it has just stopped, else None."""
        level = rms(frame)
        floor = self._floor_with(level)
        return self._leave_speech(level, floor) if self.speaking else self._find(level, floor)

    def _find(self, level: float, floor: float) -> bool | None:
        loud = level > max(QUIETEST_SPEECH, floor * START_RATIO)
        self._loud = self._loud + 1 if loud else max(0, self._loud - 1)
        if self._loud < START_FRAMES:
            return None
        self.speaking, self._loud, self._quiet = True, 0, 0
        return True

    def _leave_speech(self, level: float, floor: float) -> bool | None:
        loud = level > max(QUIETEST_SPEECH, floor * STOP_RATIO)
        self._quiet = max(0, self._quiet - LOUD_COST) if loud else self._quiet + 1
        if self._quiet < STOP_FRAMES:
            return None
        self.speaking, self._loud, self._quiet = False, 0, 0
        return False

    def _floor_with(self, level: float) -> float:
        self._recent.append(level)
        insort(self._ordered, level)
        if len(self._recent) > FLOOR_WINDOW:
            del self._ordered[bisect_left(self._ordered, self._recent.popleft())]
        return self._ordered[int(len(self._ordered) * FLOOR_PART)]


def rms(frame: bytes) -> float:
    """Root mean square of s16le samples around their mean (a card's DC offset is no sound)."""
    samples = array.array("h", frame)
    if sys.byteorder == "big":
        samples.byteswap()
    if not samples:
        return 0.0
    mean = sum(samples) / len(samples)
    power = sum(map(operator.mul, samples, samples)) / len(samples) - mean * mean
    return math.sqrt(max(0.0, power))
