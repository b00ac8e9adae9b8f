"""What a command line is answered with, and the errors that 3GPP gives numbers.

Decides: nothing. May touch: nothing. Thread: any. Called by: families, host_side.
"""

from collections.abc import Callable
from dataclasses import dataclass

from appliance.simulating.commands import Command

TimedLine = tuple[float, str]  # seconds from now, and the line


@dataclass(frozen=True)
class Reply:
    """The answer to a command line.

    answer_after_s: the final result comes when the network has connected (ATA).
    reset: the modem restarts after its OK. later: lines that come after the final result.
    prompt: the modem asks for a text with "> "; what to do with it, None when it was given up.
    """

    lines: tuple[str, ...] = ()
    final: str = "OK"
    answer_after_s: float | None = None
    reset: bool = False
    later: tuple[TimedLine, ...] = ()
    prompt: Callable[[str | None], "Reply"] | None = None

    @property
    def ends_the_line(self) -> bool:
        """Whether the commands behind it are not carried out."""
        waits = self.answer_after_s is not None or self.prompt is not None
        return self.final != "OK" or waits or self.reset


OK = Reply()
ERROR = Reply(final="ERROR")
Method = Callable[[Command, float], Reply]


def said(*lines: str) -> Reply:
    """Lines, then OK."""
    return Reply(lines)


def sms_error(number: int) -> Reply:
    """+CMS ERROR, 3GPP TS 27.005 3.2.5."""
    return Reply(final=f"+CMS ERROR: {number}")


@dataclass(frozen=True)
class CmeError:
    """An error of the equipment, 3GPP TS 27.007 9.2: its number and its text."""

    number: int
    text: str


SIM_NOT_INSERTED = CmeError(10, "SIM not inserted")
SIM_PIN_NEEDED = CmeError(11, "SIM PIN required")
SIM_PUK_NEEDED = CmeError(12, "SIM PUK required")
SIM_BUSY = CmeError(14, "SIM busy")
WRONG_PASSWORD = CmeError(16, "incorrect password")
NO_SUCH_ENTRY = CmeError(21, "invalid index")
