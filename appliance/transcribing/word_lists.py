"""The post's keywords and names, made ready: read again for each message, prepared when changed.

Decides: what stands in for a list that cannot be read. May touch: the settings table (read).
Thread: the worker's. Called by: worker.
A broken list costs its changes and a complaint on the page, never a transcript.
"""

import logging
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from appliance.errors import ConfigError, StoreError
from appliance.store import settings, speech_lists
from appliance.store.db import Connection
from appliance.store.speech_lists import Keyword, Name
from appliance.transcribing.triage import Triage

_LOGGER = logging.getLogger(__name__)

KEYWORDS_BROKEN, NAMES_BROKEN = "keywords_broken", "names_broken"

Item = TypeVar("Item")


@dataclass(frozen=True)
class WordLists:
    """Keywords as they judge, names as they are; troubles: codes for the page."""

    triage: Triage
    names: tuple[Name, ...]
    troubles: tuple[str, ...] = ()


class ListReader:
    """Keeps what it made ready for as long as the post's settings stay the same."""

    def __init__(self) -> None:
        self._texts: tuple[str | None, str | None] | None = None
        self._lists: WordLists | None = None

    @property
    def troubles(self) -> tuple[str, ...]:
        """What was wrong with the lists when they were read last."""
        return self._lists.troubles if self._lists else ()

    def read(self, conn: Connection) -> WordLists:
        """Give the lists as they are now; a database that is in the way leaves the last ones."""
        try:
            texts = (
                settings.get(conn, speech_lists.KEYWORDS),
                settings.get(conn, speech_lists.NAMES),
            )
            if self._lists is None or texts != self._texts:
                self._lists, self._texts = _read(conn), texts
        except StoreError as error:
            _LOGGER.warning("the word lists stay as they were: %s", error)
            if self._lists is None:
                return WordLists(Triage(shipped_keywords()), ())
        return self._lists


def shipped_keywords() -> tuple[Keyword, ...]:
    """The list that every post begins with."""
    table = tomllib.loads(speech_lists.SHIPPED_KEYWORDS.read_text("utf-8"))
    return speech_lists.parse_keywords(table)


def _read(conn: Connection) -> WordLists:
    keywords = _whole(lambda: speech_lists.load_keywords(conn), KEYWORDS_BROKEN)
    names = _whole(lambda: speech_lists.load_names(conn), NAMES_BROKEN)
    lists = WordLists(Triage(shipped_keywords() if keywords is None else keywords), names or ())
    broken = {KEYWORDS_BROKEN: keywords is None, NAMES_BROKEN: names is None}
    return replace(lists, troubles=tuple(code for code, is_so in broken.items() if is_so))


def _whole(load: Callable[[], tuple[Item, ...]], code: str) -> tuple[Item, ...] | None:
    """Load a list; None when it cannot be read: somebody's hand, or another version's."""
    try:
        return load()
    except (ConfigError, tomllib.TOMLDecodeError) as error:
        _LOGGER.warning("%s: %s", code, error)
        return None
