"""Bytes from a modem in, events and the reply to the pending command out.

Decides: where a line ends, and whether it is echo, final result, reply or event.
May touch: nothing (PURE). Thread: one caller at a time (modem locks). Called by: modem.
However the same bytes are chopped, the outcome is the same. Sources: V.250, 3GPP TS 27.007.
"""

import re
from dataclasses import dataclass

from appliance.answering.at_lines import Final, events_of, final_of
from appliance.answering.events import Event

LINE_MAX = 4096  # bytes kept of one line; a modem's longest honest line is a PDU of about 400
PROMPT = ">"  # what a modem prints, without CRLF, when it wants the text of a message
NOISE = "\ufffd"  # a byte that is no ASCII; no free-text reply (model, firmware) holds one
TORN_LINES_MAX = 4  # how long a quote left open may silence events: one ring, never a call

_TEXT_LINES = ("+CLIP:", "+CCWA:", "+CLCC:", "+QIND:", "+CUSD:")  # they quote strangers
_ENDS = frozenset(b"\r\n")
_QUERY = re.compile(r"AT([+^*$][A-Z0-9]+)(?:\?|=\?|$)")


class Tokenizer:
    """Cuts a byte stream into lines; CR, LF or both end one, empty ones are dropped."""

    def __init__(self) -> None:
        self._line = bytearray()

    def feed(self, data: bytes) -> list[str]:
        """Lines completed by `data`, in order; PROMPT stands for "> " at the start of a line."""
        lines = []
        for byte in data:
            if byte in _ENDS:
                lines.append(self._take())
            elif len(self._line) < LINE_MAX:
                self._line.append(byte)
                if self._line == b"> ":
                    lines.append(self._take())
        return [line for line in lines if line]

    def _take(self) -> str:
        text = bytes(self._line).decode("ascii", errors="replace").strip(" \t\0")
        self._line.clear()
        return text


@dataclass(frozen=True)
class Reply:
    """Everything the modem printed in answer to one command, and how it ended."""

    command: str
    lines: tuple[str, ...]
    final: Final


class Conversation:
    """One AT port: at most one command waits; events come out even while it does."""

    def __init__(self) -> None:
        self._tokens = Tokenizer()
        self._command: str | None = None
        self._prefix: str | None = None
        self._needs_line = False
        self._lines: list[str] = []
        self._torn = 0
        self.reply: Reply | None = None

    def begin(self, command: str, *, needs_line: bool = False) -> None:
        """Wait for the reply to `command`.

        needs_line: an OK without a reply line belongs to an older command; wait on. That is
        how the two ends get back in step after a command whose answer came too late.
        """
        query = _QUERY.match(command.upper())
        self._command, self._lines, self.reply = command, [], None
        self._prefix = f"{query[1]}:" if query else None
        self._needs_line = needs_line

    def abandon(self) -> None:
        """No longer wait: what comes now for the old command is nobody's."""
        self._command = self._prefix = None

    def feed(self, data: bytes) -> list[Event]:
        """Take bytes; the events in them. A completed reply is in `reply`."""
        events: list[Event] = []
        for line in self._tokens.feed(data):
            events.extend(self._take(line))
        return events

    def _take(self, line: str) -> tuple[Event, ...]:
        torn = self._inside_torn_text(line)
        if line.upper().startswith("AT") or self._ends_command(line):
            return ()
        if self._command is not None and self._prefix and line.startswith(self._prefix):
            self._lines.append(line)
            return ()
        if torn:
            return ()
        events = events_of(line)
        if events is None and self._command is not None and NOISE not in line:
            self._lines.append(line)
        return events or ()

    def _ends_command(self, line: str) -> bool:
        if self._command is None:
            return False
        final = final_of(line, self._command)
        if line == PROMPT and self._command.upper().startswith(("AT+CMGS", "AT+CMGW")):
            final = Final(True, PROMPT)
        if final is None:
            return False
        if self._needs_line and final.ok and not self._lines:
            return True  # an older command's OK: swallowed
        self.reply = Reply(self._command, tuple(self._lines), final)
        self.abandon()
        return True

    def _inside_torn_text(self, line: str) -> bool:
        """True for lines that stand inside a quoted text with a line end in it.

        A caller's name holding CR LF "RING" must not ring. The mark is a quote left open in a
        line that quotes strangers; it holds until the quote closes, or for a few lines only,
        because line noise can eat a quote too.
        """
        odd = line.count('"') % 2 == 1
        if self._torn:
            self._torn = 0 if odd else self._torn - 1
            return True
        if odd and line.startswith(_TEXT_LINES) and len(line) < LINE_MAX:
            self._torn = TORN_LINES_MAX
        return False
