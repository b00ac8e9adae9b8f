"""The caller's side of the call: bytes from the line become frames, kept and measured.

Decides: which frames count, and when the caller speaks, presses a key or is gone.
May touch: the sink it was given.
Thread: one audio thread calls hear(), any thread keep(). Called by: pcm_port, sound_card.
The sink must never wait: it is called in the audio thread.
"""

import threading
from collections.abc import Callable

from appliance.answering.events import (
    Event,
    HangUpToneHeard,
    KeyPressed,
    KeySource,
    SpeechStarted,
    SpeechStopped,
)
from appliance.answering.frames import FrameCutter
from appliance.answering.hang_up_tone import HangUpTone
from appliance.answering.keys import KeyEar
from appliance.answering.levels import LevelMeter
from appliance.answering.speech_meter import SpeechMeter

# Ports need a moment after the voice is routed: the first 0.3 s are stale (firmware_notes).
SETTLING_S = 0.3

Sink = Callable[[bytes], None]


class Incoming:
    """Cuts frames, drops those of the first 0.3 s, hands the rest to the sink and the meter."""

    def __init__(self, echoes: Callable[[], bool] = lambda: False) -> None:
        """`echoes` says whether what comes in now may be our own prompt: then it is no key."""
        self._echoes = echoes
        self.frames = 0  # ever, over all calls: for the watchdog
        self._lock = threading.Lock()
        self._sink: Sink | None = None
        self.begin()

    def begin(self) -> None:
        """A new call: nothing heard, nobody speaking. The sink stays."""
        self._cutter = FrameCutter()
        self._meter = SpeechMeter()
        self._hang_up_tone = HangUpTone()
        self._key_ear = KeyEar()
        self._levels = LevelMeter()
        self._first_at: float | None = None
        self.settled = False

    def keep(self, sink: Sink | None) -> None:
        """Hand frames to `sink` from now on; once None is set, nobody gets any."""
        with self._lock:
            self._sink = sink

    def hear(self, data: bytes, now: float) -> list[Event]:
        """Take what came in at `now` (monotonic seconds); what it says of the caller comes back."""
        if self._first_at is None:
            self._first_at = now
        self.settled = now - self._first_at >= SETTLING_S
        events: list[Event] = []
        for frame in self._cutter.cut(data):
            self.frames += 1
            if self.settled:
                self._pass_on(frame)
                events += self._measure(frame)
        return events

    @property
    def levels(self) -> dict[str, float]:
        """How loud the caller of this call is: in_rms_dbfs, in_peak_dbfs."""
        return self._levels.figures("in")

    def _pass_on(self, frame: bytes) -> None:
        with self._lock:
            if self._sink is not None:
                self._sink(frame)

    def _measure(self, frame: bytes) -> list[Event]:
        events: list[Event] = []
        self._levels.hear(frame)
        change = self._meter.hear(frame)
        if change is not None:
            events.append(SpeechStarted() if change else SpeechStopped())
        key = self._key_ear.hear(self._meter.tone)
        if key is not None and not self._echoes():
            events.append(KeyPressed(key, KeySource.SOUND))
        if self._hang_up_tone.hear(self._meter.tone, voiced=self._meter.voiced):
            events.append(HangUpToneHeard())
        return events
