"""Keys reported twice: by the modem, and by our own ear. Which reports are one press?

Decides: when a key has just gone down in the sound, and which report is the echo of another.
May touch: nothing (PURE). Thread: KeyEar the audio thread's, KeyLedger the call loop's.
Called by: incoming (KeyEar), daemon (KeyLedger). Nothing may depend on keys: VoLTE may lose both.
"""

from collections import deque

from appliance.answering.events import KeyPressed, KeySource
from appliance.tones import Tone

# The finder is sure after 40 to 60 ms and a sound card is 0.2 s late; a modem tells some time after
# the key was let go. No family's delay is known yet (to be confirmed on hardware).
SAME_PRESS_S = 1.0


class KeyEar:
    """Takes what each frame of one call belongs to, in their order; tells a key as it goes down."""

    def __init__(self) -> None:
        self._frames = 0
        self._digit = ""

    def hear(self, tone: Tone | None) -> str | None:
        """The key that has just been pressed, one of 0-9 * # A-D, or None."""
        digit = tone.digit if tone else None
        if tone is None or digit is None:
            self._frames, self._digit = 0, ""
            return None
        # A press counts its frames from the beginning: fewer than before is another press.
        is_new = digit != self._digit or tone.frames <= self._frames
        self._frames, self._digit = tone.frames, digit
        return digit if is_new else None


class KeyLedger:
    """Pairs the reports of the two sources, first with first; what found its pair is one press."""

    def __init__(self) -> None:
        self._alone: dict[str, deque[tuple[KeySource, float]]] = {}

    def is_known(self, event: KeyPressed, now: float) -> bool:
        """Whether the other source has already told of this press. now: monotonic seconds."""
        alone = self._alone.setdefault(event.key, deque())
        while alone and now - alone[0][1] > SAME_PRESS_S:
            alone.popleft()
        if alone and alone[0][0] is not event.source:  # all that wait come from one source
            alone.popleft()
            return True
        alone.append((event.source, now))
        return False
