"""The modem's AT port: opening it, one command at a time, and every line the modem prints.

Decides: nothing about calls. May touch: the serial port. Thread: its own reader; commands come
from the link's command thread only. Called by: link, daemon.
A GsmModem whose reader, write and connect are replaced, because as shipped they lose a RING
during a command, die on one bad byte and print 09... as +09...: docs/decisions/modem-reader.md.
"""

import contextlib
import errno
import logging
import termios
import threading
import time
from collections.abc import Callable

import serial
from gsmmodem import exceptions as library
from gsmmodem.modem import GsmModem

from appliance.answering.at import Conversation, Reply
from appliance.answering.checkup import ModemStatus
from appliance.answering.events import CallEndHinted, Event
from appliance.answering.families.base import Refused
from appliance.answering.link import Link
from appliance.answering.port_owner import blame
from appliance.answering.rescuing import Climber
from appliance.answering.timings import Timings
from appliance.config import ModemConfig
from appliance.errors import CommandTimeout, ModemError, ModemLost, ModemNotFound

__all__ = ["HotlineModem", "ModemLink", "ModemStatus", "Timings"]

BAUD = 115200  # USB serial ports ignore it; a real UART modem is shipped at this speed
READ_S = 1.0  # the reader looks up this often to see whether it should stop
WRITE_S = 3.0  # a modem that takes no byte for so long is deaf
REPLY_S = 3.0  # local commands answer in milliseconds; families name the slow ones
ESCAPE = "\x1b"  # 27.005 3.5.1: at the prompt of AT+CMGS; whatever else came first would be sent
GONE_S = 2.0  # after a "call ended" line during ATA: how long its final result may still take

UNPLUGGED = "the modem was unplugged or switched off"
GOING = (errno.ENODEV, errno.ENXIO, errno.EIO)  # a USB port opened while it is unplugged
RESYNC_TRIES = 3  # errors in a row to the question that gets us back in step

_LOGGER = logging.getLogger(__name__)
# A port that goes away raises any of these (measured): read SerialException, in_waiting OSError,
# flush termios.error; TypeError is pyserial's for a file descriptor closed under it.
PORT_ERRORS = (serial.SerialException, OSError, termios.error, TypeError)


