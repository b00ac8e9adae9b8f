"""What comes over a telephone line: tones of the network, keys, speech, and the codecs between."""

import subprocess
from pathlib import Path
from typing import Literal

import numpy
from numpy.typing import NDArray

RATE_HZ = 8000
FRAME_BYTES = 320
FULL_SCALE = 32767.0

Samples = NDArray[numpy.float64]
Codec = Literal["none", "alaw", "mulaw", "gsm", "amr_12_2", "amr_4_75"]
CODECS: tuple[Codec, ...] = ("none", "alaw", "mulaw", "gsm", "amr_12_2", "amr_4_75")

# One period of each tone, pitches in Hz and seconds: ITU-T E.180, 425 Hz as in Viet Nam.
CADENCES: dict[str, list[tuple[tuple[int, ...], float]]] = {
    "busy": [((425,), 0.5), ((), 0.5)],
    "congestion": [((425,), 0.25), ((), 0.25)],
    "dial": [((425,), 1.0)],
    "ringing": [((425,), 1.0), ((), 4.0)],
    "error": [((950,), 0.33), ((1400,), 0.33), ((1800,), 0.33), ((), 1.0)],
    "busy of North America": [((480, 620), 0.5), ((), 0.5)],
    "dial of North America": [((350, 440), 1.0)],
}
HANG_UP_TONES = [name for name in CADENCES if name != "ringing"]

ROWS_HZ, COLUMNS_HZ = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
KEYS = "123A456B789C*0#D"

_ENDING = {
    "alaw": ("wav", "-e", "a-law"),
    "mulaw": ("wav", "-e", "mu-law"),
    "gsm": ("gsm",),
    "amr_12_2": ("amr-nb", "-C", "7"),
    "amr_4_75": ("amr-nb", "-C", "0"),
}


def sine(seconds: float, peak_db: float, *pitches_hz: float) -> Samples:
    """Sines of one loudness together; peak_db: of their sum, below full scale. None is silence."""
    at = numpy.arange(round(seconds * RATE_HZ)) / RATE_HZ
    made: Samples = numpy.zeros(len(at))
    for hz in pitches_hz:
        made += numpy.sin(2 * numpy.pi * hz * at) / len(pitches_hz)
    return made * (FULL_SCALE * 10 ** (peak_db / 20))


def network_tone(name: str, seconds: float, peak_db: float = -20.0) -> Samples:
    """So much of a tone with its cadence, beginning with its sound."""
    period = [sine(length_s, peak_db, *pitches) for pitches, length_s in CADENCES[name]]
    count = round(seconds * RATE_HZ)
    return numpy.resize(numpy.concatenate(period), count)


def keys(pressed: str, on_s: float, off_s: float, peak_db: float = -20.0) -> Samples:
    """Keys one after another, each followed by its pause."""
    parts = [sine(off_s, peak_db)]
    for key in pressed:
        row, column = divmod(KEYS.index(key), 4)
        parts += [sine(on_s, peak_db, ROWS_HZ[row], COLUMNS_HZ[column]), sine(off_s, peak_db)]
    return numpy.concatenate(parts)


def noise(seconds: float, level: float, seed: int = 1) -> Samples:
    """White noise; level: its root mean square."""
    made: Samples = numpy.random.default_rng(seed).standard_normal(round(seconds * RATE_HZ))
    return made * level


def frames_of(samples: Samples) -> list[bytes]:
    """Frames of 20 ms, the last one perhaps shorter."""
    pcm = samples.round().clip(-32768, 32767).astype("<i2").tobytes()
    return [pcm[at : at + FRAME_BYTES] for at in range(0, len(pcm), FRAME_BYTES)]


def through(codec: Codec, samples: Samples, folder: Path) -> Samples:
    """The sound as it comes out of a codec."""
    if codec == "none":
        return samples
    ending, *options = _ENDING[codec]
    raw = ("-t", "raw", "-r", str(RATE_HZ), "-c", "1", "-e", "signed-integer", "-b", "16")
    coded = str(folder / f"{codec}.{ending}")
    pcm = samples.round().clip(-32768, 32767).astype("<i2").tobytes()
    subprocess.run(["sox", "-R", "-V1", *raw, "-", *options, coded], input=pcm, check=True)
    done = subprocess.run(["sox", "-R", "-V1", coded, *raw, "-"], capture_output=True, check=True)
    return numpy.frombuffer(done.stdout, "<i2").astype(numpy.float64)


def spoken(voice: str, text: str, speed: int, folder: Path) -> Samples:
    """Speech in the telephone band, peak 1 dB below full scale."""
    wav = str(folder / "spoken.wav")
    subprocess.run(["espeak-ng", "-v", voice, "-s", str(speed), "-w", wav, text], check=True)
    raw = ("-t", "raw", "-r", str(RATE_HZ), "-c", "1", "-e", "signed-integer", "-b", "16")
    effects = ("gain", "-n", "-6", "sinc", "300-3400", "gain", "-n", "-1")
    command = ["sox", "-R", "-V1", wav, *raw, "-", *effects]
    done = subprocess.run(command, capture_output=True, check=True)
    return numpy.frombuffer(done.stdout, "<i2").astype(numpy.float64)
