"""A WAV file of any integer PCM kind, as the sound of a call: 8 kHz, 16 bit, mono.

Decides: which WAV files can be heard, and what they must be turned into. May touch: the one file.
Thread: main. Called by: measuring.
A cut-off file is refused, not heard in part: against the whole text it would count as misheard.
"""

import wave
from dataclasses import dataclass
from pathlib import Path

from appliance.errors import UnreadableAudio
from appliance.transcribing.resample import IN_HZ

import numpy as np  # isort: skip  # after resample, which keeps it to one thread
import numpy.typing as npt  # isort: skip

RATES_HZ = range(4_000, 192_001)
LONGEST_S = 600.0  # the longest message that [call] max_message_s allows
HALF_RANGE = {1: 2.0**7, 2: 2.0**15, 3: 2.0**23, 4: 2.0**31}  # bytes of a sample -> its full scale


@dataclass(frozen=True)
class Sound:
    """pcm: 8 kHz s16le mono. came_as: what the file held when that was something else."""

    pcm: bytes
    came_as: str | None

    @property
    def duration_s(self) -> float:
        """How long it sounds."""
        return len(self.pcm) / (2 * IN_HZ)


def read(path: Path) -> Sound:
    """Read a WAV file; raises UnreadableAudio saying what is wrong with it."""
    try:
        with wave.open(str(path), "rb") as file:
            return _read(file)
    except EOFError as error:
        raise UnreadableAudio("empty, or cut off before its sound begins") from error
    except (wave.Error, RuntimeError) as error:  # a bare RuntimeError: a chunk without its end
        why = str(error) or "damaged header"
        raise UnreadableAudio(f"not a WAV file of plain integer PCM ({why})") from error
    except OSError as error:
        raise UnreadableAudio(f"cannot be read: {error.strerror}") from error


def _read(file: wave.Wave_read) -> Sound:
    rate_hz, frames = file.getframerate(), file.getnframes()
    channels, width = file.getnchannels(), file.getsampwidth()
    if rate_hz not in RATES_HZ:
        raise UnreadableAudio(f"{rate_hz} Hz: a telephone gives 8000 Hz")
    if width not in HALF_RANGE:
        raise UnreadableAudio(f"{8 * width} bit: a telephone gives 16")
    if frames == 0:
        raise UnreadableAudio("no sound in it")
    if frames > LONGEST_S * rate_hz:
        raise UnreadableAudio(f"longer than {LONGEST_S:.0f} s, which no message is")
    data = file.readframes(frames)
    held = len(data) // (channels * width)
    if held < frames:
        raise UnreadableAudio(f"cut off: {held / rate_hz:.2f} s of {frames / rate_hz:.2f} s")
    if (rate_hz, channels, width) == (IN_HZ, 1, 2):
        return Sound(data, None)
    mono = _samples(data, width).reshape(-1, channels).mean(axis=1)
    kind = "mono" if channels == 1 else "stereo" if channels == 2 else f"{channels} channels"
    return Sound(_as_call(mono, rate_hz), f"{rate_hz} Hz, {8 * width} bit, {kind}")


def _as_call(samples: npt.NDArray[np.float64], rate_hz: int) -> bytes:
    if rate_hz != IN_HZ:
        import soxr  # only for those who bring another rate

        samples = soxr.resample(samples, rate_hz, IN_HZ)
    return np.clip(np.rint(samples * 32768), -32768, 32767).astype("<i2").tobytes()


def _samples(data: bytes, width: int) -> npt.NDArray[np.float64]:
    """Interleaved integers as numbers from -1 to 1; one byte is unsigned, 128 is silence."""
    if width == 1:
        whole = np.frombuffer(data, "u1").astype(np.float64) - 128
    elif width == 3:
        wide = np.zeros((len(data) // 3, 4), "u1")
        wide[:, 1:] = np.frombuffer(data, "u1").reshape(-1, 3)
        whole = (wide.view("<i4")[:, 0] >> 8).astype(np.float64)
    else:
        whole = np.frombuffer(data, f"<i{width}").astype(np.float64)
    scaled: npt.NDArray[np.float64] = whole / HALF_RANGE[width]
    return scaled
