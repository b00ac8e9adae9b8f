"""Which of a Huawei stick's USB interfaces is which, by the class the kernel tells.

Decides: which interface takes AT commands where product ids do not help.
May touch: sysfs, reading. Thread: the modem link's command thread. Called by: probe.
Huawei has dozens of product ids; class ff/01/02 is the AT port (PCUI) on all of them
(ModemManager's Huawei rules), and the sound's port the one before it (asterisk-chan-dongle).
"""

from pathlib import Path

AT_CLASS = ("ff", "01", "02")  # vendor's own; PCUI
_FILES = ("bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol")


def class_of(port: object) -> tuple[str, ...] | None:
    """Class, subclass and protocol of a port's interface; None when sysfs does not tell."""
    place = getattr(port, "usb_interface_path", None)  # pyserial has it on Linux only
    if not place:
        return None
    try:
        return tuple((Path(place) / name).read_text("ascii").strip().lower() for name in _FILES)
    except (OSError, UnicodeDecodeError):
        return None  # just unplugged, or a machine without sysfs


def takes_commands(port: object) -> bool:
    """True for the port of class ff/01/02."""
    return class_of(port) == AT_CLASS