class HotlineModem(GsmModem):
    """One open AT port. Events go to `on_event` from the reader thread, while a command waits too.

    on_lost is called once, from whichever thread notices that the port is gone.
    """

    def __init__(
        self,
        port: str,
        on_event: Callable[[Event], None],
        on_lost: Callable[[str], None],
        reply_s: float = REPLY_S,
    ) -> None:
        super().__init__(port, BAUD)
        self._reply_s = reply_s
        self._on_event = on_event
        self._on_lost = on_lost
        self._talk = Conversation()
        self._changed = threading.Condition()
        self._lost: str | None = None
        self._gone_at: float | None = None
        self._in_step = True
        self.last_answer_at: float | None = None

    def connect(self, *_args: object, **_kwargs: object) -> None:
        """Open the port for us alone and start the reader; sends nothing.

        Raises ModemNotFound or ModemError with what to do. No hardware flow control: USB modems
        stall under rtscts.
        """
        try:
            self.serial = serial.Serial(
                self.port, BAUD, timeout=READ_S, write_timeout=WRITE_S, exclusive=True
            )
        except PORT_ERRORS as error:
            raise _open_error(self.port, error) from error
        self.alive = True
        self.rxThread = threading.Thread(target=self._readLoop, name="modem-reader", daemon=True)
        self.rxThread.start()

    def abort(self) -> None:
        """Let whoever waits for a reply get ModemLost; from any thread."""
        self._lose("closed", tell=False)

    def close(self) -> None:
        """Stop the reader and close the port; from the thread that sends commands."""
        self.abort()
        try:
            self.serial.cancel_read()
        except PORT_ERRORS as error:
            _LOGGER.debug("modem port already closed: %s", error)
        self.rxThread.join(2 * READ_S)
        with contextlib.suppress(*PORT_ERRORS):  # it is gone either way
            self.serial.close()

    def command(self, text: str, timeout_s: float | None = None) -> tuple[str, ...]:
        """Send one command and return its reply lines.

        Raises Refused (a CommandRefused), CommandTimeout or ModemLost.
        """
        # A bare AT is a knock at the door, an escape leaves a message being typed: nothing before.
        if text not in ("AT", ESCAPE):
            self._get_in_step()
        reply = self._exchange(text, timeout_s or self._reply_s)
        if not reply.final.ok:
            raise Refused(text, reply.final)
        return reply.lines

    def write(
        self,
        data: str,
        waitForResponse: bool = True,  # noqa: N803 - the library's name
        timeout: float = REPLY_S,
        parseError: bool = True,  # noqa: N803
        writeTerm: str = "\r",  # noqa: ARG002, N803
        expectedResponseTermSeq: str | None = None,  # noqa: ARG002, N803
    ) -> list[str] | None:
        """The library's own door, for its methods: reply lines with the final one at the end.

        Raises the library's CommandError and TimeoutException, and our ModemLost.
        """
        del waitForResponse  # nothing may be written while another command waits
        try:
            self._get_in_step()
            reply = self._exchange(data, timeout)
        except CommandTimeout as error:
            raise library.TimeoutException from error
        final = reply.final
        if parseError and not final.ok:
            if final.code is not None:
                kind = library.CmsError if final.text.startswith("+CMS") else library.CmeError
                raise kind(data, final.code)
            raise library.CommandError(data)
        return [*reply.lines, final.text]

    def pause(self, seconds: float) -> None:
        """Wait; raises ModemLost at once when the port goes meanwhile."""
        with self._changed:
            self._changed.wait_for(lambda: self._lost is not None, seconds)
        self.check()

    def check(self) -> None:
        """Raise ModemLost if the port is gone."""
        if self._lost is not None:
            raise ModemLost(self._lost)

    def _exchange(self, text: str, timeout_s: float, *, needs_line: bool = False) -> Reply:
        with self._changed:
            self.check()
            self._gone_at = None
            self._talk.begin(text, needs_line=needs_line)
        try:
            self.serial.write(text.encode("ascii") + b"\r")
        except serial.SerialTimeoutException as error:
            self._fall_out_of_step()
            raise CommandTimeout(f"the modem takes no bytes for {WRITE_S:g} s") from error
        except PORT_ERRORS as error:
            _LOGGER.debug("write failed: %s", error)
            self._lose(UNPLUGGED)
        return self._wait(text, timeout_s)

    def _wait(self, text: str, timeout_s: float) -> Reply:
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while self._talk.reply is None:
                self.check()
                if text == "ATA" and self._gone_at is not None:
                    deadline = min(deadline, self._gone_at + GONE_S)
                left = deadline - time.monotonic()
                if left <= 0:
                    self._fall_out_of_step()
                    name = text.partition("=")[0]  # a value may be a PIN
                    raise CommandTimeout(f"the modem did not answer {name} in time")
                self._changed.wait(left)
            self.last_answer_at = time.monotonic()
            return self._talk.reply

    def _get_in_step(self) -> None:
        """After a command without answer: a late OK must not pass for the next command's.

        So ask something that a bare OK cannot answer. Raises CommandTimeout.
        """
        for _ in range(RESYNC_TRIES):
            if self._in_step:
                return
            reply = self._exchange("AT+CSQ", self._reply_s, needs_line=True)
            self._in_step = bool(reply.lines)  # a bare ERROR may be the old command's too
        self._in_step = True

    def _fall_out_of_step(self) -> None:
        self._talk.abandon()
        self._in_step = False

    def _readLoop(self) -> None:  # noqa: N802 - overrides the library's reader
        reason = "the modem's reader ended"  # a mistake of ours must not go unnoticed either
        try:
            while self.alive:
                data = self.serial.read(self.serial.in_waiting or 1)
                if data:
                    self._take(data)
        except PORT_ERRORS as error:
            _LOGGER.debug("read failed: %s", error)
            reason = UNPLUGGED
        finally:
            self._lose(reason)

    def _take(self, data: bytes) -> None:
        with self._changed:
            events = self._talk.feed(data)
            if any(isinstance(event, CallEndHinted) for event in events):
                self._gone_at = time.monotonic()
            self._changed.notify_all()
        for event in events:
            self._on_event(event)

    def _lose(self, reason: str, *, tell: bool = True) -> None:
        with self._changed:
            first = self._lost is None
            if first:
                self._lost = reason
                self.alive = False
            self._changed.notify_all()
        if first and tell:
            self._on_lost(reason)


def open_port(
    path: str, on_event: Callable[[Event], None], on_lost: Callable[[str], None], reply_s: float
) -> HotlineModem:
    """Open an AT port; raises ModemNotFound or ModemError with what to do."""
    modem = HotlineModem(path, on_event, on_lost, reply_s)
    modem.connect()
    return modem


class ModemLink(Link):
    """The link to the modem of the configuration, over its serial port."""

    def __init__(
        self,
        config: ModemConfig,
        post: Callable[[Event], None],
        timings: Timings | None = None,
        climber: Climber | None = None,
    ) -> None:
        super().__init__(config, post, open_port, timings, climber=climber)


def _open_error(port: str, error: BaseException) -> ModemError:
    code = getattr(error, "errno", None)
    if code == errno.ENOENT:
        return ModemNotFound(f"no port {port}: plug the modem in, or set [modem] port")
    if code in (errno.EACCES, errno.EPERM):
        text = f"no permission to open {port}: add this user to the group dialout"
        return ModemError(text, "port_forbidden")
    if code in (errno.EAGAIN, errno.EBUSY):
        text = f"{port} is in use by {blame(port)}: stop it, so that the box has the modem alone"
        return ModemError(text, "port_busy")
    if code in GOING:
        return ModemNotFound(f"{port} is going away or coming back ({error})")
    text = f"{port} cannot be used as a modem port ({error}): set [modem] port"
    return ModemNotFound(text, "port_wrong")
