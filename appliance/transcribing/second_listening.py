"""The second listening: while the line is idle a slower, better engine hears each message again.

Decides: when it may run, how often it is tried, when it gives up.
May touch: the messages table, keys in run_dir, the spool (read); the engine is a process apart.
Thread: the worker's. Called by: worker, once a turn. Nothing here waits, but to stop.
While a call is on nothing is written either: what is left to note is noted when the line is idle.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from appliance.errors import Damaged, ModelBroken, NotFound, StoreError, TranscribeError
from appliance.store import live, messages, spool
from appliance.store.second_queue import MAX_SECOND_ATTEMPTS
from appliance.transcribing import manifest, second_process, second_text
from appliance.transcribing.outcomes import Desk
from appliance.transcribing.second_ear import SecondEar
from appliance.transcribing.whisper import LANGUAGE, check_package
from appliance.transcribing.word_lists import ListReader

_LOGGER = logging.getLogger(__name__)

MODEL_BROKEN = "second_model_broken"  # the page's code
LOOK_EVERY_S = 60.0  # whether the model is there; a technician waits that long at most
BROKEN_REST_S = 600.0  # a damaged one is found by reading all of it: not again and again
BACK_OFF_S = 10.0  # times the tries of a message that failed
TROUBLE_S = 1.0  # between tries while the database is locked


@dataclass(frozen=True)
class _Job:
    """A message whose attempt is counted, and who hears it."""

    message_id: str
    ear: SecondEar


class SecondListening:
    """Hears one message at a time, the oldest first; off without a second model."""

    def __init__(
        self, desk: Desk, lists: ListReader, command: Sequence[str] = second_process.COMMAND
    ) -> None:
        """Look whether there is a model; command: the engine's process."""
        self._desk, self._lists, self._command = desk, lists, command
        self._folder = desk.config.speech.second_model
        self._job: _Job | None = None
        self._failed, self._tries = "", 0  # the message that failed last, and how often
        self._has_given_up = False
        self._is_forgotten = False
        self._is_usable: bool | None = None  # nobody has looked yet
        self._look_at = float("-inf")
        self._rest_until = float("-inf")
        self._look()

    @property
    def wants_second(self) -> bool:
        """Whether a message that is saved now is to be heard again."""
        return self._is_usable is True

    @property
    def troubles(self) -> tuple[str, ...]:
        """Codes for the status; none when it is switched off."""
        is_well = self._folder is None or (self.wants_second and not self._has_given_up)
        return () if is_well else (MODEL_BROKEN,)

    def turn(self, is_idle: bool) -> None:
        """Do one step; is_idle: no call is on and no message waits for its first listening."""
        try:
            self._turn(is_idle)
        except StoreError as error:  # a locked database passes: everything here is done again
            _LOGGER.warning("the store is in the second listening's way: %s", error)
            self._rest(TROUBLE_S)

    def stop(self) -> None:
        """On the way out: what was not finished goes back and costs no attempt."""
        if self._job is None:
            return
        self._job.ear.interrupt()
        self._job.ear.wait()
        try:
            self._settle(self._job)
        except StoreError as error:  # its attempt stays counted
            _LOGGER.warning("%s not given back: %s", self._job.message_id, error)

    # ------------------------------------------------------------------ what to do next

    def _turn(self, is_idle: bool) -> None:
        now = self._desk.clock()
        if self._job is not None and self._job.ear.is_busy(now):
            if not is_idle:
                self._job.ear.interrupt()
            return
        if not is_idle or now < self._rest_until:
            return
        if self._job is not None:
            self._settle(self._job)
        elif self._folder is None:
            self._forget_all()
        else:
            self._look()
            if self._is_usable:
                self._begin()

    def _forget_all(self) -> None:
        """It was switched off: nothing waits for it any more."""
        if not self._is_forgotten:
            messages.forget_second(self._desk.conn)
            self._is_forgotten = True

    def _look(self) -> None:
        """See whether there is a model to listen with; reads names and sizes only."""
        if self._folder is None or self._desk.clock() < self._look_at:
            return
        self._look_at = self._desk.clock() + LOOK_EVERY_S
        try:
            check_package()
            manifest.describe_for("second_model", self._folder)
            self._is_usable = True
        except TranscribeError as error:
            if self._is_usable is not False:
                _LOGGER.warning("no second listening: %s", error)
            self._is_usable = False

    def _begin(self) -> None:
        message_id = messages.claim_second(self._desk.conn)
        if message_id is None:
            return
        key = live.read_stream_key(self._desk.run_dir, message_id)
        if key is None:
            _LOGGER.info("%s waits for an officer's key to be heard again", message_id)
            messages.second_waits_for_key(self._desk.conn, message_id)
            return
        try:
            self._job = _Job(message_id, self._listen(message_id, key))
        except (NotFound, Damaged) as error:
            _LOGGER.warning("%s cannot be heard again: %s", message_id, error)
            self._give_up(message_id, "unreadable")
        except OSError as error:  # no memory for another process, a card that cannot be read
            self._put_off(message_id, error)
        else:
            _LOGGER.info("hearing %s again", message_id)

    def _listen(self, message_id: str, key: bytes) -> SecondEar:
        path = spool.path_of(self._desk.config.store.spool_dir, message_id)
        audio = spool.read_audio(path, key)
        if audio.damaged and not audio.pcm:
            raise Damaged("the recording does not open with its key")
        command = [*self._command, str(self._folder), LANGUAGE]
        return SecondEar(command, audio.pcm, self._desk.clock())

    # ------------------------------------------------------------------ what becomes of it

    def _settle(self, job: _Job) -> None:
        """Note how it ended; a locked database leaves everything as it is, for the next turn."""
        if job.ear.was_interrupted:
            messages.put_back_second(self._desk.conn, job.message_id)
        else:
            self._take(job)
        job.ear.close()
        self._job = None

    def _take(self, job: _Job) -> None:
        try:
            heard = job.ear.heard()
        except ModelBroken as error:  # no message's fault
            _LOGGER.warning("%s not heard again: %s", job.message_id, error)
            messages.put_back_second(self._desk.conn, job.message_id)
            self._is_usable, self._look_at = False, self._desk.clock() + BROKEN_REST_S
        except TranscribeError as error:
            self._put_off(job.message_id, error)
        else:
            second_text.save(self._desk, self._lists, job.message_id, heard)
            self._has_given_up = False

    def _put_off(self, message_id: str, error: Exception) -> None:
        """Try again a little later; after the last attempt it is given up."""
        tries = self._tries + 1 if message_id == self._failed else 1
        _LOGGER.warning("%s not heard again, %s times now: %s", message_id, tries, error)
        if tries >= MAX_SECOND_ATTEMPTS:
            self._give_up(message_id, "crashed")
            self._has_given_up = True
        self._failed, self._tries = message_id, tries
        self._rest(BACK_OFF_S * tries)

    def _give_up(self, message_id: str, code: str) -> None:
        messages.fail_second(self._desk.conn, message_id, code)
        live.forget_stream_key(self._desk.run_dir, message_id)

    def _rest(self, for_s: float) -> None:
        self._rest_until = self._desk.clock() + for_s
