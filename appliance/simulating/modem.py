"""The software modem: a telephone line, a dialect and two ports, put together.

Decides: when things happen: rings, answers, restarts, the 20 ms of the sound.
May touch: ptys, the monotonic and the wall clock. Thread: the one in run().
Called by: control, commands of cli. The PCM port is read and written on each 20 ms only.
"""

import base64
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.errors import HotlineError
from appliance.simulating.at_port import AtPort
from appliance.simulating.caller import Caller, HangUp, Notice, PressKey, Script
from appliance.simulating.families import FAMILIES
from appliance.simulating.families.dialect import Dialect, TimedLine
from appliance.simulating.faults import Faults
from appliance.simulating.line import Call, CallState, EndedBy, Line, NotReachable
from appliance.simulating.loop import Loop, Timer
from appliance.simulating.pcm_stream import PcmStream
from appliance.simulating.ports import Pty
from appliance.simulating.sound import FRAME_S

_LOGGER = logging.getLogger(__name__)

RING_EVERY_S = 3.0  # real networks: 2 to 5 s; short, so that tests need not wait
VANISH_AFTER_S = 0.3  # a reset modem says OK, then leaves the bus
BOOT_S = 3.0  # a real SIM7600 takes 10 to 15 s
LATE_MOST_S = 1.0  # a stopped process does not catch up with more sound than that

Tell = Callable[[dict[str, Any]], None]


class NoSuchCall(HotlineError):
    """The call asked for is over, or never was."""


@dataclass
class Conversation:
    """A call, the person who placed it, and who wants to hear of it."""

    call: Call
    caller: Caller
    tell: Tell


