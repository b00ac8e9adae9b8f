"""WAV files as officers bring them -> 16-bit mono samples.

Decides: which WAV files can be read. May touch: the one file. Thread: any. Called by: prompts.
Not Python's `wave`: before 3.12 it refuses WAVE_FORMAT_EXTENSIBLE, which is how Audacity and sox
write 24 bits.
"""

import array
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

from appliance.errors import UnreadableAudio

PCM = 1  # wFormatTag, Microsoft mmreg.h
EXTENSIBLE = 0xFFFE  # the true tag is the first two bytes of SubFormat, at offset 24 of "fmt "
LARGEST_BYTES = 64 * 2**20  # 60 s of 96 kHz 24-bit stereo is 35 MB; a Pi has 512 MB in all
WIDTHS = (1, 2, 3, 4)
CHANNELS = (1, 2)
RATES_HZ = range(4_000, 192_001)


@dataclass(frozen=True)
class Wav:
    """PCM samples, little-endian, channels interleaved; width in bytes of one sample."""

    rate_hz: int
    channels: int
    width: int
    data: bytes

    @property
    def duration_s(self) -> float:
        """How long it sounds."""
        return len(self.data) / (self.rate_hz * self.channels * self.width)

    def as_mono_16(self) -> bytes:
        """The same sound as s16le mono at the same rate: both channels' mean, high 16 bits."""
        samples = _as_16(self.data, self.width)
        return samples if self.channels == 1 else _mean_of_two(samples)


def read_wav(path: Path) -> Wav:
    """Read a WAV file. Raises OSError, or UnreadableAudio saying what it is instead."""
    if path.stat().st_size > LARGEST_BYTES:
        raise UnreadableAudio(f"larger than {LARGEST_BYTES // 2**20} MB")
    return parse_wav(path.read_bytes())


def parse_wav(content: bytes) -> Wav:
    """The PCM samples inside a WAV file's bytes; a cut-off end is tolerated.

    Raises UnreadableAudio saying what it is instead.
    """
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise UnreadableAudio("not a WAV file")
    chunks = _chunks(content)
    form = chunks.get(b"fmt ", b"")
    if len(form) < 16:
        raise UnreadableAudio("a WAV file without a format")
    tag, channels, rate_hz, _, _, bits = struct.unpack_from("<HHIIHH", form)
    if tag == EXTENSIBLE and len(form) >= 26:
        (tag,) = struct.unpack_from("<H", form, 24)
    if tag != PCM or bits % 8 or bits // 8 not in WIDTHS:
        raise UnreadableAudio(f"WAV of an encoding (tag {tag}, {bits} bits) other than integer PCM")
    if channels not in CHANNELS or rate_hz not in RATES_HZ:
        raise UnreadableAudio(f"WAV with {channels} channels at {rate_hz} Hz")
    size = channels * bits // 8
    data = chunks.get(b"data", b"")
    return Wav(rate_hz, channels, bits // 8, data[: len(data) - len(data) % size])


def _chunks(content: bytes) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    at = 12
    while at + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, at)
        found.setdefault(name, content[at + 8 : at + 8 + size])
        at += 8 + size + size % 2
    return found


def _as_16(data: bytes, width: int) -> bytes:
    if width == 2:
        return data
    out = bytearray(len(data) // width * 2)
    if width == 1:  # unsigned, 128 is silence
        out[1::2] = bytes(byte ^ 0x80 for byte in data)
    else:
        out[0::2] = data[width - 2 :: width]
        out[1::2] = data[width - 1 :: width]
    return bytes(out)


def _mean_of_two(samples: bytes) -> bytes:
    both = array.array("h", samples)
    if sys.byteorder == "big":
        both.byteswap()
    mean = array.array("h", ((a + b) // 2 for a, b in zip(both[::2], both[1::2], strict=True)))
    if sys.byteorder == "big":
        mean.byteswap()
    return mean.tobytes()
