"""Sounds that are not speech, and what a telephone line does to speech; 8 kHz s16le mono."""

import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt

RATE_HZ = 8000
Samples = npt.NDArray[np.float64]


def samples_of(pcm: bytes) -> Samples:
    return np.frombuffer(pcm, "<i2").astype(np.float64)


def pcm_of(samples: Samples) -> bytes:
    return np.clip(np.rint(samples), -32768, 32767).astype("<i2").tobytes()


def clock(seconds: float) -> Samples:
    return np.arange(round(seconds * RATE_HZ)) / RATE_HZ


def tone(hz: float, seconds: float, level: float = 8000.0) -> Samples:
    return level * np.sin(2 * np.pi * hz * clock(seconds))


def busy(seconds: float) -> Samples:
    """Vietnam's busy tone: 425 Hz, 0.35 s on, 0.35 s off."""
    return np.where(clock(seconds) % 0.7 < 0.35, tone(425, seconds), 0.0)


def keys(seconds: float) -> Samples:
    """All sixteen keys, 100 ms each, four in a second."""
    at = clock(seconds)
    number = (at * 4).astype(int)
    row = np.array([697, 770, 852, 941])[number % 4]
    column = np.array([1209, 1336, 1477, 1633])[number // 4 % 4]
    both = np.sin(2 * np.pi * row * at) + np.sin(2 * np.pi * column * at)
    return np.where(at % 0.25 < 0.1, 5000 * both, 0.0)


def white(seconds: float, level: float) -> Samples:
    """The same noise every time; level: its RMS."""
    return np.random.default_rng(1).normal(size=round(seconds * RATE_HZ)) * level


def pink(seconds: float, level: float) -> Samples:
    spectrum = np.fft.rfft(white(seconds, 1.0))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 1))
    noise = np.fft.irfft(spectrum, round(seconds * RATE_HZ))
    return np.asarray(noise / noise.std() * level)


def hum(seconds: float, level: float) -> Samples:
    return tone(50, seconds, level) + tone(150, seconds, 0.4 * level)


def clicks(seconds: float) -> Samples:
    """Three a second, as a loose plug makes them."""
    sound = np.zeros(round(seconds * RATE_HZ))
    places = np.random.default_rng(2).integers(0, len(sound), round(3 * seconds))
    sound[places] = 20000.0
    return sound


def at_level(pcm: bytes, db: float) -> bytes:
    """The same sound with its highest peak so far below full scale."""
    samples = samples_of(pcm)
    return pcm_of(samples * 32767 / np.abs(samples).max() * 10 ** (db / 20))


def spoken(folder: Path, voice: str, text: str) -> bytes:
    """One second of silence on each side of what espeak-ng says."""
    raw = folder / "spoken.wav"
    subprocess.run(["espeak-ng", "-v", voice, "-w", str(raw), text], check=True)
    made = subprocess.run(
        [
            *("sox", "-R", str(raw), "-r", "8000", "-c", "1", "-b", "16"),
            *("-e", "signed-integer", "-t", "raw", "-", "gain", "-n", "-6", "pad", "1", "1"),
        ],
        check=True,
        capture_output=True,
    )
    return made.stdout
