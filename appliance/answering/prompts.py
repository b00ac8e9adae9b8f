"""What the box says: the shipped voice, the post's own greeting, the beeps.

Decides: which sound belongs to which prompt. May touch: the WAV files, read once.
Thread: main, at start. Called by: daemon, `hotline check`.
"""

import array
import math
import sys
from pathlib import Path

from appliance.answering.events import Prompt
from appliance.answering.frames import RATE_HZ
from appliance.answering.greeting import read_greeting
from appliance.answering.wav import read_wav
from appliance.errors import AudioError, UnreadableAudio

Prompts = dict[Prompt, bytes]

SHIPPED_DIR = Path(__file__).parent / "prompts"
SHIPPED_LANGUAGE = "vi"  # callers speak Vietnamese, whatever the officers' page is set to

SPOKEN = (Prompt.GREETING, Prompt.GOODBYE, Prompt.CANNOT_RECORD, Prompt.INTERRUPTED)

BEEP_HZ = 1000  # what answering machines use; in the middle of the telephone band
BEEP_S = 0.4
WARNING_BEEP_S = 0.15
WARNING_GAP_S = 0.1
RAMP_S = 0.01  # without ramps a tone begins and ends with a click
BEEP_PEAK = 0.5  # -6 dB: heard, yet no pain at the ear


def load_prompts(greeting: Path | None, language: str = SHIPPED_LANGUAGE) -> Prompts:
    """Every prompt as 8 kHz s16le mono; `greeting` replaces the shipped one.

    Raises ConfigError when the greeting cannot be used, AudioError when the shipped
    voice is missing.
    """
    spoken = {prompt: _shipped(prompt, language) for prompt in SPOKEN}
    if greeting is not None:
        spoken[Prompt.GREETING] = read_greeting(greeting)
    warning = tone(WARNING_BEEP_S)
    pause = bytes(2 * round(WARNING_GAP_S * RATE_HZ))
    return spoken | {
        Prompt.BEEP: tone(BEEP_S),
        Prompt.WARNING_BEEP: warning + pause + warning,
    }


def tone(duration_s: float, *, hz: float = BEEP_HZ) -> bytes:
    """A tone with soft ends, 8 kHz s16le."""
    count = round(duration_s * RATE_HZ)
    ramp = RAMP_S * RATE_HZ
    samples = array.array("h")
    for i in range(count):
        softness = min(1.0, i / ramp, (count - 1 - i) / ramp)
        wave = math.sin(2 * math.pi * hz * i / RATE_HZ)
        samples.append(round(32767 * BEEP_PEAK * softness * wave))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()


def _shipped(prompt: Prompt, language: str) -> bytes:
    folder = SHIPPED_DIR / language
    if not folder.is_dir():
        folder = SHIPPED_DIR / SHIPPED_LANGUAGE
    path = folder / f"{prompt.value}.wav"
    try:
        return read_wav(path).as_mono_16()
    except (OSError, UnreadableAudio) as error:
        raise AudioError(f"the voice {path} is damaged ({error}); install hotline again") from error
