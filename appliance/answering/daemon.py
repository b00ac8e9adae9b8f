"""The call loop: one event from the mailbox, the machine decides, the actions are performed.

Decides: nothing about calls; whether this process is still worth keeping alive (watchdog).
May touch: everything of a call through what it was given; waits for nothing but the mailbox.
Thread: main, the only owner of the machine. Called by: start_answer (the real one), tests (fakes).
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from appliance import notify
from appliance.answering import line_report
from appliance.answering.actions import (
    Action,
    AddCaller,
    Answer,
    CloseRecording,
    HangUp,
    KeepSound,
    ListCalls,
    NoteAnswered,
    NoteCaller,
    NoteEnded,
    NoteForwarded,
    NoteRinging,
    OpenRecording,
    Play,
    RouteVoice,
    ShowTrouble,
    SilencePrompts,
    StartSound,
    StopSound,
    TroubleOver,
    UnrouteVoice,
)
from appliance.answering.audio import Sound
from appliance.answering.call import CallMachine, State
from appliance.answering.clerk import Fact
from appliance.answering.events import (
    DeadlineReached,
    Event,
    KeyPressed,
    ModemLost,
    RecordingClosed,
    RecordingFailed,
    RecordingOpened,
    SoundLost,
    VoiceRouted,
)
from appliance.answering.keys import KeyLedger
from appliance.answering.parts import Events, Line, Notes
from appliance.answering.recorders import Recorders
from appliance.answering.states import ATA_S, RESTING
from appliance.config import Config
from appliance.errors import AudioError, Bug

_LOGGER = logging.getLogger(__name__)

BEAT_S = 5.0  # systemd restarts after WatchdogSec=30 without a ping: six chances
ANSWERS_S = 35.0  # the link asks the modem every 10 s; three misses are its own to handle
OFFLINE_S = 30.0  # the link says up, we say offline: one of us is wrong, a restart decides
LAST_WORDS_S = 10.0  # for the disk and the clerk, when we are told to go
IN_TALK = frozenset({State.GREETING, State.RECORDING})

_MODEM = (Answer, HangUp, ListCalls, RouteVoice, UnrouteVoice)
_SOUND = (StartSound, StopSound, Play, SilencePrompts)
_FILES = (OpenRecording, KeepSound, AddCaller, CloseRecording)


class Daemon:
    """One phone. `clock` is monotonic, `wall` epoch seconds; `ping` feeds the watchdog."""

    def __init__(
        self,
        *,
        mailbox: Events,
        machine: CallMachine,
        line: Line,
        sound: Sound,
        recorders: Recorders,
        clerk: Notes,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        ping: Callable[[], None] = notify.watchdog,
    ) -> None:
        self.mailbox = mailbox
        self.machine = machine
        self._line, self._sound = line, sound
        self._recorders, self._clerk = recorders, clerk
        self._clock, self._wall, self._ping = clock, wall, ping
        self._next_beat = clock()
        self._alive_at = clock()  # when the modem last answered, or its loss was known
        self._agreed_at = clock()  # when the machine and the link last agreed that there is one
        self._frames: int | None = None  # at the last beat in a talk
        self._doubt: str | None = None
        self._keys = KeyLedger()
        self._deeds: dict[type[Action], Callable[[Any], None]] = {
            Answer: lambda _: line.answer(),
            HangUp: lambda _: line.hang_up(),
            ListCalls: lambda _: line.list_calls(),
            RouteVoice: lambda _: self._route_voice(),
            UnrouteVoice: lambda _: line.unroute_voice(),
            StartSound: lambda _: sound.start(),
            StopSound: lambda _: sound.stop(),
            Play: lambda asked: sound.play(asked.prompt),
            SilencePrompts: lambda _: sound.silence_prompts(),
            OpenRecording: lambda asked: recorders.open(asked, wall()),
            KeepSound: self._keep,
            AddCaller: lambda asked: recorders.add_caller(asked, wall()),
            CloseRecording: self._close,
            **dict.fromkeys((NoteRinging, NoteCaller, NoteForwarded, NoteAnswered), self._note),
            **dict.fromkeys((NoteEnded, ShowTrouble, TroubleOver), self._note),
        }

    # ------------------------------------------------------------ the loop

    def run(self) -> None:
        """Answer calls until we are asked to stop and nothing is left to finish."""
        while self.machine.state is not State.STOPPED:
            self.step()
        self._recorders.wait_closed(LAST_WORDS_S)
        while (event := self.mailbox.get(0)) is not None:
            self._pass_on(event)
        if not self._clerk.stop(LAST_WORDS_S):
            _LOGGER.warning("not every row was written; the next start makes them from the files")

    def step(self) -> None:
        """One event, or what became due while none came."""
        deadline = self.machine.deadline
        until = self._next_beat if deadline is None else min(deadline, self._next_beat)
        event = self.mailbox.get(max(0.0, until - self._clock()))
        if event is not None:
            self._take(event)
        deadline = self.machine.deadline
        if deadline is not None and deadline <= self._clock():
            self._take(DeadlineReached())
        if self._clock() >= self._next_beat:
            self._beat()

    def _take(self, event: Event) -> None:
        if isinstance(event, KeyPressed) and self._keys.is_known(event, self._clock()):
            return
        before = self.machine.state
        for action in self.machine.handle(event, self._clock()):
            self._perform(action)
        self._pass_on(event)
        for action in self._sound.heed(event):
            self._perform(action)
        if self.machine.state is not before:
            now_in, cause = self.machine.state.name, self.machine.moved_by
            _LOGGER.info("%s -> %s on %s", before.name, now_in, cause)
            self._show()
        elif isinstance(event, ModemLost):
            self._show()  # still offline, but for another reason

    def _pass_on(self, event: Event) -> None:
        """What became of a recording is the clerk's to write down."""
        if isinstance(event, RecordingFailed):
            self._recorders.give_up(event.recording_id)
        if isinstance(event, RecordingOpened | RecordingClosed | RecordingFailed):
            self._clerk.note(event, self._wall())

    # ------------------------------------------------------------ the actions

    def _perform(self, action: Action) -> None:
        try:
            self._deeds[type(action)](action)
        except Bug:
            raise
        except Exception:
            _LOGGER.exception("%s failed", type(action).__name__)
            self.mailbox.post(self._loss_after(action))

    def _loss_after(self, action: Action) -> Event:
        """What an action that raised means: its device is lost."""
        reason = f"{type(action).__name__} failed"
        if isinstance(action, _MODEM):
            return ModemLost(reason)
        if isinstance(action, _SOUND):
            return SoundLost(reason)
        if isinstance(action, _FILES):
            return RecordingFailed(action.recording_id, "disk_error")
        raise Bug(f"{reason}: a note must never fail")

    def _route_voice(self) -> None:
        if self._sound.needs_port:
            self._line.route_voice()
        else:
            self.mailbox.post(VoiceRouted())  # the card hears the modem's jack all the time

    def _keep(self, asked: KeepSound) -> None:
        self._sound.keep(self._recorders.sink_of(asked.recording_id))
        self._note(asked)

    def _close(self, asked: CloseRecording) -> None:
        self._sound.keep(None)
        self._note(asked)
        self._recorders.close(asked)

    def _note(self, fact: Fact) -> None:
        self._clerk.note(fact, self._wall())

    # ------------------------------------------------------------ are we still worth keeping

    def _beat(self) -> None:
        self._next_beat = self._clock() + BEAT_S
        self._show()
        if not self._clerk.alive:
            raise Bug("the clerk died")
        if not self._line.alive:
            raise Bug("the modem link died")
        if self._sound.stuck and self.machine.state in RESTING:
            raise AudioError("the sound system hangs: only a new process brings it back")
        doubt = self._find_doubt(self._clock())
        if doubt is None:
            self._ping()
        elif doubt != self._doubt:
            _LOGGER.warning("no watchdog ping: %s", doubt)
        self._doubt = doubt

    def _find_doubt(self, now: float) -> str | None:
        """Why systemd should not hear from us; None when everything turns."""
        status = self._line.status()
        if not status.up:
            self._alive_at = now  # the link knows and tries; a restart would not help
        elif status.last_answer_at is not None:
            self._alive_at = max(self._alive_at, status.last_answer_at)
        if not (status.up and self.machine.state is State.OFFLINE):
            self._agreed_at = now
        answering = self.machine.state is State.ANSWERING  # ATA may take the network's 90 s
        if now - self._alive_at > (ATA_S if answering else 0.0) + ANSWERS_S:
            return "the modem has not answered, and nobody noticed"
        if now - self._agreed_at > OFFLINE_S:
            return "the modem is up, but the call loop does not know it"
        before, self._frames = self._frames, None
        if self.machine.state in IN_TALK:
            self._frames = self._sound.frames_in
        if before is not None and before == self._frames:
            return "a call without sound coming in"
        return None

    def _show(self) -> None:
        self._clerk.show(
            {
                **line_report.of(self._line.status()),
                "at": self._wall(),
                "state": self.machine.state.name,
                "levels": self._sound.levels,
            }
        )


def run(config: Config) -> None:
    """Be the phone of this post; raises HotlineError with what to do when it cannot start."""
    from appliance.answering import start_answer  # it builds the real parts around this loop

    start_answer.run(config)
