"""A sound card that stands in for the modem's port once the port no longer takes our sound.

Decides: which of the two carries the next call. May touch: only the two it was given.
Thread: call loop; the card's own events pass through in its threads. Called by: audio (open_sound).
The decision is docs/decisions/sound-cards.md; the events come back to it through heed().
"""

from collections.abc import Callable, Sequence

from appliance.answering.actions import Action, RouteVoice, ShowTrouble, StartSound, TroubleOver
from appliance.answering.audio import Post, Sound
from appliance.answering.events import (
    CardUnusable,
    Event,
    ModemUp,
    Prompt,
    SoundLost,
    SoundStarted,
    UplinkStalled,
    VoiceRouted,
)
from appliance.answering.incoming import Sink

ON_CARD = "uplink_on_card"


class StandIn:
    """Two ways for a call's sound: the port, and from its first stall on the card, both ways."""

    def __init__(self, port: Sound, make_card: Callable[[Post], Sound], post: Post) -> None:
        self._port = port
        self._card = make_card(self._take_from_card)
        self._post = post
        self._active = port
        self._on_card = False
        self._started = False  # a call's sound is open
        self._port_wanted = False  # in this call: the card failed, the modem was asked to route
        self._card_runs = False  # in this call; set by the card's thread
        self._told = False

    @property
    def frames_in(self) -> int:
        """Frames heard so far, over all calls and both ways."""
        return self._port.frames_in + self._card.frames_in

    @property
    def frames_out(self) -> int:
        """Frames whose time to be played has come, over all calls and both ways."""
        return self._port.frames_out + self._card.frames_out

    @property
    def stuck(self) -> bool:
        """One of them hangs and will not come back: only a new process helps."""
        return self._port.stuck or self._card.stuck

    @property
    def needs_port(self) -> bool:
        """On the card the modem keeps the sound at its analogue jack."""
        return not self._on_card

    @property
    def levels(self) -> dict[str, float]:
        """How loud the latest call is or was."""
        return self._active.levels

    def start(self) -> None:
        """Open the sound of a call; ends in SoundStarted, SoundLost or CardUnusable."""
        self._started, self._port_wanted, self._card_runs = True, False, False
        self._active = self._card if self._on_card else self._port
        self._active.start()

    def stop(self) -> None:
        """The call is over, whichever way it went."""
        self._started = self._port_wanted = False
        self._port.stop()
        self._card.stop()

    def play(self, prompt: Prompt) -> None:
        """Play after what already waits; PromptPlayed follows its last frame."""
        self._active.play(prompt)

    def silence_prompts(self) -> None:
        """Forget what plays and what waits."""
        self._active.silence_prompts()

    def keep(self, sink: Sink | None) -> None:
        """Hand the caller's frames to `sink` from now on."""
        self._active.keep(sink)

    def heed(self, event: Event) -> Sequence[Action]:
        """Change the way, now or for the next call; what must be done for it comes back."""
        match event:
            case UplinkStalled():
                self._on_card = True
            case ModemUp():
                return self._leave_card()
            case CardUnusable():
                self._port_wanted = self._started
                return [*self._leave_card(), *([RouteVoice()] if self._started else [])]
            case VoiceRouted() if self._port_wanted:
                return [StartSound()]
            case SoundStarted() if self._active is self._card and not self._told:
                self._told = True
                return [ShowTrouble(ON_CARD)]
        return self._active.heed(event)

    def _leave_card(self) -> list[Action]:
        told, self._told, self._on_card = self._told, False, False
        return [TroubleOver(ON_CARD)] if told else []

    def _take_from_card(self, event: Event) -> None:
        """A card that does not even start is no lost call: the port still brings the caller."""
        if isinstance(event, SoundStarted):
            self._card_runs = True
        if isinstance(event, SoundLost) and not self._card_runs:
            event = CardUnusable(event.reason)
        self._post(event)
