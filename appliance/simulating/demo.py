"""`./install.sh demo`: the whole product on a software modem, with one sample call.

Decides: what the demo shows, and whether the call went the whole way.
May touch: child processes, a throw-away box folder, the page over http.
Thread: main, and one that watches the page. Called by: cli.
"""

import contextlib
import json
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import click

from appliance.simulating.demo_box import (
    Box,
    DemoFailed,
    hotline,
    running,
    throw_away_box,
    wait_for,
)
from appliance.simulating.page import Page, PageError

CALLER = "0912345678"
START_WITHIN_S = 90.0  # the Korean stand-in model takes 15 s to load on a slow machine
TRANSCRIPT_WITHIN_S = 120.0  # a slow machine decodes behind real time
WATCH_EVERY_S = 0.5
INTERRUPTED = 130  # 128 + SIGINT, as shells have it
WATCHER = "may-demo"
HEAD = "truong-cong-an"


@dataclass(frozen=True)
class Result:
    """The JSON line of `./install.sh demo --once --json`."""

    message_id: str
    caller: str
    duration_s: float
    ended_by: str
    hangup_to_listed_s: float
    hangup_to_transcript_s: float
    transcript: str
    model: str

    def as_json(self) -> str:
        """One line; "from" is a Python keyword and so has another name inside."""
        fields = {"message_id": self.message_id, "from": self.caller, **self.__dict__}
        del fields["caller"]
        return json.dumps(fields, ensure_ascii=False)