class SoftModem:
    """A modem made of software: start(), run() until stop(), close()."""

    def __init__(self, family: str, at: Path, pcm: Path, faults: Iterable[str] = ()) -> None:
        self.loop = Loop()
        self.faults = Faults(faults)
        self.line = Line(self)
        self._family = FAMILIES[family]
        self._dialect: Dialect = self._family(self.line, self.faults)
        self._at = AtPort(self.loop, Pty(at), self.faults, self._command_line, self._interrupt)
        self._pcm = PcmStream(Pty(pcm), self.faults)
        self._conversations: dict[int, Conversation] = {}
        self._answering: Timer | None = None
        self._held_rings: list[str] = []
        self._powered = False
        self._power_ups = 0
        self._sound_from = 0.0

    def start(self) -> None:
        """Plug the ports in. Raises LinkTaken, OSError."""
        if "unplug" not in self.faults:
            self.power_on()

    def run(self) -> None:
        """Serve until stop()."""
        self.loop.run()

    def close(self) -> None:
        """Remove the ports; the network ends the calls."""
        self.power_off()
        self.loop.close()

    def stop(self) -> None:
        """End run() soon; from any thread."""
        self.loop.stop()

    # -------------------------------------------------------------- power

    def power_on(self) -> None:
        """Plug in and boot, as after power-up: every setting has its first value."""
        if self._powered:
            return
        self._dialect = self._family(self.line, self.faults)
        self.line.first_index = 2 if "data-row" in self.faults else 1
        self.line.call_waiting = True
        self._at.echo = True
        self._at.plug()
        self._pcm.plug()
        self._powered = True
        self._power_ups += 1
        self._print(self._dialect.boot_lines())
        _LOGGER.info("plugged in")

    def power_off(self) -> None:
        """Vanish from the bus; the network ends the calls."""
        if not self._powered:
            return
        self._powered = False
        self._at.unplug()
        self._pcm.unplug()
        self._cancel_answering()
        self.line.release_all(EndedBy.NETWORK)
        _LOGGER.info("unplugged")

    def change_faults(self, turn_on: Iterable[str], turn_off: Iterable[str]) -> None:
        """Switch faults while running. Raises UnknownFault."""
        self.faults.change(turn_on, turn_off)
        self.line.first_index = 2 if "data-row" in self.faults else 1
        if "unplug" in self.faults:
            self.power_off()
        else:
            self.power_on()

    # -------------------------------------------------------------- the callers' side

    def place_call(self, script: Script, tell: Tell) -> int:
        """Somebody calls; `tell` hears of it. Raises NotReachable with what the caller hears."""
        if not self._powered or not self._dialect.is_registered:
            raise NotReachable("the number cannot be reached: modem off, PIN missing or no network")
        call = self.line.place(script.number, withheld=script.withheld, forwarded=script.forwarded)
        self._conversations[call.id] = Conversation(call, Caller(script, time.time()), tell)
        self.line.ring(call)
        self.loop.call_after(script.ring_s, lambda: self._give_up(call))
        return call.id

    def hang_up(self, call_id: int | None = None) -> None:
        """The caller hangs up. Raises NoSuchCall."""
        self.line.release(self._conversation(call_id).call, EndedBy.CALLER)

    def press_key(self, key: str, call_id: int | None = None) -> None:
        """The caller presses a key. Raises NoSuchCall."""
        talk = self._conversation(call_id)
        if talk.call.state is CallState.ACTIVE:
            self._print(self._dialect.key_lines(key))

    def _conversation(self, call_id: int | None) -> Conversation:
        if call_id is None and self._conversations:
            call_id = min(self._conversations)
        if call_id not in self._conversations:
            raise NoSuchCall("there is no such call")
        return self._conversations[call_id]

    def _give_up(self, call: Call) -> None:
        if call.state in (CallState.INCOMING, CallState.WAITING):
            self.line.release(call, EndedBy.CALLER)

    def status(self) -> dict[str, Any]:
        """What the modem is doing, for people and tests."""
        return {
            "family": self._family.name,
            "plugged": self._powered,
            "at_open": self._at.is_open,
            "registered": self._powered and self._dialect.is_registered,
            "sound_flows": self._dialect.sound_flows(),
            "faults": self.faults.names(),
            "calls": [{"call": c.id, "state": c.state.name.lower()} for c in self.line.calls],
        }

    # -------------------------------------------------------------- what the line tells

    def call_came_in(self, call: Call) -> None:
        """Ring, and again every few seconds."""
        self._tell(call, "ringing")
        self._ring(call, first=True)

    def call_waits(self, call: Call) -> None:
        """Announce a second caller."""
        self._tell(call, "waiting")
        self._print(self._dialect.waiting_lines(call))

    def call_answered(self, call: Call) -> None:
        """Start the clock of the sound."""
        self._conversations[call.id].caller.answered_at = time.time()
        self._tell(call, "answered")
        self._print(self._dialect.answered_lines(call))
        self._sound_from = self.loop.now()
        self._schedule_sound(call, 1)

    def call_released(self, call: Call, was: CallState, by: EndedBy) -> None:
        """Announce the end, to the host and to the caller."""
        if self._answering and was is CallState.INCOMING:
            self._cancel_answering()
            self._at.say("NO CARRIER")
        else:
            self._print(self._dialect.released_lines(call, was, by, self.loop.now()))
        if was is CallState.ACTIVE:
            self._pcm.stop()
        self._held_rings.clear()
        talk = self._conversations.pop(call.id)
        event = {"event": "ended", **talk.caller.report(call.id, was, by, time.time())}
        if talk.caller.script.keep_heard:
            event["heard"] = base64.b64encode(talk.caller.heard).decode()
        talk.tell(event)
        _LOGGER.info("call %d ended by %s", call.id, by.value)

    def _tell(self, call: Call, what: str) -> None:
        self._conversations[call.id].tell({"event": what, "call": call.id, "at": time.time()})
        _LOGGER.info("call %d: %s", call.id, what)

    def _ring(self, call: Call, *, first: bool = False) -> None:
        if call.state is not CallState.INCOMING:
            return
        if not self._answering:
            self._flush_held_rings()
            self._print(self._dialect.ring_lines(call, first=first), call)
        self.loop.call_after(RING_EVERY_S, lambda: self._ring(call))

    # -------------------------------------------------------------- the host's side

    def _print(self, lines: list[TimedLine], call: Call | None = None) -> None:
        for delay_s, line in lines:
            if delay_s:
                self._print_later(delay_s, line, call)
            elif "ring-during-command" in self.faults and line in ("RING", "+CRING: VOICE"):
                self._held_rings.append(line)
            else:
                self._at.say(line)

    def _print_later(self, delay_s: float, line: str, call: Call | None) -> None:
        power_up = self._power_ups

        def still_true() -> None:
            if power_up == self._power_ups and (not call or call.state is not CallState.RELEASED):
                self._at.say(line)

        self.loop.call_after(delay_s, still_true)

    def _flush_held_rings(self) -> list[str]:
        held, self._held_rings = self._held_rings, []
        self._at.say(*held)
        return held

    def _command_line(self, text: str) -> None:
        if "mute" in self.faults or not text:
            return
        if text[:2].upper() != "AT":
            self._at.say("ERROR")
            return
        reply = self._dialect.run(text[2:], self.loop.now())
        self._at.echo = self._dialect.echo
        self._at.say(*reply.lines)
        if reply.answer_after_s is not None:
            self._answering = self.loop.call_after(reply.answer_after_s, self._connect)
            return
        self._flush_held_rings()
        self._at.say(reply.final)
        if reply.reset:
            self.loop.call_after(VANISH_AFTER_S, self.power_off)
            self.loop.call_after(BOOT_S, self._boot)

    def _boot(self) -> None:
        if "unplug" not in self.faults:
            self.power_on()

    def _interrupt(self) -> bool:
        """A byte from the host aborts a pending ATA, V.250 5.6.1; the call rings on."""
        if not self._answering or "mute" in self.faults:
            return False
        self._cancel_answering()
        self._at.say("NO CARRIER")
        return True

    def _cancel_answering(self) -> None:
        if self._answering:
            self._answering.cancel()
            self._answering = None

    def _connect(self) -> None:
        self._answering = None
        self._at.say("OK")
        self.line.answer(self.loop.now())

    # -------------------------------------------------------------- sound

    def _schedule_sound(self, call: Call, number: int) -> None:
        due = self._sound_from + number * FRAME_S
        late = self.loop.now() - due
        if late > LATE_MOST_S:
            self._sound_from += late
        self.loop.call_at(due, lambda: self._sound(call, number))

    def _sound(self, call: Call, number: int) -> None:
        if call.state is not CallState.ACTIVE:
            return
        flows = self._dialect.sound_flows()
        if not flows:
            self._pcm.stop()
        heard = self._pcm.take(self.loop.now()) if flows else None
        spoken, deeds = self._conversations[call.id].caller.tick(time.time(), heard)
        if flows:
            self._pcm.give(spoken)
        self._schedule_sound(call, number + 1)
        for deed in deeds:
            self._perform(call, deed)

    def _perform(self, call: Call, deed: PressKey | HangUp | Notice) -> None:
        match deed:
            case PressKey(key):
                self._print(self._dialect.key_lines(key))
            case HangUp():
                self.line.release(call, EndedBy.CALLER)
            case Notice(name):
                self._tell(call, name)
