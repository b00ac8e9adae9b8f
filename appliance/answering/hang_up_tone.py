"""Has the caller hung up, although the network says nothing? Its busy tone tells.

Decides: when busy, dial or error tones have lasted long enough to mean that nobody is there.
May touch: nothing (PURE). Thread: the audio thread. Called by: incoming.
It errs towards "somebody is there": a message cut short cannot be had again.
"""

from appliance.answering.frames import FRAME_S
from appliance.tones import FRAMES_UNTIL_SURE, Tone

LASTING = round(2.0 / FRAME_S)  # as the specification of the box wants it
# ITU-T E.180: a busy tone pauses for at most 0.66 s, an error tone for 1 s; a ringing tone for 3 to
# 5 s, so that it never counts.
LONGEST_PAUSE = round(1.1 / FRAME_S)
# Of a busy tone and an error tone it is half; a device that beeps each second has less. The finder
# may add or lose a frame or two at either end of a burst.
TONE_SHARE = 0.45
VOICED = round(0.16 / FRAME_S)  # a word; of less, codecs make up some in a silence after a tone
SAME_HZ = 30  # of two bursts; a melody's steps are wider from 490 Hz on, most are from 250 Hz on
ERROR_HZ = 900  # the three pitches of the special information tone lie above


class HangUpTone:
    """Takes what each 20 ms frame of one call belongs to, in their order."""

    def __init__(self) -> None:
        self._hz = 0
        self._lasted = self._sounding = 0  # frames, with and without the pauses
        self._gap: list[bool] = []  # since then, whether each frame sounded like a voice

    def hear(self, tone: Tone | None, *, voiced: bool) -> bool:
        """Whether a tone has lasted 2 s with this frame; while it goes on, so again each 2 s.

        The pauses of its cadence count. voiced: this frame sounds like a voice.
        """
        if tone is None or tone.hz is None:
            self._gap.append(voiced)
            # The last frames of the gap may turn out to be the tone again.
            if len(self._gap) >= LONGEST_PAUSE + FRAMES_UNTIL_SURE:
                self._forget()
            return False
        self._go_on(tone.hz, tone.frames)
        lasting = self._lasted >= LASTING and self._sounding >= TONE_SHARE * self._lasted
        if lasting:
            self._forget()
        return lasting

    def _go_on(self, hz: int, frames: int) -> None:
        pause = self._gap[: max(0, len(self._gap) + 1 - frames)]
        if sum(pause) >= VOICED or not _is_same(hz, self._hz):
            self._forget()
        # This frame and the pause before it; of the first burst, as much as was heard of it.
        since = len(self._gap) + 1 if self._lasted else min(frames, FRAMES_UNTIL_SURE)
        self._hz = hz
        self._lasted += since
        self._sounding += min(frames, since)
        self._gap.clear()

    def _forget(self) -> None:
        self._lasted = self._sounding = 0
        self._gap.clear()


def _is_same(hz: int, before: int) -> bool:
    return abs(hz - before) <= SAME_HZ or min(hz, before) >= ERROR_HZ
