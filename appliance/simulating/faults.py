"""The ways in which the software modem misbehaves on request.

Decides: which faults exist, what each means in one line, and which are on now.
May touch: nothing. Thread: the modem's. Called by: families, modem, cli.
Most were seen on real modems and networks, the rest is what cables and power supplies do.
"""

from collections.abc import Iterable

from appliance.errors import HotlineError

FAULTS = {
    # how the call comes in
    "ring-during-command": "a RING is held back and printed inside another command's reply",
    "no-ring": "no RING and no call row: +CLIP alone says that a call comes in",
    "call-row-only": 'no RING, no +CLIP: only +QIND: "ccinfo" or +CLCC, if the family has it',
    "clip-late": "+CLIP comes 1.2 s after each RING",
    "clip-before-ring": "+CLIP comes before its RING",
    # who calls
    "withheld": "every caller withholds the number",
    "masked-number": "every caller's number is XXXX",
    "international-number": "every caller's 0... comes as +84...",
    "unquoted-number": "callers' numbers stand without quotation marks",
    "ucs2-numbers": "numbers and names are hexadecimal (UCS2) whatever AT+CSCS says",
    # the bytes of the AT port
    "garbage": "bytes that are no UTF-8 stand between the lines",
    "garbage-burst": "4 kB of random bytes come before the first RING of a call",
    "double-cr": "lines end in CR CR LF",
    "byte-by-byte": "output comes one byte each 2 ms",
    "slow": "every reply comes 2 s late",
    "echo-on": "ATE0 says OK and the echo stays",
    # answering and sound
    "ata-slow": "ATA takes 20 s to say OK",
    "ata-no-carrier": "ATA ends in NO CARRIER: the caller gave up just then",
    "cpcmreg-error": "AT+CPCMREG=1, +QPCMV=1, ^DDSETEX=2 say ERROR five times in a call, then OK",
    "cpcmreg-never": "AT+CPCMREG=1, +QPCMV=1, ^DDSETEX=2 always say ERROR; ^CVOICE? says locked",
    "pcm-uplink-stall": "the modem stops taking the sound that the box writes",
    "pcm-odd-bytes": "the caller's sound arrives in pieces of odd length",
    "flow-stop": "1.5 s into the sound the modem takes none for 2 s (Quectel: +QPCMV: 0,0 and 1,0)",
    # the end
    "end-silent": "no line announces the caller's hang-up: only AT+CLCC tells",
    "end-twice": "the end of a call is announced twice",
    "end-no-carrier": "NO CARRIER alone announces the end of a call",
    "end-bare": "VOICE CALL:END (no space, no duration) alone announces the end of a call",
    "hang-up-ignored": "AT+CHUP and ATH say OK and the call stays; a modem reset ends it",
    "data-row": "AT+CLCC always lists a data bearer as row 1 (Quectel: without the fault, too)",
    "volte-row-mode": "AT+CLCC lists calls with mode 1 (data), as some firmware does over LTE",
    # SIM and network
    "creg-zero": "AT+CREG? says not registered although LTE (AT+CEREG?) is",
    "no-network": "no network: nobody can call",
    "no-volte": "voice over LTE is not registered; a modem without 3G cannot be called",
    "no-sim": "there is no SIM",
    "sim-blocked": "the SIM wants its PUK: the PIN was wrong three times",
    "pin-required": "the SIM asks for its PIN, which is 1234",
    "pin-one-try": "the SIM asks for its PIN and has one try left",
    "cme-text": "CME errors are text whatever AT+CMEE says, and the SIM is busy at first",
    "no-credit": "the balance is nothing and the network refuses to send SMS",
    "operator-voicemail": "the operator diverts calls to its own voicemail: busy, no reply, off",
    "clock-absurd": "the modem's clock says 1980 and the network's time is not known",
    "sms-full": "the SMS store has ten places: more messages wait in the network",
    "sms-wide-reference": "long texts are counted by 16-bit references, as many phones send them",
    "ussd-hex": "USSD answers come in UCS2, hexadecimal",
    "ussd-packed": "USSD answers come in packed 7-bit, hexadecimal",
    "ussd-ended": "USSD answers are +CUSD: 2 and nothing else",
    "ussd-refused": "USSD commands say ERROR, as on many LTE networks",
    # the whole modem
    "mute": "the modem says nothing at all",
    "deaf": "the modem says OK to everything and never rings",
    "error-everything": "the modem says ERROR to everything but AT",
    "reset-ignored": "AT+CFUN=1,1 says OK and nothing happens",
    "unplug": "both ports are gone; clear the fault (replug) to bring them back",
    "unplug-in-call": "2 s into each call both ports vanish, and return elsewhere after 3 s",
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
