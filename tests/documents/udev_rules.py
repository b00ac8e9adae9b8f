"""Reads udev rules and applies them to a device made of dictionaries, as udev(7) describes it.

Only the keys that our rules use; anything else is an error, as it may be a misspelling. No daemon,
no device and no root is needed, so this runs everywhere the tests run.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

MATCHES = {"ACTION", "KERNEL", "SUBSYSTEM", "ENV"}
PARENT_MATCHES = {"SUBSYSTEMS", "ATTRS"}  # all of one rule must fit one and the same parent
ASSIGNMENTS = {"ENV": "=", "GOTO": "=", "LABEL": "=", "GROUP": "=", "MODE": "=", "SYMLINK": "+="}
TOKEN = re.compile(r'([A-Z_]+)(?:\{([^}]+)\})?(==|!=|\+=|=)"([^"]*)"(?:,\s*|$)')
SUBSTITUTION = re.compile(r"\$(env|attr)\{([^}]+)\}")


class RuleError(Exception):
    """A line that udev would ignore, or that our reader does not know."""


@dataclass(frozen=True)
class Token:
    """One `KEY{name}=="value"` of a rule."""

    key: str
    name: str
    operator: str
    value: str

    @property
    def tests(self) -> bool:
        """Whether it asks; otherwise it assigns."""
        return self.operator in ("==", "!=")


Rule = tuple[Token, ...]


@dataclass(frozen=True)
class Node:
    """A device or one of its parents, as sysfs shows it."""

    subsystem: str
    kernel: str = ""
    attrs: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Outcome:
    """What the rules made of a device."""

    env: dict[str, str]
    links: set[str] = field(default_factory=set)
    group: str = ""
    mode: str = ""


def read(text: str) -> list[Rule]:
    """Parse a rules file; raises RuleError naming the line."""
    lines = enumerate(text.splitlines(), 1)
    rules = [_rule(number, line) for number, line in lines if line and not line.startswith("#")]
    labels = [t.value for rule in rules for t in rule if t.key == "LABEL"]
    for rule in rules:
        for token in rule:
            if token.key == "GOTO" and labels.count(token.value) != 1:
                raise RuleError(f"GOTO={token.value}: needs one LABEL of that name")
    return rules


def _rule(number: int, line: str) -> Rule:
    tokens, end = [], 0
    for found in TOKEN.finditer(line):
        if found.start() != end:
            break
        tokens.append(Token(found[1], found[2] or "", found[3], found[4]))
        end = found.end()
    if end != len(line) or line.endswith((",", " ")):
        raise RuleError(f"line {number}: cannot read {line[end:]!r}")
    for token in tokens:
        known = token.key in MATCHES | PARENT_MATCHES if token.tests else token.key in ASSIGNMENTS
        if not known or (not token.tests and token.operator != ASSIGNMENTS[token.key]):
            raise RuleError(f"line {number}: {token.key}{token.operator} is not known here")
    return tuple(tokens)


def apply(
    rules: list[Rule],
    chain: tuple[Node, ...],
    action: str = "add",
    env: Mapping[str, str] | None = None,
) -> Outcome:
    """Run the rules over a device; `chain` is the device, then its parents upwards."""
    outcome = Outcome(dict(env or {}))
    index = 0
    while index < len(rules):
        parent = _matching_parent(rules[index], chain, action, outcome.env)
        target = None
        if parent is not None:
            target = _assign(rules[index], parent, chain, outcome)
        index = index + 1 if target is None else _label(rules, target, index)
    return outcome


def _matching_parent(
    rule: Rule, chain: tuple[Node, ...], action: str, env: Mapping[str, str]
) -> Node | None:
    device = chain[0]
    facts = {"ACTION": action, "KERNEL": device.kernel, "SUBSYSTEM": device.subsystem}
    for token in rule:
        if token.tests and token.key in MATCHES:
            value = env.get(token.name, "") if token.key == "ENV" else facts[token.key]
            if not _fits(token, value):
                return None
    asked = [t for t in rule if t.tests and t.key in PARENT_MATCHES]
    if not asked:
        return device
    return next((node for node in chain if all(_node_fits(t, node) for t in asked)), None)


def _node_fits(token: Token, node: Node) -> bool:
    if token.key == "SUBSYSTEMS":
        return _fits(token, node.subsystem)
    return token.name in node.attrs and _fits(token, node.attrs[token.name])


def _fits(token: Token, value: str) -> bool:
    same = any(fnmatchcase(value, pattern) for pattern in token.value.split("|"))
    return same == (token.operator == "==")


def _assign(rule: Rule, parent: Node, chain: Iterable[Node], outcome: Outcome) -> str | None:
    target = None
    for token in rule:
        if token.tests:
            continue
        value = _substituted(token.value, parent, outcome.env)
        if token.key == "ENV":
            outcome.env[token.name] = value
        elif token.key == "SYMLINK":
            outcome.links.add(value)
        elif token.key == "GROUP":
            outcome.group = value
        elif token.key == "MODE":
            outcome.mode = value
        elif token.key == "GOTO":
            target = value
    return target


def _substituted(text: str, parent: Node, env: Mapping[str, str]) -> str:
    def meant(found: re.Match[str]) -> str:
        source = env if found[1] == "env" else parent.attrs
        return source.get(found[2], "")

    return SUBSTITUTION.sub(meant, text)


def _label(rules: list[Rule], name: str, after: int) -> int:
    for index in range(after + 1, len(rules)):
        if any(t.key == "LABEL" and t.value == name for t in rules[index]):
            return index
    raise RuleError(f"GOTO={name} goes backwards")
