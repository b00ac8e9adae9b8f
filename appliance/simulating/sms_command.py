"""`hotline simulate sms`: somebody texts the box.

Decides: nothing. May touch: the control socket of a software modem. Thread: main. Called by: cli.
"""

import json
import socket
from pathlib import Path
from typing import Any

import click

from appliance.errors import HotlineError


class SmsFailed(HotlineError):
    """The message could not be sent."""


def ask(control: Path, request: dict[str, Any]) -> dict[str, Any]:
    """The reply to one request. Raises SmsFailed."""
    with socket.socket(socket.AF_UNIX) as link:
        try:
            link.connect(str(control))
            link.sendall(json.dumps(request).encode() + b"\n")
            with link.makefile("rb") as lines:
                reply: dict[str, Any] = json.loads(lines.readline())
        except (OSError, ValueError) as error:
            raise SmsFailed(
                f"no software modem listens at {control}: start `hotline simulate modem`"
            ) from error
    if not reply["ok"]:
        raise SmsFailed(str(reply["error"]))
    return reply


def parse_order(text: str) -> list[int] | None:
    """Part numbers from "2,1"; None when nothing is asked for. Raises BadParameter."""
    if not text:
        return None
    try:
        return [int(part) for part in text.split(",")]
    except ValueError as error:
        raise click.BadParameter(f'{text!r} is no list of parts, such as "2,1"') from error


@click.command("sms")
@click.option("--control", type=click.Path(path_type=Path), required=True, help="Modem's socket.")
@click.option("--from", "number", default="0912345678", show_default=True, help="Number or name.")
@click.option("--text", required=True, help="What is texted; long texts come in parts.")
@click.option("--order", default="", help='Which parts come, and when: "2,1". Default: all.')
def sms(control: Path, number: str, text: str, order: str) -> None:
    """Text the box. The network keeps the message until the modem can take it."""
    request = {"do": "sms", "from": number, "text": text, "order": parse_order(order)}
    parts = ask(control, request)["parts"]
    click.echo(f"sent in {parts} part{'s' * (parts > 1)}")
