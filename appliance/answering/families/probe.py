"""Finds the modem's ports by USB id and interface number, never by ttyUSB number.

Decides: which port takes AT commands and which carries the call's sound.
May touch: sysfs, through serial.tools.list_ports. Thread: the modem link's command thread.
Called by: link. A modem that is plugged in again may come back under any number; two equal ones
carry one serial number (0123456789ABCDEF), so only the USB socket tells them apart.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from serial.tools import list_ports

from appliance.answering.families import KNOWN
from appliance.answering.families.base import Family, UsbLayout
from appliance.answering.families.huawei import VID, Huawei
from appliance.answering.families.refusals import GOOD, USB_ONLY_DATA
from appliance.answering.families.usb_class import takes_commands
from appliance.errors import ModemError, ModemNotFound


class UsbPort(Protocol):
    """What pyserial's ListPortInfo tells about a port."""

    device: str
    vid: int | None
    pid: int | None
    location: str | None  # "1-1.2:1.2": USB path, configuration, interface


@dataclass(frozen=True)
class Found:
    """A modem's ports; pcm is None when it has none or is not on USB.

    kinds: the families that may sit behind its USB id, the likeliest first.
    """

    at: str
    pcm: str | None = None
    kinds: tuple[type[Family], ...] = ()


@dataclass(frozen=True)
class _Plugged:
    """All ports of one modem, by interface number; socket orders modems as they are plugged."""

    socket: tuple[int, ...]
    ports: dict[int, UsbPort]

    @property
    def usb_id(self) -> tuple[int, int]:
        first = next(iter(self.ports.values()))
        return first.vid or 0, first.pid or 0


def usb_ports() -> list[UsbPort]:
    """Every serial port of this machine; raises ModemNotFound while one is being unplugged."""
    try:
        return list(list_ports.comports())
    except (OSError, TypeError, ValueError) as error:  # pyserial: int() of a sysfs file just gone
        raise ModemNotFound("the USB ports are changing: looked for again at once") from error


def resolve(configured: str, ports: Iterable[UsbPort], family: str = "auto") -> Found:
    """Turn [modem] port into real ports; raises ModemNotFound for "auto" without a modem.

    Raises ModemError for one that can take no call.
    With several modems "auto" takes one of the configured family if there is one, and among
    equals the one in the lowest USB socket: the same after every start. A path (also one of
    /dev/serial/by-path or by-id) or a pty is taken as it is.
    """
    plugged = _plugged(ports)
    found = [(one, ours) for one in plugged if (ours := _recognise(one))]
    if configured == "auto":
        return _first([ours for _, ours in found], plugged, family)
    real = str(Path(configured).resolve())
    for one, ours in found:
        if real in {port.device for port in one.ports.values()}:
            return replace(ours, at=configured)
    return Found(configured)


def sound_port(found: Found, family: Family) -> str | None:
    """The port of the call's sound, for a modem that turned out to be of `family`."""
    return found.pcm if any(usb.pcm is not None for usb in family.usb) else None


def _first(found: list[Found], plugged: list[_Plugged], family: str) -> Found:
    wanted = [one for one in found if any(kind.name == family for kind in one.kinds)]
    for one in wanted or found:
        return one
    if any(one.usb_id in USB_ONLY_DATA for one in plugged):
        raise ModemError(f"the modem on USB carries data but no voice: use one of {GOOD}")
    raise ModemNotFound("no modem found: plug it in, or set [modem] port")


def _plugged(ports: Iterable[UsbPort]) -> list[_Plugged]:
    groups: dict[str, dict[int, UsbPort]] = {}
    for port in ports:
        place = re.fullmatch(r"(.+):[0-9]+\.([0-9]+)", port.location or "")
        if place:
            groups.setdefault(place[1], {})[int(place[2])] = port
    made = [_Plugged(_socket(place), group) for place, group in groups.items()]
    return sorted(made, key=lambda one: one.socket)


def _socket(place: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall("[0-9]+", place))  # "1-1.10" after "1-1.2"


def _recognise(one: _Plugged) -> Found | None:
    fitting = [(kind, usb) for kind, usb in _layouts(one) if usb.at in one.ports]
    if not fitting:
        return None
    at = fitting[0][1].at
    pcm = next((one.ports[u.pcm].device for _, u in fitting if u.pcm in one.ports), None)
    return Found(one.ports[at].device, pcm, tuple(kind for kind, _ in fitting))


def _layouts(one: _Plugged) -> Iterator[tuple[type[Family], UsbLayout]]:
    """What the ports may be; a class that the kernel tells goes before a product id."""
    vid, pid = one.usb_id
    if vid == VID:
        for number, port in sorted(one.ports.items()):
            if takes_commands(port):
                yield Huawei, UsbLayout(vid, pid, at=number, pcm=number - 1)
                return
    for kind in KNOWN:
        for usb in kind.usb:
            if (usb.vid, usb.pid) == (vid, pid):
                yield kind, usb
