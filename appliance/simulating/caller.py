"""The person who calls: speaks after the beep, presses keys, hangs up.

Decides: what the caller does, 20 ms by 20 ms. May touch: nothing.
Thread: the modem's. Called by: modem. Times: `at` is epoch seconds, the rest counted from answer.
"""

from dataclasses import dataclass, field
from typing import Any

from appliance.simulating.line import CallState, EndedBy
from appliance.simulating.sound import FRAME_BYTES, FRAME_S, SILENCE, BeepEar

SPEAK_AFTER_S = 30.0  # longer than any greeting: without a beep the caller speaks anyway


@dataclass(frozen=True)
class Script:
    """What the caller is going to do. Durations in seconds; voice: 8 kHz s16le mono."""

    number: str
    withheld: bool = False
    forwarded: bool = False
    voice: bytes = b""
    speak_at_once: bool = False
    speak_after_s: float = SPEAK_AFTER_S
    keys: tuple[tuple[float, str], ...] = ()
    hang_up_after_s: float | None = 1.0
    hang_up_in_greeting_s: float | None = None
    ring_s: float = 60.0
    keep_heard: bool = False


@dataclass(frozen=True)
class PressKey:
    """The caller presses a key."""

    key: str


@dataclass(frozen=True)
class HangUp:
    """The caller has had enough."""


@dataclass(frozen=True)
class Notice:
    """Something worth telling whoever watches: its name."""

    name: str


Deed = PressKey | HangUp | Notice


@dataclass
class Caller:
    """One caller in one call; tick() once each 20 ms from the answer on."""

    script: Script
    ringing_at: float
    answered_at: float | None = None
    beep_heard_at: float | None = None
    voice_started_at: float | None = None
    voice_ended_at: float | None = None
    heard: bytearray = field(default_factory=bytearray)
    heard_frames: int = 0
    _ear: BeepEar = field(default_factory=BeepEar)
    _elapsed_s: float = 0.0
    _spoken: int = 0
    _silent_since_s: float = 0.0
    _keys_pressed: int = 0

    def tick(self, at: float, heard: bytes | None) -> tuple[bytes, list[Deed]]:
        """Hear one frame (None: a gap), and give back the frame spoken and what is done."""
        self._elapsed_s += FRAME_S
        self._hear(heard)
        deeds: list[Deed] = []
        if self.beep_heard_at is None and self._ear.hears_end(heard):
            self.beep_heard_at = at
            deeds.append(Notice("beep"))
        frame = self._speak(at, deeds)
        self._press_keys(deeds)
        if self._wants_to_go():
            deeds.append(HangUp())
        return frame, deeds

    def _hear(self, frame: bytes | None) -> None:
        self.heard_frames += frame is not None
        if self.script.keep_heard:
            self.heard += SILENCE if frame is None else frame

    def _speak(self, at: float, deeds: list[Deed]) -> bytes:
        if self.voice_ended_at is not None:
            return SILENCE
        if self.voice_started_at is None:
            if not self._may_speak():
                return SILENCE
            self.voice_started_at = at
            deeds.append(Notice("voice_started"))
        frame = self.script.voice[self._spoken : self._spoken + FRAME_BYTES]
        self._spoken += len(frame)
        if not frame:
            self.voice_ended_at = at
            self._silent_since_s = self._elapsed_s
            deeds.append(Notice("voice_ended"))
        return frame.ljust(FRAME_BYTES, b"\0")

    def _may_speak(self) -> bool:
        heard_beep = self.beep_heard_at is not None
        late = self._elapsed_s > self.script.speak_after_s
        return self.script.speak_at_once or heard_beep or late

    def _press_keys(self, deeds: list[Deed]) -> None:
        keys = self.script.keys
        while self._keys_pressed < len(keys) and keys[self._keys_pressed][0] <= self._elapsed_s:
            deeds.append(PressKey(keys[self._keys_pressed][1]))
            self._keys_pressed += 1

    def _wants_to_go(self) -> bool:
        early = self.script.hang_up_in_greeting_s
        if early is not None:
            return self._elapsed_s >= early
        if self.voice_ended_at is None or self.script.hang_up_after_s is None:
            return False
        return self._elapsed_s - self._silent_since_s >= self.script.hang_up_after_s

    def report(self, call_id: int, was: CallState, by: EndedBy, at: float) -> dict[str, Any]:
        """What became of the call, as `hotline simulate call --json` prints it."""
        if was is CallState.ACTIVE:
            outcome = "answered"
        else:
            outcome = "refused" if by is EndedBy.BOX else "unanswered"
        return {
            "call": call_id,
            "outcome": outcome,
            "ringing_at": self.ringing_at,
            "answered_at": self.answered_at,
            "beep_heard_at": self.beep_heard_at,
            "voice_started_at": self.voice_started_at if self.script.voice else None,
            "voice_ended_at": self.voice_ended_at if self.script.voice else None,
            "hung_up_at": at,
            "ended_by": by.value,
            "heard_s": round(self.heard_frames * FRAME_S, 2),
        }
