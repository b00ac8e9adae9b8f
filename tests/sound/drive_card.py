"""A process with the real sound card path in it, told what to do on its standard input.

PortAudio looks for cards once, when it is imported: so each test has a process of its own.
Usage: drive_card.py INPUT OUTPUT KEPT_FILE; commands: start, stop, play PROMPT, keep, state.
It prints a JSON line for each event and each answer. End of input ends it at once.
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
                numpy="numpy" in sys.modules,
                rss_kb=rss_kb,
            )


def main() -> None:
    source, target, kept = sys.argv[1:4]
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
