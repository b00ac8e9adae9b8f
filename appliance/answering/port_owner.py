"""Which other program has a port open: the line that a technician needs to read.

Decides: nothing; it looks, as far as this user may. May touch: /proc (reads). Thread: any.
Called by: modem, checking. Other users' programs show their files to root only.
"""

import os
from pathlib import Path

MODEM_MANAGER = "ModemManager"  # the usual one: it probes each new serial port


def owners_of(port: str, proc: Path = Path("/proc")) -> list[str]:
    """Names and numbers of the programs that have it open, as "minicom (4711)"; we are none."""
    try:
        wanted = os.path.realpath(port)
    except OSError:  # it is being unplugged just now
        return []
    found = []
    for folder in proc.glob("[0-9]*"):
        if folder.name != str(os.getpid()) and _has_open(folder / "fd", wanted):
            found.append(f"{_name_of(folder)} ({folder.name})")
    return sorted(found)


def is_running(name: str, proc: Path = Path("/proc")) -> bool:
    """Whether a program of that name runs; its name is open to everybody."""
    return any(_name_of(folder) == name for folder in proc.glob("[0-9]*"))


def blame(port: str, proc: Path = Path("/proc")) -> str:
    """Who holds the port, in words, best effort."""
    owners = owners_of(port, proc)
    if owners:
        return ", ".join(owners)
    if is_running(MODEM_MANAGER, proc):
        return f"perhaps {MODEM_MANAGER}, which runs here"
    return "another program"


def _has_open(fds: Path, wanted: str) -> bool:
    try:
        return any(os.path.realpath(fd) == wanted for fd in fds.iterdir())
    except OSError:  # it ended meanwhile, or it is not ours to look at
        return False


def _name_of(folder: Path) -> str:
    try:
        return (folder / "comm").read_text(errors="replace").strip()
    except OSError:
        return ""
