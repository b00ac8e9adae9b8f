"""Pseudo-terminals that look like the serial ports of a modem.

Decides: what happens to bytes that nobody reads (lost, as on USB). May touch: ptys, links.
Thread: the modem's. Called by: modem.
A link to the pty appears and disappears whole, as udev does with /dev/serial/by-id.
"""

import contextlib
import os
import select
import tty
from pathlib import Path

from appliance.errors import HotlineError

READ_BYTES = 4096  # all that a pty holds at once


class LinkTaken(HotlineError):
    """The place of a link is taken by something that is no link."""


class Pty:
    """One serial port; the host opens `link`, we hold the other end."""

    def __init__(self, link: Path) -> None:
        self._link = link
        self._fd: int | None = None
        self._target = ""

    def fileno(self) -> int:
        """Our end of the plugged-in port."""
        assert self._fd is not None, "unplugged"
        return self._fd

    @property
    def is_plugged(self) -> bool:
        """Whether the port exists."""
        return self._fd is not None

    def plug(self) -> None:
        """Make the pty, then its link in one step. Raises LinkTaken, OSError."""
        if self._link.exists() and not self._link.is_symlink():
            raise LinkTaken(f"{self._link} exists and is no link: choose another place")
        ours, theirs = _fresh_pty(self._target)
        tty.setraw(theirs)
        os.set_blocking(ours, False)
        self._fd, self._target = ours, os.ttyname(theirs)
        os.close(theirs)  # held by the host alone, so that we see whether anybody listens
        self._link.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._link.with_name(f".{self._link.name}.{os.getpid()}")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(self._target)
        fresh.replace(self._link)

    def unplug(self) -> None:
        """Remove the link and the pty; the host's reads end and its writes fail."""
        if self._fd is None:
            return
        with contextlib.suppress(OSError):
            if str(self._link.readlink()) == self._target:  # not one that came after us
                self._link.unlink()
        os.close(self._fd)
        self._fd = None

    def is_open(self) -> bool:
        """Whether the host has opened the port."""
        if self._fd is None:
            return False
        poller = select.poll()
        poller.register(self._fd, 0)
        return not any(mask & select.POLLHUP for _, mask in poller.poll(0))

    def read(self, most: int = READ_BYTES) -> bytes:
        """What the host has written; nothing when it wrote nothing or is gone."""
        try:
            return os.read(self.fileno(), most)
        except OSError:  # EAGAIN: nothing there; EIO: the host has closed the port
            return b""

    def write(self, data: bytes) -> int:
        """Send to the host; how many bytes it took. All are lost when nobody listens."""
        if not self.is_open():
            return len(data)
        try:
            return os.write(self.fileno(), data)
        except OSError:  # EAGAIN: the host does not read
            return 0

    def discard(self) -> None:
        """Throw away what the host has written."""
        while self.read():
            continue


def _fresh_pty(before: str) -> tuple[int, int]:
    """A pty with another name than before: a USB modem comes back under another number."""
    ours, theirs = os.openpty()
    if os.ttyname(theirs) != before:
        return ours, theirs
    try:
        return os.openpty()
    finally:
        os.close(theirs)
        os.close(ours)
