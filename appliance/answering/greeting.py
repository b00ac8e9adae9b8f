"""The post's own greeting: any ordinary WAV -> what the telephone line carries.

Decides: whether a greeting can be used. May touch: the file, and a child process for resampling.
Thread: main, at start. Called by: prompts.
"""

import subprocess
import sys
from pathlib import Path

from appliance.answering.frames import RATE_HZ
from appliance.answering.wav import Wav, read_wav
from appliance.errors import ConfigError, UnreadableAudio

LONGEST_S = 60.0  # nobody in need listens longer; most callers give up after 20 s
SHORTEST_S = 0.5  # a file that short was cut off by mistake
RESAMPLING_S = 30.0  # 60 s of sound takes 0.5 s here, a Pi Zero is twenty times slower
REMEDY = "record it again as a WAV file (PCM, 0.5 to 60 seconds), or remove the key"


def read_greeting(path: Path) -> bytes:
    """The greeting as 8 kHz s16le mono. Raises ConfigError naming the key, the file, the remedy."""
    try:
        return _at_line_rate(_check_length(read_wav(path)))
    except (OSError, UnreadableAudio) as error:
        fault = error.strerror if isinstance(error, OSError) else error
        raise ConfigError(f'[call] greeting = "{path}": {fault}; {REMEDY}') from error


def _check_length(wav: Wav) -> Wav:
    if SHORTEST_S <= wav.duration_s <= LONGEST_S:
        return wav
    raise UnreadableAudio(f"it lasts {wav.duration_s:.1f} s")


def _at_line_rate(wav: Wav) -> bytes:
    mono = wav.as_mono_16()
    if wav.rate_hz == RATE_HZ:
        return mono
    # In a child: the resampler's libraries would stay in this process for ever (14 MB, measured).
    command = [sys.executable, "-m", "appliance.answering.resample", str(wav.rate_hz)]
    try:
        done = subprocess.run(
            command, input=mono, capture_output=True, timeout=RESAMPLING_S, check=True
        )
    except subprocess.SubprocessError as error:
        raise UnreadableAudio(f"it cannot be converted from {wav.rate_hz} Hz") from error
    return done.stdout
