"""The listener: claims recordings, also those being made right now, and saves their words.

Decides: what is decoded next, and what becomes of a message whose decoding failed.
May touch: the messages table, run_dir, the spool (read). Thread: main of its own process.
Called by: listener. A crash anywhere here costs a restart: the message is claimed again.
"""

import logging
import threading

from appliance import notify
from appliance.errors import Bug, StoreError, UnreadableAudio
from appliance.store import health, live, messages, spool
from appliance.transcribing import heap, outcomes
from appliance.transcribing.alarm import LiveAlarm
from appliance.transcribing.listening import Listening
from appliance.transcribing.outcomes import PROCESS, Desk, Job
from appliance.transcribing.second_listening import SecondListening
from appliance.transcribing.word_lists import ListReader
from appliance.transcribing.written import WrittenMessages

_LOGGER = logging.getLogger(__name__)

LEASE_S = 30.0
RENEW_EVERY_S = 5.0  # five misses before a lease is lost
IDLE_S = 0.1  # a frame comes every 100 ms; one look costs a stat and an indexed SELECT
TROUBLE_S = 0.5  # between tries while the database is locked
STATUS_EVERY_S = 2.0  # the page calls us silent after 45 s
CHECK_EVERY_S = 1.0  # whether the recorder of a file that stands still has died
FORGET_EVERY_S = 600.0


