"""The process in which a recording is heard a second time: sound in, words out, then it ends.

Decides: nothing; it steps back behind everybody else. May touch: the model folder, stdin, stdout.
Thread: main of a process of its own. Called by: second_ear (a recording) and models (to try a
new model out), as `python -m appliance.transcribing.second_process FOLDER [LANGUAGE]`.
What it costs is given back when it ends, and a model that aborts takes nobody else along.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from appliance.errors import HotlineError, TranscribeError
from appliance.transcribing import manifest
from appliance.transcribing.engine import RATE_HZ, TRY_OUT_S, hum
from appliance.transcribing.whisper import WhisperTranscriber

COMMAND = (sys.executable, "-m", "appliance.transcribing.second_process")
NICE = 19
FIRST_TO_GO = "1000"  # proc(5): nobody is chosen before it when memory is short
NETWORK = ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.bind")


def listen(folder: Path, language: str, pcm: bytes) -> dict[str, Any]:
    """Hear a whole recording, 8 kHz s16le mono as it came from the line.

    Raises TranscribeError, ModelMissing, ModelBroken.
    """
    from appliance.transcribing.hearing import Ears  # numpy, for those who hear

    name = manifest.describe_for("second_model", folder).name
    manifest.verify(folder)
    ears = Ears()
    stream = WhisperTranscriber(folder, name, language).open(RATE_HZ)
    stream.accept(ears.hear(pcm) + ears.flush())
    heard = stream.listen()
    words = [(word.word, word.start, word.end, word.conf) for word in heard.words]
    return {"model": name, "words": words, "dropped": heard.dropped, "cut": heard.cut}


def try_out(folder: Path) -> None:
    """Load a model and let it hear two seconds of hum: what is broken breaks here."""
    list(WhisperTranscriber(folder, folder.name).transcribe(hum(), [(0.0, TRY_OUT_S)]))


def step_back() -> None:
    """Let everybody else go first, and never call anybody."""
    os.nice(NICE)
    Path("/proc/self/oom_score_adj").write_text(FIRST_TO_GO, "ascii")
    os.environ["HF_HUB_OFFLINE"] = "1"  # the libraries' own promise; the hook makes sure
    sys.addaudithook(_refuse_network)


def _refuse_network(event: str, _: object) -> None:
    if event in NETWORK:
        raise TranscribeError("the second engine tried to reach the network")


def main(folder: Path, language: str | None) -> int:
    """Read sound from stdin and write JSON to stdout; an error is one line on stderr."""
    step_back()
    try:
        if language is None:
            try_out(folder)
        else:
            json.dump(listen(folder, language, sys.stdin.buffer.read()), sys.stdout)
    except HotlineError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None))
