"""A host that speaks AT over real ptys, and a caller's end of the control socket."""

import array
import json
import math
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import serial

from appliance.simulating.modem import SoftModem

WITHIN_S = 20.0  # two busy cores; nothing here takes a second otherwise
FINALS = ("OK", "ERROR", "NO CARRIER")
INIT = (
    *("ATE0", "AT+CMEE=1", 'AT+CSCS="GSM"', "AT+CLIP=1", "AT+CRC=1", "AT+CSSN=1,1"),
    *("AT+CVHU=0", "AT+CLCC=1", "AT+DDET=1"),
)


def wait_until(true: Callable[[], object], what: str = "it") -> None:
    until = time.monotonic() + WITHIN_S
    while not true():
        assert time.monotonic() < until, f"waited in vain for {what}"
        time.sleep(0.005)


def tone(seconds: float, pitch_hz: float = 1000, level: float = 8000) -> bytes:
    values = (
        round(level * math.sin(2 * math.pi * pitch_hz * i / 8000))
        for i in range(int(8000 * seconds))
    )
    return array.array("h", values).tobytes()


class Host:
    """What stands on the other side of the two ports."""

    def __init__(self, at: Path, pcm: Path) -> None:
        self.at = serial.Serial(str(at), 115200, timeout=0.02, exclusive=True)
        self.pcm = serial.Serial(str(pcm), 115200, timeout=0.02, write_timeout=WITHIN_S)
        self.raw = bytearray()
        self._lines: list[str] = []
        self._rest = b""

    def close(self) -> None:
        self.at.close()
        self.pcm.close()

    def read(self) -> None:
        data = self.at.read(max(1, self.at.in_waiting))
        self.raw += data
        self._rest = self._rest + data
        *whole, self._rest = self._rest.split(b"\n")
        self._lines += [line.decode("ascii", "replace").strip() for line in whole]
        self._lines = [line for line in self._lines if line]

    def expect(self, start: str, within_s: float = WITHIN_S) -> list[str]:
        """The lines up to the first that begins so."""
        until = time.monotonic() + within_s
        while True:
            for number, line in enumerate(self._lines):
                if line.startswith(start):
                    taken, self._lines = self._lines[: number + 1], self._lines[number + 1 :]
                    return taken
            assert time.monotonic() < until, f"no {start!r}, only {self._lines}"
            self.read()

    def send(self, command: str) -> list[str]:
        """The lines up to the final result of a command."""
        self.at.write(command.encode() + b"\r")
        until = time.monotonic() + WITHIN_S
        while True:
            for number, line in enumerate(self._lines):
                if line in FINALS or line.startswith("+CME ERROR"):
                    taken, self._lines = self._lines[: number + 1], self._lines[number + 1 :]
                    return taken
            assert time.monotonic() < until, f"no answer to {command}, only {self._lines}"
            self.read()

    def initialise(self) -> None:
        for command in INIT:
            assert self.send(command)[-1] == "OK", command

    def route_sound(self) -> None:
        """As hosts do: again and again until the modem lets it."""
        wait_until(lambda: self.send("AT+CPCMREG=1")[-1] == "OK", "the sound")

    def answer(self) -> None:
        self.expect("+CRING")
        assert self.send("ATA")[-1] == "OK"
        self.expect("VOICE CALL: BEGIN")

    def hear(self, count: int) -> bytes:
        """So many bytes of the caller's sound."""
        got = bytearray()
        until = time.monotonic() + WITHIN_S
        while len(got) < count:
            assert time.monotonic() < until, f"only {len(got)} bytes of sound"
            got += self.pcm.read(max(1, self.pcm.in_waiting))
        return bytes(got)


class Line:
    """A connection to the control socket."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(WITHIN_S)
        self._socket.connect(str(path))
        self._in = self._socket.makefile("rb")
        self._events: list[dict[str, Any]] = []

    def close(self) -> None:
        self._in.close()
        self._socket.close()

    def next(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self._in.readline())
        return message

    def ask(self, what: str, **fields: object) -> dict[str, Any]:
        """The reply to a request."""
        self.send_raw(json.dumps({"do": what, **fields}).encode() + b"\n")
        while True:
            message = self.next()
            if "reply" in message:
                return message
            self._events.append(message)

    def send_raw(self, data: bytes) -> None:
        self._socket.sendall(data)

    def place_call(self, number: str = "0912345678", **fields: object) -> int:
        reply = self.ask("place_call", **{"from": number, "hang_up_after_s": None, **fields})
        assert reply["ok"], reply
        call: int = reply["call"]
        return call

    def event(self, name: str) -> dict[str, Any]:
        """The next event of that name."""
        while True:
            message = self._events.pop(0) if self._events else self.next()
            if message.get("event") == name:
                return message


@dataclass
class Bench:
    """A running modem, an initialised host, and a caller's connection."""

    modem: SoftModem
    folder: Path
    host: Host
    line: Line

    @property
    def at(self) -> Path:
        return self.folder / "at"

    @property
    def pcm(self) -> Path:
        return self.folder / "pcm"

    @property
    def control(self) -> Path:
        return self.folder / "control"


MakeBench = Callable[..., Bench]