class Demo:
    """One box, one officer who watches its page, and as many calls as wanted."""

    def __init__(self, box: Box, voice: str, say: Callable[[str], None]) -> None:
        self._box = box
        self._voice = voice
        self._say = say
        self._page = Page(box.address)
        self.head_password = ""
        self.parts: dict[str, subprocess.Popen[bytes]] = {}

    def set_up(self) -> None:
        """Make the box's keys and officers."""
        box = self._box
        box.write_config()
        made = json.loads(hotline("init", "--config", str(box.config), "--head", HEAD, "--json"))
        self.head_password = made["one_time_password"]
        self._watcher_password = hotline(
            *("officer", "add", WATCHER, "--role", "officer", "--by", HEAD),
            *("--password-stdin", "--config", str(box.config)),
            feed=self.head_password + "\n",
        )

    def wait_until_ready(self) -> None:
        """Sign the watching officer in and wait until the line is up and the model loaded."""
        parts = self.parts
        wait_for("the software modem was there", self._box.control.exists, START_WITHIN_S, parts)
        wait_for("the page was there", self._page.is_up, START_WITHIN_S, parts)
        self._page.sign_in(WATCHER, self._watcher_password, secrets.token_urlsafe(12))
        wait_for("modem and speech model were ready", self._page.is_ready, START_WITHIN_S, parts)

    def place_call(self) -> Result:
        """Place the sample call and follow it to the page."""
        known = {m["id"] for m in self._page.messages()}
        call = subprocess.Popen(
            [
                *(sys.executable, "-m", "appliance", "simulate", "call"),
                *("--control", str(self._box.control), "--from", CALLER),
                *("--audio", self._voice, "--json"),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._say(f"1. a call comes in, from {CALLER}")
        try:
            message_id = self._follow_call(call, known)
            report = _report_of(call)
        finally:
            call.kill()
            call.communicate()
        hung_up_at = report["hung_up_at"]
        listed_at = wait_for("the recording", lambda: self._is_recorded(message_id), 30)
        self._say("4. the caller hung up; the message is in the queue")
        wrote_at = wait_for(
            "the transcript", lambda: self._is_transcribed(message_id), TRANSCRIPT_WITHIN_S
        )
        return self._result(message_id, listed_at - hung_up_at, wrote_at - hung_up_at)

    def watch(self) -> NoReturn:
        """Print a line per hand-off of every further call, until Ctrl-C."""
        seen = {m["id"]: m["state"] for m in self._page.messages()}
        while True:
            time.sleep(WATCH_EVERY_S)
            for message in reversed(self._page.messages()):
                if seen.get(message["id"]) != message["state"]:
                    seen[message["id"]] = message["state"]
                    number = (message["caller"] or {}).get("number") or "an unknown number"
                    self._say(f"{number}: {message['state']} {message['first_words']}".rstrip())

    def _follow_call(self, call: subprocess.Popen[str], known: set[str]) -> str:
        new: list[str] = []

        def is_recording() -> bool:
            if call.poll():
                _report_of(call)
            new[:] = [m["id"] for m in self._page.messages() if m["id"] not in known]
            return bool(new)

        wait_for("the recording to begin", is_recording, 60)
        self._say("2. answered, greeted, beeped; recording, sealed on disk as it is spoken")
        wait_for("words while they are spoken", lambda: self._page.has_words(new[0]), 60)
        self._say("3. the first words are on the page while the caller still speaks")
        return new[0]

    def _is_recorded(self, message_id: str) -> bool:
        return bool(self._page.message(message_id)["state"] != "recording")

    def _is_transcribed(self, message_id: str) -> bool:
        state = self._page.message(message_id)["state"]
        if state in ("failed", "waiting_for_key"):
            raise DemoFailed(f"the recording could not be transcribed: {state}")
        return bool(state == "transcribed")

    def _result(self, message_id: str, listed_s: float, transcript_s: float) -> Result:
        message = self._page.message(message_id)
        text = message["transcript"]["text"]
        if not text:
            raise DemoFailed("the transcript is empty")
        if not self._page.shows(message_id, text):
            raise DemoFailed("the transcript was saved, but the page does not show it")
        self._say(f"5. transcribed and shown on the page: {text}")
        return Result(
            message_id=message_id,
            caller=message["caller"]["number"],
            duration_s=round(message["duration_ms"] / 1000, 2),
            ended_by=message["end_reason"],
            hangup_to_listed_s=round(max(0.0, listed_s), 2),
            hangup_to_transcript_s=round(max(0.0, transcript_s), 2),
            transcript=text,
            model=message["model"],
        )


@click.command("demo")
@click.option("--model", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--voice", default="vi", show_default=True, help="Sample voice: vi, ko or a WAV.")
@click.option("--once", is_flag=True, help="One call through the whole path, then stop.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line (with --once).")
def demo(model: Path, voice: str, once: bool, as_json: bool) -> None:
    """Show the product: software modem, three processes, one call, the officers' page."""
    for number in (signal.SIGTERM, signal.SIGHUP):  # a closed terminal leaves no box behind
        signal.signal(number, signal.default_int_handler)
    once = once or as_json or not sys.stdin.isatty()
    try:
        result = _show(model, voice, once=once)
    except KeyboardInterrupt:
        _say("\nStopped; the demo's box is removed.")
        sys.exit(INTERRUPTED)
    if as_json:
        click.echo(result.as_json())


def _show(model: Path, voice: str, *, once: bool) -> Result:
    with throw_away_box(model) as box, contextlib.ExitStack() as parts:
        show = Demo(box, voice, _say)
        try:
            _say("Setting up a box: keys, officers, database …")
            show.set_up()
            for words in (box.modem_command, ("up", "--config", str(box.config))):
                part = parts.enter_context(running(*words, log=box.log))
                show.parts[f"hotline {words[0]}"] = part
            show.wait_until_ready()
            result = show.place_call()
            if not once:
                _invite(box, show.head_password, voice)
                show.watch()
        except (PageError, DemoFailed) as error:
            _say(box.last_words())
            raise DemoFailed(str(error)) from error
        return result


def _report_of(call: subprocess.Popen[str]) -> dict[str, Any]:
    """What the caller's side says of its call; raises DemoFailed with its own words."""
    try:
        printed, said = call.communicate(timeout=TRANSCRIPT_WITHIN_S)
    except subprocess.TimeoutExpired as error:
        raise DemoFailed("the sample call does not end") from error
    if call.returncode:
        raise DemoFailed(f"the sample call failed: {said.strip()}")
    report: dict[str, Any] = json.loads(printed)
    return report


def _say(line: str) -> None:
    click.echo(line, err=True)


def _invite(box: Box, password: str, voice: str) -> None:
    _say(
        f"\nOpen   {box.address}\n"
        f"name   {HEAD}\n"
        f"once   {password}   (one-time password)\n\n"
        f"Call again:  {sys.executable} -m appliance simulate call "
        f"--control {box.control} --from 0987654321 --audio {voice}\n"
        "Stop with Ctrl-C.\n"
    )
