"""What answer asks of root for its modem's sake, and what both remember of it.

Decides: names and form of these files. May touch: run_dir/rescue, one file in state_dir.
Thread: any. Called by: answering (asks), rescue (obeys).
Root reads what an ordinary user wrote: nothing in it is believed before it fits its form.
"""

import json
import logging
import os
import re
import stat
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from appliance.errors import StoreError
from appliance.store.disk import sync_folder, write_whole

_LOGGER = logging.getLogger(__name__)

FOLDER = "rescue"
REQUEST = "request.json"  # hotline-rescue.path waits for it
MEMORY = "ladder.json"  # answer's own: in RAM, so that a reboot begins anew
REBOOTS = "last_reboot.json"  # in state_dir: it must outlive what it limits
USB, REBOOT = "usb", "reboot"
SIZE_MAX = 4096  # bytes; a request has about 100
USB_PATH = re.compile(r"[0-9]{1,3}-[0-9]{1,3}(?:\.[0-9]{1,3}){0,6}")  # kernel: bus-port.port...
WHY = re.compile(r"[a-z_]{1,40}")


@dataclass(frozen=True)
class Request:
    """ask: USB or REBOOT; why: a trouble's code; usb: the modem's place, as "1-1.2"."""

    ask: str
    why: str
    usb: str | None = None


def ask(run_dir: Path, request: Request) -> None:
    """Ask root; a newer request replaces one that was not yet taken. Raises StoreError."""
    _save(run_dir / FOLDER / REQUEST, asdict(request))


def take(run_dir: Path) -> Request | None:
    """Take the request away and return it, or None when there is none that fits its form."""
    path = run_dir / FOLDER / REQUEST
    try:
        text = _read_plain(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        _LOGGER.warning("a request cannot be read: %s", error.strerror)
        text = b""
    try:
        path.unlink()  # what cannot be read must go too, or systemd starts us again and again
    except OSError as error:
        raise StoreError(f"cannot take {path} away: {error.strerror}") from error
    return _parse(text)


def load_memory(run_dir: Path) -> dict[str, Any]:
    """What answer remembered of its ladder; empty after a reboot."""
    try:
        return _object(_read_plain(run_dir / FOLDER / MEMORY))
    except OSError:
        return {}


def save_memory(run_dir: Path, memory: dict[str, Any]) -> None:
    """Remember it in RAM; raises StoreError."""
    _save(run_dir / FOLDER / MEMORY, memory)


def was_rebooted(state_dir: Path) -> bool:
    """Whether a reboot for the modem's sake is on record; one that cannot be read counts."""
    return os.path.lexists(state_dir / REBOOTS)


def note_reboot(state_dir: Path, why: str, at: float) -> None:
    """Put a reboot on record, on the disk, before it happens; at: epoch seconds.

    Raises StoreError. Root writes here into another user's folder: it follows no link.
    """
    new = state_dir / f".{REBOOTS}.new"
    text = json.dumps({"why": why, "at": at}).encode()
    try:
        new.unlink(missing_ok=True)
        fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
        try:
            os.write(fd, text)
            os.fsync(fd)
        finally:
            os.close(fd)
        new.replace(state_dir / REBOOTS)
        sync_folder(state_dir)
    except OSError as error:
        raise StoreError(f"cannot write {state_dir / REBOOTS}: {error.strerror}") from error


def _save(path: Path, value: dict[str, Any]) -> None:
    try:
        path.parent.mkdir(exist_ok=True)
        write_whole(path, json.dumps(value).encode(), 0o640, durable=False)
    except OSError as error:
        raise StoreError(f"cannot write {path.parent}: {error.strerror}") from error


def _read_plain(path: Path) -> bytes:
    """The start of a plain file; a link, a pipe or a device is not opened as one."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return os.read(fd, SIZE_MAX) if stat.S_ISREG(os.fstat(fd).st_mode) else b""
    finally:
        os.close(fd)


def _object(text: bytes) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:  # also what is not UTF-8
        _LOGGER.warning("a file of %s is not readable: it counts as missing", FOLDER)
        return {}
    return value if isinstance(value, dict) else {}


def _parse(text: bytes) -> Request | None:
    value = _object(text)
    wanted, why, usb = value.get("ask"), value.get("why"), value.get("usb")
    if wanted not in (USB, REBOOT) or not isinstance(why, str) or not WHY.fullmatch(why):
        return None
    if usb is not None and not (isinstance(usb, str) and USB_PATH.fullmatch(usb)):
        return None
    return None if wanted == USB and usb is None else Request(wanted, why, usb)
