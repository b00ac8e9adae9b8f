"""`hotline simulate call`: one caller, from dialling to hang-up.

Decides: what is printed about the call, and the exit code. May touch: the control socket of a
software modem, the WAV files named. Thread: main. Called by: cli.
The caller lives in the modem's process, on its clock; when we go, the caller hangs up.
"""

import base64
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from appliance.errors import HotlineError
from appliance.simulating import voice
from appliance.simulating.caller import SPEAK_AFTER_S

EXIT_CODES = {"answered": 0, "unanswered": 3, "refused": 4}
SENTENCES = {
    "ringing": "it rings",
    "waiting": "the line is in use: the call waits",
    "answered": "answered",
    "beep": "heard the beep",
    "voice_started": "speaking",
    "voice_ended": "has spoken",
}


class CallFailed(HotlineError):
    """The call could not be placed, or the software modem went away."""


def conversation(control: Path, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Place a call and give every event up to "ended". Raises CallFailed."""
    with socket.socket(socket.AF_UNIX) as link:
        try:
            link.connect(str(control))
        except OSError as error:
            raise CallFailed(
                f"no software modem listens at {control}: start `hotline simulate modem`"
            ) from error
        link.sendall(json.dumps({"do": "place_call", **request}).encode() + b"\n")
        with link.makefile("rb") as lines:
            for line in lines:
                message: dict[str, Any] = json.loads(line)
                if message.get("error"):
                    raise CallFailed(str(message["error"]))
                if "event" in message:
                    yield message
                if message.get("event") == "ended":
                    return
    raise CallFailed("the software modem went away during the call")


def parse_keys(text: str) -> list[tuple[float, str]]:
    """Key presses from "5:1,8.5:#". Raises BadParameter."""
    keys = []
    for part in filter(None, text.split(",")):
        seconds, _, key = part.strip().partition(":")
        try:
            keys.append((float(seconds), key))
        except ValueError as error:
            raise click.BadParameter(f'{part!r} is not SECONDS:KEY, such as "5:1"') from error
    return keys


@click.command("call")
@click.option("--control", type=click.Path(path_type=Path), required=True, help="Modem's socket.")
@click.option("--from", "number", default="0912345678", show_default=True, help="Who calls.")
@click.option("--audio", help="What is said: a 16-bit WAV, or a shipped voice: vi, ko.")
@click.option(
    "--speak", type=click.Choice(["after-beep", "at-once"]), default="after-beep", show_default=True
)
@click.option(
    *("--speak-after", "speak_after_s"),
    default=SPEAK_AFTER_S,
    show_default=True,
    help="Seconds from the answer after which the caller speaks even without a beep.",
)
@click.option("--keys", default="", help='Keys, "SECONDS:KEY,..." counted from the answer.')
@click.option(
    *("--hang-up-after", "hang_up_after_s"),
    default=1.0,
    show_default=True,
    help="Seconds of silence after the voice; negative: wait for the box to hang up.",
)
@click.option("--hang-up-in-greeting", "in_greeting_s", type=float, help="Seconds from the answer.")
@click.option("--ring-s", default=60.0, show_default=True, help="Patience while it rings.")
@click.option("--heard", type=click.Path(path_type=Path), help="WAV of what the caller heard.")
@click.option("--forwarded", is_flag=True, help="The duty phone did not answer (+CSSU: 0).")
@click.option("--withheld", is_flag=True, help="No number is shown.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON line at the end, no progress."
)
@click.pass_context
def call(
    context: click.Context,
    control: Path,
    number: str,
    audio: str | None,
    speak: str,
    speak_after_s: float,
    keys: str,
    hang_up_after_s: float,
    in_greeting_s: float | None,
    ring_s: float,
    heard: Path | None,
    forwarded: bool,
    withheld: bool,
    as_json: bool,
) -> None:
    """Call the box. Exit code 0: answered, 3: unanswered, 4: refused, 1: no call at all."""
    said = voice.read(voice.find(audio)) if audio else b""
    request = {
        "from": number,
        "audio": base64.b64encode(said).decode(),
        "speak": speak,
        "speak_after_s": speak_after_s,
        "keys": parse_keys(keys),
        "hang_up_after_s": None if hang_up_after_s < 0 else hang_up_after_s,
        "hang_up_in_greeting_s": in_greeting_s,
        "ring_s": ring_s,
        "keep_heard": heard is not None,
        "forwarded": forwarded,
        "withheld": withheld,
    }
    ended: dict[str, Any] = {}
    for event in conversation(control, request):
        if event["event"] == "ended":
            ended = event
        elif not as_json:
            click.echo(SENTENCES[event["event"]])
    del ended["event"]
    if heard:
        voice.write(heard, base64.b64decode(ended.pop("heard")))
    click.echo(
        json.dumps(ended) if as_json else f"{ended['outcome']}, ended by {ended['ended_by']}"
    )
    context.exit(EXIT_CODES[ended["outcome"]])
