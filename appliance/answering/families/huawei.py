"""Huawei 3G voice sticks (E1550, E173, E1752, K3715, ...): what they do beyond the standard.

Decides: the Huawei commands. May touch: the modem, only through `Talks`.
Thread: the modem link's command thread. Called by: link.
For a laboratory: 3G alone, and its voice is often locked. Sources in firmware_notes/huawei.md.
"""

from appliance.answering import vendor_lines
from appliance.answering.families.base import QUICK_S, Family, Refused, Talks, UsbLayout, tolerated
from appliance.errors import CommandTimeout, ModemError

VID = 0x12D1
NO_VOICE = (
    "this Huawei stick gives no voice to the computer (^CVOICE): "
    "have its voice unlocked, or use a SIM7600 or EC25"
)


class Huawei(Family):
    """One port for AT (PCUI), the one before it for sound; asterisk-chan-dongle pdiscovery.c."""

    name = "huawei"
    models = r"(?:E1[0-9]{2,3}|E303|K3[57][0-9]{2})(?![0-9])"
    usb = (
        UsbLayout(VID, 0x1001, at=2, pcm=1),  # E1550 and most others
        UsbLayout(VID, 0x140C, at=3, pcm=2),  # E17xx
        UsbLayout(VID, 0x1436, at=4, pcm=3),  # E1750
        UsbLayout(VID, 0x14AC, at=4, pcm=3),  # E153
        UsbLayout(VID, 0x1506, at=3, pcm=2),  # E171
    )
    settings = (
        *Family.settings,
        "AT^CURC=1",  # calls also tell of themselves: ^CONN, ^CEND
        "AT^DDTMFCFG=0,1",  # received keys as ^DDTMF
    )
    gains = ("AT+CLVL=5",)  # the loudest of asterisk-chan-dongle's two

    def prepare(self, modem: Talks) -> None:
        """The settings; raises ModemError when the stick says that its voice is locked."""
        super().prepare(modem)
        try:
            mode = vendor_lines.parse_cvoice(modem.command("AT^CVOICE?", QUICK_S))
        except CommandTimeout:
            return  # it may answer the next time; the sound will tell
        except Refused as error:
            raise ModemError(NO_VOICE) from error
        if mode not in (0, None):
            raise ModemError(NO_VOICE)

    def route_voice(self, modem: Talks) -> None:
        """AT^DDSETEX=2 after the OK of ATA: sound over the second port, until the call ends."""
        modem.command("AT^DDSETEX=2", QUICK_S)

    def pin_tries(self, modem: Talks) -> int | None:
        """AT^CPIN?: state, tries left now, then PUK, PIN, PUK2, PIN2."""
        return vendor_lines.parse_huawei_cpin(tolerated(modem, "AT^CPIN?", QUICK_S))
