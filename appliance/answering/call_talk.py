"""The steps of the call machine that are about the talk: greeting, message, farewell (PURE).

Decides: what the caller hears, when a recording begins and ends, when we hang up.
May touch: nothing. Thread: call loop. Called by: call, through the rows of its table.
Each public method is one step: what happened and when go in, the next state comes out.
"""

# ruff: noqa: ARG002 - every step has the same shape, whether it needs both arguments or not

from appliance.answering.actions import HangUp, Play, StartSound
from appliance.answering.call_base import CallBase
from appliance.answering.events import (
    CallEndHinted,
    DeadlineReached,
    EndReason,
    HangUpToneHeard,
    KeyPressed,
    LineFree,
    Outcome,
    Prompt,
    PromptPlayed,
    RecordingFailed,
    RecordingOpened,
    Ringing,
    SoundLost,
    SoundStarted,
    SpeechStarted,
    SpeechStopped,
    StopAsked,
    UplinkStalled,
    VoiceRefused,
    VoiceRouted,
)
from appliance.answering.states import (
    BEEP_S,
    FREE_S,
    PROMPT_SLACK_S,
    SETTLE_S,
    STOP_TRIES,
    TAKES,
    WARNING_FROM_S,
    WARNING_S,
    State,
    Timer,
)


