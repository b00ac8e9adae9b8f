"""`hotline check --call`: a real call from the technician's phone, watched from the box's side.

Decides: what a good test call is, and the sentence that mends a bad one.
May touch: reads the calls, the messages and what answer says of itself.
Thread: main. Called by: __main__. Both directions are measured: the technician says whether the
greeting and the beep came through, the box says how loud the technician was.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from appliance.checking import Line
from appliance.config import Config
from appliance.errors import HotlineError
from appliance.store import calls, db, health, messages
from appliance.store.calls import CallEntry
from appliance.store.db import Connection
from appliance.store.messages import MessageEntry

CALL_WITHIN_S = 180.0  # to dial, and for the duty phone to give up
END_WITHIN_S = 330.0  # the box lets no call last longer than 300 s
TEXT_WITHIN_S = 120.0  # a minute of speech on a slow machine
LOOK_EVERY_S = 0.2
ANSWER_WITHIN_S = 5.0  # RING to sound, behind a duty phone; VoLTE may take some seconds
LOUD_ENOUGH_DBFS = -40.0  # peak; below it the engine is given more noise than voice (measured)
TOO_LOUD_DBFS = -0.5  # the wave is cut off at the top
GRAVE = ("uplink_dead", "voice_path", "sound_lost", "cannot_record", "line_stuck")

FINISHED = ("transcribed", "waiting_for_key", "failed")

Say = Callable[[str], None]
Wait = Callable[[float], None]
Found = TypeVar("Found")


@dataclass(frozen=True)
class Seen:
    """A call that is over: its row, its message if one was left, and what the box noticed.

    dialled_at: epoch seconds; levels: dBFS as answer shows them; troubles: complaint codes.
    """

    dialled_at: float
    call: CallEntry
    message: MessageEntry | None
    levels: dict[str, float] = field(default_factory=dict)
    troubles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Heard:
    """What came through at the technician's end."""

    greeting: bool
    beep: bool


class TestCall:
    """The next call that comes in after this was made; close it."""

    def __init__(self, config: Config) -> None:
        """Raises HotlineError while no call could reach the box."""
        if not health.look(config, time.time()).modem_up:
            raise HotlineError("the modem is not up: run `hotline check` first")
        self._config = config
        self._conn = db.connect(config.store.database)
        before = calls.newest(self._conn)
        self._known = before.seq if before else 0

    def follow(self, dialled_at: float, say: Say, wait: Wait) -> Seen:
        """Watch it to its end; raises HotlineError when none comes or it does not end."""
        conn = self._conn
        rings = _until(CALL_WITHIN_S, wait, self._fresh, "no call reached the box")
        say("It rings at the box.")
        call = _until(END_WITHIN_S, wait, lambda: _over(conn, rings.id), "the call did not end")
        say("The call is over; waiting for its text.")
        return Seen(dialled_at, call, _message(conn, call, wait), **_noticed(self._config))

    def close(self) -> None:
        """Let go of the database."""
        self._conn.close()

    def _fresh(self) -> CallEntry | None:
        newest = calls.newest(self._conn)
        return newest if newest is not None and newest.seq > self._known else None


def judge(seen: Seen, heard: Heard) -> list[Line]:
    """Say what was good, and what to do about the rest."""
    return [_ring(seen), _answer(seen), _out(seen, heard), _back(seen), _kept(seen)]


def _ring(seen: Seen) -> Line:
    after_s = seen.call.started_at - seen.dialled_at
    mark = "with" if seen.call.forwarded else "without"
    return Line(
        "ring",
        True,
        f"it rang {after_s:.0f} s after you dialled, {mark} the network's mark of a forwarded call;"
        " through the duty phone this is its forwarding time",
    )


def _answer(seen: Seen) -> Line:
    call = seen.call
    if call.answered_at is None:
        return Line("answer", False, f"the box did not answer ({call.outcome}): look at its log")
    took_s = call.answered_at - call.started_at
    if took_s > ANSWER_WITHIN_S:
        return Line(
            "answer", False, f"it took {took_s:.0f} s: [call] answer_after_s, or the network"
        )
    return Line("answer", True, f"after {took_s:.1f} s")


def _out(seen: Seen, heard: Heard) -> Line:
    bad = [code for code in seen.troubles if code in GRAVE]
    if bad:
        return Line("out", False, "; ".join(map(health.in_english, bad)))
    if heard.greeting and heard.beep:
        return Line("out", True, "you heard greeting and beep")
    return Line(
        "out",
        False,
        "you did not hear it all: another firmware, or a sound card at the modem's jack"
        " (firmware_notes)",
    )


def _back(seen: Seen) -> Line:
    peak = seen.levels.get("in_peak_dbfs")
    if peak is None:
        return Line("back", False, "nothing of you reached the box: look at the sound's wiring")
    if peak < LOUD_ENOUGH_DBFS:
        return Line("back", False, f"you were too quiet ({peak:.0f} dBFS): turn the gain up")
    if peak > TOO_LOUD_DBFS:
        return Line("back", False, f"you were too loud ({peak:.0f} dBFS): turn the gain down")
    return Line("back", True, f"your voice peaked at {peak:.0f} dBFS")


def _kept(seen: Seen) -> Line:
    message = seen.message
    if message is None:
        return Line("message", False, f"none was kept ({seen.call.outcome}): speak after the beep")
    length_s = (message.duration_ms or 0) / 1000
    if message.state != "transcribed":
        return Line(
            "message", False, f"{length_s:.0f} s kept, but not written down: look at speech"
        )
    if not message.has_speech:
        return Line("message", False, f"{length_s:.0f} s kept, no speech found in it")
    return Line("message", True, f"{length_s:.0f} s kept, the line was {message.line_quality}")


def _over(conn: Connection, call_id: str) -> CallEntry | None:
    call = calls.get(conn, call_id)
    return call if call.outcome is not None else None


def _message(conn: Connection, call: CallEntry, wait: Wait) -> MessageEntry | None:
    """The call's message once it is written down, or as it is when that takes too long."""
    until = time.monotonic() + TEXT_WITHIN_S
    while True:
        entry = next((m for m in messages.list_newest(conn, limit=5) if m.call_id == call.id), None)
        if entry is None or entry.state in FINISHED or time.monotonic() > until:
            return entry
        wait(LOOK_EVERY_S)


def _noticed(config: Config) -> dict[str, Any]:
    answer = health.look(config, time.time()).answer
    return {
        "levels": dict(answer.get("levels") or {}),
        "troubles": tuple(map(str, answer.get("troubles") or ())),
    }


def _until(within_s: float, wait: Wait, look: Callable[[], Found | None], complaint: str) -> Found:
    until = time.monotonic() + within_s
    while (found := look()) is None:
        if time.monotonic() > until:
            raise HotlineError(f"{complaint} within {within_s:.0f} s")
        wait(LOOK_EVERY_S)
    return found
