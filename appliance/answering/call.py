"""The call machine: one table, (state, event or timer) -> step -> next state (PURE).

Decides: everything about a call; what no row of the table names is ignored in that state.
May touch: nothing. Thread: call loop. Called by: daemon, docs/print_states.py.
House rules: a step ends in a state its row names, and every state that waits has a deadline.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from appliance.answering.actions import Action
from appliance.answering.call_line import LineSteps
from appliance.answering.call_talk import TalkSteps
from appliance.answering.events import (
    Answered,
    AnswerFailed,
    CallEndHinted,
    CallerShown,
    CallForwarded,
    CallsListed,
    DeadlineReached,
    Event,
    HangUpToneHeard,
    KeyPressed,
    LineFree,
    ModemLost,
    ModemUp,
    PromptPlayed,
    RecordingFailed,
    RecordingOpened,
    Ringing,
    SecondCaller,
    SoundLost,
    SoundStarted,
    SpeechStarted,
    SpeechStopped,
    StopAsked,
    UplinkStalled,
    VoiceRefused,
    VoiceRouted,
)
from appliance.answering.states import RESTING, CallSettings, State, Timer
from appliance.errors import Bug

__all__ = ["TABLE", "CallMachine", "CallSettings", "Move", "State", "Timer"]

Trigger = type[Event] | Timer


class CallMachine(LineSteps, TalkSteps):
    """Events and the time go in, actions come out; `deadline` says when to come again.

    moved_by: the name of the event or timer that led to the present state, for the log.
    """

    moved_by = ""

    def handle(self, event: Event, now: float) -> list[Action]:
        """What is to be done about `event`. now: monotonic seconds. Raises Bug only."""
        self._actions = []
        if isinstance(event, DeadlineReached):
            self._fire_timers(event, now)
        elif isinstance(event, ModemUp) and self.state is not State.OFFLINE:
            self._step(ModemLost, ModemLost("it came back unseen"), now)
            self._step(ModemUp, event, now)
        else:
            self._step(type(event), event, now)
        return self._actions

    def _fire_timers(self, event: DeadlineReached, now: float) -> None:
        while due := [timer for timer, at in self._timers.items() if at <= now]:
            earliest = min(due, key=lambda timer: self._timers[timer])
            del self._timers[earliest]
            self._step(earliest, event, now)

    def _step(self, trigger: Trigger, event: Event, now: float) -> None:
        move = TABLE[self.state].get(trigger)
        if move is None:
            return
        found = move.step(self, event, now)
        if found is not self.state and found not in move.to:
            raise Bug(f"{name_of(trigger)} led from {self.state.name} to {found.name}")
        if found is not self.state:
            self.moved_by = name_of(trigger)
        self.state = found
        rows = TABLE[found]
        self._timers = {timer: at for timer, at in self._timers.items() if timer in rows}
        if found not in RESTING and not self._timers:
            raise Bug(f"{found.name} waits without a deadline")


class Move:
    """One row of the table: the step, and the states it may lead to; it may always stay."""

    def __init__(self, step: Callable[[CallMachine, Any, float], State], *to: State) -> None:
        self.step = step
        self.to = to


def name_of(trigger: Trigger) -> str:
    """The trigger's name as the documents print it."""
    return trigger.name if isinstance(trigger, Timer) else trigger.__name__


_M = CallMachine
_OFF, _IDLE, _RING, _ANSWER = State.OFFLINE, State.IDLE, State.RINGING, State.ANSWERING
_GREET, _RECORD, _END = State.GREETING, State.RECORDING, State.ENDING
_OFFICER, _STOPPED = State.OFFICER, State.STOPPED

_FILES: Mapping[Trigger, Move] = {
    RecordingOpened: Move(_M.note_opened),
    RecordingFailed: Move(_M.note_failed),
}
_SECOND: Mapping[Trigger, Move] = {SecondCaller: Move(_M.note_second)}
_IN_CALL: Mapping[Trigger, Move] = {
    **_SECOND,
    ModemLost: Move(_M.lose_line, _OFF),
    CallerShown: Move(_M.see_number),
    CallForwarded: Move(_M.note_forwarded),
    CallEndHinted: Move(_M.take_hint),
    CallsListed: Move(_M.see_list, _IDLE),
    RecordingOpened: Move(_M.note_opened),
    Timer.POLL: Move(_M.ask),
    Timer.GUARD: Move(_M.guard, _END),
}

