"""SIMCom SIM7600 (LTE, voice over USB): what it does beyond the standard.

Decides: the SIMCom commands. May touch: the modem, only through `Talks`.
Thread: the modem link's command thread. Called by: modem.
Every command and number is explained, with its source, in firmware_notes/sim7600.md.
"""

from appliance.answering import at_lines
from appliance.answering.families.base import Family, Talks, UsbLayout, tolerated

QUICK_S = 3.0  # none of these asks the network


class Sim7600(Family):
    """SIM7600E-H, G-H, SA-H (and their elder 7100, 7500) in USB composition 9001 or 9011."""

    name = "sim7600"
    models = r"SIM7[156]00"
    usb = (
        UsbLayout(vid=0x1E0E, pid=0x9001, at=2, pcm=4),
        UsbLayout(vid=0x1E0E, pid=0x9011, at=4, pcm=6),  # with RNDIS; shared with the A7670
    )
    settings = (
        *Family.settings,
        "AT+CLCC=1",  # call rows also come unasked
        "AT+DDET=1",  # received keys as +RXDTMF
        "AT+CPCMREG=0",  # a crash may have left it on; then the next call would be silent
    )
    gains = ("AT+CMICGAIN=4", "AT+COUTGAIN=4")  # 0 to 8; 4 is how it is shipped

    def route_voice(self, modem: Talks) -> None:
        """AT+CPCMREG=1 during a call; refused while it is too early, so the link asks again."""
        modem.command("AT+CPCMREG=1", QUICK_S)

    def unroute_voice(self, modem: Talks) -> None:
        """AT+CPCMREG=0; without it the next call has no sound."""
        tolerated(modem, "AT+CPCMREG=0", QUICK_S)

    def pin_tries(self, modem: Talks) -> int | None:
        """AT+SPIC: tries left for PIN, PUK, PIN2, PUK2."""
        return at_lines.parse_spic(tolerated(modem, "AT+SPIC", QUICK_S))
