"""Is this sound a tone of the telephone network? Busy, dial and error tones, and the keys.

Decides: which 20 ms frames are a tone rather than somebody who speaks.
May touch: nothing (PURE). Thread: the caller's. Called by: answering, transcribing.
Pure Python on purpose: the answering process has no room for numpy (docs/decisions).
"""

import array
import cmath
import math
import sys
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import mul
from typing import Literal

RATE_HZ = 8000
FRAME_SAMPLES = 160
FRAME_BYTES = 2 * FRAME_SAMPLES  # 20 ms, signed 16-bit little-endian mono, as all call audio here

WINDOW_FRAMES = 8  # 160 ms: a vowel rings as purely as a tone, but its pitch moves within this
# A caller with a delay line of so many frames can blank a tone back to its first sample.
FRAMES_UNTIL_SURE = WINDOW_FRAMES + 1

Kind = Literal["progress", "dtmf"]


@dataclass(frozen=True)
class Tone:
    """What a frame belongs to.

    kind: "progress" (busy, dial, ringing or error tone) or "dtmf" (a key).
    frames: how many frames it has lasted, this one and its first, partial one included; at most
    FRAMES_UNTIL_SURE when it is told for the first time. digit: of a key, one of 0-9 A-D * #.
    hz: of a progress tone, the (lower) pitch.
    """

    kind: Kind
    frames: int
    digit: str | None = None
    hz: int | None = None


class ToneFinder:
    """Hears the frames of one call in their order; make a new one for each call."""

    suspicious = False  # the last frame looked like a tone, whether or not it is sure already

    def hear(self, frame: bytes) -> Tone | None:
        """The tone that this frame belongs to; None when it is none, or not yet surely one.

        frame: FRAME_BYTES of sound; a last, shorter one is no tone.
        """
        raise NotImplementedError
