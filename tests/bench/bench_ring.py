"""RING to ATA: what the box adds to the configured wait, idle, busy, and with a locked database.

Run by hand: python -m tests.bench.bench_ring
A plain pty plays the modem here, so that the time between the bytes is the box's alone; a bare
loop that answers RING with ATA on the same pty, in the same run, is the floor.
"""

import contextlib
import multiprocessing
import os
import select
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import tty
from collections.abc import Iterator
from pathlib import Path

from tests.end_to_end.boxes import Box, box_in, wait_for

CALLS = 20
BARE = """
import serial, sys
port = serial.Serial(sys.argv[1], 115200)
buffer = b""
while True:
    buffer += port.read(1)
    if buffer.endswith(b"RING\\r\\n"):
        port.write(b"ATA\\r")
        buffer = b""
"""


class PlainModem:
    """Says OK to everything, RING when told, and knows when ATA came."""

    def __init__(self, link: Path) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        link.unlink(missing_ok=True)
        link.symlink_to(os.ttyname(self._slave))
        self._pending = b""
        self._active = False

    def serve(self, until_ata_s: float | None = None) -> float | None:
        """Answer commands for a while; with a RING first, the seconds until ATA came."""
        rang = time.monotonic()
        if until_ata_s is not None:
            self._active = False
            os.write(self._master, b"\r\nRING\r\n")
        until = rang + (until_ata_s or 0.5)
        while time.monotonic() < until:
            if not select.select([self._master], [], [], 0.05)[0]:
                continue
            self._pending += os.read(self._master, 4096)
            while b"\r" in self._pending:
                command, _, self._pending = self._pending.partition(b"\r")
                if command.strip() == b"ATA":
                    took = time.monotonic() - rang
                    os.write(self._master, b"\r\nNO CARRIER\r\n")
                    return took
                os.write(self._master, self._reply(command.strip()))
        return None

    def _reply(self, command: bytes) -> bytes:
        if command == b"AT+CPIN?":
            return b"\r\n+CPIN: READY\r\n\r\nOK\r\n"
        return b"\r\nOK\r\n"


def measure(modem: PlainModem) -> list[float]:
    took: list[float] = []
    while len(took) < CALLS:
        answered = modem.serve(until_ata_s=10)
        assert answered is not None, "RING was not answered within 10 s"
        took.append(answered)
        modem.serve()  # let the box list the calls and come to rest
    return took


def spin() -> None:
    while True:
        pass


@contextlib.contextmanager
def busy_cores() -> Iterator[None]:
    spinners = [multiprocessing.Process(target=spin) for _ in range(os.cpu_count() or 2)]
    for spinner in spinners:
        spinner.start()
    yield
    for spinner in spinners:
        spinner.kill()


@contextlib.contextmanager
def locked(database: Path) -> Iterator[None]:
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    yield
    connection.execute("ROLLBACK")
    connection.close()


def show(name: str, took: list[float]) -> None:
    ms = [1000 * t for t in took]
    print(f"{name:34} {statistics.median(ms):8.1f} {max(ms):8.1f}", flush=True)


def bare(folder: Path) -> list[float]:
    link = folder / "bare"
    modem = PlainModem(link)
    process = subprocess.Popen([sys.executable, "-c", BARE, str(link)])
    time.sleep(1)
    try:
        return [modem.serve(until_ata_s=10) or 10.0 for _ in range(CALLS)]
    finally:
        process.kill()


def start(box: Box, modem: PlainModem) -> None:
    box.start_process("answer")

    def up() -> bool:
        modem.serve()
        return bool(box.status("answer").get("state") == "IDLE")

    wait_for("the line", up, 60)


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    run = Path(tempfile.mkdtemp(prefix="hl-", dir="/dev/shm"))
    print(f"{'RING to ATA, ms':34} {'median':>8} {'max':>8}   ({CALLS} calls each)")
    with box_in(folder / "box", run) as box:
        modem = PlainModem(run / "modem")
        start(box, modem)
        show("bare loop, idle", bare(folder))
        show("box, idle", measure(modem))
        with busy_cores():
            show("bare loop, every core busy", bare(folder))
            show("box, every core busy", measure(modem))
        with locked(box.folder / "state" / "hotline.db"):
            show("box, database locked", measure(modem))
    shutil.rmtree(folder)
    shutil.rmtree(run)


if __name__ == "__main__":
    main()
