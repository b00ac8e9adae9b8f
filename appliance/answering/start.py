"""The first words with a modem: does anything answer, and who is it.

Decides: whether the port is a modem's AT port. May touch: the modem, only through `Talks`.
Thread: the modem link's command thread. Called by: link.
A port that opens but does not answer AT is the usual wrong choice among a modem's five.
"""

from dataclasses import dataclass

from appliance.answering.families.base import Talks, tolerated
from appliance.answering.numbers import clean
from appliance.errors import CommandRefused, CommandTimeout, ModemNotFound

KNOCKS = 3  # a modem may spend the first AT on finding its speed


@dataclass(frozen=True)
class Identity:
    """AT+CGMM and AT+CGMR, 27.007 5.2 and 5.3."""

    model: str
    revision: str


def knock(modem: Talks, path: str, wait_s: float) -> None:
    """Get an OK for AT; raises ModemNotFound when nothing answers."""
    for _ in range(KNOCKS):
        try:
            modem.command("AT", wait_s)
            return
        except (CommandTimeout, CommandRefused):
            continue
    raise ModemNotFound(
        f"{path} opens, but nothing there answers AT: set [modem] port to the modem's AT port",
        "port_wrong",
    )


def identify(modem: Talks) -> Identity:
    """Echo off (must work), words instead of numbers, error codes; then model and firmware."""
    modem.command("ATE0")
    tolerated(modem, "ATV1")
    tolerated(modem, "AT+CMEE=1")
    return Identity(_word(tolerated(modem, "AT+CGMM")), _word(tolerated(modem, "AT+CGMR")))


def _word(lines: tuple[str, ...]) -> str:
    """The last line, without a "+CGMR:" in front: what the modem prints just before its OK."""
    return clean(lines[-1].removeprefix("+CGMM:").removeprefix("+CGMR:")) if lines else ""
