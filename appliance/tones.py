"""Is this sound a tone of the telephone network? Busy, dial and error tones, and the keys.

Decides: which 20 ms frames are a tone rather than somebody who speaks.
May touch: nothing (PURE). Thread: the caller's. Called by: answering, transcribing.
Why this is our own, and in pure Python: docs/decisions/tones-and-speech.md.
"""

import array
import cmath
import math
import sys
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from operator import mul
from typing import Literal

RATE_HZ = 8000
FRAME_SAMPLES = 160
FRAME_BYTES = 2 * FRAME_SAMPLES  # 20 ms, signed 16-bit little-endian mono, as all call audio here

# A vowel rings as purely as a tone for 0.1 s, but in 0.2 s its pitch has moved. Measured, share
# of the window's energy at one steady pitch: 79 minutes of speech stay below 0.83; tones at 15 dB
# over noise, through A-law, GSM and AMR, down to -35 dBFS, stay above 0.85.
WINDOW_FRAMES = 10
WINDOW_SHARE = 0.85
FRAME_SHARE = 0.4  # of one frame: two pitches and noise leave 0.5
LIKELY_FRAMES = WINDOW_FRAMES - 2  # a lost frame or two in the window do not hide a tone
GRACE_FRAMES = 2  # nor do they end it
KEY_GRACE = 1  # two presses of one key stand 50 ms apart: at least two frames
# A caller with a delay line of so many frames can blank a tone back to its first sample.
FRAMES_UNTIL_SURE = WINDOW_FRAMES + 1

LEAST_ENERGY = FRAME_SAMPLES * 50.0**2  # -56 dBFS: below any line's tones, above idle noise
SPREAD_MOST = 0.16  # variance of the cosines of a frame's pitches: a tone in noise 0.13, noise 0.5

DIGIT_SHARE = 0.8  # of the energy of a frame lies at its row and column
PART_SHARE = 0.6  # of a neighbour's: a key of 50 ms fills one frame and 3/4 of another
TWIST = 6.3  # 8 dB, as ITU-T Q.24 asks for, between row and column
PAIR_LEAST = 0.1  # of the energy is in the weaker pitch of a double tone: 9 dB

SEGMENT = 16  # samples summed after mixing; at 16 the mirror image vanishes where it would fold
SEGMENTS = FRAME_SAMPLES // SEGMENT
SEGMENTS_HZ = RATE_HZ / SEGMENT

ROWS_HZ = (697, 770, 852, 941)  # ITU-T Q.23
COLUMNS_HZ = (1209, 1336, 1477, 1633)
KEYS = ("123A", "456B", "789C", "*0#D")

Wave = tuple[Sequence[float], Sequence[float]]
Range = tuple[int, int]


@dataclass(frozen=True)
class Tone:
    """What a frame belongs to.

    kind: "progress" (busy, dial, ringing or error tone) or "dtmf" (a key).
    frames: how many frames it has lasted, this one and its first, partial one included; at most
    FRAMES_UNTIL_SURE when it is told for the first time. digit: of a key, one of 0-9 A-D * #.
    hz: of a progress tone, the (lower) pitch.
    """

    kind: Literal["progress", "dtmf"]
    frames: int
    digit: str | None = None
    hz: int | None = None


class ToneFinder:
    """Hears the frames of one call in their order; make a new one for each call."""

    def __init__(self) -> None:
        bands = [_BandEar(band) for band in _BANDS]
        self._ears: list[_KeyEar | _BandEar] = [_KeyEar(), *bands]

    @property
    def suspicious(self) -> bool:
        """Whether the last frame by itself looked like a tone, sure or not."""
        return any(ear.suspicious for ear in self._ears)

    def hear(self, frame: bytes) -> Tone | None:
        """The tone that this frame belongs to; None when it is none, or not yet surely one.

        frame: FRAME_BYTES of sound; a shorter one, as at the end of a file, is no tone.
        """
        sound = _listen(frame)
        return next(filter(None, [ear.hear(sound) for ear in self._ears]), None)


@dataclass(frozen=True)
class _Sound:
    """One frame around its mean. cosine, spread: of its pitches, weighed by their energy."""

    samples: Sequence[float]
    energy: float
    cosine: float = 0.0
    spread: float = 1.0


