"""`hotline check`: the technician's list of GO and NO-GO.

Decides: what must be true before a post may rely on the box, and the sentence that mends it.
May touch: reads everything, changes nothing. Thread: main. Called by: __main__.
The modem's port is held by a running answer, so the line is judged by what answer says of it.
"""

import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from appliance import line_checking
from appliance.config import Config
from appliance.errors import HotlineError
from appliance.store import audit, db, health, vault

NO_CLOCK_BEFORE = 1_750_000_000.0  # June 2025: a clock that stands earlier was never set
ROOM_BYTES = 200_000_000  # three hours of messages; below that a busy night can fill the disk
PAGE_WITHIN_S = 5.0


@dataclass(frozen=True)
class Line:
    """One line of the list; `sentence` says what is there or what to do."""

    name: str
    go: bool
    sentence: str

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return asdict(self)

    def as_text(self) -> str:
        """For the terminal."""
        return f"{'GO   ' if self.go else 'NO-GO'}  {self.name:8} {self.sentence}"


def check(config: Config) -> list[Line]:
    """Look at every part; the order is the order in which a technician mends them."""
    return [
        _line("keys", lambda: _keys(config)),
        _line("audit", lambda: _audit(config)),
        _line("disk", lambda: _disk(config)),
        _line("clock", lambda: _clock(config)),
        _line("prompts", lambda: _prompts(config)),
        _line("model", lambda: _model(config)),
        _line("modem", lambda: line_checking.modem(config)),
        _line("SIM", lambda: line_checking.sim(config)),
        _line("network", lambda: line_checking.network(config)),
        _line("VoLTE", lambda: line_checking.volte(config)),
        _line("audio", lambda: line_checking.audio(config)),
        _line("calls", lambda: line_checking.last_call(config)),
        _line("speech", lambda: _speech(config)),
        _line("second", lambda: _second(config)),
        _line("web", lambda: _web(config)),
    ]


def _line(name: str, look: Callable[[], str]) -> Line:
    try:
        return Line(name, True, look())
    except HotlineError as error:
        return Line(name, False, str(error))


def _keys(config: Config) -> str:
    vault.load_public_key(config.store.public_key)
    return "the post's public key is there"


def _audit(config: Config) -> str:
    verdict = audit.verify(db.connect(config.store.database))
    if not verdict.ok:
        raise HotlineError(
            f"the audit log was changed at row {verdict.first_bad_seq}: tell the head"
        )
    return f"{verdict.rows} rows, chain intact"


def _disk(config: Config) -> str:
    free = health.look(config, time.time()).disk_free
    if free < ROOM_BYTES:
        raise HotlineError(f"only {free // 1_000_000} MB free: make room, or use a larger card")
    return f"{free // 1_000_000} MB free"


def _clock(config: Config) -> str:
    if time.time() < NO_CLOCK_BEFORE:
        raise HotlineError("the clock was never set: connect a network once, or set it by hand")
    return f"{time.strftime('%d/%m/%Y %H:%M')}, {line_checking.clock(config)}"


def _prompts(config: Config) -> str:
    from appliance.answering.prompts import load_prompts

    load_prompts(config.call.greeting, config.post.language)
    if config.call.greeting is None:
        return "the shipped machine voice; record your own greeting"
    return str(config.call.greeting)


def _model(config: Config) -> str:
    from appliance.transcribing import models, presets

    models.verify(config.speech.model)
    preset = presets.resolve(config.speech.preset)
    if not health.is_vietnamese(config.speech.model.name):
        raise HotlineError(f"{config.speech.model.name} is not Vietnamese: `hotline model add vi`")
    return f"{config.speech.model.name}, every file as installed, preset {preset}"


def _speech(config: Config) -> str:
    if not health.look(config, time.time()).transcriber_up:
        raise HotlineError("transcribe is not ready: start it, or wait until its model is loaded")
    return "transcribe is ready"


def _second(config: Config) -> str:
    folder = config.speech.second_model
    if folder is None:
        return "no second listening ([speech] second_model is not set)"
    from appliance.transcribing import manifest, whisper

    whisper.check_package()
    manifest.describe_for("second_model", folder)
    return f"{manifest.verify(folder).name} hears again while the line is idle"


def _web(config: Config) -> str:
    address = f"http://{config.web.listen}/healthz"
    try:
        with urllib.request.urlopen(address, timeout=PAGE_WITHIN_S) as answer:
            answer.read()
    except (urllib.error.URLError, OSError) as error:
        raise HotlineError(f"the page at {address} does not answer ({error}): start web") from error
    return f"the page answers at {address}"
