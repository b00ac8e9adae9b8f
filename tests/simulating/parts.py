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

from appliance.simulating.families import FAMILIES
from appliance.simulating.faults import Faults
from appliance.simulating.line import Call, CallState, EndedBy
from appliance.simulating.line import Line as PhoneLine
from appliance.simulating.modem import SoftModem
from appliance.simulating.subscription import Subscription

WITHIN_S = 20.0  # two busy cores; nothing here takes a second otherwise
FINALS = ("OK", "ERROR", "NO CARRIER")
COMMON = (
    *("ATE0", "AT+CMEE=1", 'AT+CSCS="GSM"', "AT+CLIP=1", "AT+CRC=1", "AT+CSSN=1,1", "AT+CVHU=0"),
    *("AT+CMGF=0", "AT+CNMI=2,1,0,1,0"),
)
INIT: dict[str, tuple[str, ...]] = {
    "sim7600": (*COMMON, "AT+CLCC=1", "AT+DDET=1"),
    "a7670": (*COMMON, "AT+CLCC=1", "AT+DDET=1", "AT+CAVIMS=1", "AT+CEVDP=3", "AT+CIREG=2"),
    "quectel": (
        *COMMON,
        'AT+QINDCFG="ccinfo",1,0',
        "AT+QTONEDET=1",
        'AT+QURCCFG="urcport","usbat"',
    ),
    "huawei": (*COMMON, "AT^CURC=1", "AT^DDTMFCFG=0,1"),
    "generic": COMMON,
}
ROUTE = {"sim7600": "AT+CPCMREG=1", "quectel": "AT+QPCMV=1,0", "huawei": "AT^DDSETEX=2"}


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

    def read_until(self, true: Callable[[], bool], what: str) -> None:
        until = time.monotonic() + WITHIN_S
        while not true():
            assert time.monotonic() < until, f"waited in vain for {what}"
            self.read()

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
                if line in FINALS or line.startswith(("+CME ERROR", "+CMS ERROR")):
                    taken, self._lines = self._lines[: number + 1], self._lines[number + 1 :]
                    return taken
            assert time.monotonic() < until, f"no answer to {command}, only {self._lines}"
            self.read()

    def text(self, submit: str, length: int) -> list[str]:
        """Send an SMS: the lines up to its final result."""
        self.at.write(f"AT+CMGS={length}\r".encode())
        self.read_until(self._prompted, "the prompt")
        self.at.write(submit.encode() + b"\x1a")
        return self.expect("OK")

    def _prompted(self) -> bool:
        prompted = self._rest.endswith(b"> ")
        self._rest = b"" if prompted else self._rest
        return prompted

    def initialise(self, family: str = "sim7600") -> None:
        for command in INIT[family]:
            assert self.send(command)[-1] == "OK", command

    def route_sound(self, family: str = "sim7600") -> None:
        """As hosts do: again and again until the modem lets it; analogue sound needs nothing."""
        command = ROUTE.get(family, "AT")
        wait_until(lambda: self.send(command)[-1] == "OK", "the sound")

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


class DeafListener:
    """For tests of commands alone: nobody hears of the line."""

    def call_came_in(self, call: Call) -> None: ...

    def call_waits(self, call: Call) -> None: ...

    def call_answered(self, call: Call) -> None: ...

    def call_released(self, call: Call, was: CallState, by: EndedBy) -> None: ...


class Desk:
    """A dialect without ports: commands in, lines out, at a time of the test's choice."""

    def __init__(self, family: str = "generic", *faults: str) -> None:
        self.faults = Faults(faults)
        self.line = PhoneLine(DeafListener())
        self.subscription = Subscription(self.faults)
        self.family = family
        self.restart()

    def restart(self) -> None:
        """Power off and on."""
        self.dialect = FAMILIES[self.family](self.line, self.faults, self.subscription)
        self.line.first_index = 2 if self.dialect.has_data_row else 1
        for command in INIT[self.family]:
            assert self.run(command[2:])[-1] == "OK", command

    def run(self, text: str, now: float = 100.0) -> list[str]:
        """All lines of a reply, those that come later in front of nothing."""
        reply = self.dialect.run(text, now)
        return [*reply.lines, reply.final, *(line for _, line in reply.later)]

    def talk(self, number: str = "0912345678", **how: bool) -> Call:
        """A call that was answered at 90.0."""
        call = self.line.place(number, **how)
        self.line.answer(90.0)
        self.dialect.answered_lines(call)
        return call
