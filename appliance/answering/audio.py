"""The call's sound, whichever way it travels: one contract, two ways behind it.

Decides: which way the configuration asks for, and what every call's sound has in common.
May touch: threads of its own. Thread: any; nothing here waits. Called by: daemon.
After stop() no event of that call is posted any more.
"""

import abc
import logging
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from appliance.answering.actions import Action
from appliance.answering.events import Event, Prompt, SoundLost
from appliance.answering.incoming import Incoming, Sink
from appliance.answering.playlist import Playlist
from appliance.answering.prompts import Prompts
from appliance.config import AudioConfig
from appliance.errors import AudioError

_LOGGER = logging.getLogger(__name__)

Post = Callable[[Event], None]
PcmPort = Callable[[], str | None]

# A call's sound ends within 0.1 s, a sound card that hangs is given up after 3 s (sound_card).
PREDECESSOR_S = 4.0


class Sound(Protocol):
    """What the daemon may ask of a call's sound; nothing waits, results come as events."""

    @property
    def frames_in(self) -> int:
        """Frames heard so far, over all calls; the watchdog wants it to advance in a call."""

    @property
    def frames_out(self) -> int:
        """Frames whose time to be played has come, taken by the line or not."""

    @property
    def stuck(self) -> bool:
        """The sound system hangs and will not come back: only a new process helps."""

    @property
    def needs_port(self) -> bool:
        """Whether the modem must bring the call's sound to the host before start()."""

    @property
    def levels(self) -> dict[str, float]:
        """How loud the latest call is, in dBFS: in_ and out_, rms and peak; what is known of it."""

    def start(self) -> None:
        """Open the sound of a call; ends in SoundStarted or SoundLost."""

    def stop(self) -> None:
        """The call is over: no further events, sinks or prompts; the device closes by itself."""

    def play(self, prompt: Prompt) -> None:
        """Play after what already waits; PromptPlayed follows its last frame."""

    def silence_prompts(self) -> None:
        """Forget what plays and what waits; they get no PromptPlayed."""

    def keep(self, sink: Sink | None) -> None:
        """Hand the caller's 20 ms frames to `sink`, in the audio thread: it must not wait."""

    def heed(self, event: Event) -> Sequence[Action]:
        """Hear what happened on the line; what must be done for the sound comes back."""


def open_sound(config: AudioConfig, pcm_port: PcmPort, prompts: Prompts, post: Post) -> Sound:
    """Make the sound path that [audio] path names; it is silent until start().

    Raises AudioError when the sound system of this machine cannot be used at all.
    """
    if config.path == "sound-card":
        return _open_card(config, prompts, post)
    from appliance.answering.pcm_port import PcmPortSound

    port = PcmPortSound(pcm_port, prompts, post)
    if not config.output_device:
        return port
    from appliance.answering.stand_in import StandIn

    try:
        return StandIn(port, lambda post: _open_card(config, prompts, post), post)
    except AudioError as error:  # it only stands in: calls are answered without it
        _LOGGER.warning("no sound card stands in for the modem's port: %s", error)
        return port


def _open_card(config: AudioConfig, prompts: Prompts, post: Post) -> Sound:
    # Importing sounddevice starts PortAudio: only those who need it pay and risk that.
    from appliance.answering.sound_card import SoundCard

    return SoundCard(config.input_device, config.output_device, prompts, post)


class Session:
    """One call's sound: passes events on until it is over, and is lost at most once."""

    def __init__(self, post: Post) -> None:
        self.over = threading.Event()
        self._post = post
        self._lock = threading.RLock()

    def tell(self, event: Event) -> None:
        """Post an event, unless the call's sound is over."""
        with self._lock:
            if not self.over.is_set():
                self._post(event)

    def lose(self, reason: str) -> None:
        """The sound broke: say so once, then it is over."""
        with self._lock:
            self.tell(SoundLost(reason))
            self.over.set()

    def end(self) -> None:
        """Nothing is posted any more once this returns."""
        with self._lock:
            self.over.set()


class CallSound(abc.ABC):
    """What both ways share: prompts, the caller's side, and one session for each call."""

    needs_port = True  # a USB sound card of the modem's own is switched on by the same command

    def __init__(self, prompts: Prompts, post: Post) -> None:
        self._prompts = prompts
        self._post = post
        self._playlist = Playlist()
        self._incoming = Incoming(lambda: self._playlist.echoes)
        self._session = Session(post)
        self._thread: threading.Thread | None = None
        self._frames_out = 0
        self._stuck = False

    @property
    def frames_in(self) -> int:
        """Frames heard so far, over all calls."""
        return self._incoming.frames

    @property
    def frames_out(self) -> int:
        """Frames whose time to be played has come, over all calls."""
        return self._frames_out

    @property
    def stuck(self) -> bool:
        """Only a new process helps."""
        return self._stuck

    @property
    def levels(self) -> dict[str, float]:
        """How loud the latest call is or was."""
        return self._incoming.levels | self._playlist.levels

    def start(self) -> None:
        """Open the sound of a call; ends in SoundStarted or SoundLost."""
        self._session.end()
        self._playlist.begin()
        self._session = Session(self._post)
        before = self._thread
        self._thread = threading.Thread(
            target=self._live, args=(self._session, before), name="call-sound", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """The call is over; safe to repeat, and before any start."""
        self._session.end()
        self._incoming.keep(None)
        self._playlist.clear()

    def play(self, prompt: Prompt) -> None:
        """Play after what already waits; PromptPlayed follows its last frame."""
        self._playlist.add(prompt, self._prompts[prompt])

    def silence_prompts(self) -> None:
        """Forget what plays and what waits."""
        self._playlist.clear()

    def keep(self, sink: Sink | None) -> None:
        """Hand the caller's frames to `sink` from now on."""
        self._incoming.keep(sink)

    def heed(self, event: Event) -> Sequence[Action]:  # noqa: ARG002 - the port listens
        """Nothing that happens on the line changes this way of sound."""
        return ()

    def _live(self, session: Session, before: threading.Thread | None) -> None:
        if before is not None:
            before.join(PREDECESSOR_S)
            self._stuck = self._stuck or before.is_alive()
        if self._stuck:
            session.lose("the sound system hangs; this process must be restarted")
            return
        self._incoming.begin()
        try:
            self._carry(session)
        finally:
            session.lose("the call's sound broke off")  # says nothing unless by our mistake

    @abc.abstractmethod
    def _carry(self, session: Session) -> None:
        """Carry one call's sound until session.over is set, then let go of the device."""
