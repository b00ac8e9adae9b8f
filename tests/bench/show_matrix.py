"""The matrix of modem families and faults: what becomes of a call in each cell, and its test.

Run by hand: python -m tests.bench.show_matrix [--names]
"""

import sys

from appliance.simulating.families import FAMILIES
from appliance.simulating.faults import FAULTS
from tests.answering.matrix_cells import EVERY_RUN, NO_FAULT, Becomes, Cell, cell

MARKS = {
    Becomes.MESSAGE: "message",
    Becomes.RESET: "message+reset",
    Becomes.MISSED: "missed",
    Becomes.NO_SOUND: "no sound",
    Becomes.LINE_LOST: "line_lost",
    Becomes.DOWN: "down",
    Becomes.UNREACHABLE: "unreachable",
    Becomes.UNSEEN: "unseen",
}
FILE = "tests/answering/test_matrix.py"
NOW = "test_a_call_ends_as_it_should_and_the_line_is_ready_again"
LONG = "test_so_it_is_with_every_family_and_every_fault"


def mark(one: Cell) -> str:
    """What becomes of the call; a star: played in every run, otherwise with --long."""
    return (one.trouble or MARKS[one.becomes]) + ("*" if one in EVERY_RUN else "")


def show_table() -> None:
    print(f"{'':28}" + "".join(f"{family:16}" for family in FAMILIES))
    for fault in (NO_FAULT, *FAULTS):
        row = "".join(f"{mark(cell(family, fault)):16}" for family in FAMILIES)
        print(f"{fault or '(no fault)':28}{row}".rstrip())
    print("\n* in every run; the others with --long. What the words mean:")
    for becomes, word in MARKS.items():
        print(f"  {word:16}{becomes.value}")
    print("  port_..., sim_..., modem_...: down, with this as the reason on the status page")


def show_names() -> None:
    for family in FAMILIES:
        for fault in (NO_FAULT, *FAULTS):
            one = cell(family, fault)
            print(f"{FILE}::{NOW if one in EVERY_RUN else LONG}[{one.name}]  {mark(one)}")


if __name__ == "__main__":
    show_table()
    if "--names" in sys.argv[1:]:
        print()
        show_names()
