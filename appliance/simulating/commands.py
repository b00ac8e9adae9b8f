"""A line of AT commands taken apart (ITU-T V.250 5.2, 5.3, 5.4).

Decides: where one command of a line ends and the next begins. May touch: nothing.
Thread: any. Called by: families.
"""

import re
from dataclasses import dataclass
from enum import Enum


class Form(Enum):
    """How a command is used: AT+X, AT+X?, AT+X=?, AT+X=1."""

    EXECUTE = "execute"
    READ = "read"
    TEST = "test"
    SET = "set"


@dataclass(frozen=True)
class Command:
    """One command: its name in capitals, its form, and its unquoted arguments."""

    name: str
    form: Form = Form.EXECUTE
    args: tuple[str, ...] = ()

    @property
    def first(self) -> str:
        """The first argument, or nothing."""
        return self.args[0] if self.args else ""


QUOTED_OR = r'(?:"[^"]*"|[^"{0}])*'
EXTENDED = re.compile(r"\s*([+^$*][A-Za-z0-9]+)(" + QUOTED_OR.format(";") + r");?")
BASIC = re.compile(r"\s*(S\d+|&?[A-Z])(\?|=" + QUOTED_OR.format(";") + r"|\d*);?", re.IGNORECASE)
ARGUMENT = re.compile("(" + QUOTED_OR.format(",") + r")(,|$)")


def parse(text: str) -> list[Command] | None:
    """The commands of a line without its AT; None when it is no command line.

    >>> parse("E0;+CLIP=1")
    [Command(name='E', form=<Form.SET: 'set'>, args=('0',)), Command(name='+CLIP', ...)]
    """
    commands = []
    position = 0
    while position < len(text.rstrip()):
        found = EXTENDED.match(text, position) or BASIC.match(text, position)
        if not found:
            return None
        commands.append(_command(found[1].upper(), found[2].strip()))
        position = found.end()
    return commands


def _command(name: str, rest: str) -> Command:
    if rest == "?":
        return Command(name, Form.READ)
    if rest == "=?":
        return Command(name, Form.TEST)
    if not rest:
        return Command(name)
    return Command(name, Form.SET, _arguments(rest.removeprefix("=")))


def _arguments(text: str) -> tuple[str, ...]:
    parts = []
    for found in ARGUMENT.finditer(text):
        parts.append(found[1].strip().strip('"'))
        if not found[2]:
            break
    return tuple(parts)
