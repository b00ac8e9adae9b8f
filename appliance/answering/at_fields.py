"""The fields of one line from a modem: cut at commas, freed of quotes, read as numbers.

Decides: where a field ends. May touch: nothing (PURE).
Thread: the modem's reader. Called by: at_lines, call_states, vendor_lines.
"""

import re


def fields_of(line: str) -> list[str] | None:
    """Split what follows the colon at commas outside quotes; None when quotes do not match."""
    _, _, text = line.partition(":")
    if text.count('"') % 2:
        return None
    return [part.strip() for part in re.findall(r'(?:^|,)((?:"[^"]*"|[^",])*)', text)]


def unquote(field: str) -> str | None:
    """The text of a quoted or bare field; None when a quote stands inside."""
    inner = field[1:-1] if len(field) > 1 and field[0] == field[-1] == '"' else field
    return None if '"' in inner else inner


def number(field: str) -> int | None:
    """A decimal field of up to five digits, leading zeros allowed."""
    return int(field) if re.fullmatch("[0-9]{1,5}", field) else None
