"""Between a sound card that cannot do 8 kHz and the telephone's 8 kHz, both ways, as it flows.

Decides: how a block of the card's becomes the line's sound, and the line's frames a block.
May touch: nothing; its import brings numpy. Thread: FromCard the call's, ToCard PortAudio's.
Called by: sound_card, for cards of 16, 44.1 and 48 kHz only: an 8 kHz card pays nothing.
"""

import numpy
import soxr

from appliance.answering.events import Prompt
from appliance.answering.frames import FRAME_S, RATE_HZ, SAMPLE_BYTES
from appliance.answering.playlist import Playlist

# Flat up to 3.6 kHz, 80 dB against what folds; "LQ" takes 8 dB at 3.4 kHz, "HQ" is later and no
# better for a telephone. Measured, docs/decisions/sound-cards.md.
QUALITY = "MQ"


class FromCard:
    """What the card heard, at the line's rate; a steady ratio, so nothing drifts."""

    def __init__(self, card_hz: int) -> None:
        self._stream = _stream(card_hz, RATE_HZ)

    def convert(self, block: bytes) -> bytes:
        """What is ready of it, s16le at 8 kHz: soxr gives nothing for some blocks, then several."""
        return _through(self._stream, block)


class ToCard:
    """What the playlist plays, in whole blocks of 20 ms at the card's rate."""

    def __init__(self, playlist: Playlist, card_hz: int) -> None:
        self._playlist = playlist
        self._stream = _stream(RATE_HZ, card_hz)
        self._block_bytes = round(card_hz * FRAME_S) * SAMPLE_BYTES
        self._ready = bytearray()

    def next_block(self) -> tuple[bytes, list[Prompt]]:
        """The next block, and the prompts whose last frame went into it."""
        ended = []
        while len(self._ready) < self._block_bytes:
            frame, prompt = self._playlist.next_frame()
            self._ready += _through(self._stream, frame)
            if prompt is not None:
                ended.append(prompt)
        block = bytes(self._ready[: self._block_bytes])
        del self._ready[: self._block_bytes]
        return block, ended


def _stream(from_hz: int, to_hz: int) -> soxr.ResampleStream:
    return soxr.ResampleStream(from_hz, to_hz, 1, dtype="int16", quality=QUALITY)


def _through(stream: soxr.ResampleStream, pcm: bytes) -> bytes:
    made = stream.resample_chunk(numpy.frombuffer(pcm, "<i2").astype(numpy.int16))
    converted: bytes = made.astype("<i2").tobytes()
    return converted
