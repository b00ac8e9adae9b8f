"""The small deeds that the call machine's steps are made of (PURE).

Decides: when a call begins, when the list of calls says it is over, and how it is let go.
May touch: nothing. Thread: call loop. Called by: call, which is the only subclass.
A deed adds actions for the daemon to perform and arms timers; it never waits.
"""

from collections.abc import Callable

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
    StopSound,
    TroubleOver,
    UnrouteVoice,
)
from appliance.answering.events import CallerId, CallRow, EndReason, Outcome, Prompt
from appliance.answering.states import (
    ATA_S,
    EMPTY_LISTS,
    FAREWELL_S,
    FORWARD_S,
    FREE_S,
    GUARD_S,
    HINT_S,
    NO_LIST_S,
    POLL_S,
    RING_GAP_S,
    SPOKE_THROUGH_S,
    VOICE_S,
    WAITING_SAME_S,
    Call,
    CallSettings,
    State,
    Timer,
)
from appliance.answering.whose_call import is_ringing, is_taken, main_row
from appliance.errors import Bug

_UNKNOWN = CallerId(None, "", 2)  # 27.007: "not available"


class CallBase:
    """What the machine remembers, and the deeds its steps share."""

    def __init__(self, settings: CallSettings, new_id: Callable[[], str]) -> None:
        self.state = State.OFFLINE
        self.settings = settings
        self.call: Call | None = None
        self._new_id = new_id
        self._actions: list[Action] = []
        self._timers: dict[Timer, float] = {}
        self._stopping = False
        self._officer_had_it = False  # when the modem went: the call may still be his afterwards
        self._routed = False  # RouteVoice was asked
        self._sounding = False  # StartSound was asked
        self._heard = False  # SoundStarted came: what we play is heard
        self._farewell: Prompt | None = None  # still to be said before HangUp
        self._hang_ups = 0
        self._forwarded_at: float | None = None
        self._waiting: dict[str | None, float] = {}  # second callers, when last seen
        self._troubles: set[str] = set()
        self._hinted_at: float | None = None
        self._empty_lists = 0

    @property
    def deadline(self) -> float | None:
        """When DeadlineReached is due, in monotonic seconds; None in a resting state."""
        return min(self._timers.values(), default=None)

    def _do(self, *actions: Action) -> None:
        self._actions.extend(actions)

    def _arm(self, timer: Timer, at: float) -> None:
        self._timers[timer] = at

    def _the_call(self) -> Call:
        if self.call is None:
            raise Bug(f"{self.state.name} without a call")
        return self.call

    # ------------------------------------------------------------ a call begins and ends

    def _begin(self, caller: CallerId | None, now: float) -> State:
        self.call = Call(self._new_id())
        self._forget_hints()
        self._timers.clear()
        at_once = self.settings.answer_after_s <= 0
        if at_once:
            self._send_ata(self.call, now)  # first of all: no row stands between RING and ATA
        self._do(NoteRinging(self.call.call_id))
        self._learn(caller)
        if self._forwarded_at is not None and now - self._forwarded_at < FORWARD_S:
            self._do(NoteForwarded(self.call.call_id))
        self._forwarded_at = None
        if at_once:
            return State.ANSWERING
        self._arm(Timer.ANSWER_DUE, now + self.settings.answer_after_s)
        self._arm(Timer.POLL, now + RING_GAP_S)
        return State.RINGING

    def _send_ata(self, call: Call, now: float) -> None:
        call.ata_tries += 1
        self._arm(Timer.TOO_LATE, now + ATA_S)
        self._do(Answer())

    def _take(self, now: float) -> State:
        """The caller is connected to us: get his sound, and a file to keep it in."""
        call = self._the_call()
        call.answered = True
        self._routed = True
        self._do(RouteVoice(), NoteAnswered(call.call_id))
        self._open_recording(call)
        self._arm(Timer.TOO_LATE, now + VOICE_S)
        self._arm(Timer.POLL, now + POLL_S)
        longest_s = self.settings.greeting_s + self.settings.max_message_s + GUARD_S
        self._arm(Timer.GUARD, now + longest_s)
        return State.ANSWERING

    def _close_call(self) -> None:
        if self.call is not None:
            self._do(NoteEnded(self.call.call_id, self.call.outcome_now()))
        self.call = None

    def _rest(self) -> State:
        """The line is free: let go of the sound, close the books."""
        self._drop_sound()
        self._drop_voice()
        self._close_call()
        self._forget_hints()
        self._farewell, self._hang_ups = None, 0
        return State.STOPPED if self._stopping else State.IDLE

    # ------------------------------------------------------------ who calls

    def _learn(self, caller: CallerId | None) -> None:
        call = self._the_call()
        known = call.caller
        if caller is None:
            return
        if known is not None and (known.number is not None or caller.number is None):
            return
        call.caller = caller
        self._do(NoteCaller(call.call_id, caller))
        if call.recording_id is not None:
            self._do(AddCaller(call.recording_id, caller))

    def _is_somebody_else(self, caller: CallerId) -> bool:
        known = self.call.caller.number if self.call and self.call.caller else None
        return known is not None and caller.number not in (None, known)

    def _note_second(self, caller: CallerId, now: float) -> None:
        """Somebody called while the line was busy: a missed call of his own."""
        seen = self._waiting.get(caller.number)
        self._waiting = {n: at for n, at in self._waiting.items() if now - at < WAITING_SAME_S}
        self._waiting[caller.number] = now
        if seen is not None and now - seen < WAITING_SAME_S:
            return
        call_id = self._new_id()
        self._do(NoteRinging(call_id), NoteCaller(call_id, caller))
        self._do(NoteEnded(call_id, Outcome.MISSED))

    # ------------------------------------------------------------ is the call still there

    def _ask(self, now: float) -> None:
        self._do(ListCalls())
        self._arm(Timer.POLL, now + NO_LIST_S)

    def _read_rows(self, rows: tuple[CallRow, ...], now: float) -> CallRow | None:
        """Note who waits, learn the number; returns the row of the call itself."""
        main = main_row(rows)
        for row in rows:
            if row is not main and is_ringing(row):
                self._note_second(row.caller or _UNKNOWN, now)
        call = self.call
        if call is not None and main is not None and (is_taken(main) or call.is_ringing):
            self._learn(main.caller)  # any other row is the next caller's, who rings already
        self._arm(Timer.POLL, now + POLL_S)
        return main

    def _is_over(self, gone: bool, now: float) -> bool:
        """Whether lists without the call now mean that it is over: two in a row, or one hint."""
        self._empty_lists = self._empty_lists + 1 if gone else 0
        hinted = self._hinted_at is not None and now - self._hinted_at < HINT_S
        return gone and (hinted or self._empty_lists >= EMPTY_LISTS)

    def _forget_hints(self) -> None:
        self._hinted_at = None
        self._empty_lists = 0

    # ------------------------------------------------------------ the recording

    def _open_recording(self, call: Call) -> None:
        call.take += 1
        call.opened = False
        call.recording_id = f"{call.call_id}-{call.take}"
        self._do(OpenRecording(call.recording_id, call.call_id, call.caller))

    def _keep(self, now: float) -> None:
        call = self._the_call()
        if call.kept_at is None and call.recording_id is not None:
            call.kept_at = now
            self._do(KeepSound(call.recording_id))

    def _close_recording(self, reason: EndReason, now: float) -> None:
        call = self.call
        if call is None or call.recording_id is None:
            return
        if call.speaking:
            self._count_speech(call, now)
        self._do(CloseRecording(call.recording_id, reason))
        call.recording_id = None

    def _cut_off(self, reason: EndReason, now: float) -> None:
        """It was not the caller who ended it: without a word of his it is a call we lost."""
        self._close_recording(reason, now)
        call = self._the_call()
        call.outcome = None if call.spoke else Outcome.LINE_LOST

    def _count_speech(self, call: Call, now: float) -> None:
        """Speech that began before the recording counts when it went on well into it."""
        if call.kept_at is not None and now - call.kept_at > SPOKE_THROUGH_S:
            call.spoke = True

    # ------------------------------------------------------------ letting go

    def _drop_sound(self) -> None:
        if self._sounding:
            self._do(StopSound())
        self._sounding = self._heard = False

    def _drop_voice(self) -> None:
        if self._routed:
            self._do(UnrouteVoice())
        self._routed = False

    def _hang_up(self, now: float, outcome: Outcome | None = None) -> State:
        """Hang up without another word; ENDING waits until the line is free."""
        if outcome is not None and self.call is not None:
            self.call.outcome = outcome
        self._farewell = None
        self._drop_sound()
        self._drop_voice()
        self._hang_ups += 1
        self._do(HangUp())
        self._arm(Timer.TOO_LATE, now + FREE_S)
        return State.ENDING

    def _say_and_hang_up(self, prompt: Prompt, now: float) -> State:
        """Say one last thing, as soon as the caller can hear it, then hang up."""
        self._farewell = prompt
        patience_s = FAREWELL_S if self._heard else VOICE_S + FAREWELL_S
        self._arm(Timer.TOO_LATE, now + patience_s)
        self._timers.pop(Timer.SETTLED, None)
        if self._heard:
            self._do(SilencePrompts(), Play(prompt))
        return State.ENDING

    # ------------------------------------------------------------ what an officer must know

    def _complain(self, code: str) -> None:
        if code not in self._troubles:
            self._troubles.add(code)
            self._do(ShowTrouble(code))

    def _praise(self, *codes: str) -> None:
        """What was complained of works again."""
        for code in codes:
            if code in self._troubles:
                self._troubles.discard(code)
                self._do(TroubleOver(code))
