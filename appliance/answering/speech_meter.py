"""Does the caller speak? A voice, above the line's own noise, that is no tone; with hysteresis.

Decides: when speech has started and stopped. May touch: nothing (PURE).
Thread: the audio thread. Called by: incoming.
It errs towards "speaking": a call that runs too long costs disk, one cut short costs a message.
"""

import array
import math
import sys
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Sequence
from operator import mul

import webrtcvad  # type: ignore[import-untyped]  # it comes without types

from appliance.answering.frames import FRAME_S, RATE_HZ
from appliance.tones import FRAME_SAMPLES, FRAMES_UNTIL_SURE, Tone, ToneFinder

# Mode 3 misses a voice at -30 dB and a whisper (docs/decisions/tones-and-speech.md).
VAD_MODE = 2
# The detector goes deaf from -30 dB on; amplified by 12 dB it hears what the level lets through.
VAD_GAIN = 4
VAD_LOUDEST = 32768 // VAD_GAIN  # louder frames it hears as they are
# Above the idle noise of a companded line (A-law steps by 16 near zero), below speech at -30 dB.
QUIETEST_SPEECH = 30.0
# Mains hum fills whole turns of a 20 ms frame, so what it adds to the level is exactly known.
HUM_HZ = (50, 100, 150)
# 8 dB over the floor: white noise measured over 20 ms varies by 0.5 dB, codec noise by about 4.
START_RATIO = 2.5
# 4 dB: between words the level falls below this within 0.2 s, on the tail of a vowel it does not.
STOP_RATIO = 1.6
# Only the quietest tenth of these seconds counts as noise: a fluent talker pauses that much,
# and a few frames lost by the network (exact zeros) do not pull the floor down.
FLOOR_WINDOW = round(6.0 / FRAME_S)
FLOOR_PART = 0.1
START_FRAMES = round(0.1 / FRAME_S)  # shorter is a click
# What looks like a tone counts so little that a tone is sure before it can pass for speech.
DOUBTFUL = START_FRAMES / (FRAMES_UNTIL_SURE + 3)
# AMR gives a burst, 26 dB below the tone, 0.1 s after a tone that stops in digital silence.
ECHO_PART = 0.1  # -20 dB
ECHO_DECAY = 0.95  # to -26 dB in 0.27 s
STOP_FRAMES = round(0.5 / FRAME_S)  # shorter is a pause between words
LOUD_COST = 5  # one loud frame takes back this many quiet ones: a click does not restart the wait


class SpeechMeter:
    """Takes 20 ms frames, tells when the caller starts and stops speaking; starts in "stopped".

    tone: what the last frame belongs to. voiced: it sounds like a voice and is not surely a tone.
    """

    def __init__(self) -> None:
        self.speaking = self.voiced = False
        self.tone: Tone | None = None
        self._vad = webrtcvad.Vad(VAD_MODE)
        self._tones = ToneFinder()
        self._recent: deque[float] = deque()
        self._ordered: list[float] = []
        self._loud = self._echo = 0.0
        self._quiet = 0

    def hear(self, frame: bytes) -> bool | None:
        """True when speech has just started, False when it has just stopped, else None."""
        samples = _samples_of(frame)
        level = _level_over_hum(samples)
        self.tone = self._tones.hear(frame)
        if self.tone is None:  # a tone is no noise: it must not hide who speaks between its sounds
            self._learn_floor(level)
        floor = self._ordered[int(len(self._ordered) * FLOOR_PART)]
        # The last frame of a tone may hold little of it: what came before still counts.
        self._echo = max(self._echo * ECHO_DECAY, level * ECHO_PART if self.tone else 0.0)
        voice = self._is_voice(samples) and self.tone is None
        self.voiced = voice and level > max(QUIETEST_SPEECH, floor * START_RATIO, self._echo)
        if not self.speaking:
            evidence = DOUBTFUL if self._tones.suspicious else 1.0
            return self._find(evidence if self.voiced else -1.0)
        return self._leave_speech(voice and level > max(QUIETEST_SPEECH, floor * STOP_RATIO))

    def _is_voice(self, samples: "array.array[int]") -> bool:
        if len(samples) != FRAME_SAMPLES:
            return False
        if min(samples) > -VAD_LOUDEST and max(samples) < VAD_LOUDEST:
            samples = array.array("h", [VAD_GAIN * sample for sample in samples])
        return bool(self._vad.is_speech(samples.tobytes(), RATE_HZ))

    def _find(self, evidence: float) -> bool | None:
        self._loud = max(0.0, self._loud + evidence)
        if self._loud < START_FRAMES:
            return None
        self.speaking, self._loud, self._quiet = True, 0.0, 0
        return True

    def _leave_speech(self, loud: bool) -> bool | None:
        self._quiet = max(0, self._quiet - LOUD_COST) if loud else self._quiet + 1
        if self._quiet < STOP_FRAMES:
            return None
        self.speaking, self._loud, self._quiet = False, 0.0, 0
        return False

    def _learn_floor(self, level: float) -> None:
        self._recent.append(level)
        insort(self._ordered, level)
        if len(self._recent) > FLOOR_WINDOW:
            del self._ordered[bisect_left(self._ordered, self._recent.popleft())]


def rms(frame: bytes) -> float:
    """Root mean square of s16le samples around their mean (a card's DC offset is no sound)."""
    samples = _samples_of(frame)
    return math.sqrt(_energy_of(samples) / len(samples)) if samples else 0.0


def _samples_of(frame: bytes) -> "array.array[int]":
    samples = array.array("h", frame)
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def _energy_of(samples: "array.array[int]") -> float:
    mean = sum(samples) / len(samples)
    squares: int = sum(map(mul, samples, samples))
    return max(0.0, squares - len(samples) * mean * mean)


def _level_over_hum(samples: "array.array[int]") -> float:
    """Root mean square of a frame without its offset and the mains hum; 0 of a shorter frame."""
    if len(samples) != FRAME_SAMPLES:
        return 0.0
    energy = _energy_of(samples)
    if energy > FRAME_SAMPLES * QUIETEST_SPEECH**2:  # below, hum or not makes no difference
        energy -= sum(_energy_at(samples, wave) for wave in _HUM)
    return math.sqrt(max(0.0, energy) / FRAME_SAMPLES)


def _energy_at(samples: "array.array[int]", wave: Sequence[float]) -> float:
    found: float = sum(map(mul, samples, wave))
    return 2 * found * found / FRAME_SAMPLES


_TURNS = [[2 * math.pi * hz / RATE_HZ * at for at in range(FRAME_SAMPLES)] for hz in HUM_HZ]
_HUM = [list(map(turn, turns)) for turns in _TURNS for turn in (math.cos, math.sin)]
