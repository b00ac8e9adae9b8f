"""The call's sound over a sound card: two PortAudio streams, one in, one out.

Decides: which card is meant, when its streams run steadily, when they have stalled.
May touch: PortAudio; the only importer of sounddevice. Thread: PortAudio's callbacks copy and
queue, one thread for each call does the rest. Called by: audio, when [audio] path says so.
"""

import queue
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from appliance.answering.audio import CallSound, Post, Session
from appliance.answering.events import Prompt, PromptPlayed, SoundStarted
from appliance.answering.frames import FRAME_S, RATE_HZ, FrameWatch
from appliance.answering.playlist import Playlist
from appliance.answering.prompts import Prompts
from appliance.errors import AudioError

try:
    import sounddevice
except OSError as problem:  # PortAudio itself is missing
    raise AudioError(f"no sound system: {problem}; install the package libportaudio2") from problem

# Real cards often do 48 kHz alone; 44.1 kHz is no whole multiple and comes last.
RATES_HZ = (RATE_HZ, 16_000, 48_000, 44_100)
LATENCY_S = 0.1  # five frames: no gap on two busy cores, and nobody notices 0.1 s (measured)
STEADY_S = 0.3  # a first output takes its five frames, then may stall for 1.7 s (measured)
OPENING_S = 5.0  # a card that works is steady by then
STALLED_S = 2.0  # an unplugged USB card raises nothing and stays "active": only this notices
CLOSING_S = 3.0  # a frozen sound server never lets go (measured: abort() hangs)
POLL_S = 0.1  # how late the end of a call is noticed when no frames come


@dataclass(frozen=True)
class Device:
    """One device as PortAudio lists it; inputs and outputs count channels."""

    index: int
    name: str
    inputs: int
    outputs: int


class SoundCard(CallSound):
    """Sound over two cards, or two halves of one, found by name at each call."""

    def __init__(self, input_name: str, output_name: str, prompts: Prompts, post: Post) -> None:
        super().__init__(prompts, post)
        self._input_name = input_name
        self._output_name = output_name

    def _carry(self, session: Session) -> None:
        streams = _Streams(self._playlist)
        opener = _in_thread("sound-open", self._open, session, streams)
        try:
            self._watch(session, streams)
        finally:
            self._let_go(opener, streams)

    def _let_go(self, opener: threading.Thread, streams: "_Streams") -> None:
        opener.join(CLOSING_S)
        if opener.is_alive():  # closing now could crash PortAudio
            self._stuck = True
            return
        closer = _in_thread("sound-close", streams.close)
        closer.join(CLOSING_S)
        self._stuck = closer.is_alive()

    def _open(self, session: Session, streams: "_Streams") -> None:
        try:
            streams.open(self._input_name, self._output_name)
        except AudioError as error:
            session.lose(str(error))

    def _watch(self, session: Session, streams: "_Streams") -> None:
        began = time.monotonic()
        came, went = FrameWatch(began), FrameWatch(began)
        before, started = self._frames_out, False
        while not session.over.is_set():
            self._take_news(session, streams)
            now = time.monotonic()
            came.note(streams.heard, now)
            went.note(streams.played, now)
            self._frames_out = before + streams.played
            if started:
                _check_flow(session, came.idle_s(now), went.idle_s(now))
            elif self._incoming.settled and min(came.steady_s(), went.steady_s()) >= STEADY_S:
                started = True
                session.tell(SoundStarted())
            elif now - began > OPENING_S:
                session.lose(
                    f"the sound card did not start within {OPENING_S:g} s: "
                    f"{streams.heard} frames heard, {streams.played} played"
                )

    def _take_news(self, session: Session, streams: "_Streams") -> None:
        try:
            news = streams.news.get(timeout=POLL_S)
        except queue.Empty:
            return
        if isinstance(news, _Ended):
            session.lose("the sound card is gone")
        elif isinstance(news, Prompt):
            session.tell(PromptPlayed(news))
        else:
            for event in self._incoming.hear(streams.from_card(news), time.monotonic()):
                session.tell(event)


def _check_flow(session: Session, heard_idle_s: float, played_idle_s: float) -> None:
    if heard_idle_s > STALLED_S:
        session.lose(f"the sound card gave no sound for {STALLED_S:g} s")
    elif played_idle_s > STALLED_S:
        session.lose(f"the sound card took no sound for {STALLED_S:g} s")


class _Ended:
    """A stream ended that nobody had closed."""


