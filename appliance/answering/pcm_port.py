"""The call's sound over the modem's second serial port: raw PCM frames both ways.

Decides: when a frame is due, and when the port counts as stalled or lost.
May touch: the PCM port. Thread: a reader and a writer for each call. Called by: audio.
The port may be a pty, which has no modem-control lines. SIM7600, Quectel: 320 bytes each 20 ms.
"""

import contextlib
import os
import termios
import threading
import time
from collections.abc import Callable, Sequence

import serial

from appliance.answering.actions import Action
from appliance.answering.audio import CallSound, PcmPort, Post, Session
from appliance.answering.events import (
    Event,
    FlowAsked,
    PromptPlayed,
    SoundStarted,
    UplinkStalled,
)
from appliance.answering.frames import FRAME_BYTES, FRAME_S, SILENT_FRAME, FrameWatch
from appliance.answering.prompts import Prompts

BAUD = 115200  # the USB port takes any and ignores it (SIM7600 audio note; modems.md 3)
READ_S = 0.1  # how late the reader notices that the call is over
SILENT_PORT_S = 2.0  # a modem in a call sends 50 frames each second, spoken or not
STALLED_S = 1.0  # known firmware takes 0 to a few kB, then nothing (firmware_notes)
BACKLOG_BYTES = 5 * FRAME_BYTES  # 0.1 s: what the port does not take by then is dropped
LATE_S = 0.5  # after such a pause of ours, go on from now instead of hurrying after it

# Measured on a pty and on an unplugged FTDI: each of the three comes from some call of pyserial.
PORT_ERRORS = (serial.SerialException, OSError, termios.error)


class Uplink:
    """What waits to be written: loses whole samples when the port is slow, never half ones."""

    def __init__(self, write: Callable[[bytes], int], now: float) -> None:
        """`write` takes some of the bytes at once and says how many; it never waits."""
        self._write = write
        self._pending = bytearray()
        self._taken = 0
        self._progress_at = now
        self.stalled = False

    def push(self, frame: bytes, now: float) -> bool:
        """Offer one more frame; True the first time nothing was taken for more than 1 s."""
        self._pending += frame
        taken = self._write(bytes(self._pending))
        del self._pending[:taken]
        self._taken += taken
        self._drop_overdue()
        if taken:
            self._progress_at = now
        return self._find_stall(now)

    def hold(self, now: float) -> bool:
        """The modem wants no frame now; True the first time this makes more than 1 s."""
        return self._find_stall(now)

    def is_overdue(self, now: float) -> bool:
        """Whether nothing was taken for more than 1 s."""
        return now - self._progress_at > STALLED_S

    def _find_stall(self, now: float) -> bool:
        if self.stalled or not self.is_overdue(now):
            return False
        self.stalled = True
        return True

    def _drop_overdue(self) -> None:
        overdue = len(self._pending) - BACKLOG_BYTES
        if overdue > 0:
            half = self._taken % 2  # the second byte of a sample whose first is already gone
            del self._pending[half : half + overdue + overdue % 2]


class PcmPortSound(CallSound):
    """Sound over a PCM port; its path is asked for at each call, for a modem may have moved."""

    def __init__(self, port: PcmPort, prompts: Prompts, post: Post) -> None:
        super().__init__(prompts, post)
        self._path = port
        self._may_send = True  # the call loop's to change; the writer reads it

    def start(self) -> None:
        """Open the sound of a call; a stop asked for in an earlier one is forgotten."""
        self._may_send = True
        super().start()

    def heed(self, event: Event) -> Sequence[Action]:
        """Stop and go on as the modem asks."""
        if isinstance(event, FlowAsked):
            self._may_send = event.may_send
        return ()

    def _carry(self, session: Session) -> None:
        path = self._path()
        if path is None:
            session.lose(
                "the modem has no port for sound (A7670: never): set [modem] pcm_port, or"
                ' [audio] path = "sound-card"'
            )
            return
        try:
            port = serial.Serial(path, BAUD, timeout=READ_S, exclusive=True)
        except PORT_ERRORS as error:
            session.lose(f"cannot open the PCM port {path}: {error}")
            return
        writer = threading.Thread(
            target=self._write, args=(session, port.fileno()), name="pcm-writer", daemon=True
        )
        writer.start()
        try:
            self._read(session, port)
        finally:
            session.lose("the PCM port's reader broke off")  # says nothing unless by our mistake
            writer.join()
            _let_go(port)

    def _read(self, session: Session, port: serial.Serial) -> None:
        watch = FrameWatch(time.monotonic())
        heard_bytes, started = 0, False
        while not session.over.is_set():
            try:
                data = port.read(FRAME_BYTES)
            except PORT_ERRORS as error:
                session.lose(f"the PCM port is gone: {error}")
                return
            now = time.monotonic()
            heard_bytes += len(data)
            watch.note(heard_bytes, now)
            if watch.idle_s(now) > SILENT_PORT_S:
                session.lose(f"the PCM port gave no sound for {SILENT_PORT_S:g} s")
                return
            if not data:
                continue
            events = self._incoming.hear(data, now)
            if self._incoming.settled and not started:
                started = True
                session.tell(SoundStarted())
            for event in events:
                session.tell(event)

    def _write(self, session: Session, fileno: int) -> None:
        try:
            self._write_frames(session, fileno)
        finally:
            session.tell(UplinkStalled())  # says nothing unless by our mistake

    def _write_frames(self, session: Session, fileno: int) -> None:
        due = time.monotonic()
        uplink = Uplink(lambda data: _write_some(fileno, data), due)
        while not session.over.wait(max(0.0, due - time.monotonic())):
            now = time.monotonic()
            try:
                self._write_one(session, uplink, now)
            except OSError as error:
                session.lose(f"the PCM port takes no sound: {error}")
                return
            due = due + FRAME_S if now - due < LATE_S else now + FRAME_S

    def _write_one(self, session: Session, uplink: Uplink, now: float) -> None:
        may_send = self._may_send
        frame, ended = SILENT_FRAME, None
        if may_send or uplink.is_overdue(now):  # a prompt waits for the modem, but not for ever
            frame, ended = self._playlist.next_frame()
        if uplink.push(frame, now) if may_send else uplink.hold(now):
            session.tell(UplinkStalled())
        self._frames_out += 1
        if ended is not None:
            session.tell(PromptPlayed(ended))


def _write_some(fileno: int, data: bytes) -> int:
    # Not Serial.write: on a full port it spins a core until its timeout (and for ever with
    # timeout 0), and then does not say how much it wrote: half a sample would be lost unseen.
    try:
        return os.write(fileno, data)  # pyserial opens with O_NONBLOCK
    except BlockingIOError:
        return 0


def _let_go(port: serial.Serial) -> None:
    # Closing a tty waits up to 30 s (closing_wait) for output that a stalled modem never takes.
    with contextlib.suppress(*PORT_ERRORS):
        port.reset_output_buffer()
    with contextlib.suppress(*PORT_ERRORS):
        port.close()
