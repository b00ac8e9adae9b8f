"""Finds the modem's ports by USB id and interface number, never by ttyUSB number.

Decides: which port takes AT commands and which carries the call's sound.
May touch: sysfs, through serial.tools.list_ports. Thread: the modem link's command thread.
Called by: modem. A modem that is plugged in again may come back under any number.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from serial.tools import list_ports

from appliance.answering.families import KNOWN
from appliance.errors import ModemNotFound


class UsbPort(Protocol):
    """What pyserial's ListPortInfo tells about a port."""

    device: str
    vid: int | None
    pid: int | None
    location: str | None  # "1-1.2:1.2": USB path, configuration, interface


@dataclass(frozen=True)
class Found:
    """A modem's ports; pcm is None when it has none or is not on USB."""

    at: str
    pcm: str | None = None


def usb_ports() -> list[UsbPort]:
    """Every serial port of this machine; raises ModemNotFound while one is being unplugged."""
    try:
        return list(list_ports.comports())
    except (OSError, TypeError, ValueError) as error:  # pyserial: int() of a sysfs file just gone
        raise ModemNotFound("the USB ports are changing: looked for again at once") from error


def resolve(configured: str, ports: Iterable[UsbPort]) -> Found:
    """Turn [modem] port into real ports; raises ModemNotFound for "auto" without a modem."""
    found = sorted(_modems(ports), key=lambda modem: modem.at)
    if configured == "auto":
        if not found:
            raise ModemNotFound("no modem found: plug it in, or set [modem] port")
        return found[0]
    real = str(Path(configured).resolve())
    pcm = next((modem.pcm for modem in found if modem.at == real), None)
    return Found(configured, pcm)


def _modems(ports: Iterable[UsbPort]) -> Iterator[Found]:
    layouts = {(usb.vid, usb.pid): usb for kind in KNOWN for usb in kind.usb}
    known: dict[str, dict[int, UsbPort]] = {}
    for port in ports:
        place = re.fullmatch(r"(.+):[0-9]+\.([0-9]+)", port.location or "")
        if place and (port.vid, port.pid) in layouts:
            known.setdefault(place[1], {})[int(place[2])] = port
    for interfaces in known.values():
        first = next(iter(interfaces.values()))
        usb = layouts[(first.vid or 0, first.pid or 0)]
        if usb.at in interfaces:
            pcm = interfaces.get(usb.pcm) if usb.pcm is not None else None
            yield Found(interfaces[usb.at].device, pcm.device if pcm else None)
