"""What becomes of a message that was claimed: its words are saved, or it is tried again, or not.

Decides: back-off, and when another try is useless. May touch: the messages table, run_dir.
Thread: the worker's. Called by: worker.
The stream key is forgotten only after the words are on disk.
"""

import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appliance.config import Config
from appliance.errors import NotFound, UnreadableAudio
from appliance.store import live, messages, vault
from appliance.store.db import Connection
from appliance.transcribing import transcript
from appliance.transcribing.alarm import LiveAlarm
from appliance.transcribing.engine import Transcriber, Word
from appliance.transcribing.listening import Listening
from appliance.transcribing.triage import Judgement
from appliance.transcribing.watch import Watch
from appliance.transcribing.word_lists import WordLists

_LOGGER = logging.getLogger(__name__)

PROCESS = "transcribe"  # in the names of the status and lock files, and of who holds a lease
UNFINISHED = ("recording", "recorded", "transcribing")
STILL_TO_HEAR = ("wanted", "waiting_for_key")  # a second time
BACK_OFF_S = {1: 2.0, 2: 10.0}  # by attempt; after the third the message is `failed`


@dataclass(frozen=True)
class Desk:
    """What the worker works with; clock: monotonic seconds, wall: epoch seconds."""

    conn: Connection
    config: Config
    transcriber: Transcriber
    watch: Watch
    public_key: bytes
    clock: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    owner: str = field(default_factory=lambda: f"{PROCESS}-{os.getpid()}")

    @property
    def run_dir(self) -> Path:
        """RAM: keys, partial texts, status."""
        return self.config.store.run_dir


@dataclass(frozen=True)
class Job:
    """A message that is ours, and what listens to it."""

    claim: messages.Claim
    listening: Listening
    lists: WordLists
    alarm: LiveAlarm


def save(desk: Desk, job: Job, *, wants_second: bool) -> None:
    """Seal and keep the words, then forget the key; raises Locked, DiskFull: call it again.

    wants_second: it may be heard again; then the key stays, and the text beside it.
    """
    claim, listening = job.claim, job.listening
    words, has_speech = listening.finish(), listening.has_speech
    judgement = transcript.judge(words, job.lists.triage, has_speech)
    verdict = transcript.with_alarm(judgement, job.alarm.heard.judgement)
    made = _made_of(desk, job, words, verdict, is_live=verdict != judgement)
    wants_second = wants_second and has_speech
    if wants_second:  # before the row: nobody here can open that text again
        live.save_first_text(desk.run_dir, claim.id, made["text"])
    is_saved = messages.save_transcript(
        desk.conn,
        claim.id,
        desk.owner,
        sealed=vault.seal_json(desk.public_key, made),
        engine=desk.transcriber.engine,
        model=desk.transcriber.model,
        word_count=len(words),
        mean_confidence=transcript.mean_confidence(words),
        end_reason=listening.reason,
        duration_ms=listening.duration_ms,
        verdict=messages.Verdict(
            *(verdict.category, verdict.urgency, has_speech),
            listening.line_quality if has_speech else None,
        ),
        wants_second=wants_second,
        now=desk.wall(),
    )
    if is_saved:
        if not wants_second:
            live.forget_stream_key(desk.run_dir, claim.id)
        live.forget_partial(desk.run_dir, claim.id)
        _LOGGER.info("transcribed %s", claim.id)


def _made_of(
    desk: Desk, job: Job, words: Sequence[Word], verdict: Judgement, *, is_live: bool
) -> dict[str, Any]:
    """Put together what gets sealed; is_live: the verdict is what was heard while it was spoken."""
    return transcript.transcript_of(
        words,
        verdict,
        engine=desk.transcriber.engine,
        model=desk.transcriber.model,
        preset=desk.transcriber.preset,
        names=job.lists.names,
        heard=job.alarm.heard if is_live else None,
    )


def put_off(desk: Desk, claim: messages.Claim, error: str) -> None:
    """Try again later, or give up after the last attempt."""
    if claim.attempts not in BACK_OFF_S:
        live.forget_partial(desk.run_dir, claim.id)
        messages.fail(desk.conn, claim.id, desk.owner, error)
        return
    at = desk.wall() + BACK_OFF_S[claim.attempts]
    messages.retry_later(desk.conn, claim.id, desk.owner, error, at)


def give_up(desk: Desk, claim: messages.Claim, error: UnreadableAudio) -> None:
    """No text, still in the queue: another try would read the same bytes."""
    _LOGGER.warning("%s: %s", claim.id, error)
    live.forget_partial(desk.run_dir, claim.id)
    messages.fail(desk.conn, claim.id, desk.owner, "unreadable")


def forget_left_overs(desk: Desk) -> None:
    """Remove from RAM what a crash after saving, or a third crash, left there in clear."""
    keys, partials = live.keys_dir(desk.run_dir), desk.run_dir / live.LIVE
    for path in (*keys.iterdir(), *partials.glob("*.json")):
        try:
            entry = messages.get(desk.conn, path.stem)
        except NotFound:  # its row comes after its file, or it is being written
            continue
        if entry.state == "transcribed" and entry.second_state not in STILL_TO_HEAR:
            live.forget_stream_key(desk.run_dir, path.stem)
        if entry.state not in UNFINISHED:
            live.forget_partial(desk.run_dir, path.stem)
