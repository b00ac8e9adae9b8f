"""The clerk: writes down what happened, in order, and waits for locks so that no call has to.

Decides: which rows a call leaves, and how long to wait before trying again.
May touch: the database, the spool folder (at start), the status file. Thread: one of its own;
note and show may come from any and never wait. Called by: daemon.
File first, row second: a note that is lost with the process is made again from the file.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from appliance.answering import sms_notes
from appliance.answering.actions import (
    CloseRecording,
    KeepSound,
    NoteAnswered,
    NoteCaller,
    NoteEnded,
    NoteForwarded,
    NoteRinging,
    ShowTrouble,
    TroubleOver,
)
from appliance.answering.events import CallerId, RecordingClosed, RecordingFailed, RecordingOpened
from appliance.answering.left_over import discard, make_good
from appliance.answering.sms import SmsDeleted, SmsNotSent, SmsRead, SmsSent, Stamp
from appliance.answering.sms_orders import EVERY_S, SmsOrders
from appliance.config import StoreConfig
from appliance.errors import Bug, Locked, NotFound, StoreError
from appliance.store import calls, live, messages, spool, vault
from appliance.store.db import Connection, connect

_LOGGER = logging.getLogger(__name__)

FIRST_WAIT_S = 0.1  # most locks are over within one commit of another process
LONGEST_WAIT_S = 5.0  # a database that is away for an hour is back on the page 5 s after it is
BUSY_S = 1.0  # then the status is shown again before the next try
NAME = "answer"  # of the status file

Fact = (
    NoteRinging
    | NoteCaller
    | NoteForwarded
    | NoteAnswered
    | NoteEnded
    | KeepSound
    | CloseRecording
    | RecordingOpened
    | RecordingClosed
    | RecordingFailed
    | SmsRead
    | SmsDeleted
    | SmsSent
    | SmsNotSent
    | ShowTrouble
    | TroubleOver
)
Job = Callable[[Connection], object]


def sealable(call_id: str, caller: CallerId | None, at: float) -> dict[str, Any]:
    """Who called, as it is sealed into the row and into the recording; at: epoch seconds."""
    known = caller or CallerId(None, "", 2)  # 27.007: "not available"
    return {
        "call_id": call_id,
        "number": known.number,
        "raw": known.raw,
        "validity": known.validity,
        "at": at,
    }


class Clerk:
    """Ordered, patient, never in the way. Times are epoch seconds.

    sms_stored: told which text messages are on disk, and may leave the SIM.
    orders: looks into the outbox; none: it is left alone.
    """

    def __init__(
        self,
        store: StoreConfig,
        public_key: bytes,
        *,
        wall: Callable[[], float] = time.time,
        sms_stored: Callable[[Iterable[Stamp]], None] = lambda _: None,
        orders: SmsOrders | None = None,
    ) -> None:
        self._store = store
        self._public_key = public_key
        self._wall = wall
        self._sms_stored = sms_stored
        self._orders = orders
        self._changed = threading.Condition()
        self._facts: deque[tuple[Fact, float]] = deque()
        self._status: dict[str, Any] | None = None
        self._troubles: list[str] = []
        self._stop_by: float | None = None  # monotonic
        self._left_over: list[str] = []
        self._conn: Connection | None = None
        self._begun_at: dict[str, float] = {}  # recordings whose sound is kept
        self._on_disk: set[str] = set()
        self._reasons: dict[str, str] = {}
        # a daemon: a disk that never answers must not keep the process from ending
        self._thread = threading.Thread(target=self._run, name="clerk", daemon=True)

    # ------------------------------------------------------------ for any thread

    def start(self) -> None:
        """Look what a crash left behind, before any call may begin; then work in the thread."""
        spool.remove_unborn(self._store.spool_dir)
        self._left_over = spool.list_recordings(self._store.spool_dir)
        self._thread.start()

    def note(self, fact: Fact, at: float) -> None:
        """Write this down, after everything noted before; never waits."""
        with self._changed:
            if isinstance(fact, ShowTrouble):
                self._troubles = [*self._troubles, fact.code]
            elif isinstance(fact, TroubleOver):
                self._troubles = [code for code in self._troubles if code != fact.code]
            else:
                self._facts.append((fact, at))
            self._changed.notify_all()

    def show(self, status: dict[str, Any]) -> None:
        """What the status page says of this process from now on; never waits."""
        with self._changed:
            self._status = status
            self._changed.notify_all()

    def stop(self, timeout_s: float) -> bool:
        """Write what is left, for at most timeout_s; tells whether all of it was written."""
        with self._changed:
            self._stop_by = time.monotonic() + timeout_s
            self._changed.notify_all()
        self._thread.join(timeout_s + BUSY_S + 1.0)
        return not self._facts and not self._thread.is_alive()

    @property
    def alive(self) -> bool:
        """False once the thread died of a mistake of ours."""
        return self._thread.is_alive()

    # ------------------------------------------------------------ the clerk's own thread

    def _run(self) -> None:
        done = self._insist(self._make_good, "what was left over")
        while done and (taken := self._next()) is not None:
            fact, at = taken
            done = self._insist(partial(self._write, fact=fact, at=at), type(fact).__name__)
            if done:
                with self._changed:
                    self._facts.popleft()
        if self._conn is not None:
            self._conn.close()

    def _make_good(self, conn: Connection) -> None:
        make_good(conn, self._store, self._left_over, self._wall())
        self._sms_stored(sms_notes.left_on_sim(conn))
        if self._orders is not None:
            self._orders.begin(conn)

    def _next(self) -> tuple[Fact, float] | None:
        """The oldest fact, which stays in the queue until it is written; None: it is over."""
        while True:
            self._show_status()
            if self._orders is not None:
                self._orders.look(self._connection)
            with self._changed:
                if self._facts:
                    return self._facts[0]
                if self._stop_by is not None:
                    return None
                if self._status is None:
                    self._changed.wait(None if self._orders is None else EVERY_S)

    def _insist(self, job: Job, what: str) -> bool:
        """Do it, however often it takes; False only when we were told to go meanwhile."""
        wait_s, complained = FIRST_WAIT_S, False
        while True:
            try:
                job(self._connection())
            except NotFound:
                _LOGGER.warning("%s: there is no such row; left out", what)
            except (StoreError, OSError) as error:
                if not complained:
                    _LOGGER.warning("%s must wait: %s", what, error)
                complained = True
                self._forget_connection(error)
                if not self._wait(wait_s):
                    return False
                wait_s = min(2 * wait_s, LONGEST_WAIT_S)
                continue
            if complained:
                _LOGGER.info("%s is written now", what)
            return True

    def _wait(self, seconds: float) -> bool:
        """Wait before the next try; False when our time is over."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._show_status()
            with self._changed:
                if self._stop_by is not None and time.monotonic() >= self._stop_by:
                    return False
                if self._status is None:
                    self._changed.wait(min(left, 0.5))
        return True

    def _connection(self) -> Connection:
        if self._conn is None:
            self._conn = connect(self._store.database, busy_timeout_s=BUSY_S)
        return self._conn

    def _forget_connection(self, error: Exception) -> None:
        if self._conn is not None and not isinstance(error, Locked):
            self._conn.close()  # the file may have been replaced under it
            self._conn = None

    def _show_status(self) -> None:
        with self._changed:
            status, self._status = self._status, None
            troubles = list(self._troubles)
        if status is None:
            return
        try:
            live.write_status(self._store.run_dir, NAME, {**status, "troubles": troubles})
        except StoreError as error:
            _LOGGER.warning("the status cannot be shown: %s", error)

    # ------------------------------------------------------------ one fact, one transaction

    def _write(self, conn: Connection, fact: Fact, at: float) -> None:
        match fact:
            case NoteRinging(call_id):
                calls.begin(conn, call_id, at)
            case NoteCaller(call_id, caller):
                sealed = vault.seal_json(self._public_key, sealable(call_id, caller, at))
                calls.set_caller(conn, call_id, sealed)
            case NoteForwarded(call_id):
                calls.mark_forwarded(conn, call_id)
            case NoteAnswered(call_id):
                calls.mark_answered(conn, call_id, at)
            case NoteEnded(call_id, outcome):
                calls.end(conn, call_id, at, outcome.value)
            case SmsRead() | SmsDeleted() | SmsSent() | SmsNotSent():
                sms_notes.write(conn, self._store.run_dir, self._public_key, fact, at)
                if isinstance(fact, SmsRead):
                    self._sms_stored(fact.stamps)
            case _:
                self._write_recording(conn, fact, at)

    def _write_recording(self, conn: Connection, fact: Fact, at: float) -> None:
        """A message's row is made once its file exists and its sound is kept."""
        match fact:
            case KeepSound(recording_id):
                self._begun_at[recording_id] = at
                self._begin_message(conn, recording_id)
            case RecordingOpened(recording_id):
                self._on_disk.add(recording_id)
                self._begin_message(conn, recording_id)
            case CloseRecording(recording_id, reason):
                self._reasons[recording_id] = reason.value
            case RecordingClosed(recording_id, duration_ms):
                if recording_id in self._begun_at:
                    reason_value = self._reasons.get(recording_id, messages.CUT)
                    messages.finish_recording(conn, recording_id, duration_ms, reason_value)
                else:
                    discard(self._store, recording_id)
                self._forget(recording_id)
            case RecordingFailed(recording_id, why):
                if recording_id in self._on_disk and recording_id in self._begun_at:
                    messages.fail_recording(conn, recording_id, why)
                self._forget(recording_id)
            case _:
                raise Bug(f"the clerk cannot write a {type(fact).__name__}")

    def _begin_message(self, conn: Connection, recording_id: str) -> None:
        if recording_id in self._on_disk and recording_id in self._begun_at:
            call_id = spool.call_id_of(recording_id)
            messages.begin(conn, recording_id, call_id, self._begun_at[recording_id])

    def _forget(self, recording_id: str) -> None:
        self._begun_at.pop(recording_id, None)
        self._on_disk.discard(recording_id)
        self._reasons.pop(recording_id, None)
