"""The steps of the call machine that are about the line: it comes, rings, is answered (PURE).

Decides: whose call it is, when we answer, and when the line is lost.
May touch: nothing. Thread: call loop. Called by: call, through the rows of its table.
Each public method is one step: what happened and when go in, the next state comes out.
"""

# ruff: noqa: ARG002 - every step has the same shape, whether it needs both arguments or not

from appliance.answering.actions import NoteForwarded, RouteVoice
from appliance.answering.call_base import CallBase
from appliance.answering.events import (
    Answered,
    AnswerFailed,
    CallEndHinted,
    CallerShown,
    CallForwarded,
    CallRow,
    CallsListed,
    DeadlineReached,
    EndReason,
    ModemLost,
    ModemUp,
    Outcome,
    Prompt,
    Ringing,
    SecondCaller,
)
from appliance.answering.states import (
    ATA_AGAIN_S,
    ATA_TRIES,
    HINT_AGAIN_S,
    OFFICER_POLL_S,
    RING_GAP_S,
    State,
    Timer,
)
from appliance.answering.whose_call import is_dialed, is_taken, main_row


class LineSteps(CallBase):
    """From the modem's arrival to the moment the caller's sound is opened."""

    # ------------------------------------------------------------ the line comes and goes

    def come_up(self, event: ModemUp, now: float) -> State:
        """The modem is there: the line is free, rings, or a call was left over."""
        return self._take_stock(event.calls, now)

    def see_free_list(self, event: CallsListed, now: float) -> State:
        """Nobody rang, and yet there may be a call."""
        return self._take_stock(event.calls, now)

    def _take_stock(self, rows: tuple[CallRow, ...], now: float) -> State:
        main = main_row(rows)
        his, self._officer_had_it = self._officer_had_it, False
        if any(is_dialed(row) for row in rows) or (is_taken(main) and his):
            self._arm(Timer.POLL, now + OFFICER_POLL_S)
            return State.OFFICER
        if is_taken(main):  # nobody rang: it is ours, from before a restart or a lost modem
            self._routed = True
            self._do(RouteVoice())
            return self._say_and_hang_up(Prompt.INTERRUPTED, now)
        return self._begin(main.caller, now) if main else State.IDLE

    def lose_line(self, event: ModemLost, now: float) -> State:
        """The modem went: keep what was said, close the books."""
        call = self.call
        if call is not None and call.recording_id is not None:
            self._cut_off(EndReason.LINE_LOST, now)
        self._officer_had_it = self.state is State.OFFICER
        self._routed = False  # there is nobody left to tell
        return State.OFFLINE if self._rest() is State.IDLE else State.STOPPED

    # ------------------------------------------------------------ it rings

    def start_ringing(self, event: Ringing, now: float) -> State:
        """A new call."""
        return self._begin(None, now)

    def start_with_number(self, event: CallerShown, now: float) -> State:
        """A new call: some modems print the number without, or before, a RING."""
        return self._begin(event.caller, now)

    def expect_forwarded(self, event: CallForwarded, now: float) -> State:
        """The call that is about to ring was diverted to us."""
        self._forwarded_at = now
        return self.state

    def keep_ringing(self, event: Ringing, now: float) -> State:
        """It still rings: no need to ask."""
        self._arm(Timer.POLL, now + RING_GAP_S)
        return self.state

    def see_number(self, event: CallerShown, now: float) -> State:
        """The number of this call, or of somebody else who calls meanwhile."""
        if self._is_somebody_else(event.caller):
            self._note_second(event.caller, now)
        else:
            self._learn(event.caller)
        return self.state

    def see_ringing_number(self, event: CallerShown, now: float) -> State:
        """The number; another one than before means the first caller gave up unseen."""
        if not self._is_somebody_else(event.caller):
            self._learn(event.caller)
            return self.state
        self._close_call()
        return self._begin(event.caller, now)

    def note_forwarded(self, event: CallForwarded, now: float) -> State:
        """The officer did not pick up."""
        self._do(NoteForwarded(self._the_call().call_id))
        return self.state

    def note_second(self, event: SecondCaller, now: float) -> State:
        """Somebody else calls: a missed call with his number."""
        self._note_second(event.caller, now)
        return self.state

    # ------------------------------------------------------------ what AT+CLCC says

    def ask(self, event: DeadlineReached, now: float) -> State:
        """Ask for the truth about the line."""
        self._ask(now)
        return self.state

    def take_hint(self, event: CallEndHinted | Ringing, now: float) -> State:
        """Something says that the call is over: ask at once, one empty list is enough then."""
        if self._hinted_at is None or now - self._hinted_at >= HINT_AGAIN_S:
            self._ask(now)
        self._hinted_at = now
        return self.state

    def see_ringing_list(self, event: CallsListed, now: float) -> State:
        """It still rings, somebody took it, or the caller gave up."""
        main = self._read_rows(event.calls, now)
        call = self._the_call()
        if is_taken(main):
            if call.ata_tries:
                return self._take(now)  # our ATA worked after all, only its OK was lost
            call.outcome = Outcome.OFFICER_ANSWERED
            return State.OFFICER
        return self._rest() if self._is_over(main is None, now) else State.RINGING

    def see_list(self, event: CallsListed, now: float) -> State:
        """The caller is still there, or hung up."""
        main = self._read_rows(event.calls, now)
        if not self._the_call().answered:
            return self.state  # ATA is on its way and ends in a result of its own
        if not self._is_over(not is_taken(main), now):
            return self.state
        self._close_recording(EndReason.CALLER_HUNG_UP, now)
        return self._rest()

    def see_officers_list(self, event: CallsListed, now: float) -> State:
        """The officer still talks, or the line is free, or rings again."""
        main = self._read_rows(event.calls, now)
        self._arm(Timer.POLL, now + OFFICER_POLL_S)
        if is_taken(main) or any(is_dialed(row) for row in event.calls):
            self._forget_hints()
            return State.OFFICER
        if main is not None:
            self._close_call()
            return self._begin(main.caller, now)
        return self._rest() if self._is_over(True, now) else State.OFFICER

    # ------------------------------------------------------------ we answer

    def answer(self, event: DeadlineReached, now: float) -> State:
        """Nobody else took the call in time."""
        self._send_ata(self._the_call(), now)
        return State.ANSWERING

    def take(self, event: Answered, now: float) -> State:
        """ATA ended with OK."""
        return State.ANSWERING if self._the_call().answered else self._take(now)

    def miss(self, event: AnswerFailed, now: float) -> State:
        """ATA failed: the caller gave up, or it still rings and is tried again."""
        call = self._the_call()
        if call.answered:
            return State.ANSWERING
        if call.ata_tries >= ATA_TRIES:
            return self._hang_up(now, Outcome.MISSED)
        self._hinted_at = now
        self._ask(now)
        self._arm(Timer.ANSWER_DUE, now + ATA_AGAIN_S)
        return State.RINGING
