"""The AT port: bytes from the host become command lines, lines become bytes.

Decides: echo, where a command line ends, and how output is framed or spoilt.
May touch: one pty. Thread: the modem's. Called by: modem.
A port that no host has open is looked at ten times a second; else nothing is polled.
"""

import random
from collections.abc import Callable

from appliance.simulating.faults import Faults
from appliance.simulating.loop import Loop
from appliance.simulating.ports import Pty

LOOK_EVERY_S = 0.1
SLOW_BYTE_S = 0.002
RETRY_S = 0.01  # the host does not read: try again
OUTPUT_MOST = 65536  # a host that never reads must not eat our memory
LINE_MOST = 2048  # the longest command line SIMCom names is shorter
GARBAGE = b"\xff\xc3\x28\x80\xfe\r\n"
BURST_BYTES = 4096
CR, LF, SUBSTITUTE, ESCAPE = 0x0D, 0x0A, 0x1A, 0x1B


class AtPort:
    """The serial port on which the host speaks AT."""

    def __init__(
        self,
        loop: Loop,
        pty: Pty,
        faults: Faults,
        on_line: Callable[[str], None],
        interrupts: Callable[[], bool],
    ) -> None:
        """on_line: a command line came in; interrupts: a byte came, did it abort a command?"""
        self._loop = loop
        self._pty = pty
        self._faults = faults
        self._on_line = on_line
        self._interrupts = interrupts
        self._line = bytearray()
        self._last_byte = 0
        self._out = bytearray()
        self._sending = False
        self._watching = False
        self._on_text: Callable[[str | None], None] | None = None
        self._noise = random.Random(BURST_BYTES)  # the same noise in each run: a test can repeat
        self.echo = True

    @property
    def is_open(self) -> bool:
        """Whether a host has the port open."""
        return self._pty.is_open()

    def plug(self) -> None:
        """Make the port appear. Raises LinkTaken, OSError."""
        self._pty.plug()
        self._line.clear()
        self._out.clear()
        self._on_text = None
        self._look()

    def unplug(self) -> None:
        """Make the port vanish."""
        if self._pty.is_plugged:
            self._loop.unwatch(self._pty.fileno())
            self._watching = False
            self._pty.unplug()

    def _look(self) -> None:
        if not self._pty.is_plugged or self._watching:
            return
        if self._pty.is_open():
            self._watching = True
            self._loop.watch(self._pty.fileno(), self._readable)
        else:
            self._loop.call_after(LOOK_EVERY_S, self._look)

    def _readable(self, _mask: int) -> None:
        data = self._pty.read()
        if data:
            self._take(data)
        elif not self._pty.is_open():  # a hang-up is readable for ever: look now and then instead
            self._loop.unwatch(self._pty.fileno())
            self._watching = False
            self._look()

    def _take(self, data: bytes) -> None:
        for byte in data:
            after_cr, self._last_byte = self._last_byte == CR, byte
            if byte == LF and after_cr:
                continue
            if self._interrupts():
                return
            if self.echo:
                self._send(bytes([byte]))
            if self._on_text:
                self._take_text(byte, self._on_text)
            elif byte == CR:
                line = self._line.decode("ascii", "replace").strip()
                self._line.clear()
                self._on_line(line)
            elif len(self._line) < LINE_MOST and byte != LF:
                self._line.append(byte)

    def _take_text(self, byte: int, on_text: Callable[[str | None], None]) -> None:
        if byte not in (SUBSTITUTE, ESCAPE):
            self._line += bytes([byte])[: LINE_MOST - len(self._line)]
            return
        text = self._line.decode("ascii", "replace") if byte == SUBSTITUTE else None
        self._line.clear()
        self._on_text = None
        on_text(text)

    def ask_for_text(self, on_text: Callable[[str | None], None]) -> None:
        """Print the prompt of 27.005 3.5.1; what comes up to Ctrl-Z is a text, Escape gives up."""
        self._on_text = on_text
        self._send(b"\r\n> ")

    def burst(self) -> None:
        """Print random bytes, as a loose cable or a foreign speed would."""
        self._send(self._noise.randbytes(BURST_BYTES))

    def say(self, *lines: str) -> None:
        """Print lines, each framed as V.250 5.7.1 asks."""
        end = "\r\r\n" if "double-cr" in self._faults else "\r\n"
        for line in lines:
            if "garbage" in self._faults:
                self._send(GARBAGE)
            self._send(f"{end}{line}{end}".encode())

    def _send(self, data: bytes) -> None:
        if not self._pty.is_plugged or "mute" in self._faults:
            return
        if len(self._out) + len(data) <= OUTPUT_MOST:
            self._out += data
        if not self._sending:
            self._flush()

    def _flush(self) -> None:
        self._sending = False
        if not self._pty.is_plugged:
            return
        slow = "byte-by-byte" in self._faults
        took = self._pty.write(bytes(self._out[:1] if slow else self._out))
        del self._out[:took]
        if self._out:
            self._sending = True
            self._loop.call_after(SLOW_BYTE_S if slow and took else RETRY_S, self._flush)
