"""What is done with a modem while nobody calls: each chore in small steps, the most overdue first.

Decides: which chore is due. May touch: nothing itself; a chore asks the modem through `Talks`.
Thread: the modem link's command thread; ask() from any. Called by: spare_time.
A chore gives way after every command, so that a call always wins.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from appliance.answering import call_lists, data_off, diversions, network_time
from appliance.answering.families.base import Family, Talks, tolerated

Known = dict[str, object]  # fields of ModemStatus
Work = Callable[[Talks, Family], Iterator[Known]]

USSD_SENT_S = 5.0  # the command's own OK; what the network answers comes later, unasked


@dataclass(frozen=True)
class Chore:
    """One thing to do; every_s None: only when somebody asks for it."""

    name: str
    work: Work
    every_s: float | None


WIPE, END_USSD = "wipe call lists", "end ussd"


def ask_volte(modem: Talks, family: Family) -> Iterator[Known]:
    """Whether voice over LTE is registered, in the family's way."""
    yield {"volte": family.volte(modem)}


def end_ussd(modem: Talks, _family: Family) -> Iterator[Known]:
    """AT+CUSD=2 (27.007 7.15): a dialogue left open would block the next one."""
    tolerated(modem, "AT+CUSD=2", USSD_SENT_S)
    yield {}


def ask_balance(code: str) -> Work:
    """AT+CUSD=1,<code>,15: the answer comes unasked within a minute, or never over LTE."""

    def work(modem: Talks, _family: Family) -> Iterator[Known]:
        tolerated(modem, f'AT+CUSD=1,"{code}",15', USSD_SENT_S)
        yield {}

    return work


def daily_round(balance_ussd: str) -> tuple[Chore, ...]:
    """Every chore; balance_ussd: the operator's code, "" for none."""
    balance = Chore("balance", ask_balance(balance_ussd), 86_400.0)  # once a day is enough
    return (
        Chore(WIPE, call_lists.wipe, None),
        Chore(END_USSD, end_ussd, None),
        Chore("volte", ask_volte, 30.0),  # the status page shows it as it shows the signal
        Chore("time", network_time.ask, 600.0),  # a clock that is set later is seen soon
        Chore("data off", data_off.close, 3600.0),  # a new registration may open one again
        Chore("diversions", diversions.ask, 86_400.0),  # somebody may dial a code any day
        *((balance,) if balance_ussd else ()),
    )


class Chores:
    """When each was last begun; times are monotonic seconds. Survives a reopened modem."""

    def __init__(self, chores: tuple[Chore, ...]) -> None:
        self._chores = chores
        self._begun_at: dict[str, float] = {}
        self._asked: set[str] = set()

    def ask(self, name: str) -> None:
        """Do this one when there is time."""
        self._asked.add(name)

    def begin(self, now: float) -> Chore | None:
        """The chore that is due, which counts as begun; None when there is none."""
        for chore in self._chores:
            if chore.name in self._asked or self._is_due(chore, now):
                self._asked.discard(chore.name)
                self._begun_at[chore.name] = now
                return chore
        return None

    def _is_due(self, chore: Chore, now: float) -> bool:
        begun_at = self._begun_at.get(chore.name)
        return chore.every_s is not None and (begun_at is None or now - begun_at >= chore.every_s)
