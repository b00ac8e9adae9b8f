"""SIMCom A7670, A7672 and kin (LTE Cat 1, analogue voice): beyond the standard.

Decides: the commands of the A76 series. May touch: the modem, only through `Talks`.
Thread: the modem link's command thread. Called by: link.
No 3G inside: without voice over LTE it takes no call. Sources in firmware_notes/a7670.md.
"""

from appliance.answering import at_lines
from appliance.answering.families.base import QUICK_S, Family, Talks, UsbLayout, tolerated


class A7670(Family):
    """A7670E/SA/G, A7672, A7608, A7600: the sound leaves by wires, so nothing is routed."""

    name = "a7670"
    models = r"A76[0-9]{2}"
    usb = (UsbLayout(vid=0x1E0E, pid=0x9011, at=4),)
    settings = (
        *Family.settings,
        "AT+CLCC=1",  # call rows also come unasked
        "AT+DDET=1",  # received keys as +RXDTMF
        "AT+CLTS=1",  # the network's time
        "AT+AUTOCSQ=1,1",  # signal also comes unasked
        "AT+CSDVC=1",  # the handset's wires; 3 is the loudspeaker's
    )
    # CAVIMS, CEVDP and CEMODE switch voice over LTE: written by a technician, never by us.
    gains = ("AT+CMICGAIN=4", "AT+COUTGAIN=4")  # as on the SIM7600; ranges are not known

    def pin_tries(self, modem: Talks) -> int | None:
        """AT+SPIC: tries left for PIN, PUK, PIN2, PUK2."""
        return at_lines.parse_spic(tolerated(modem, "AT+SPIC", QUICK_S))