class _Streams:
    """The two PortAudio streams of one call; what happens in them comes out of `news`."""

    def __init__(self, playlist: Playlist) -> None:
        self.news: queue.SimpleQueue[bytes | Prompt | _Ended] = queue.SimpleQueue()
        self.heard = 0
        self.played = 0
        self.from_card = _as_it_is
        self._playlist = playlist
        self._next_block = self._plain_block
        self._open: list[Any] = []
        self._up = False

    def open(self, input_name: str, output_name: str) -> None:
        """Open and start both. Raises AudioError; may hang, so call it in a thread of its own."""
        try:
            self._open_both(input_name, output_name)
        except AudioError:
            self.close()
            _rescan()
            self._open_both(input_name, output_name)
        self._up = True

    def close(self) -> None:
        """Let go of both; may hang, so call it in a thread of its own."""
        for stream in self._open:
            stream.close(ignore_errors=True)
        self._open.clear()

    def _open_both(self, input_name: str, output_name: str) -> None:
        devices = list_devices()
        source = find_device(input_name, devices, wants_input=True)
        target = find_device(output_name, devices, wants_input=False)
        self._start(sounddevice.RawInputStream, source, self._hear_at)
        self._start(sounddevice.RawOutputStream, target, self._play_at)

    def _start(self, kind: Any, device: Device, callback_at: Callable[[int], Any]) -> None:
        """Run it at the first rate the card allows."""
        refused = None
        for rate_hz in RATES_HZ:
            try:
                self._start_at(kind, device, rate_hz, callback_at(rate_hz))
                return
            except sounddevice.PortAudioError as error:
                refused = error
        rates = ", ".join(map(str, RATES_HZ))
        raise AudioError(
            f'cannot run the sound device "{device.name}" mono at any of {rates} Hz: {refused}'
        ) from refused

    def _start_at(self, kind: Any, device: Device, rate_hz: int, callback: Any) -> None:
        try:
            stream = kind(
                device=device.index,
                samplerate=rate_hz,
                blocksize=round(rate_hz * FRAME_S),
                channels=1,
                dtype="int16",
                latency=LATENCY_S,
                callback=callback,
                finished_callback=self._on_finished,
            )
        except MemoryError as error:  # cffi makes callbacks in memory it may write and execute
            raise AudioError(
                "the systemd unit forbids sound callbacks; remove MemoryDenyWriteExecute from it"
            ) from error
        try:
            stream.start()
        except sounddevice.PortAudioError:
            stream.close(ignore_errors=True)
            raise
        self._open.append(stream)

    def _hear_at(self, rate_hz: int) -> Any:
        self.from_card = _as_it_is
        if rate_hz != RATE_HZ:
            from appliance.answering.card_rate import FromCard  # it brings numpy, 11 MB

            self.from_card = FromCard(rate_hz).convert
        return self._on_input

    def _play_at(self, rate_hz: int) -> Any:
        self._next_block = self._plain_block
        if rate_hz != RATE_HZ:
            from appliance.answering.card_rate import ToCard

            self._next_block = ToCard(self._playlist, rate_hz).next_block
        return self._on_output

    def _plain_block(self) -> tuple[bytes, list[Prompt]]:
        frame, ended = self._playlist.next_frame()
        return frame, [ended] if ended else []

    def _on_input(self, data: Any, _frames: int, _time: Any, _status: Any) -> None:
        self.heard += 1
        self.news.put(bytes(data))

    def _on_output(self, data: Any, _frames: int, _time: Any, _status: Any) -> None:
        block, ended = self._next_block()
        data[:] = block
        self.played += 1
        for prompt in ended:
            self.news.put(prompt)

    def _on_finished(self) -> None:
        if self._up:  # not while a first try to open is taken back
            self.news.put(_Ended())


def _as_it_is(block: bytes) -> bytes:
    return block


def list_devices() -> list[Device]:
    """Every device PortAudio sees; ALSA devices of type plug are not among them.

    Raises AudioError.
    """
    try:
        listed = sounddevice.query_devices()
    except sounddevice.PortAudioError as error:
        raise AudioError(f"the sound system lists no devices: {error}") from error
    return [
        Device(index, d["name"], d["max_input_channels"], d["max_output_channels"])
        for index, d in enumerate(listed)
    ]


def find_device(name: str, devices: Iterable[Device], *, wants_input: bool) -> Device:
    """The one device of that name, or the only one whose name contains it.

    Raises AudioError listing the names there are.
    """
    able = [d for d in devices if (d.inputs if wants_input else d.outputs)]
    exact = [d for d in able if d.name == name]
    found = exact or [d for d in able if name.casefold() in d.name.casefold()]
    if len(found) == 1:
        return found[0]
    key = "input_device" if wants_input else "output_device"
    names = ", ".join(f'"{d.name}"' for d in able) or "none at all"
    fault = f"fits {len(found)} devices" if found else "is not there"
    raise AudioError(f'[audio] {key} = "{name}" {fault}; there is: {names}')


def _rescan() -> None:
    # PortAudio lists devices once, at its start: a card plugged in later is seen only by another
    # start. sounddevice offers that only under these private names (0.5).
    try:
        sounddevice._terminate()
        sounddevice._initialize()
    except sounddevice.PortAudioError as error:
        raise AudioError(f"the sound system does not start again: {error}") from error


def _in_thread(name: str, work: Any, *args: object) -> threading.Thread:
    thread = threading.Thread(target=work, args=args, name=name, daemon=True)
    thread.start()
    return thread
