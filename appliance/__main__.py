"""The front door of the `hotline` command.

Decides: nothing; it turns words on the command line into one call of one room.
May touch: the terminal. Thread: main. Called by: systemd units, technicians, install.sh.
Rooms are imported inside their command, so that `hotline answer` never loads the web page.
"""

import contextlib
import json
import logging
import os
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from appliance import config as configuration
from appliance.config import Config
from appliance.errors import HotlineError
from appliance.officer_command import officer
from appliance.options import DEFAULT_CONFIG, ask_password, with_config
from appliance.settings_command import settings
from appliance.simulating.cli import simulate
from appliance.speech_command import speech

if TYPE_CHECKING:
    from appliance.checking import Line


class FrontDoor(click.Group):
    """Every HotlineError leaves as one line on stderr and its own exit code."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command; errors of the world are for the person at the terminal."""
        try:
            return super().invoke(context)
        except HotlineError as error:
            click.echo(f"hotline: {error}", err=True)
            sys.exit(error.exit_code)


@click.group(cls=FrontDoor, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hotline-appliance")
def main() -> None:
    """Answer, record and transcribe the calls of a police hotline that nobody picked up."""
    os.umask(0o007)  # what the box writes is for its own group only
    logging.basicConfig(
        level=os.environ.get("HOTLINE_LOG", "INFO"),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )


# ------------------------------------------------------------------------------ set-up


@main.command()
@with_config
@click.option("--head", default="truc-ban", show_default=True, help="Name of the first officer.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line.")
def init(config: Config, head: str, as_json: bool) -> None:
    """Make the state folder, the post's keys and the first officer; never overwrites."""
    from appliance.store import setup

    made = setup.init(config, head_name=head)
    if as_json:
        click.echo(json.dumps({"head": made.head, "one_time_password": made.one_time_password}))
    elif made.one_time_password:
        click.echo(f"First officer: {made.head}\nOne-time password: {made.one_time_password}")
    else:
        click.echo(f"Already set up; the head of the post is {made.head}. Nothing was changed.")


# ------------------------------------------------------------------------------ processes


@main.command()
@with_config
def answer(config: Config) -> None:
    """Run the phone: answer calls and record messages."""
    from appliance.answering import daemon

    daemon.run(config)


@main.command()
@with_config
def transcribe(config: Config) -> None:
    """Run the listener: turn recordings into text while they are spoken."""
    from appliance.transcribing import listener

    listener.run(config)


@main.command()
@with_config
def web(config: Config) -> None:
    """Run the officers' page."""
    from appliance.web import serve

    serve.run(config)


@main.command()
@click.option(
    "--config", "path", type=click.Path(path_type=Path), default=DEFAULT_CONFIG, show_default=True
)
def up(path: Path) -> None:
    """Run all processes in one terminal, restarted as systemd would."""
    from appliance import supervise

    configuration.load(path)  # a typo is reported once, here
    sys.exit(supervise.run(supervise.processes(path)))


@main.command()
@with_config
def rescue(config: Config) -> None:
    """Do what answer asked of root for the modem: reset its USB, or reboot."""
    from appliance import rescue as rescuer

    click.echo(rescuer.obey(config))


# ------------------------------------------------------------------------------ asking the box


@main.command()
@with_config
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(config: Config, as_json: bool) -> None:
    """Print what the box complains of now; exit 0 only if it has no complaint."""
    from appliance.store import health

    seen = health.look(config, time.time())
    if as_json:
        report = {
            "modem_up": seen.modem_up,
            "transcriber_up": seen.transcriber_up,
            "answer": seen.answer,
            "complaints": seen.complaints,
        }
        click.echo(json.dumps(report, ensure_ascii=False))
    else:
        click.echo("\n".join(map(health.in_english, seen.complaints)) or "No complaint.")
    sys.exit(1 if seen.complaints else 0)


@main.command()
@with_config
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--call", "with_call", is_flag=True, help="Walk through a real test call instead.")
def check(config: Config, as_json: bool, with_call: bool) -> None:
    """Print a GO / NO-GO list; exit 0 only if everything is GO."""
    from appliance import checking

    lines = _test_call(config) if with_call else checking.check(config)
    if as_json:
        click.echo(json.dumps([line.as_dict() for line in lines], ensure_ascii=False))
    else:
        click.echo("\n".join(line.as_text() for line in lines))
    sys.exit(0 if all(line.go for line in lines) else 1)


def _test_call(config: Config) -> "list[Line]":
    """Talk the technician through a call; what is asked and told goes to stderr."""
    from appliance import call_check

    def say(text: str) -> None:
        click.echo(text, err=True)

    call = call_check.TestCall(config)
    say("Call the hotline from your phone (through the duty phone, if it is forwarded).")
    click.prompt("Press Enter when you have dialled", default="", show_default=False, err=True)
    say("Listen to the greeting; after the beep say a few sentences, then hang up.")
    with contextlib.closing(call):
        seen = call.follow(time.time(), say, time.sleep)
    greeting = click.confirm("Did you hear the greeting clearly?", err=True)
    beep = click.confirm("Did you hear the beep?", err=True)
    return call_check.judge(seen, call_check.Heard(greeting, beep))


@main.command()
@with_config
@click.option("--officer", help="Unlock with this officer's key and show all fields.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--limit", default=100, show_default=True)
def messages(
    config: Config, officer: str | None, password_stdin: bool, as_json: bool, limit: int
) -> None:
    """List the newest messages: clear fields only, or all fields once unlocked."""
    from appliance.store import listing

    password = ask_password(password_stdin) if officer else None
    entries = listing.newest(config, limit=limit, officer=officer, password=password)
    if as_json:
        click.echo(json.dumps(entries, ensure_ascii=False))
        return
    for entry in entries:
        received = datetime.fromtimestamp(entry["received_at"], ZoneInfo(config.post.timezone))
        number = (entry.get("caller") or {}).get("number") or ""
        codes = f"{entry['state']:16} {entry['urgency']:7} {entry['category']:10}"
        click.echo(f"{received:%d/%m/%Y %H:%M}  {codes} {entry['id']}  {number}")


@main.command()
@with_config
@click.argument("message_id")
@click.option("--officer", required=True)
@click.option("--password-stdin", is_flag=True)
@click.option("--to", "target", type=click.Path(path_type=Path), required=True, help="WAV file.")
def export(
    config: Config, message_id: str, officer: str, password_stdin: bool, target: Path
) -> None:
    """Write one recording as a WAV file; the export is written into the audit log."""
    from appliance.store import listing

    listing.export_wav(config, message_id, target, officer, ask_password(password_stdin))
    click.echo(str(target))


@main.group()
def audit() -> None:
    """The log of every reading, listening and change."""


@audit.command("verify")
@with_config
def audit_verify(config: Config) -> None:
    """Check the hash chain; exit 0 only if no row was edited, deleted, inserted or moved."""
    from appliance.store import audit as book
    from appliance.store import db

    verdict = book.verify(db.connect(config.store.database))
    if verdict.ok:
        click.echo(f"{verdict.rows} rows, chain intact, head {verdict.head}")
    else:
        click.echo(f"the chain breaks at row {verdict.first_bad_seq}", err=True)
    sys.exit(0 if verdict.ok else 1)


# ------------------------------------------------------------------------------ the model


@main.group()
def model() -> None:
    """Speech models."""


@model.command("add")
@click.argument("source")
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    default=Path("/var/lib/hotline/models"),
    show_default=True,
    help="The folder that holds the models.",
)
@click.option("--name", help="Name of the model's folder, when SOURCE is a folder or a zip.")
def model_add(source: str, into: Path, name: str | None) -> None:
    """Install a model: "vi" from its publisher, or a zip or folder from a USB stick.

    A Vosk model; or, for the second listening, a Whisper model that CTranslate2 has converted.
    """
    from appliance.transcribing import models

    folder = models.add(source, into, name=name, progress=lambda line: click.echo(line, err=True))
    click.echo(str(folder))


main.add_command(officer)
main.add_command(settings)
main.add_command(simulate)
main.add_command(speech)

if __name__ == "__main__":
    main()
