"""What the box complains of, from what its processes say of themselves.

Decides: when a part counts as silent, when a disk is low, which model is not Vietnamese.
May touch: run_dir/status, the disk's free space. Thread: any. Called by: web, __main__, checking.
Codes only: each reader puts them into words of its own language.
"""

import re
import shutil
import zoneinfo
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from appliance.config import Config
from appliance.store import line_health, live

SILENT_AFTER_S = 45.0  # the parts write at least every 10 s; three misses and a loaded machine
DISK_LOW = 0.10  # of the disk; at 5 % the oldest listened recordings would have to go
BEHIND_S = 5.0  # of a call's sound: its words then come late enough to be noticed
MANY_WAITING = 5  # messages: at a minute each, a quarter of an hour for a Pi 4
NO_CALL = ("OFFLINE", "IDLE", "STOPPED")  # as `answer` writes its states
NOT_LOADED = ("starting", "loading", "failed", "no_model", "stopped")
# Shown, but calls are still answered and kept.
MILD = (
    "not_vietnamese",
    "disk_low",
    "behind",
    "keywords_broken",
    "names_broken",
    "second_model_broken",
    "uplink_on_card",
    *line_health.MILD,
)

ENGLISH = {
    "answer_silent": "answer is not running: calls are NOT answered",
    "modem_down": "the modem does not work: calls are NOT answered",
    "transcribe_silent": "transcribe is not running: messages are recorded, but not written down",
    "model_missing": "there is no speech model: run `hotline model add vi`",
    "not_vietnamese": "the speech model is not Vietnamese: its text is for trying the box only",
    "behind": "messages are written down late: the machine is slower than the callers",
    "keywords_broken": "the list of keywords cannot be read: the shipped one is used",
    "names_broken": "the list of names cannot be read: none are proposed",
    "second_model_broken": "the second speech model cannot be used: messages are heard once only",
    "disk_low": "the disk is nearly full",
    "disk_full": "the disk is full: new messages may not be kept",
    "cannot_record": "recordings cannot be written: look at the disk and its rights",
    "uplink_dead": "the modem takes no sound from us: callers hear no greeting",
    "uplink_on_card": "the modem's port takes no sound from us: calls go over the sound card",
    "voice_path": "the last call had no sound in either direction",
    "sound_lost": "the sound of the last call broke off",
    "line_stuck": "the modem does not let go of a call",
    **line_health.ENGLISH,
}


@dataclass(frozen=True)
class Health:
    """The state of the box at one moment; epoch seconds, bytes, dBm. complaints: codes.

    line: what is wrong with modem, SIM and network, as codes.
    """

    answer: dict[str, Any]
    transcribe: dict[str, Any]
    model: str
    answer_alive: bool
    transcribe_alive: bool
    model_there: bool
    disk_free: int
    disk_total: int
    line: tuple[str, ...] = ()

    @property
    def modem_up(self) -> bool:
        """Whether a call would be answered now."""
        return self.answer_alive and self.answer.get("modem") == "up"

    @property
    def transcriber_up(self) -> bool:
        """Whether speech is being turned into text, the model being loaded."""
        return self.transcribe_alive and self.transcribe.get("state", "ready") not in NOT_LOADED

    @property
    def complaints(self) -> list[str]:
        """What is wrong, the gravest first."""
        found: list[str] = []
        if not self.answer_alive:
            found.append("answer_silent")
        elif not self.modem_up:
            found.append("modem_down")
        found += self.line if self.answer_alive else ()
        if not self.model_there:
            found.append("model_missing")
        elif not self.transcribe_alive:
            found.append("transcribe_silent")
        elif not is_vietnamese(self.model):
            found.append("not_vietnamese")
        if self.transcriber_up and self._is_behind:
            found.append("behind")
        if self.disk_total and self.disk_free / self.disk_total < DISK_LOW:
            found.append("disk_low")
        own = [
            *self._troubles(self.answer, self.answer_alive),
            *self._troubles(self.transcribe, True),
        ]
        return list(dict.fromkeys([*found, *own]))

    @property
    def _is_behind(self) -> bool:
        most = {"behind_s": BEHIND_S, "waiting": MANY_WAITING}
        said = {name: self.transcribe.get(name) for name in most}
        return any(isinstance(n, int | float) and n > most[name] for name, n in said.items())

    @staticmethod
    def _troubles(state: dict[str, Any], alive: bool) -> list[str]:
        return [str(code)[:60] for code in state.get("troubles", ())] if alive else []


def look(config: Config, now: float) -> Health:
    """Read what the processes say of themselves; cheap, for every poll. now: epoch seconds."""
    run_dir = config.store.run_dir
    answer = live.read_status(run_dir, "answer") or {}
    transcribe = live.read_status(run_dir, "transcribe") or {}
    today = datetime.fromtimestamp(now, zoneinfo.ZoneInfo(config.post.timezone)).date()
    usage = shutil.disk_usage(config.store.state_dir)
    return Health(
        answer=answer,
        transcribe=transcribe,
        model=str(transcribe.get("model") or config.speech.model.name),
        answer_alive=_is_fresh(answer, now),
        transcribe_alive=_is_fresh(transcribe, now),
        model_there=config.speech.model.is_dir() and transcribe.get("state") != "no_model",
        disk_free=usage.free,
        disk_total=usage.total,
        line=tuple(line_health.complaints(answer, config.modem, today)),
    )


def is_call_on(run_dir: Path, now: float) -> bool:
    """Whether `answer` says, freshly, that it is in a call. now: epoch seconds."""
    answer = live.read_status(run_dir, "answer") or {}
    return _is_fresh(answer, now) and answer.get("state", "IDLE") not in NO_CALL


def is_vietnamese(model: str) -> bool:
    """Whether a model's name says Vietnamese: "vn" or "vi" as a part of its own."""
    return bool({"vn", "vi", "vie", "vietnamese"} & set(re.split(r"[^a-z]+", model.lower())))


def in_english(code: str) -> str:
    """One complaint as a sentence for the terminal."""
    return ENGLISH.get(code, f"the box says: {code}")


def _is_fresh(state: dict[str, Any], now: float) -> bool:
    at = state.get("at")
    return isinstance(at, int | float) and abs(now - at) < SILENT_AFTER_S
