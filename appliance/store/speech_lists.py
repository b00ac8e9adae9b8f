"""The post's own words: what makes a message urgent, and the names of its places.

Decides: what a keyword and a name may be. May touch: the settings table, the shipped list.
Thread: any with its own connection. Called by: transcribing (reads), web and __main__ (edit).
Both lists are kept as TOML, the same text that `hotline settings` gives out and takes in.
"""

import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import tomli_w

from appliance.errors import ConfigError
from appliance.store import settings
from appliance.store.db import Connection
from appliance.store.verdicts import CATEGORIES, URGENCIES
from appliance.vietnamese import fold, nfc

SHIPPED_KEYWORDS = Path(__file__).parent / "keywords.toml"
KEYWORDS, NAMES = "keywords", "names"  # in the settings table, and in the TOML
KINDS = ("hamlet", "street", "official", "place")
LONGEST = 80  # characters of one phrase or name
MOST = 2000  # entries; matching stays within 5 ms (measured)
LEAST_WEIGHT, MOST_WEIGHT = 1, 10

Item = TypeVar("Item")


@dataclass(frozen=True)
class Keyword:
    """A phrase that speaks for a category; weight 1 to 10, and what urgency it brings."""

    phrase: str
    category: str
    urgency: str = "normal"
    weight: int = 5


@dataclass(frozen=True)
class Name:
    """A name that the speech model cannot know; kind: hamlet, street, official or place."""

    name: str
    kind: str


def load_keywords(conn: Connection) -> tuple[Keyword, ...]:
    """Give the post's keywords; the shipped ones when they were never changed.

    Raises ConfigError for a list that is broken, or by which no call would raise an alarm.
    """
    text = settings.get(conn, KEYWORDS)
    if text is None:
        text = SHIPPED_KEYWORDS.read_text("utf-8")
    return _alarming(parse_keywords(tomllib.loads(text)))


def load_names(conn: Connection) -> tuple[Name, ...]:
    """Give the post's names; none when they were never set."""
    text = settings.get(conn, NAMES)
    return () if text is None else parse_names(tomllib.loads(text))


def save_keywords(conn: Connection, keywords: Sequence[Keyword], actor: str) -> None:
    """Replace the keywords; raises ConfigError before anything is changed."""
    parsed = parse_keywords({KEYWORDS: [asdict(each) for each in keywords]})
    _save(conn, KEYWORDS, _alarming(parsed), actor)


def save_names(conn: Connection, names: Sequence[Name], actor: str) -> None:
    """Replace the names; raises ConfigError before anything is changed."""
    _save(conn, NAMES, parse_names({NAMES: [asdict(each) for each in names]}), actor)


def parse_keywords(table: dict[str, Any]) -> tuple[Keyword, ...]:
    """Read [[keywords]] tables; raises ConfigError naming the entry and what is allowed."""
    return _parse(table, KEYWORDS, _keyword)


def raises_alarms(urgencies: Iterable[str]) -> bool:
    """Whether a call can become urgent by keywords of these urgencies."""
    return any(urgency != URGENCIES[0] for urgency in urgencies)


def parse_names(table: dict[str, Any]) -> tuple[Name, ...]:
    """Read [[names]] tables; raises ConfigError naming the entry and what is allowed."""
    return _parse(table, NAMES, _name)


def _alarming(keywords: tuple[Keyword, ...]) -> tuple[Keyword, ...]:
    """Let a list pass that can raise an alarm: one that cannot is a mistake nobody would notice."""
    if not raises_alarms(keyword.urgency for keyword in keywords):
        raise ConfigError(f"{KEYWORDS}: none of them is urgent or grave: no call would raise alarm")
    return keywords


def _keyword(where: str, entry: dict[str, Any]) -> Keyword:
    _only(where, entry, ("phrase", "category", "urgency", "weight"))
    weight = entry.get("weight", 5)
    if type(weight) is not int or not LEAST_WEIGHT <= weight <= MOST_WEIGHT:
        raise ConfigError(
            f"{where}: weight = {weight!r}: must be a whole number from"
            f" {LEAST_WEIGHT} to {MOST_WEIGHT}"
        )
    return Keyword(
        phrase=_text(where, entry, "phrase"),
        category=_one_of(where, "category", entry.get("category"), CATEGORIES),
        urgency=_one_of(where, "urgency", entry.get("urgency", "normal"), URGENCIES),
        weight=weight,
    )


def _name(where: str, entry: dict[str, Any]) -> Name:
    _only(where, entry, ("name", "kind"))
    kind = _one_of(where, "kind", entry.get("kind"), KINDS)
    return Name(name=_text(where, entry, "name"), kind=kind)


def _parse(
    table: dict[str, Any], key: str, read: Callable[[str, dict[str, Any]], Item]
) -> tuple[Item, ...]:
    entries = table.get(key, [])
    if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
        raise ConfigError(f"{key} must be a list of [[{key}]] tables")
    if len(entries) > MOST:
        raise ConfigError(f"{key}: {len(entries)} entries, at most {MOST} are allowed")
    found = [read(f"{key} entry {n}", each) for n, each in enumerate(entries, 1)]
    return tuple(found)


def _only(where: str, entry: dict[str, Any], allowed: tuple[str, ...]) -> None:
    for key in entry:
        if key not in allowed:
            raise ConfigError(f"{where}: unknown key {key}; allowed: {', '.join(allowed)}")


def _text(where: str, entry: dict[str, Any], key: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str):
        raise ConfigError(f"{where}: {key} must be a text in quotes")
    text = " ".join(nfc(value).split())
    if not fold(text) or len(text) > LONGEST or not text.isprintable():
        raise ConfigError(f"{where}: {key} = {text[:LONGEST]!r}: must be 1 to {LONGEST} letters")
    return text


def _one_of(where: str, key: str, value: object, allowed: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise ConfigError(f"{where}: {key} = {value!r}: must be one of {', '.join(allowed)}")
    return value


def _save(conn: Connection, key: str, items: Sequence[Any], actor: str) -> None:
    settings.put(conn, key, tomli_w.dumps({key: [asdict(each) for each in items]}), actor)
