"""What can happen on the line: past facts, told to the call machine.

Decides: the words in which the world speaks to the call machine. May touch: nothing (PURE).
Thread: any; every value is frozen. Called by: all of answering.
What the machine asks for in return stands in actions.py. Times travel beside as monotonic seconds.
"""

from dataclasses import dataclass
from enum import Enum


class Direction(Enum):
    """Who started a call, 3GPP TS 27.007 7.18 `<dir>`."""

    FROM_US = 0
    TO_US = 1


class Stat(Enum):
    """State of a call in AT+CLCC, 3GPP TS 27.007 7.18 `<stat>`; 6 is the vendors' "released"."""

    ACTIVE = 0
    HELD = 1
    DIALING = 2
    ALERTING = 3
    INCOMING = 4
    WAITING = 5
    RELEASED = 6


@dataclass(frozen=True)
class CallerId:
    """Who calls, as far as the network says.

    number: normalised digits, 0xxxxxxxxx for Vietnam, +... for abroad; None when unknown.
    raw: what the modem printed, at most 64 characters, control characters removed.
    validity: 3GPP TS 27.007 7.6 `<CLI validity>`: 0 valid, 1 withheld, 2 not available.
    """

    number: str | None
    raw: str
    validity: int = 0


@dataclass(frozen=True)
class CallRow:
    """One row of AT+CLCC that may be a voice call (permanent data rows are filtered out)."""

    index: int
    direction: Direction
    stat: Stat
    caller: CallerId | None = None


class EndReason(Enum):
    """Why a recording ended; the value travels in the file's FINAL frame and the database."""

    CALLER_HUNG_UP = "caller_hung_up"
    SILENCE = "silence"
    TONE = "tone"
    KEY = "key"
    LONGEST = "longest"
    LINE_LOST = "line_lost"
    SOUND_LOST = "sound_lost"
    STOPPED = "stopped"


class Outcome(Enum):
    """What became of a call; every ring ends as exactly one of these."""

    MESSAGE = "message"
    HUNG_UP_IN_GREETING = "hung_up_in_greeting"
    SILENT = "silent"
    OFFICER_ANSWERED = "officer_answered"
    MISSED = "missed"
    REFUSED = "refused"
    LINE_LOST = "line_lost"


class Prompt(Enum):
    """What the box can say; the value is the file name without .wav."""

    GREETING = "greeting"
    BEEP = "beep"
    WARNING_BEEP = "warning_beep"
    GOODBYE = "goodbye"
    CANNOT_RECORD = "cannot_record"
    INTERRUPTED = "interrupted"


# ---------------------------------------------------------------- events: the modem


@dataclass(frozen=True)
class ModemUp:
    """The modem is open and initialised; the line can ring. calls: what AT+CLCC found then."""

    model: str
    revision: str
    calls: tuple[CallRow, ...] = ()


@dataclass(frozen=True)
class ModemLost:
    """The modem is gone or deaf; the link is already trying to get it back."""

    reason: str


@dataclass(frozen=True)
class Ringing:
    """RING, +CRING or any other line that says a call comes in; repeats every 2 to 5 s."""


@dataclass(frozen=True)
class CallerShown:
    """+CLIP or a call row named the caller; may come before, after or without a RING."""

    caller: CallerId


@dataclass(frozen=True)
class CallForwarded:
    """+CSSU: 0, this call was diverted to us: the officer did not pick up."""


@dataclass(frozen=True)
class SecondCaller:
    """+CCWA or a waiting row: somebody else calls while the line is busy."""

    caller: CallerId


class KeySource(Enum):
    """Who noticed a key: the modem, or we in the call's sound."""

    MODEM = "modem"
    SOUND = "sound"


@dataclass(frozen=True)
class KeyPressed:
    """The caller pressed a key: one of 0-9 * # A-D."""

    key: str
    source: KeySource = KeySource.MODEM


