"""/etc/hotline/hotline.toml -> one frozen Config, or a ConfigError naming the key.

Decides: what may be configured, the defaults, and whether a value is allowed.
May touch: the one configuration file. Thread: any, at start. Called by: __main__.
Unknown keys are errors: a misspelt key that is silently ignored costs a night of calls.
"""

import dataclasses
import re
import tomllib
import typing
import zoneinfo
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from appliance.errors import ConfigError

LANGUAGES = ("vi", "en")
WIRINGS = ("behind-duty-phone", "holds-sim")
FAMILIES = ("auto", "sim7600", "a7670", "quectel", "quectel-uac", "huawei", "generic")
AUDIO_PATHS = ("pcm-port", "sound-card")
PRESETS = ("auto", "pi4", "pi5", "desktop")


@dataclass(frozen=True)
class PostConfig:
    """The post itself: its name, the printed number, language, time zone and wiring."""

    name: str = "Trụ sở Công an xã"
    hotline_number: str = ""
    language: str = "vi"
    timezone: str = "Asia/Ho_Chi_Minh"
    wiring: str = "behind-duty-phone"


@dataclass(frozen=True)
class ModemConfig:
    """Where the modem is: "auto" probes by USB id, a path to any tty or pty is taken as it is.

    sim_expires: the SIM's last day, as "2027-01-31". balance_ussd: the operator's code for the
    balance, as "*101#", asked once a day; none: off. balance_least: in dong, below it is a
    complaint.
    """

    port: str = "auto"
    family: str = "auto"
    pcm_port: str = "auto"
    sim_pin_file: Path | None = None
    sim_expires: str = ""
    balance_ussd: str = ""
    balance_least: float = 0.0


@dataclass(frozen=True)
class AudioConfig:
    """How the sound of a call travels: the modem's PCM port, or a sound card by name.

    With the port, both devices may name a card that stands in once the port takes no sound.
    """

    path: str = "pcm-port"
    input_device: str = ""
    output_device: str = ""


@dataclass(frozen=True)
class CallConfig:
    """What happens on a call; times in seconds. greeting: a WAV, or none for the shipped one."""

    answer_after_s: float = 0.0
    greeting: Path | None = None
    max_message_s: float = 180.0
    silence_s: float = 10.0


@dataclass(frozen=True)
class SpeechConfig:
    """The folders of the speech models, as `hotline model add` made them.

    preset: how hard the first one searches; "auto" asks the machine what it is.
    second_model: a slower, better one that listens again when the line is idle; none: off.
    """

    model: Path = Path("/var/lib/hotline/models/vosk-model-small-vn-0.4")
    preset: str = "auto"
    second_model: Path | None = None


@dataclass(frozen=True)
class StoreConfig:
    """state_dir survives a power cut; run_dir must lie in RAM (keys and partial texts)."""

    state_dir: Path = Path("/var/lib/hotline")
    run_dir: Path = Path("/run/hotline")

    @property
    def database(self) -> Path:
        """The one SQLite file."""
        return self.state_dir / "hotline.db"

    @property
    def spool_dir(self) -> Path:
        """The folder of sealed recordings."""
        return self.state_dir / "spool"

    @property
    def public_key(self) -> Path:
        """The post's public key: all that answering needs to seal a recording."""
        return self.state_dir / "post.pub"


@dataclass(frozen=True)
class WebConfig:
    """host:port the officers' page listens on; plain http, so loopback behind nginx."""

    listen: str = "127.0.0.1:8080"

    @property
    def host(self) -> str:
        """The address part of `listen`."""
        return self.listen.rpartition(":")[0]

    @property
    def port(self) -> int:
        """The port part of `listen`."""
        return int(self.listen.rpartition(":")[2])


@dataclass(frozen=True)
class Config:
    """Everything a process reads at start; never changes afterwards."""

    post: PostConfig = field(default_factory=PostConfig)
    modem: ModemConfig = field(default_factory=ModemConfig)
    audio: AudioConfig = field(default_factory=AudioConfig)
    call: CallConfig = field(default_factory=CallConfig)
    speech: SpeechConfig = field(default_factory=SpeechConfig)
    store: StoreConfig = field(default_factory=StoreConfig)
    web: WebConfig = field(default_factory=WebConfig)


