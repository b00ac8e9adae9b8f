"""A process with the real sound card path in it, told what to do on its standard input.

PortAudio looks for cards once, when it is imported: so each test has a process of its own.
Usage: drive_card.py INPUT OUTPUT KEPT_FILE [ONLY_HZ]; commands: start, stop, play PROMPT, keep,
state. It prints a JSON line for each event and each answer. End of input ends it at once.
With ONLY_HZ, PortAudio refuses every other rate as it does for a card that cannot do it.
"""

import dataclasses
import json
import os
import sys
from pathlib import Path
from typing import Any

from appliance.answering.audio import Sound, open_sound
from appliance.answering.events import Event, Prompt
from appliance.answering.prompts import load_prompts
from appliance.config import AudioConfig
from appliance.errors import HotlineError


def say(kind: str, **what: Any) -> None:
    os.write(1, (json.dumps({"kind": kind, **what}, default=str) + "\n").encode())


def post(event: Event) -> None:
    say(type(event).__name__, **dataclasses.asdict(event))


def obey(sound: Sound, words: list[str], kept: Path) -> None:
    match words:
        case ["start"]:
            sound.start()
        case ["stop"]:
            sound.stop()
        case ["play", name]:
            sound.play(Prompt(name))
        case ["keep"]:
            sink = kept.open("ab", buffering=0)
            sound.keep(lambda frame: (sink.write(frame), None)[1])
        case ["state"]:
            rss_kb = int(Path("/proc/self/statm").read_text().split()[1]) * 4
            say(
                "state",
                frames_in=sound.frames_in,
                frames_out=sound.frames_out,
                stuck=sound.stuck,
                levels=sound.levels,
                numpy="numpy" in sys.modules,
                rss_kb=rss_kb,
            )


def allow_only(rate_hz: int) -> None:
    """The device's answer is made up here, where it would come from; the streams are real."""
    import sounddevice  # PortAudio starts with it: only where it is needed

    for name in ("RawInputStream", "RawOutputStream"):
        real = getattr(sounddevice, name)

        def refuse(real: Any = real, **settings: Any) -> Any:
            if settings["samplerate"] != rate_hz:
                raise sounddevice.PortAudioError("Error opening stream", -9997)
            return real(**settings)

        setattr(sounddevice, name, refuse)


def main() -> None:
    source, target, kept, *only_hz = sys.argv[1:]
    if only_hz:
        allow_only(int(only_hz[0]))
    try:
        config = AudioConfig("sound-card", source, target)
        sound = open_sound(config, lambda: None, load_prompts(None), post)
    except HotlineError as error:
        say("error", text=str(error))
        return
    for line in sys.stdin:
        obey(sound, line.split(), Path(kept))
        say("done", line=line.strip())
    os._exit(0)  # a hanging PortAudio would not let the interpreter end


if __name__ == "__main__":
    main()
