"""The rows of a word list, as a form has them and as the store takes them.

Decides: which typed row is empty, and the sentence for one that the store refuses.
May touch: the lists through the functions it names. Thread: any. Called by: speech.
"""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString
from werkzeug.datastructures import MultiDict

from appliance.errors import ConfigError
from appliance.store import speech_lists
from appliance.store.db import Connection
from appliance.web.marks import RANK

BLANK = 5  # rows to type into without a script
FIELD = re.compile(r"entry 1: (\w+)")  # what speech_lists says of the one row it was given

FAULTS: dict[str, LazyString] = {
    "phrase": lazy_gettext("Cần từ 1 đến 80 ký tự, có ít nhất một chữ cái."),
    "name": lazy_gettext("Cần từ 1 đến 80 ký tự, có ít nhất một chữ cái."),
    "weight": lazy_gettext("Điểm phải là số nguyên từ 1 đến 10."),
    "category": lazy_gettext("Hãy chọn loại việc."),
    "urgency": lazy_gettext("Hãy chọn mức khẩn."),
    "kind": lazy_gettext("Hãy chọn loại tên."),
}

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """One entry, the fault of one of its fields, if any."""

    values: Values
    fault: str = ""
    field: str = ""


@dataclass(frozen=True)
class WordList:
    """A list of the post: its key in the settings, its fields (the first is the text)."""

    key: str
    fields: tuple[str, ...]
    empty: Values
    parse: Callable[[dict[str, Any]], Sequence[Any]]
    load_items: Callable[[Connection], Sequence[Any]]
    save_items: Callable[[Connection, Sequence[Any], str], None]
    shipped_file: Path | None = None

    @property
    def text(self) -> str:
        """The field that an entry cannot do without."""
        return self.fields[0]

    def load(self, conn: Connection) -> list[Values]:
        """The entries that are stored; raises ConfigError, TOMLDecodeError."""
        return [asdict(item) for item in self.load_items(conn)]

    def save(self, conn: Connection, entries: Sequence[Values], actor: str) -> None:
        """Replace the entries."""
        self.save_items(conn, self.parse({self.key: list(entries)}), actor)

    def shipped(self) -> list[Values]:
        """The entries of a new box."""
        if self.shipped_file is None:
            return []
        table = tomllib.loads(self.shipped_file.read_text("utf-8"))
        return [asdict(item) for item in self.parse(table)]


KEYWORDS = WordList(
    speech_lists.KEYWORDS,
    ("phrase", "category", "urgency", "weight"),
    {"phrase": "", "category": "security", "urgency": "normal", "weight": 5},
    speech_lists.parse_keywords,
    speech_lists.load_keywords,
    speech_lists.save_keywords,
    speech_lists.SHIPPED_KEYWORDS,
)
NAMES = WordList(
    speech_lists.NAMES,
    ("name", "kind"),
    {"name": "", "kind": "hamlet"},
    speech_lists.parse_names,
    speech_lists.load_names,
    speech_lists.save_names,
)


def read_rows(words: WordList, form: MultiDict[str, str]) -> list[Values] | None:
    """The typed rows without empty and removed ones; None for a form that is not ours."""
    columns = [form.getlist(field) for field in words.fields]
    if len({len(column) for column in columns}) != 1:
        return None
    removed = set(form.getlist("remove"))
    typed = [dict(zip(words.fields, row, strict=True)) for row in zip(*columns, strict=True)]
    return [
        {field: _typed(field, value) for field, value in row.items()}
        for number, row in enumerate(typed)
        if row[words.text].strip() and str(number) not in removed
    ]


def checked(words: WordList, typed: Sequence[Values]) -> tuple[Row, ...]:
    """Every row as the store takes it, or as it was typed with what is wrong about it."""
    return tuple(_check(words, values) for values in typed)


def blank_rows(words: WordList) -> tuple[Row, ...]:
    """Rows to type new entries into."""
    return (Row(words.empty),) * BLANK


def by_category(rows: Sequence[Row]) -> dict[str, list[tuple[int, Row]]]:
    """Keywords under their category, the urgent ones first, each with its number in the form."""
    groups: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: -RANK.get(str(row.values.get("urgency")), 0)):
        groups.setdefault(str(row.values.get("category")), []).append(row)
    numbers = iter(range(len(rows)))
    known = sorted(groups, key=lambda one: ORDER.get(one, len(ORDER)))
    return {category: [(next(numbers), row) for row in groups[category]] for category in known}


ORDER = {"security": 0, "epidemic": 1, "procedure": 2, "other": 3}  # what is urgent, first


def _typed(field: str, value: str) -> str | int:
    """Numbers are digits of a form; anything else stays what it is, to be shown again."""
    value = value.strip()
    return int(value) if field == "weight" and re.fullmatch("[0-9]{1,3}", value) else value


def _check(words: WordList, values: Values) -> Row:
    try:
        (item,) = words.parse({words.key: [dict(values)]})
    except ConfigError as error:
        found = FIELD.search(str(error))
        field = found[1] if found and found[1] in FAULTS else words.text
        return Row(values, str(FAULTS[field]), field)
    return Row(asdict(item))
