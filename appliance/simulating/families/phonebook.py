"""The modem's own call lists, as 3GPP TS 27.007 8.11 to 8.14 show them.

Decides: what AT+CPBS, CPBR and CPBW answer. May touch: nothing. Thread: the modem's.
Called by: dialect. Callers' numbers stay here until they are wiped: a box must know that.
"""

from appliance.simulating.commands import Command, Form
from appliance.simulating.families.interpreter import Interpreter
from appliance.simulating.families.reply import (
    ERROR,
    NO_SUCH_ENTRY,
    OK,
    SIM_NOT_INSERTED,
    Method,
    Reply,
    said,
)
from appliance.simulating.subscription import CALL_LIST_PLACES, CALL_LISTS

CONTACTS = "SM"  # the SIM's own book; always empty here
NUMBER_MOST, TEXT_MOST = 40, 20


class Phonebook:
    """Call lists that fill by themselves and can be wiped."""

    def __init__(self, modem: Interpreter) -> None:
        self._modem = modem
        self._lists = modem.subscription.call_lists
        self._chosen = CONTACTS
        self.methods: dict[str, Method] = {
            "+CPBS": self._choose,
            "+CPBR": self._read,
            "+CPBW": self._write,
        }

    @property
    def _entries(self) -> list[str | None]:
        return self._lists.get(self._chosen, [])

    def _choose(self, command: Command, _now: float) -> Reply:
        names = (CONTACTS, *CALL_LISTS)
        if not self._modem.sim_state:
            return self._modem.failed(SIM_NOT_INSERTED)
        if command.form is Form.TEST:
            return said("+CPBS: (" + ",".join(f'"{name}"' for name in names) + ")")
        if command.form is Form.READ:
            taken = sum(entry is not None for entry in self._entries)
            return said(f'+CPBS: "{self._chosen}",{taken},{CALL_LIST_PLACES}')
        if command.first not in names:
            return ERROR
        self._chosen = command.first
        return OK

    def _read(self, command: Command, _now: float) -> Reply:
        if command.form is Form.TEST:
            return said(f"+CPBR: (1-{CALL_LIST_PLACES}),{NUMBER_MOST},{TEXT_MOST}")
        if not all(map(str.isdecimal, command.args)) or not command.args:
            return ERROR
        first, last = int(command.args[0]), int(command.args[-1])
        entries = enumerate(self._entries, 1)
        return said(*(self._row(i, n) for i, n in entries if n is not None and first <= i <= last))

    def _row(self, place: int, number: str) -> str:
        kind = 145 if number.startswith("+") else 129
        return f'+CPBR: {place},"{self._modem.text(number)}",{kind},""'

    def _write(self, command: Command, _now: float) -> Reply:
        if len(command.args) != 1 or not command.first.isdecimal():
            return ERROR  # nobody writes a call list, one deletes from it
        if not 1 <= int(command.first) <= CALL_LIST_PLACES:
            return self._modem.failed(NO_SUCH_ENTRY)
        if int(command.first) <= len(self._entries):
            self._entries[int(command.first) - 1] = None  # the other places stay as they are
        return OK