def _listen(frame: bytes) -> _Sound:
    raw = array.array("h", frame[: len(frame) & ~1])
    if sys.byteorder == "big":
        raw.byteswap()
    if len(raw) != FRAME_SAMPLES:
        return _Sound((), 0.0)
    mean = sum(raw) / FRAME_SAMPLES  # a sound card's offset is no sound
    energy = sum(map(mul, raw, raw)) - FRAME_SAMPLES * mean * mean
    if energy < LEAST_ENERGY:
        return _Sound((), energy)
    samples = [sample - mean for sample in raw]
    # The means of cos w and cos 2w over a spectrum are its autocorrelation at lags 1 and 2.
    once = sum(map(mul, samples, samples[1:])) / energy
    twice = sum(map(mul, samples, samples[2:])) / energy
    return _Sound(samples, energy, once, (1 + twice) / 2 - once * once)


def _wave(hz: float) -> Wave:
    turns = [2 * math.pi * hz / RATE_HZ * n for n in range(FRAME_SAMPLES)]
    return [math.cos(turn) for turn in turns], [math.sin(turn) for turn in turns]


def _cosine(hz: float) -> float:
    return math.cos(2 * math.pi * hz / RATE_HZ)


class _Lasting:
    """How long something sure has lasted; `grace` frames without it in a row do not end it."""

    def __init__(self, grace: int) -> None:
        self._grace = grace
        self.frames = self._missed = 0

    def begin(self, frames: int) -> None:
        """It is sure, and so many frames old; one more for the part of a frame before."""
        self.frames, self._missed = frames + 1, 0

    def tell(self, there: bool) -> bool:
        """Whether this frame belongs to it: also the first one missed, which may hold its end."""
        self.frames += 1
        self._missed = 0 if there else self._missed + 1
        if self._missed > self._grace:
            self.frames = 0
        return self._missed < 2


class _KeyEar:
    """Row and column of a key by Goertzel's sums, frame by frame; two alike make it sure."""

    def __init__(self) -> None:
        self.suspicious = False
        self._digit = ""
        self._share = 0.0
        self._lasting = _Lasting(KEY_GRACE)

    def hear(self, sound: _Sound) -> Tone | None:
        before, share_before = self._digit, self._share
        digit, share = _key_in(sound)
        self.suspicious = bool(digit)
        if self._lasting.frames and digit in ("", before):
            told = self._lasting.tell(bool(digit))
        else:
            self._digit, self._share = digit, share
            told = bool(digit) and digit == before and max(share, share_before) >= DIGIT_SHARE
            self._lasting.frames = 0
            if told:
                self._lasting.begin(2)
        return Tone("dtmf", self._lasting.frames, digit=self._digit) if told else None


_ROWS = tuple(map(_wave, ROWS_HZ))
_COLUMNS = tuple(map(_wave, COLUMNS_HZ))
# The mean cosine of a key's frame: most of its energy in the column, or most in the row.
_KEY_COSINES = (PART_SHARE * _cosine(COLUMNS_HZ[-1]), _cosine(ROWS_HZ[0]))


def _key_in(sound: _Sound) -> tuple[str, float]:
    """The key a frame may hold, and the share of its energy; an empty one when it holds none."""
    if not sound.samples or not _KEY_COSINES[0] < sound.cosine < _KEY_COSINES[1]:
        return "", 0.0
    low, row = _strongest(sound, _ROWS)
    if low * (1 + TWIST) < PART_SHARE:
        return "", 0.0  # whatever the column holds: most of speech ends here
    high, column = _strongest(sound, _COLUMNS)
    fits = low + high >= PART_SHARE and low / TWIST < high < low * TWIST
    return (KEYS[row][column], low + high) if fits else ("", 0.0)


def _strongest(sound: _Sound, waves: Sequence[Wave]) -> tuple[float, int]:
    return max((_share(sound, wave), number) for number, wave in enumerate(waves))


def _share(sound: _Sound, wave: Wave) -> float:
    size = math.hypot(*(sum(map(mul, sound.samples, part)) for part in wave))
    return 2 * size * size / (FRAME_SAMPLES * sound.energy)


