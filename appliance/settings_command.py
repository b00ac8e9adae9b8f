"""`hotline settings`: what the page can change, as one TOML file to keep, copy and edit.

Decides: nothing. May touch: the terminal, one file. Thread: main. Called by: __main__.
The store is imported inside each command: `hotline answer` never loads it for this.
"""

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from appliance.config import Config
from appliance.errors import ConfigError
from appliance.options import with_config

if TYPE_CHECKING:
    from appliance.store.db import Connection


@dataclass(frozen=True)
class Section:
    """One [[section]] of the file: how the store reads it, gives it and keeps it."""

    parse: Callable[[dict[str, Any]], Sequence[Any]]
    load: "Callable[[Connection], Sequence[Any]]"
    save: "Callable[[Connection, Sequence[Any], str], None]"


@click.group()
def settings() -> None:
    """The post's word lists as a file: names and keywords."""


@settings.command("export")
@with_config
def settings_export(config: Config) -> None:
    """Print the settings as TOML."""
    import tomli_w

    from appliance.store import db

    connection = db.connect(config.store.database)
    found = {
        key: [asdict(item) for item in section.load(connection)]
        for key, section in _sections().items()
    }
    click.echo(tomli_w.dumps(found), nl=False)


@settings.command("import")
@with_config
@click.argument("file", type=click.Path(path_type=Path))
def settings_import(config: Config, file: Path) -> None:
    """Replace each list that FILE has; nothing is changed when anything in it is wrong."""
    from appliance.store import audit, db

    sections = _sections()
    wanted = _read(file, sections)
    connection = db.connect(config.store.database)
    with db.transaction(connection):
        said = []
        for key, items in wanted.items():
            said.append(f"{key}: {_change(_known(connection, sections[key]), items)}")
            sections[key].save(connection, items, audit.SETUP)
    click.echo("\n".join(said))


def _sections() -> dict[str, Section]:
    from appliance.store import speech_lists

    return {
        speech_lists.NAMES: Section(
            speech_lists.parse_names, speech_lists.load_names, speech_lists.save_names
        ),
        speech_lists.KEYWORDS: Section(
            speech_lists.parse_keywords, speech_lists.load_keywords, speech_lists.save_keywords
        ),
    }


def _read(file: Path, sections: dict[str, Section]) -> dict[str, Sequence[Any]]:
    """Every list of the file; raises ConfigError naming what is wrong and what is allowed."""
    try:
        # utf-8-sig: Windows editors put a mark before the first letter
        table = tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {file}: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file} is not valid TOML: {error}") from error
    allowed = ", ".join(f"[[{key}]]" for key in sections)
    for key in table:
        if key not in sections:
            raise ConfigError(f"{file}: unknown section {key}; allowed: {allowed}")
    if not table:
        raise ConfigError(f"{file} has no settings in it; allowed: {allowed}")
    return {key: sections[key].parse(table) for key in table}


def _known(connection: "Connection", section: Section) -> Sequence[Any]:
    """What is there now; a list that cannot be read any more is what an import mends."""
    try:
        return section.load(connection)
    except (ConfigError, tomllib.TOMLDecodeError):
        return ()


def _change(before: Sequence[Any], after: Sequence[Any]) -> str:
    """Say what an import changed; an entry with another weight is one more and one less."""
    old, new = set(before), set(after)
    kept, added, removed = len(old & new), len(new - old), len(old - new)
    return f"{added} added, {removed} removed, {kept} unchanged"
