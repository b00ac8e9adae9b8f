"""A modem that keeps to 3GPP TS 27.007: how to prepare it, hang up, and read its SIM.

Decides: which commands, in which order. May touch: the modem, only through `Talks`.
Thread: the modem link's command thread. Called by: link. A family overrides what differs.
Command sources: 27.007 clause numbers beside them; vendor quirks live in firmware_notes/.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from appliance.answering import at_lines, volte
from appliance.answering.at_lines import ClccRow, Final
from appliance.answering.events import Event
from appliance.errors import CommandRefused, CommandTimeout, ModemLost

SETTLE_S = (0.0, 0.2, 0.5)  # a call list may still show the call just after the hang-up's OK
NETWORK_S = 15.0  # commands that ask the SIM or the network; simple ones take the default
QUICK_S = 3.0  # what the modem answers by itself
VANISH_S = 10.0  # a restarting modem leaves the bus within a few seconds of its OK
RESTARTED = "a call could not be ended: the modem was restarted"


class Refused(CommandRefused):
    """The modem ended a command with an error; `final` is what it printed."""

    def __init__(self, text: str, final: Final) -> None:
        # only the name of the command: its value may be a PIN
        super().__init__(f"the modem refused {text.partition('=')[0]}: {final.text}")
        self.final = final


@dataclass(frozen=True)
class UsbLayout:
    """Interface numbers of a USB modem: where AT commands and call audio live."""

    vid: int
    pid: int
    at: int
    pcm: int | None = None


class Talks(Protocol):
    """One open AT port, as a family sees it."""

    def command(self, text: str, timeout_s: float | None = None) -> tuple[str, ...]:
        """Reply lines; raises CommandRefused, CommandTimeout or ModemLost."""
        ...

    def pause(self, seconds: float) -> None:
        """Wait, or raise ModemLost at once when the port goes."""
        ...


class Port(Talks, Protocol):
    """One open AT port (modem.HotlineModem)."""

    last_answer_at: float | None

    def check(self) -> None:
        """Raise ModemLost if it is gone."""
        ...

    def abort(self) -> None:
        """Make commands end in ModemLost; from any thread."""
        ...

    def close(self) -> None:
        """Give it up; from the thread that sends commands."""
        ...


# path, events from the reader, word that the port is gone, seconds a reply may take
OpenPort = Callable[[str, Callable[[Event], None], Callable[[str], None], float], Port]


class Family:
    """The standard dialect; each method is one deed on an open port."""

    name = "generic"
    models = r"(?!)"  # what AT+CGMM prints: a pattern; this one never matches
    usb: tuple[UsbLayout, ...] = ()
    # Each may be refused. 27.007: CSCS 5.5 (SIM7600 boots in UCS2: numbers would be hex),
    # CLIP 7.6, CRC 6.11, CSSN 7.17, CVHU 6.20 (else ATH is ignored), CCWA 7.12 (n=1 only shows
    # a second caller; the network's own setting is left alone), CREG 7.2, CEREG 10.1.22,
    # CTZU 8.40; 27.005: CNMI 3.4.1, CMGF 3.2.3; V.250 S0 6.3.8 (we answer, not the modem).
    # Nothing here opens a data connection: the box is offline (a test holds this).
    settings: tuple[str, ...] = (
        'AT+CSCS="GSM"',
        "AT+CLIP=1",
        "AT+CRC=1",
        "AT+CSSN=1,1",
        "AT+CVHU=0",
        "AT+CCWA=1",
        "AT+CREG=2",
        "AT+CEREG=2",
        "AT+CTZU=1",
        "AT+CNMI=2,1,0,0,0",
        "AT+CMGF=0",
        "ATS0=0",
    )

    gains: tuple[str, ...] = ()  # volumes and echo; each may be refused too
    # What ends one call of a list by its number, tried after AT+CHUP and ATH; 27.007 7.13.
    releases: tuple[str, ...] = ("AT+CHLD=1{index}",)

    def prepare(self, modem: Talks) -> None:
        """Send every setting; a refused or unanswered one is a missing comfort, not a fault."""
        for text in (*self.settings, *self.gains):
            tolerated(modem, text, NETWORK_S)

    def route_voice(self, modem: Talks) -> None:
        """Bring the call's sound to the host; nothing to do where it is analogue."""

    def unroute_voice(self, modem: Talks) -> None:
        """Take the call's sound from the host again."""

    def pin_tries(self, modem: Talks) -> int | None:  # noqa: ARG002 - the others need it
        """How often a wrong PIN may still be given; the standard has no question for it."""
        return None

    def volte(self, modem: Talks) -> bool | None:
        """Whether voice over LTE is registered, AT+CIREG? (27.007 8.71); None if it cannot say."""
        return volte.parse_cireg(tolerated(modem, "AT+CIREG?", QUICK_S))

    def rows(self, modem: Talks) -> tuple[ClccRow, ...]:
        """AT+CLCC, 27.007 7.18: the truth about calls."""
        return at_lines.parse_calls(modem.command("AT+CLCC"))

    def hang_up(self, modem: Talks, calls: Callable[[], Sequence[ClccRow]]) -> None:
        """End every call that `calls` lists; raises ModemLost after the last resort, a reset.

        AT+CHUP works in all states where ATH needs AT+CVHU=0; both have been seen to answer OK
        while the call stayed. `releases` end one call by its number.
        """
        for text in ("AT+CHUP", "ATH", "AT+CHUP"):
            tolerated(modem, text, NETWORK_S)
            left = _left(modem, calls)
            if not left:
                return
        for row in left:
            for text in self.releases:
                tolerated(modem, text.format(index=row.call.index), NETWORK_S)
        # A data bearer that came up during the call stays for ever: no reason to reset.
        if any(row.mode in at_lines.VOICE_MODES for row in _left(modem, calls)):
            _restart(modem)


def _restart(modem: Talks) -> None:
    """AT+CFUN=1,1 (27.007 8.2); raises ModemLost once the old port has gone.

    Opened again too early, the modem would still list the call and then vanish once more.
    """
    try:
        tolerated(modem, "AT+CFUN=1,1", NETWORK_S)
        modem.pause(VANISH_S)
    except ModemLost as error:
        raise ModemLost(RESTARTED, "modem_restarted") from error
    raise ModemLost(RESTARTED, "modem_restarted")


def _left(modem: Talks, calls: Callable[[], Sequence[ClccRow]]) -> Sequence[ClccRow]:
    left: Sequence[ClccRow] = ()
    for wait_s in SETTLE_S:
        modem.pause(wait_s)
        left = calls()
        if not left:
            break
    return left


def tolerated(modem: Talks, text: str, timeout_s: float | None = None) -> tuple[str, ...]:
    """Reply lines of a command that may fail; () when it does. Raises only ModemLost."""
    try:
        return modem.command(text, timeout_s)
    except (CommandRefused, CommandTimeout):
        return ()
