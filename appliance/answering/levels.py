"""How loud a call is, in dB below full scale: what a technician turns the gain by.

Decides: which frames count. May touch: nothing (PURE).
Thread: hear() the audio thread's, figures() any. Called by: incoming, playlist, audio.
"""

import array
import math
import sys
from operator import mul

FULL_SCALE = 32768.0
QUIETEST_PEAK = 33  # -60 dBFS: pauses would only show how long somebody was silent


class LevelMeter:
    """Takes the frames of one direction of one call; those below -60 dBFS are left out."""

    def __init__(self) -> None:
        self._heard = (0, 0, 0)  # samples, sum of their squares, peak; replaced whole: no lock

    def hear(self, frame: bytes) -> None:
        """Measure one frame, s16le."""
        samples = array.array("h", frame)
        if sys.byteorder == "big":
            samples.byteswap()
        peak = max(max(samples), -min(samples)) if samples else 0
        if peak < QUIETEST_PEAK:
            return
        count, squares, highest = self._heard
        more: int = sum(map(mul, samples, samples))
        self._heard = (count + len(samples), squares + more, max(highest, peak))

    def figures(self, direction: str) -> dict[str, float]:
        """{direction}_rms_dbfs and {direction}_peak_dbfs; empty while nothing sounded."""
        count, squares, peak = self._heard
        if not count:
            return {}
        return {
            f"{direction}_rms_dbfs": _dbfs(math.sqrt(squares / count)),
            f"{direction}_peak_dbfs": _dbfs(peak),
        }


def _dbfs(level: float) -> float:
    return round(20 * math.log10(level / FULL_SCALE), 1)
