"""Prints docs/states.md: the states of a call as a picture and as a table, from the code's table.

Run it as `python docs/print_states.py > docs/states.md`; a test holds the two together.
"""

import sys
from collections.abc import Iterator

from appliance.answering.call import TABLE, Move, State, name_of

HEAD = """# The states of a call

Printed by `docs/print_states.py` from the table in `appliance/answering/call.py`. Names in capitals
on the arrows are timers, the others are events of `appliance/answering/events.py`. What a state
does not name, it ignores. Every state but OFFLINE, IDLE and STOPPED has a deadline.
"""


def arrows() -> Iterator[str]:
    for state, rows in TABLE.items():
        targets = sorted({to.name for move in rows.values() for to in move.to})
        for target in targets:
            names = [name_of(t) for t, move in rows.items() if target in {s.name for s in move.to}]
            yield f"    {state.name} --> {target}: {'<br/>'.join(sorted(names))}"


def picture() -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield f"    [*] --> {State.OFFLINE.name}"
    yield from arrows()
    yield f"    {State.STOPPED.name} --> [*]"
    yield "```"


def where(move: Move) -> str:
    return " or ".join(state.name for state in move.to) or "stays"


def sections() -> Iterator[str]:
    for state, rows in TABLE.items():
        yield f"\n## {state.name}: {state.value}\n"
        if not rows:
            yield "Nothing is heard any more."
            continue
        yield "| event or timer | what it means | leads to |"
        yield "|---|---|---|"
        for trigger, move in rows.items():
            meaning = (move.step.__doc__ or "").strip().splitlines()[0]
            yield f"| {name_of(trigger)} | {meaning} | {where(move)} |"


def page() -> str:
    return "\n".join([HEAD, *picture(), *sections()]) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
