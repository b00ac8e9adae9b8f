"""READY, WATCHDOG and STOPPING to systemd.

Decides: nothing; it passes the word on. May touch: the socket systemd names in NOTIFY_SOCKET.
Thread: any (one datagram each). Called by: the three long-running processes.
Protocol: sd_notify(3), a datagram of VARIABLE=VALUE lines to an AF_UNIX socket.
"""

import os
import socket


def ready() -> None:
    """Tell systemd that the process serves."""
    _send("READY=1")


def watchdog() -> None:
    """Tell systemd that the process still makes progress; call it only when that is true."""
    _send("WATCHDOG=1")


def stopping() -> None:
    """Tell systemd that the process is going down on purpose."""
    _send("STOPPING=1")


def status(text: str) -> None:
    """Show one line of state in `systemctl status`; never a phone number or a transcript."""
    _send(f"STATUS={text}")


def _send(line: str) -> None:
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return  # not started by systemd: nobody listens
    if address.startswith("@"):
        address = "\0" + address[1:]  # abstract namespace, sd_notify(3)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.sendto(line.encode(), address)