class Worker:
    """Decodes one recording at a time; a call in progress goes before an old message."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._jobs: dict[str, Job] = {}
        self._lists = ListReader()
        self._second = SecondListening(desk, self._lists)
        self._written = WrittenMessages(desk, self._lists)
        self._renewed_at = self._status_at = desk.clock()
        self._forgot_at = float("-inf")
        self._checked_at = desk.clock()
        self._ask_again_at = float("-inf")
        self._is_clean = False
        self._has_heard = False

    def run(self, stopped: threading.Event) -> None:
        """Work until told to stop; then give back what is not finished."""
        while not stopped.is_set():
            pause_s = self.turn()
            notify.watchdog()
            if pause_s:
                stopped.wait(pause_s)
        self._second.stop()
        self._give_back()

    def turn(self) -> float:
        """Do one step of the most urgent work; return how long to rest, in seconds."""
        try:
            return self._turn()
        except StoreError as error:  # a locked database or a full disk passes; nothing is lost
            _LOGGER.warning("the store is in the way: %s", error)
            return TROUBLE_S

    def _turn(self) -> float:
        claim: messages.Claim | None = None
        try:
            self._second.turn(is_idle=self._is_line_idle())  # first: it makes room for a call
            self._keep_house()
            self._written.turn()
            claim = self._claim()
            if claim is not None:
                self._open(claim)
            job = self._most_urgent()
            if job is None:
                self._tidy_up()
                return IDLE_S
            claim = job.claim
            return self._step(job)
        except UnreadableAudio as error:
            if claim is None:
                raise
            self._drop(claim.id)
            outcomes.give_up(self._desk, claim, error)
        except (StoreError, Bug):
            raise
        except Exception as error:  # the engine's: it raises bare Exception
            if claim is None:
                raise
            _LOGGER.exception("decoding failed")
            self._drop(claim.id)
            outcomes.put_off(self._desk, claim, type(error).__name__)
        return 0.0

    # ------------------------------------------------------------------ what to do next

    def _most_urgent(self) -> Job | None:
        """Pick the call that was claimed while it was spoken; without one, what has work left.

        While somebody speaks an old message rests: on a small machine both at once would make
        the call's text late, and the old one has waited already.
        """
        now = self._desk.clock()
        for job in self._jobs.values():
            job.listening.look(now)
        return min(
            self._jobs.values(),
            key=lambda job: (job.listening.is_idle(now), job.claim.state != "recording"),
            default=None,
        )

    def _claim(self) -> messages.Claim | None:
        """Take the next message when we have no work, or when a call comes in beside it."""
        now = self._desk.clock()
        has_work = any(not job.listening.is_idle(now) for job in self._jobs.values())
        if has_work and not self._is_call_waiting(now):
            return None
        desk = self._desk
        claim = messages.claim_next(desk.conn, now=desk.wall(), owner=desk.owner, lease_s=LEASE_S)
        if claim is None or claim.id in self._jobs:
            return None
        if has_work and claim.state != "recording":  # the call cannot be had: it waits for a retry
            messages.give_back(desk.conn, claim.id, desk.owner)
            self._ask_again_at = now + CHECK_EVERY_S
            return None
        return claim

    def _is_call_waiting(self, now: float) -> bool:
        """Whether the newest message is being spoken and nobody listens to it."""
        is_taken = any(job.listening.is_live(now) for job in self._jobs.values())
        if now < self._ask_again_at or is_taken:
            return False
        newest = messages.list_newest(self._desk.conn, limit=1)
        return bool(newest) and newest[0].state == "recording" and newest[0].id not in self._jobs

    def _is_line_idle(self) -> bool:
        """Whether no call is on and no message waits for its first text."""
        if self._jobs or messages.count_waiting(self._desk.conn):
            return False
        return not health.is_call_on(self._desk.run_dir, self._desk.wall())

    def _open(self, claim: messages.Claim) -> None:
        desk = self._desk
        key = live.read_stream_key(desk.run_dir, claim.id)
        if key is None:
            _LOGGER.info("%s waits for an officer's key", claim.id)
            messages.wait_for_key(desk.conn, claim.id, self._desk.owner)
            return
        lists = self._lists.read(desk.conn)
        alarm = LiveAlarm(desk.conn, claim.id, lists.triage, desk.wall)
        listening = Listening(
            claim.id,
            spool.path_of(desk.config.store.spool_dir, claim.id),
            key,
            is_growing=claim.state == "recording",
            transcriber=desk.transcriber,
            watch=desk.watch,
            judge=alarm.judge,
            now=desk.clock(),
        )
        self._jobs[claim.id] = Job(claim, listening, lists, alarm)
        _LOGGER.info("listening to %s, attempt %s", claim.id, claim.attempts)

    # ------------------------------------------------------------------ one step

    def _step(self, job: Job) -> float:
        claim, listening = job.claim, job.listening
        is_decoding = listening.step()
        if not is_decoding and (listening.ended or self._was_cut(claim, listening)):
            outcomes.save(self._desk, job, wants_second=self._second.wants_second)
            self._drop(claim.id)
            self._has_heard = True
            return 0.0
        listening.show(self._desk.run_dir, self._desk.clock())
        job.alarm.tell()  # the database may have been in the way; the caller may say no more
        return 0.0 if is_decoding else IDLE_S / 2

    def _was_cut(self, claim: messages.Claim, listening: Listening) -> bool:
        """Whether nothing will follow although the file has no end: its recorder died."""
        now = self._desk.clock()
        if claim.state == "recording":
            if now - self._checked_at < CHECK_EVERY_S:
                return False
            self._checked_at = now
            if messages.get(self._desk.conn, claim.id).state == "recording":
                return False
        listening.look(now)  # the row may be newer than our last look at the file
        return not listening.step()

    def _drop(self, message_id: str) -> None:
        job = self._jobs.pop(message_id, None)
        if job is not None:
            job.listening.close()

    def _tidy_up(self) -> None:
        """With nothing left to do: until now somebody held the last recording's memory."""
        if self._has_heard:
            self._has_heard = False
            heap.give_back()

    def _give_back(self) -> None:
        """On the way out: being told to stop costs no attempt, the next start takes it up."""
        for message_id in list(self._jobs):
            self._drop(message_id)
            try:
                messages.give_back(self._desk.conn, message_id, self._desk.owner)
            except StoreError as error:  # its attempt stays counted; the next start frees it
                _LOGGER.warning("%s not given back: %s", message_id, error)

    # ------------------------------------------------------------------ the house

    def _keep_house(self) -> None:
        now = self._desk.clock()
        if not self._is_clean:  # what an earlier run of the one transcriber had claimed
            messages.clear_leases(self._desk.conn)
            self._is_clean = True
        if now - self._renewed_at >= RENEW_EVERY_S:
            self._renew()
            self._renewed_at = now
        if now - self._status_at >= STATUS_EVERY_S:
            self.show_status()
        if now - self._forgot_at >= FORGET_EVERY_S:
            self._forgot_at = now
            outcomes.forget_left_overs(self._desk)
            for message_id in live.forget_old_keys(self._desk.run_dir, self._desk.wall()):
                _LOGGER.warning("the key of %s is too old and was removed from RAM", message_id)

    def _renew(self) -> None:
        until = self._desk.wall() + LEASE_S
        for message_id in list(self._jobs):
            if not messages.renew(self._desk.conn, message_id, self._desk.owner, until):
                _LOGGER.warning("%s is no longer ours", message_id)
                self._drop(message_id)

    def show_status(self) -> None:
        """Tell the page how we are doing; behind: only what was claimed while it was spoken.

        An old message is read whole before it is decoded: that is no delay of the machine's.
        """
        self._status_at = self._desk.clock()
        jobs = self._jobs.values()
        spoken = [job.listening for job in jobs if job.claim.state == "recording"]
        state = {
            "at": self._desk.wall(),
            "state": "busy" if jobs else "ready",
            "model": self._desk.transcriber.model,
            "busy": list(self._jobs),
            "behind_s": round(sum(listening.behind_s for listening in spoken), 1),
            "waiting": max(0, messages.count_waiting(self._desk.conn) - len(jobs)),
            "troubles": [*self._lists.troubles, *self._second.troubles],
        }
        live.write_status(self._desk.run_dir, PROCESS, state)