def load(path: Path) -> Config:
    """Read a TOML file; relative paths in it are relative to its folder.

    Raises ConfigError naming the file, the key, its value and what is allowed.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read the configuration {path}: {error}") from error
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error
    return parse(table, path.resolve().parent)


def parse(table: dict[str, Any], base: Path = Path("/")) -> Config:
    """Turn a TOML table into a Config; relative paths are relative to `base`."""
    sections = {f.name: f for f in dataclasses.fields(Config)}
    made: dict[str, Any] = {}
    for name, value in table.items():
        if name not in sections:
            raise ConfigError(f"unknown section [{name}]; allowed: {_listed(sections)}")
        if not isinstance(value, dict):
            raise ConfigError(f"[{name}] must be a section, not a value")
        made[name] = _section(name, typing.cast(type, sections[name].type), value, base)
    config = Config(**made)
    _check(config)
    return config


def _section(name: str, kind: type, table: dict[str, Any], base: Path) -> object:
    fields = {f.name: f for f in dataclasses.fields(kind)}
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in fields:
            raise ConfigError(f"unknown key [{name}] {key}; allowed: {_listed(fields)}")
        values[key] = _value(f"[{name}] {key}", fields[key].type, value, base)
    made: object = kind(**values)
    return made


def _value(where: str, kind: object, value: object, base: Path) -> object:
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if kind is str and isinstance(value, str):
        return value
    if kind in (Path, Path | None) and isinstance(value, str) and value:
        return base / Path(value).expanduser()
    number = "a number of seconds" if where.endswith("_s") else "a number"
    wanted = {float: number, str: "a text in quotes"}.get(
        typing.cast(type, kind), "a path in quotes"
    )
    raise ConfigError(f"{where} = {value!r}: must be {wanted}")


def _check(config: Config) -> None:
    _one_of("[post] language", config.post.language, LANGUAGES)
    _one_of("[post] wiring", config.post.wiring, WIRINGS)
    _one_of("[modem] family", config.modem.family, FAMILIES)
    _one_of("[speech] preset", config.speech.preset, PRESETS)
    _one_of("[audio] path", config.audio.path, AUDIO_PATHS)
    _check_timezone(config.post.timezone)
    _check_sim(config.modem)
    _within("[call] answer_after_s", config.call.answer_after_s, 0, 60)
    _within("[call] silence_s", config.call.silence_s, 1, 60)
    _within("[call] max_message_s", config.call.max_message_s, 1, 600)
    _check_audio(config.audio)
    host, colon, port = config.web.listen.rpartition(":")
    if not (host and colon and port.isdigit() and 0 < int(port) < 65536):
        raise ConfigError(f'[web] listen = "{config.web.listen}": must be "address:port"')


def _check_audio(audio: AudioConfig) -> None:
    named = bool(audio.input_device) + bool(audio.output_device)
    if named == 2 or (named == 0 and audio.path == "pcm-port"):
        return
    which = "needs" if audio.path == "sound-card" else "takes both or none of"
    raise ConfigError(
        f'[audio] path = "{audio.path}" {which} input_device and output_device, '
        "by the names that `hotline check` lists"
    )


def _check_sim(modem: ModemConfig) -> None:
    if modem.sim_expires:
        try:
            date.fromisoformat(modem.sim_expires)
        except ValueError as error:
            raise ConfigError(
                f'[modem] sim_expires = "{modem.sim_expires}": must be a day such as "2027-01-31"'
            ) from error
    if not modem.balance_least >= 0:
        raise ConfigError(f"[modem] balance_least = {modem.balance_least:g}: must be 0 or more")
    if modem.balance_ussd and not re.fullmatch(r"[*#][0-9*#]{1,30}#", modem.balance_ussd):
        raise ConfigError(
            f'[modem] balance_ussd = "{modem.balance_ussd}": must be a code such as "*101#"'
        )


def _check_timezone(name: str) -> None:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(
            f'[post] timezone = "{name}": must be a time zone such as "Asia/Ho_Chi_Minh"'
        ) from error


def _one_of(where: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ConfigError(f'{where} = "{value}": must be one of {_listed(allowed)}')


def _within(where: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ConfigError(f"{where} = {value:g}: must be from {low:g} to {high:g} seconds")


def _listed(names: typing.Iterable[str]) -> str:
    return ", ".join(names)
