"""The ways in which the software modem misbehaves on request.

Decides: which faults exist, what each means in one line, and which are on now.
May touch: nothing. Thread: the modem's. Called by: families, modem, cli.
Most were seen on real modems and networks, the rest is what cables and power supplies do.
"""

from collections.abc import Iterable

from appliance.errors import HotlineError

FAULTS = {
    "ring-during-command": "a RING is held back and printed inside another command's reply",
    "no-ring": "no RING and no call row: +CLIP alone says that a call comes in",
    "clip-late": "+CLIP comes 1.2 s after each RING",
    "clip-before-ring": "+CLIP comes before its RING",
    "withheld": "every caller withholds the number",
    "garbage": "bytes that are no UTF-8 stand between the lines",
    "double-cr": "lines end in CR CR LF",
    "byte-by-byte": "output comes one byte each 2 ms",
    "ata-slow": "ATA takes 20 s to say OK",
    "ata-no-carrier": "ATA ends in NO CARRIER: the caller gave up just then",
    "cpcmreg-error": "AT+CPCMREG=1 says ERROR five times in a call, then OK",
    "cpcmreg-never": "AT+CPCMREG=1 always says ERROR",
    "pcm-uplink-stall": "the modem stops taking the sound that the box writes",
    "pcm-odd-bytes": "the caller's sound arrives in pieces of odd length",
    "end-silent": "no line announces the caller's hang-up: only AT+CLCC tells",
    "end-twice": "the end of a call is announced twice",
    "end-no-carrier": "NO CARRIER alone announces the end of a call",
    "end-bare": "VOICE CALL:END (no space, no duration) alone announces the end of a call",
    "hang-up-ignored": "AT+CHUP and ATH say OK and the call stays; a modem reset ends it",
    "data-row": "AT+CLCC always lists a data bearer as row 1",
    "creg-zero": "AT+CREG? says not registered although LTE (AT+CEREG?) is",
    "no-network": "no network: nobody can call",
    "cme-text": "CME errors are text whatever AT+CMEE says, and the SIM is busy at first",
    "pin-required": "the SIM asks for its PIN, which is 1234",
    "pin-one-try": "the SIM asks for its PIN and has one try left",
    "mute": "the modem says nothing at all",
    "unplug": "both ports are gone; clear the fault (replug) to bring them back",
}


class UnknownFault(HotlineError):
    """No such fault; the text lists those there are."""


class Faults:
    """The faults that are on; switched on the command line or over the control socket."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._on: set[str] = set()
        self.change(turn_on=names)

    def __contains__(self, name: str) -> bool:
        assert name in FAULTS, name
        return name in self._on

    def names(self) -> list[str]:
        """The faults that are on, sorted."""
        return sorted(self._on)

    def change(self, turn_on: Iterable[str] = (), turn_off: Iterable[str] = ()) -> None:
        """Switch faults. Raises UnknownFault, and then changes nothing."""
        turn_on, turn_off = set(turn_on), set(turn_off)
        for name in sorted(turn_on | turn_off):
            if name not in FAULTS:
                raise UnknownFault(f"no fault is called {name!r}; there are {', '.join(FAULTS)}")
        self._on = (self._on - turn_off) | turn_on
