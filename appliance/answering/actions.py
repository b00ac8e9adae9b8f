"""What the call machine can ask for: imperatives, performed by the daemon.

Decides: the words in which the call machine speaks to the world. May touch: nothing (PURE).
Thread: any; every value is frozen. Called by: all of answering.
"""

from dataclasses import dataclass

from appliance.answering.events import CallerId, EndReason, Outcome, Prompt

# ---------------------------------------------------------------- actions: to the modem


@dataclass(frozen=True)
class Answer:
    """Send ATA; nothing else is sent until its final result."""


@dataclass(frozen=True)
class HangUp:
    """AT+CHUP, verify with AT+CLCC, retry, at last reset; ends in LineFree or ModemLost."""


@dataclass(frozen=True)
class ListCalls:
    """AT+CLCC; ends in CallsListed."""


@dataclass(frozen=True)
class RouteVoice:
    """Ask the modem for the call's sound (SIM7600: AT+CPCMREG=1, retried within 12 s)."""


@dataclass(frozen=True)
class UnrouteVoice:
    """Stop the call's sound; without it the next call has none."""


# ---------------------------------------------------------------- actions: to the sound


@dataclass(frozen=True)
class StartSound:
    """Open the sound path; ends in SoundStarted or SoundLost."""


@dataclass(frozen=True)
class StopSound:
    """Close the sound path."""


@dataclass(frozen=True)
class Play:
    """Play a prompt after whatever is playing; ends in PromptPlayed."""

    prompt: Prompt


@dataclass(frozen=True)
class SilencePrompts:
    """Stop what is playing and forget what is queued: something more urgent must be said."""


# ---------------------------------------------------------------- actions: to the recorder


@dataclass(frozen=True)
class OpenRecording:
    """Create the file; ends in RecordingOpened or RecordingFailed. Frames are not kept yet."""

    recording_id: str
    call_id: str
    caller: CallerId | None


@dataclass(frozen=True)
class KeepSound:
    """From now on the caller's frames go into the open recording."""

    recording_id: str


@dataclass(frozen=True)
class AddCaller:
    """The number came late: add it to the open recording."""

    recording_id: str
    caller: CallerId


@dataclass(frozen=True)
class CloseRecording:
    """Write the FINAL frame with the reason; ends in RecordingClosed or RecordingFailed."""

    recording_id: str
    reason: EndReason


# ---------------------------------------------------------------- actions: to the clerk


@dataclass(frozen=True)
class NoteRinging:
    """A row in `calls` from the first ring."""

    call_id: str


@dataclass(frozen=True)
class NoteCaller:
    """The caller's number for that row (sealed by the clerk)."""

    call_id: str
    caller: CallerId


@dataclass(frozen=True)
class NoteForwarded:
    """The call was diverted to us."""

    call_id: str


@dataclass(frozen=True)
class NoteAnswered:
    """We answered the call."""

    call_id: str


@dataclass(frozen=True)
class NoteEnded:
    """The call is over; exactly one per NoteRinging."""

    call_id: str
    outcome: Outcome


@dataclass(frozen=True)
class ShowTrouble:
    """Something an officer must know (uplink dead, disk full); text is a short code."""

    code: str


@dataclass(frozen=True)
class TroubleOver:
    """What ShowTrouble told with the same code works again."""

    code: str


Action = (
    Answer
    | HangUp
    | ListCalls
    | RouteVoice
    | UnrouteVoice
    | StartSound
    | StopSound
    | Play
    | SilencePrompts
    | OpenRecording
    | KeepSound
    | AddCaller
    | CloseRecording
    | NoteRinging
    | NoteCaller
    | NoteForwarded
    | NoteAnswered
    | NoteEnded
    | ShowTrouble
    | TroubleOver
)
