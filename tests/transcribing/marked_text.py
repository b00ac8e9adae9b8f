"""Reads files of phrases with `[words|what must be found]` in them; `#` begins a remark."""

import re
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
_PART = re.compile(r"\[([^|\]]+)\|([^\]]+)\]|\S+")


class Mark(NamedTuple):
    """What must be found on the words first to last, inclusive."""

    first: int
    last: int
    what: str


class Phrase(NamedTuple):
    """Words as a recogniser prints them, and what must be found among them."""

    words: list[str]
    marks: list[Mark]


def phrases(file: str) -> list[Phrase]:
    lines = (HERE / file).read_text("utf-8").splitlines()
    return [phrase(line) for line in lines if line and not line.startswith("#")]


def phrase(line: str) -> Phrase:
    words: list[str] = []
    marks = []
    for found in _PART.finditer(line):
        said = (found[1] or found[0]).split()
        if found[1]:
            marks.append(Mark(len(words), len(words) + len(said) - 1, found[2]))
        words += said
    return Phrase(words, marks)