class _Band:
    """The pitches around one centre, a multiple of 50 Hz: whole turns in a frame."""

    def __init__(self, centre_hz: int, range_hz: Range, *pairs_hz: Range) -> None:
        self._centre_hz, self._range_hz, self._pairs_hz = centre_hz, range_hz, pairs_hz
        self._wave = _wave(centre_hz)
        # Noise beside the tone pulls the mean cosine towards 0, by as much as its share.
        self._cosines = (WINDOW_SHARE * _cosine(range_hz[1]), _cosine(range_hz[0]) + 0.01)

    def mix(self, sound: _Sound) -> list[complex]:
        """The frame brought down to around 0 Hz, a value each 2 ms; zeros when it is no tone."""
        lowest, highest = self._cosines
        if not sound.samples or sound.spread > SPREAD_MOST or not lowest < sound.cosine < highest:
            return _NO_TONE
        cos, sin = (list(map(mul, sound.samples, part)) for part in self._wave)
        starts = range(0, FRAME_SAMPLES, SEGMENT)
        return [complex(sum(cos[a : a + SEGMENT]), -sum(sin[a : a + SEGMENT])) for a in starts]

    def pitches(self, mixed: Sequence[complex], energy: float, least: float) -> tuple[float, ...]:
        """The one or two steady pitches that hold at least this share of the energy, if any."""
        hz = self._pitch_of(mixed)
        lowest, highest = self._range_hz
        if lowest <= hz <= highest and self.share(mixed, energy, hz) >= least:
            return (hz,)
        for pair in self._pairs_hz:
            shares = [self.share(mixed, energy, hz) for hz in pair]
            if sum(shares) >= least and min(shares) >= PAIR_LEAST:
                return pair
        return ()

    def share(self, mixed: Sequence[complex], energy: float, hz: float) -> float:
        """How much of the energy lies at this one pitch."""
        turn = 2 * math.pi * (hz - self._centre_hz) / SEGMENTS_HZ
        half = turn / 2  # a sum over 2 ms weakens what turns within it
        kept = math.sin(half) / (SEGMENT * math.sin(half / SEGMENT)) if half else 1.0
        found = abs(sum(_turned(mixed, -turn))) / kept
        return 2 * found * found / (len(mixed) * SEGMENT * energy)

    def _pitch_of(self, mixed: Sequence[complex]) -> float:
        """The strongest pitch: roughly from value to value, finely from frame to frame."""
        turn = _turn_between(mixed)
        straight = _turned(mixed, -turn)
        frames = [sum(straight[a : a + SEGMENTS]) for a in range(0, len(mixed), SEGMENTS)]
        turn += _turn_between(frames) / SEGMENTS
        return self._centre_hz + turn * SEGMENTS_HZ / (2 * math.pi)


_NO_TONE = [0j] * SEGMENTS
_BANDS = (
    # ITU-T E.180: one pitch of 400-450 Hz (425 in Viet Nam), or older ones up to 620 Hz. Pairs:
    # North American dial and busy tones, as many a private exchange has them.
    _Band(500, (345, 630), (350, 440), (480, 620)),
    # The special information tone before "this number is not in use"; 1000 Hz is our own beep.
    _Band(950, (900, 990)),
    _Band(1400, (1350, 1450)),
    _Band(1800, (1750, 1850)),
)


def _turn_between(values: Sequence[complex]) -> float:
    return cmath.phase(sum(b * a.conjugate() for a, b in pairwise(values)))


def _turned(values: Sequence[complex], turn: float) -> list[complex]:
    return [value * cmath.rect(1.0, turn * n) for n, value in enumerate(values)]


class _BandEar:
    """Hears the tones of one band: steady pitches over a window of frames make one sure."""

    def __init__(self, band: _Band) -> None:
        self.suspicious = False
        self._band = band
        self._window: deque[tuple[list[complex], float, bool]] = deque(maxlen=WINDOW_FRAMES)
        self._pitches: tuple[float, ...] = ()
        self._lasting = _Lasting(GRACE_FRAMES)

    def hear(self, sound: _Sound) -> Tone | None:
        mixed = self._band.mix(sound)
        if self._lasting.frames:
            self.suspicious = mixed is not _NO_TONE and self._goes_on(mixed, sound.energy)
            told = self._lasting.tell(self.suspicious)
        else:
            find = self._band.pitches
            self.suspicious = mixed is not _NO_TONE and bool(find(mixed, sound.energy, FRAME_SHARE))
            self._window.append((mixed, sound.energy, self.suspicious))
            told = self.suspicious and self._begins()
        hz = round(self._pitches[0]) if told else None
        return Tone("progress", self._lasting.frames, hz=hz) if told else None

    def _goes_on(self, mixed: list[complex], energy: float) -> bool:
        return sum(self._band.share(mixed, energy, hz) for hz in self._pitches) >= FRAME_SHARE

    def _begins(self) -> bool:
        mixed, energies, likely = zip(*self._window, strict=True)
        if sum(likely) < LIKELY_FRAMES or len(likely) < WINDOW_FRAMES:
            return False
        whole = list(chain.from_iterable(mixed))
        self._pitches = self._band.pitches(whole, sum(energies), WINDOW_SHARE)
        if self._pitches:
            self._window.clear()
            self._lasting.begin(WINDOW_FRAMES)
        return bool(self._pitches)
