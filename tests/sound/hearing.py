"""Was this sound heard in that one? By normalised cross-correlation, as an ear would."""

import numpy as np

RATE_HZ = 8000


def samples(pcm: bytes) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    return np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2").astype(np.float64)


def likeness(part: bytes, whole: bytes) -> tuple[float, float]:
    """Best correlation (0..1) of `part` within `whole`, and where it begins, in seconds."""
    needle, hay = samples(part), samples(whole)
    if len(hay) < len(needle) or not needle.any():
        return 0.0, 0.0
    size = 1 << (len(hay) + len(needle)).bit_length()
    product = np.fft.irfft(np.fft.rfft(hay, size) * np.conj(np.fft.rfft(needle, size)), size)
    places = len(hay) - len(needle) + 1
    energy = np.concatenate(([0.0], np.cumsum(hay**2)))
    window = np.sqrt(np.maximum(energy[len(needle) :][:places] - energy[:places], 1.0))
    score = product[:places] / (window * np.linalg.norm(needle))
    best = int(np.argmax(score))
    return float(score[best]), best / RATE_HZ


def middle(pcm: bytes, seconds: float) -> bytes:
    """The loudest stretch of that length: what must be found again."""
    size = int(seconds * RATE_HZ)
    sound = samples(pcm)
    energy = np.concatenate(([0.0], np.cumsum(sound**2)))
    start = int(np.argmax(energy[size:] - energy[: len(energy) - size]))
    return pcm[start * 2 : (start + size) * 2]


def tone_s(pcm: bytes, frequency_hz: float) -> float:
    """How many seconds of this tone the sound holds (20 ms blocks, Goertzel by correlation)."""
    sound = samples(pcm)
    block = RATE_HZ // 50
    frames = sound[: len(sound) // block * block].reshape(-1, block)
    wave = np.exp(-2j * np.pi * frequency_hz * np.arange(block) / RATE_HZ)
    power = np.abs(frames @ wave) ** 2 * 2 / block
    total = (frames**2).sum(axis=1)
    return float(((power > 0.8 * total) & (total > block * 200.0**2)).sum()) * 0.02


def tone(frequency_hz: float, seconds: float, peak: int = 12000) -> bytes:
    at = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    return (peak * np.sin(2 * np.pi * frequency_hz * at)).astype("<i2").tobytes()


def share_heard(part: bytes, whole: bytes) -> float:
    """Which share of `part` is in `whole`, by pieces of 0.5 s; a dropout costs one piece."""
    size = RATE_HZ  # bytes: 0.5 s
    pieces = [part[at : at + size] for at in range(0, len(part) - size + 1, size)]
    found = [likeness(piece, whole)[0] > 0.9 for piece in pieces]
    return sum(found) / len(found)
