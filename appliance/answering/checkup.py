"""Signal, network and operator: what an idle modem is asked every few seconds.

Decides: nothing; it reads. May touch: the modem, only through `Talks`.
Thread: the modem link's command thread. Called by: link.
A refused question is a missing figure; only an unanswered one is a fault.
"""

from dataclasses import dataclass, field

from appliance.answering import at_lines
from appliance.answering.credit import Credit
from appliance.answering.families.base import Refused, Talks

DENIED = 3  # 27.007 7.2 <stat>: registration denied


@dataclass(frozen=True)
class ModemStatus:
    """What is known of the modem; last_answer_at is monotonic, reason says why it is down.

    trouble: the code of that reason. other_family: what it says it is, and is spoken
    to as, against the configuration.
    refused: the network does not let the SIM in. volte: voice over LTE is registered.
    clock_off_s: the network's time less this machine's. voicemail, diverted: the operator takes
    calls sometimes, or always. credit: the prepaid account. None is unknown everywhere.
    """

    up: bool = False
    reason: str = "not opened yet"
    model: str = ""
    revision: str = ""
    signal_dbm: int | None = None
    registered: bool | None = None
    operator: str | None = None
    last_answer_at: float | None = None
    trouble: str = ""
    other_family: str | None = None
    pcm_port: str | None = None
    refused: bool = False
    volte: bool | None = None
    clock_off_s: float | None = None
    voicemail: bool | None = None
    diverted: bool | None = None
    credit: Credit = field(default_factory=Credit)


def ask_signal(modem: Talks) -> dict[str, object]:
    """AT+CSQ, 27.007 8.5."""
    return {"signal_dbm": at_lines.parse_csq(_lines(modem, "AT+CSQ"))}


def ask_network(modem: Talks) -> dict[str, object]:
    """AT+CREG? or AT+CEREG?: with voice over LTE alone, +CREG: 0,0 is normal."""
    stats = [at_lines.parse_registration(_lines(modem, t)) for t in ("AT+CREG?", "AT+CEREG?")]
    known = [stat for stat in stats if stat is not None]
    registered = any(s in at_lines.REGISTERED for s in known) if known else None
    return {"registered": registered, "refused": not registered and DENIED in known}


def ask_operator(modem: Talks) -> dict[str, object]:
    """AT+COPS?, 27.007 7.3."""
    return {"operator": at_lines.parse_operator(_lines(modem, "AT+COPS?"))}


QUESTIONS = (ask_signal, ask_network, ask_operator)


def _lines(modem: Talks, text: str) -> tuple[str, ...]:
    try:
        return modem.command(text)
    except Refused:
        return ()