class TalkSteps(CallBase):
    """From the first sound to the free line."""

    # ------------------------------------------------------------ the sound comes and goes
    def open_sound(self, event: VoiceRouted, now: float) -> State:
        """The modem gives us the sound: take it."""
        if self._routed and not self._sounding:
            self._sounding = True
            self._do(StartSound())
        return self.state

    def settle(self, event: SoundStarted, now: float) -> State:
        """Frames flow: wait until the line has settled."""
        if not self._sounding:
            return State.ANSWERING  # of an earlier call
        self._heard = True
        self._praise("voice_path", "sound_lost")
        self._arm(Timer.SETTLED, now + SETTLE_S)
        patience_s = SETTLE_S + self.settings.greeting_s + PROMPT_SLACK_S
        self._arm(Timer.TOO_LATE, now + patience_s)
        return State.GREETING

    def give_up_answering(self, event: DeadlineReached, now: float) -> State:
        """ATA without result, or no sound in time."""
        if self._the_call().answered:
            return self._lose_voice(now)
        return self._hang_up(now, Outcome.MISSED)

    def lose_voice(self, event: VoiceRefused | SoundLost, now: float) -> State:
        """No sound either way: the caller must not be left in silence."""
        stale = isinstance(event, SoundLost) and not self._sounding
        if stale or not self._the_call().answered:
            return self.state  # of an earlier call
        return self._lose_voice(now)

    def _lose_voice(self, now: float) -> State:
        self._complain("voice_path")
        self._cut_off(EndReason.SOUND_LOST, now)
        return self._hang_up(now)

    # ------------------------------------------------------------ the greeting

    def greet(self, event: DeadlineReached, now: float) -> State:
        """The line has settled."""
        self._do(Play(Prompt.GREETING))
        return State.GREETING

    def note_unheard(self, event: UplinkStalled, now: float) -> State:
        """The caller hears nothing, and may speak any moment: record from now on."""
        if not self._sounding:
            return self.state  # of an earlier call
        self._the_call().unheard = True
        self._complain("uplink_dead")
        self._keep(now)
        return self.state

    def end_greeting(self, event: PromptPlayed, now: float) -> State:
        """The greeting was played: the caller's turn."""
        if event.prompt is not Prompt.GREETING:
            return State.GREETING
        if not self._the_call().unheard:
            self._praise("uplink_dead")
        return self._record(now)

    def record_anyway(self, event: DeadlineReached, now: float) -> State:
        """The greeting did not end in time: better an odd greeting than no message."""
        return self._record(now)

    def _record(self, now: float) -> State:
        call, longest_s = self._the_call(), self.settings.max_message_s
        self._keep(now)
        self._do(Play(Prompt.BEEP))
        self._arm(Timer.LONGEST, now + longest_s)
        if longest_s > WARNING_FROM_S:
            self._arm(Timer.WARNING, now + longest_s - WARNING_S)
        if not call.speaking:
            self._arm(Timer.SILENCE, now + BEEP_S + self.settings.silence_s)
        return State.RECORDING

    # ------------------------------------------------------------ the message

    def wait_for_words(self, event: PromptPlayed, now: float) -> State:
        """The beep was heard: from now on silence counts."""
        if event.prompt is Prompt.BEEP and not self._the_call().speaking:
            self._arm(Timer.SILENCE, now + self.settings.silence_s)
        return State.RECORDING

    def hear_early(self, event: SpeechStarted, now: float) -> State:
        """The caller speaks into the greeting (or it echoes)."""
        self._the_call().speaking = True
        return State.GREETING

    def pause_early(self, event: SpeechStopped, now: float) -> State:
        """The caller, or the echo, is quiet again."""
        call = self._the_call()
        if call.speaking:
            self._count_speech(call, now)
        call.speaking = False
        return State.GREETING

    def hear(self, event: SpeechStarted, now: float) -> State:
        """The caller speaks."""
        call = self._the_call()
        call.speaking = call.spoke = True
        self._timers.pop(Timer.SILENCE, None)
        return State.RECORDING

    def hear_pause(self, event: SpeechStopped, now: float) -> State:
        """The caller pauses: the silence is counted from here."""
        call = self._the_call()
        if call.speaking:
            self._count_speech(call, now)
        call.speaking = False
        self._arm(Timer.SILENCE, now + self.settings.silence_s)
        return self.state

    def warn(self, event: DeadlineReached, now: float) -> State:
        """The longest message ends soon."""
        self._do(Play(Prompt.WARNING_BEEP))
        return State.RECORDING

    def press_key(self, event: KeyPressed, now: float) -> State:
        """# ends the message."""
        return self._finish(EndReason.KEY, now) if event.key == "#" else State.RECORDING

    def hear_nobody(self, event: HangUpToneHeard, now: float) -> State:
        """The caller hung up, only the network did not say so: there is nobody to take leave of."""
        self._close_recording(EndReason.TONE, now)
        return self._hang_up(now)

    def end_silent(self, event: DeadlineReached, now: float) -> State:
        """Nobody speaks any more."""
        return self._finish(EndReason.SILENCE, now)

    def end_longest(self, event: DeadlineReached, now: float) -> State:
        """The message is as long as it may be."""
        return self._finish(EndReason.LONGEST, now)

    def _finish(self, reason: EndReason, now: float) -> State:
        self._close_recording(reason, now)
        return self._say_and_hang_up(Prompt.GOODBYE, now)

    def lose_sound(self, event: SoundLost, now: float) -> State:
        """The sound broke in the message: keep what there is."""
        self._complain("sound_lost")
        self._cut_off(EndReason.SOUND_LOST, now)
        return self._hang_up(now)

    def guard(self, event: DeadlineReached, now: float) -> State:
        """Whatever held the call so long: the line is needed."""
        self._close_recording(EndReason.LONGEST, now)
        return self._hang_up(now)

    # ------------------------------------------------------------ the recording's file

    def note_opened(self, event: RecordingOpened, now: float) -> State:
        """The disk takes recordings."""
        self._praise("disk_full", "cannot_record")
        if self.call is not None and self.call.recording_id == event.recording_id:
            self.call.opened = True
        return self.state

    def refuse(self, event: RecordingFailed, now: float) -> State:
        """The disk takes no recording: go on in another file, or tell the caller."""
        self.note_failed(event, now)
        call = self._the_call()
        if call.recording_id != event.recording_id:
            return self.state  # of an earlier call, or of its first file
        if call.opened and call.kept_at is not None and call.take < TAKES:
            self._open_recording(call)
            call.kept_at = None
            self._keep(now)
            return self.state
        if call.take == 1 and not (call.opened and call.kept_at is not None):
            call.outcome = Outcome.REFUSED
        call.recording_id = None  # failed: there is nothing to close
        return self._say_and_hang_up(Prompt.CANNOT_RECORD, now)

    def note_failed(self, event: RecordingFailed, now: float) -> State:
        """A recording came to no good end."""
        self._complain("disk_full" if event.reason == "disk_full" else "cannot_record")
        return self.state

    # ------------------------------------------------------------ the end of a call

    def settle_farewell(self, event: SoundStarted, now: float) -> State:
        """The last word can be heard as soon as the line has settled."""
        if self._sounding:
            self._heard = True
            self._arm(Timer.SETTLED, now + SETTLE_S)
        return State.ENDING

    def say_farewell(self, event: DeadlineReached, now: float) -> State:
        """Say the last word."""
        return self._say_and_hang_up(self._farewell, now) if self._farewell else State.ENDING

    def end_farewell(self, event: PromptPlayed, now: float) -> State:
        """The last word was said."""
        said = event.prompt is self._farewell
        return self._hang_up(now) if said else State.ENDING

    def skip_farewell(
        self,
        event: SoundLost | VoiceRefused | CallEndHinted | HangUpToneHeard | Ringing,
        now: float,
    ) -> State:
        """Nobody would hear it: it only rings when our call is over."""
        stale = isinstance(event, SoundLost) and not self._sounding
        return self._hang_up(now) if self._farewell and not stale else State.ENDING

    def hang_up_again(self, event: DeadlineReached, now: float) -> State:
        """The farewell did not end, or the line does not become free."""
        if self._farewell:
            return self._hang_up(now)
        self._complain("line_stuck")
        if self._stopping and self._hang_ups >= STOP_TRIES:
            return self._rest()
        self._hang_ups += 1
        self._do(HangUp())
        self._arm(Timer.TOO_LATE, now + FREE_S)
        return State.ENDING

    def become_free(self, event: LineFree, now: float) -> State:
        """The line is free."""
        self._praise("line_stuck")
        return self._rest()

    # ------------------------------------------------------------ we are asked to go

    def stop(self, event: StopAsked, now: float) -> State:
        """Nothing to finish."""
        self._stopping = True
        return self._rest()

    def stop_answering(self, event: StopAsked, now: float) -> State:
        """Tell the caller that it was us; before ATA worked there is nobody to tell."""
        self._stopping = True
        if not self._the_call().answered:
            return self._hang_up(now)
        self._cut_off(EndReason.STOPPED, now)
        return self._say_and_hang_up(Prompt.INTERRUPTED, now)

    def stop_recording(self, event: StopAsked, now: float) -> State:
        """The message so far is kept."""
        self._stopping = True
        self._cut_off(EndReason.STOPPED, now)
        return self._say_and_hang_up(Prompt.GOODBYE, now)

    def stop_ending(self, event: StopAsked, now: float) -> State:
        """It ends already."""
        self._stopping = True
        return State.ENDING
