"""Quectel EC25, EC20, EG25-G, EC21 (LTE, voice over USB): what they do beyond the standard.

Decides: the Quectel commands. May touch: the modem, only through `Talks`.
Thread: the modem link's command thread. Called by: link.
Every command and number is explained, with its source, in firmware_notes/quectel.md.
"""

from appliance.answering import vendor_lines, volte
from appliance.answering.families.base import QUICK_S, Family, Talks, UsbLayout, tolerated

USB_AUDIO = "3"  # AT+QAUDMOD for sound over USB, as callpilot sets it on an EC20 in daily use


class Quectel(Family):
    """The Qualcomm ones; call sound as serial PCM over the NMEA port, interface 01."""

    name = "quectel"
    models = r"E[CG]2[0-9](?![0-9])"  # EC200U and its kin are other silicon, without USB sound
    usb: tuple[UsbLayout, ...] = (
        UsbLayout(vid=0x2C7C, pid=0x0125, at=2, pcm=1),  # EC25, EC20, EG25-G
        UsbLayout(vid=0x2C7C, pid=0x0121, at=2, pcm=1),  # EC21
    )
    settings = (
        *Family.settings,
        'AT+QURCCFG="urcport","usbat"',  # what comes unasked comes to our port
        'AT+QINDCFG="ccinfo",1,0',  # states of calls; EG25-G 30.202 prints no RING. Not saved.
        "AT^DSCI=1",  # the same in the older words
        "AT+QTONEDET=1",  # received keys as +QTONEDET
        'AT+QGPSCFG="outport","none"',  # no satellite lines among the sound
        "AT+QPCMV=0",  # a crash may have left it on
    )
    gains = ("AT+QEEC=1,1,1024",)  # echo canceller
    # 16 is "normal call clearing" (24.008 10.5.4.11): one call by its number.
    releases = ("AT+QHUP=16,{index}", *Family.releases)

    def prepare(self, modem: Talks) -> None:
        """The settings; and the audio mode for USB, written only where it is another one.

        Its writing is said to make the USB device leave and return: at each opening it would
        never end.
        """
        super().prepare(modem)
        mode = tolerated(modem, "AT+QAUDMOD?", QUICK_S)
        if mode and not any(line.endswith(USB_AUDIO) for line in mode):
            tolerated(modem, f"AT+QAUDMOD={USB_AUDIO}", QUICK_S)

    def route_voice(self, modem: Talks) -> None:
        """AT+QPCMV=1,0 during a call: sound over the NMEA port; refused, the link asks again."""
        modem.command("AT+QPCMV=1,0", QUICK_S)

    def unroute_voice(self, modem: Talks) -> None:
        """AT+QPCMV=0."""
        tolerated(modem, "AT+QPCMV=0", QUICK_S)

    def volte(self, modem: Talks) -> bool | None:
        """AT+CIREG?, and on firmware without it the second figure of AT+QCFG="ims"."""
        known = super().volte(modem)
        if known is not None:
            return known
        return volte.parse_qcfg_ims(tolerated(modem, 'AT+QCFG="ims"', QUICK_S))

    def pin_tries(self, modem: Talks) -> int | None:
        """AT+QPINC: tries left for "SC" (the PIN): PIN, PUK."""
        return vendor_lines.parse_qpinc(tolerated(modem, "AT+QPINC?", QUICK_S))


class QuectelUac(Quectel):
    """The same modem, its sound as a USB sound card: chosen by name only, with [audio] sound-card.

    The card must have been switched on once by a technician (AT+QCFG="usbcfg"). Not the first
    choice: of three EG25-G firmwares one was silent to the caller, one garbled.
    """

    name = "quectel-uac"
    models = Family.models
    usb = tuple(UsbLayout(usb.vid, usb.pid, at=usb.at) for usb in Quectel.usb)

    def route_voice(self, modem: Talks) -> None:
        """AT+QPCMV=1,2 during a call: sound over the USB sound card."""
        modem.command("AT+QPCMV=1,2", QUICK_S)
