"""The states, timers, timings and facts that the call machine is made of (PURE).

Decides: how long each thing may take, and what is known about one call.
May touch: nothing. Thread: call loop. Called by: call, call_base, daemon, docs/print_states.py.
Times are monotonic seconds that somebody hands in; no clock is read here.
"""

from dataclasses import dataclass
from enum import Enum

from appliance.answering.events import CallerId, Outcome

RING_GAP_S = 8.0  # RING repeats each 2 to 5 s; none for 8 s: the caller may have given up
POLL_S = 1.0  # in a call a silent end is seen within two polls, and the modem is not crowded
OFFICER_POLL_S = 5.0  # an officer's own call may last hours; nobody waits for its end
NO_LIST_S = 5.0  # an AT+CLCC without reply is asked again; the link judges the modem, not we
HINT_S = 5.0  # how long "the call has ended" counts: vendors print it up to seconds before CLCC
HINT_AGAIN_S = 0.5  # VOICE CALL: END and NO CARRIER come back to back and are one end
EMPTY_LISTS = 2  # one list may race a call that is just being set up
ATA_S = 95.0  # the network gives ATA 90 s (SIM7600 manual), and the link times it out itself
ATA_TRIES = 3  # an ERROR while it still rings is tried again, but not for ever
ATA_AGAIN_S = 2.0  # one ring later
VOICE_S = 20.0  # the link tries to route for 12 s, then the sound has to open
SETTLE_S = 0.5  # the first 0.3 to 0.8 s after connect are lost on SIM7600 (firmware_notes)
PROMPT_SLACK_S = 5.0  # the greeting's own length, and this much for a slow line, then the beep
BEEP_S = 1.0  # 0.4 s of beep, and some time for it to travel
SPOKE_THROUGH_S = 1.0  # speech begun before the beep counts once it goes on this long after it
WARNING_S = 15.0  # warning beep this long before the longest message ends (180 s: at 165 s)
WARNING_FROM_S = 30.0  # shorter messages get none: it would come in the first words
FAREWELL_S = 15.0  # the longest farewell is under 10 s
FREE_S = 30.0  # CHUP, CLCC, retries and the reset take the link less; then it is asked again
STOP_TRIES = 2  # when we are told to go, a call that will not end is left to the next start
TAKES = 2  # a second file may lie on good blocks, or outlast a slow card; then we give up
GUARD_S = 60.0  # no call lasts longer than greeting + longest message + this, whatever happens
WAITING_SAME_S = 20.0  # +CCWA repeats while a second caller waits: one row, not ten
FORWARD_S = 5.0  # +CSSU: 0 may come before the first RING of its call


class State(Enum):
    """What the line is doing; the value is one sentence for the documents."""

    OFFLINE = "no modem"
    IDLE = "the line is free"
    RINGING = "somebody calls, the configured wait runs"
    ANSWERING = "ATA is on its way, then the sound is opened"
    GREETING = "the caller hears the greeting"
    RECORDING = "the caller leaves a message"
    ENDING = "a last prompt, then we hang up and wait until the line is free"
    OFFICER = "somebody else has the call on a handset: hands off"
    STOPPED = "we were asked to go, and nothing is left to do"


class Timer(Enum):
    """What can become due; the earliest one is the machine's one deadline."""

    ANSWER_DUE = "the configured wait is over"
    POLL = "it is time to ask AT+CLCC"
    TOO_LATE = "what this state waits for did not come"
    SETTLED = "the sound has settled"
    SILENCE = "nobody spoke for silence_s"
    WARNING = "the longest message ends soon"
    LONGEST = "the longest message ends"
    GUARD = "no call may last this long"


RESTING = frozenset({State.OFFLINE, State.IDLE, State.STOPPED})  # nothing waits: no deadline


@dataclass(frozen=True)
class CallSettings:
    """What the post configured; seconds. greeting_s is the length of the loaded greeting."""

    answer_after_s: float
    greeting_s: float
    max_message_s: float
    silence_s: float


@dataclass
class Call:
    """What is known about one call; only the call machine holds and changes it."""

    call_id: str
    caller: CallerId | None = None
    ata_tries: int = 0
    answered: bool = False
    take: int = 0  # recordings begun; more than one when a file could not be written to its end
    recording_id: str | None = None  # while a recording is open or being opened
    opened: bool = False
    kept_at: float | None = None  # since when the caller's sound is recorded
    speaking: bool = False
    spoke: bool = False
    outcome: Outcome | None = None  # once decided; otherwise it follows from the facts above
    unheard: bool = False  # the uplink stalled: the caller did not hear us

    @property
    def is_ringing(self) -> bool:
        """Whether nobody has taken the call yet."""
        return not self.answered and self.outcome is None

    def outcome_now(self) -> Outcome:
        """What became of the call, if it ends now."""
        if self.outcome is not None:
            return self.outcome
        if not self.answered:
            return Outcome.MISSED
        if self.kept_at is None:
            return Outcome.HUNG_UP_IN_GREETING
        return Outcome.MESSAGE if self.spoke else Outcome.SILENT