@dataclass(frozen=True)
class CallEndHinted:
    """NO CARRIER, VOICE CALL: END and their kin: a wake-up, AT+CLCC has the truth."""

    line: str


@dataclass(frozen=True)
class CallsListed:
    """The answer to ListCalls: the truth about the line at that moment."""

    calls: tuple[CallRow, ...]


@dataclass(frozen=True)
class Answered:
    """ATA ended with OK: the caller hears us."""


@dataclass(frozen=True)
class AnswerFailed:
    """ATA ended with anything but OK (NO CARRIER: the caller gave up)."""

    reason: str


@dataclass(frozen=True)
class VoiceRouted:
    """The modem now sends the call's sound to the host."""


@dataclass(frozen=True)
class VoiceRefused:
    """The modem would not route the call's sound within its window (12 s)."""

    reason: str


@dataclass(frozen=True)
class LineFree:
    """HangUp is done and verified: AT+CLCC lists no voice call any more."""


@dataclass(frozen=True)
class UssdAnswered:
    """+CUSD: the operator's answer to a code; not about a call, the link keeps it to itself."""

    mode: int
    text: str


@dataclass(frozen=True)
class SmsArrived:
    """+CMTI: a text message lies on the SIM in that place; the link keeps it to itself."""

    place: int


# ---------------------------------------------------------------- events: the sound


@dataclass(frozen=True)
class SoundStarted:
    """Frames flow in both directions."""


@dataclass(frozen=True)
class SoundLost:
    """The sound path broke or its frames stopped advancing."""

    reason: str


@dataclass(frozen=True)
class UplinkStalled:
    """What we play is not taken by the modem for more than 1 s: the caller hears nothing."""


@dataclass(frozen=True)
class FlowAsked:
    """The modem can take no more sound for now, or can again (Quectel +QPCMV: 0,0 and 1,0)."""

    may_send: bool


@dataclass(frozen=True)
class CardUnusable:
    """The sound card that should stand in for the modem's port did not start."""

    reason: str


@dataclass(frozen=True)
class PromptPlayed:
    """The last frame of a prompt was handed to the line."""

    prompt: Prompt


@dataclass(frozen=True)
class SpeechStarted:
    """A voice rose above the line noise: the caller speaks."""


@dataclass(frozen=True)
class SpeechStopped:
    """The voice fell back to the line noise, or gave way to a tone."""


@dataclass(frozen=True)
class HangUpToneHeard:
    """A busy, dial or error tone has lasted 2 s and nobody spoke: the caller is gone."""


# ---------------------------------------------------------------- events: the recording


@dataclass(frozen=True)
class RecordingOpened:
    """The recording file exists on disk with room for the longest message."""

    recording_id: str


@dataclass(frozen=True)
class RecordingFailed:
    """The recording could not be opened or written (disk full, folder unwritable)."""

    recording_id: str
    reason: str


@dataclass(frozen=True)
class RecordingClosed:
    """The recording is sealed with its FINAL frame and on disk."""

    recording_id: str
    duration_ms: int


# ---------------------------------------------------------------- events: our own house


@dataclass(frozen=True)
class DeadlineReached:
    """The one deadline of the call machine has passed."""


@dataclass(frozen=True)
class StopAsked:
    """SIGTERM or Ctrl-C: finish what is being recorded, then go."""


Event = (
    ModemUp
    | ModemLost
    | Ringing
    | CallerShown
    | CallForwarded
    | SecondCaller
    | KeyPressed
    | CallEndHinted
    | CallsListed
    | Answered
    | AnswerFailed
    | VoiceRouted
    | VoiceRefused
    | LineFree
    | UssdAnswered
    | SmsArrived
    | SoundStarted
    | SoundLost
    | UplinkStalled
    | FlowAsked
    | CardUnusable
    | PromptPlayed
    | SpeechStarted
    | SpeechStopped
    | HangUpToneHeard
    | RecordingOpened
    | RecordingFailed
    | RecordingClosed
    | DeadlineReached
    | StopAsked
)
