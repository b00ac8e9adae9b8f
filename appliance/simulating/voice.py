"""What a caller says: WAV files in, WAV files out, and the voices that are shipped.

Decides: how any WAV becomes 8 kHz mono. May touch: the named files. Thread: any.
Called by: call_command. soxr is imported only when a file needs it.
"""

import wave
from pathlib import Path

from appliance.errors import HotlineError
from appliance.simulating.sound import RATE_HZ

SHIPPED = Path(__file__).parent / "voices"


class UnreadableVoice(HotlineError):
    """The file is no WAV that can be spoken."""


def find(name: str) -> Path:
    """The file of that name, else the shipped voice. Raises UnreadableVoice."""
    path, shipped = Path(name), SHIPPED / f"{name}.wav"
    if path.is_file():
        return path
    if "/" not in name and shipped.is_file():
        return shipped
    voices = ", ".join(sorted(p.stem for p in SHIPPED.glob("*.wav")))
    raise UnreadableVoice(f"{name}: no such file, and no shipped voice ({voices})")


def read(path: Path) -> bytes:
    """8 kHz s16le mono of a 16-bit PCM WAV of any rate and channels. Raises UnreadableVoice."""
    try:
        with wave.open(str(path), "rb") as wav:
            channels, width, rate = wav.getnchannels(), wav.getsampwidth(), wav.getframerate()
            data = wav.readframes(wav.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        raise UnreadableVoice(f"{path}: cannot be read as a WAV file: {error}") from error
    if width != 2:
        raise UnreadableVoice(f"{path}: {8 * width}-bit sound; make it 16-bit PCM")
    data = data[: len(data) - len(data) % (2 * channels)]
    if (channels, rate) == (1, RATE_HZ):
        return data
    return _convert(data, channels, rate)


def _convert(data: bytes, channels: int, rate: int) -> bytes:
    import numpy as np
    import soxr

    samples = np.frombuffer(data, "<i2").reshape(-1, channels).mean(axis=1)
    line = soxr.resample(samples, rate, RATE_HZ)
    return bytes(np.clip(np.rint(line), -32768, 32767).astype("<i2").tobytes())


def write(path: Path, data: bytes) -> None:
    """Write 8 kHz s16le mono as a WAV file. Raises UnreadableVoice when it cannot."""
    try:
        with wave.open(str(path), "wb") as wav:
            wav.setnchannels(1)
            wav.setsampwidth(2)
            wav.setframerate(RATE_HZ)
            wav.writeframes(data)
    except OSError as error:
        raise UnreadableVoice(f"{path}: cannot be written: {error}") from error


def duration_s(data: bytes) -> float:
    """How long it lasts."""
    return len(data) / 2 / RATE_HZ