TABLE: Final[Mapping[State, Mapping[Trigger, Move]]] = {
    State.OFFLINE: {
        **_FILES,
        ModemUp: Move(_M.come_up, _IDLE, _RING, _ANSWER, _END, _OFFICER),
        StopAsked: Move(_M.stop, _STOPPED),
    },
    State.IDLE: {
        **_FILES,
        **_SECOND,
        Ringing: Move(_M.start_ringing, _RING, _ANSWER),
        CallerShown: Move(_M.start_with_number, _RING, _ANSWER),
        CallForwarded: Move(_M.expect_forwarded),
        CallsListed: Move(_M.see_free_list, _RING, _ANSWER, _END, _OFFICER),
        ModemLost: Move(_M.lose_line, _OFF),
        StopAsked: Move(_M.stop, _STOPPED),
    },
    State.RINGING: {
        **_FILES,
        **_SECOND,
        Ringing: Move(_M.keep_ringing),
        CallerShown: Move(_M.see_ringing_number, _ANSWER),
        CallForwarded: Move(_M.note_forwarded),
        CallEndHinted: Move(_M.take_hint),
        CallsListed: Move(_M.see_ringing_list, _ANSWER, _OFFICER, _IDLE),
        Timer.POLL: Move(_M.ask),
        Timer.ANSWER_DUE: Move(_M.answer, _ANSWER),
        ModemLost: Move(_M.lose_line, _OFF),
        StopAsked: Move(_M.stop, _STOPPED),
    },
    State.ANSWERING: {
        **_IN_CALL,
        Answered: Move(_M.take),
        AnswerFailed: Move(_M.miss, _RING, _END),
        VoiceRouted: Move(_M.open_sound),
        VoiceRefused: Move(_M.lose_voice, _END),
        SoundStarted: Move(_M.settle, _GREET),
        SoundLost: Move(_M.lose_voice, _END),
        UplinkStalled: Move(_M.note_unheard),
        RecordingFailed: Move(_M.refuse, _END),
        Timer.TOO_LATE: Move(_M.give_up_answering, _END),
        StopAsked: Move(_M.stop_answering, _END),
    },
    State.GREETING: {
        **_IN_CALL,
        Ringing: Move(_M.take_hint),
        Timer.SETTLED: Move(_M.greet),
        PromptPlayed: Move(_M.end_greeting, _RECORD),
        Timer.TOO_LATE: Move(_M.record_anyway, _RECORD),
        UplinkStalled: Move(_M.note_unheard),
        SpeechStarted: Move(_M.hear_early),
        SpeechStopped: Move(_M.pause_early),
        HangUpToneHeard: Move(_M.hear_nobody, _END),
        SoundLost: Move(_M.lose_voice, _END),
        RecordingFailed: Move(_M.refuse, _END),
        StopAsked: Move(_M.stop_answering, _END),
    },
    State.RECORDING: {
        **_IN_CALL,
        Ringing: Move(_M.take_hint),
        PromptPlayed: Move(_M.wait_for_words),
        SpeechStarted: Move(_M.hear),
        SpeechStopped: Move(_M.hear_pause),
        HangUpToneHeard: Move(_M.hear_nobody, _END),
        KeyPressed: Move(_M.press_key, _END),
        UplinkStalled: Move(_M.note_unheard),
        Timer.SILENCE: Move(_M.end_silent, _END),
        Timer.WARNING: Move(_M.warn),
        Timer.LONGEST: Move(_M.end_longest, _END),
        SoundLost: Move(_M.lose_sound, _END),
        RecordingFailed: Move(_M.refuse, _END),
        StopAsked: Move(_M.stop_recording, _END),
    },
    State.ENDING: {
        **_FILES,
        **_SECOND,
        VoiceRouted: Move(_M.open_sound),
        SoundStarted: Move(_M.settle_farewell),
        Timer.SETTLED: Move(_M.say_farewell),
        PromptPlayed: Move(_M.end_farewell),
        VoiceRefused: Move(_M.skip_farewell),
        SoundLost: Move(_M.skip_farewell),
        CallEndHinted: Move(_M.skip_farewell),
        HangUpToneHeard: Move(_M.skip_farewell),
        Ringing: Move(_M.skip_farewell),
        Timer.TOO_LATE: Move(_M.hang_up_again, _STOPPED),
        LineFree: Move(_M.become_free, _IDLE, _STOPPED),
        ModemLost: Move(_M.lose_line, _OFF, _STOPPED),
        StopAsked: Move(_M.stop_ending),
    },
    State.OFFICER: {
        **_FILES,
        **_SECOND,
        Ringing: Move(_M.take_hint),
        CallEndHinted: Move(_M.take_hint),
        CallsListed: Move(_M.see_officers_list, _IDLE, _RING, _ANSWER),
        Timer.POLL: Move(_M.ask),
        ModemLost: Move(_M.lose_line, _OFF),
        StopAsked: Move(_M.stop, _STOPPED),
    },
    State.STOPPED: {},
}
