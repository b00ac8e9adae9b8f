"""The software modem: a telephone line, a dialect and two ports, put together.

Decides: when things happen: rings, answers, restarts.
May touch: ptys, the monotonic and the wall clock. Thread: the one in run().
Called by: control, commands of cli.
"""

import base64
import datetime
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.errors import HotlineError
from appliance.simulating.caller import Caller, Deed, HangUp, Notice, PressKey, Script
from appliance.simulating.families import FAMILIES
from appliance.simulating.families.dialect import Dialect
from appliance.simulating.families.interpreter import VIETNAM
from appliance.simulating.faults import Faults
from appliance.simulating.host_side import HostSide
from appliance.simulating.line import Call, CallState, EndedBy, Line, NotReachable
from appliance.simulating.loop import Loop
from appliance.simulating.sms_delivery import SmsDelivery
from appliance.simulating.sound_path import SoundPath
from appliance.simulating.subscription import Subscription

_LOGGER = logging.getLogger(__name__)

RING_EVERY_S = 3.0  # real networks: 2 to 5 s; short, so that tests need not wait
BOOT_S = 3.0  # a real SIM7600 takes 10 to 15 s
UNPLUG_AFTER_S = 2.0  # with the fault "unplug-in-call"

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

    def __init__(
        self,
        family: str,
        at: Path,
        pcm: Path,
        faults: Iterable[str] = (),
        *,
        model: str = "",
        analogue_over_pcm: bool = False,
    ) -> None:
        """model: what AT+CGMM says instead of the family's.

        analogue_over_pcm: the PCM port stands for the cable and sound card of analogue sound.
        """
        self.loop = Loop()
        self.faults = Faults(faults)
        self.line = Line(self)
        self.subscription = Subscription(self.faults)
        self._family = FAMILIES[family]
        self._model = model or self._family.model
        self._wired = analogue_over_pcm and self._family.is_analogue
        self._host = HostSide(
            self.loop, self.line, self.faults, self._power_up, at, self._obeyed, self._reset
        )
        self._sound = SoundPath(
            self.loop,
            self.faults,
            pcm,
            self._sound_flows,
            lambda go: self._host.flow(go=go),
            self._talk,
        )
        self._sms = SmsDelivery(
            self.loop, self.subscription, self._takes_sms, self._host.message_arrives
        )
        self._conversations: dict[int, Conversation] = {}
        self._powered = False

    def _power_up(self) -> Dialect:
        dialect = self._family(self.line, self.faults, self.subscription)
        dialect.model = self._model
        return dialect

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
        self._number_rows()
        self.line.call_waiting = True
        self._powered = True  # before the ports: if one fails, close() removes the other
        self._sound.plug()
        self._host.plug()
        self._sms.poke()
        _LOGGER.info("plugged in")

    def _number_rows(self) -> None:
        has_data_row = self._family.has_data_row or "data-row" in self.faults
        self.line.first_index = 2 if has_data_row else 1

    def power_off(self) -> None:
        """Vanish from the bus; the network ends the calls."""
        if not self._powered:
            return
        self._powered = False
        self._host.unplug()
        self._sound.unplug()
        self.line.release_all(EndedBy.NETWORK)
        _LOGGER.info("unplugged")

    def _reset(self) -> None:
        self.power_off()
        self.loop.call_after(BOOT_S, self._boot)

    def _boot(self) -> None:
        if "unplug" not in self.faults:
            self.power_on()

    def change_faults(self, turn_on: Iterable[str], turn_off: Iterable[str]) -> None:
        """Switch faults while running. Raises UnknownFault."""
        self.faults.change(turn_on, turn_off)
        self._number_rows()
        if "unplug" in self.faults:
            self.power_off()
        else:
            self.power_on()
        self._sms.poke()

    def unplug_for(self, seconds: float) -> None:
        """Vanish, and come back by itself under other port names."""
        self.change_faults(["unplug"], [])
        self.loop.call_after(seconds, lambda: self.change_faults([], ["unplug"]))

    # -------------------------------------------------------------- the callers' side

    def place_call(self, script: Script, tell: Tell) -> int:
        """Somebody calls; `tell` hears of it. Raises NotReachable with what the caller hears."""
        if not self._powered or not self._host.dialect.can_ring:
            raise NotReachable("the number cannot be reached: modem off, PIN missing or no network")
        call = self.line.place(script.number, withheld=script.withheld, forwarded=script.forwarded)
        self._conversations[call.id] = Conversation(call, Caller(script, time.time()), tell)
        self.line.ring(call)
        self.loop.call_after(script.ring_s, lambda: self._give_up(call))
        return call.id

    def receive_sms(self, number: str, text: str, order: tuple[int, ...] | None = None) -> int:
        """Somebody texts the box; how many parts it has. Raises NotAnSms."""
        at = datetime.datetime.now(VIETNAM)
        parts = self.subscription.receive(number, text, at, order)
        self._sms.poke()
        return parts

    def hang_up(self, call_id: int | None = None) -> None:
        """The caller hangs up. Raises NoSuchCall."""
        self.line.release(self._conversation(call_id).call, EndedBy.CALLER)

    def press_key(self, key: str, call_id: int | None = None) -> None:
        """The caller presses a key. Raises NoSuchCall."""
        talk = self._conversation(call_id)
        if talk.call.state is CallState.ACTIVE:
            self._host.key_pressed(key)

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
            "model": self._model,
            "plugged": self._powered,
            "at_open": self._host.is_open,
            "registered": self._powered and self._host.dialect.is_registered,
            "sound_flows": self._sound_flows(),
            "faults": self.faults.names(),
            "calls": [{"call": c.id, "state": c.state.name.lower()} for c in self.line.calls],
            "sms_stored": sum(map(len, self.subscription.stores.values())),
            "sms_waiting": len(self.subscription.waiting),
        }

    # -------------------------------------------------------------- what the line tells

    def call_came_in(self, call: Call) -> None:
        """Ring, and again every few seconds."""
        self._tell(call, "ringing")
        self._ring(call, first=True)

    def call_waits(self, call: Call) -> None:
        """Announce a second caller."""
        self._tell(call, "waiting")
        self._host.call_waits(call)

    def call_answered(self, call: Call) -> None:
        """Start the clock of the sound."""
        self._conversations[call.id].caller.answered_at = time.time()
        self._tell(call, "answered")
        self._host.call_answered(call)
        self._sound.begin(call)
        if "unplug-in-call" in self.faults:
            self.loop.call_after(UNPLUG_AFTER_S, lambda: self._fall_off(call))

    def call_released(self, call: Call, was: CallState, by: EndedBy) -> None:
        """Announce the end, to the host and to the caller."""
        self._host.call_released(call, was, by)
        if was is CallState.ACTIVE:
            self._sound.stop()
        if self._powered:
            self._note_in_call_list(call, was)
        talk = self._conversations.pop(call.id)
        event = {"event": "ended", **talk.caller.report(call.id, was, by, time.time())}
        if talk.caller.script.keep_heard:
            event["heard"] = base64.b64encode(talk.caller.heard).decode()
        talk.tell(event)
        _LOGGER.info("call %d ended by %s", call.id, by.value)

    def _fall_off(self, call: Call) -> None:
        if call.state is CallState.ACTIVE:
            self._reset()

    def _note_in_call_list(self, call: Call, was: CallState) -> None:
        shown = not call.withheld and "withheld" not in self.faults
        self.subscription.note_call(call.number if shown else "", answered=was is CallState.ACTIVE)

    def _tell(self, call: Call, what: str) -> None:
        self._conversations[call.id].tell({"event": what, "call": call.id, "at": time.time()})
        _LOGGER.info("call %d: %s", call.id, what)

    def _ring(self, call: Call, *, first: bool = False) -> None:
        if call.state is not CallState.INCOMING:
            return
        self._host.rings(call, first=first)
        self.loop.call_after(RING_EVERY_S, lambda: self._ring(call))

    # -------------------------------------------------------------- sound and messages

    def _obeyed(self) -> None:
        self._sound.route()
        self._sms.poke()

    def _takes_sms(self) -> bool:
        return self._powered and self._host.dialect.is_registered and "deaf" not in self.faults

    def _sound_flows(self) -> bool:
        in_call = self.line.find(CallState.ACTIVE) is not None
        return self._host.dialect.sound_flows() or (self._wired and in_call)

    def _talk(self, call: Call, heard: bytes | None) -> tuple[bytes, Callable[[], None]]:
        spoken, deeds = self._conversations[call.id].caller.tick(time.time(), heard)
        return spoken, lambda: self._perform_all(call, deeds)

    def _perform_all(self, call: Call, deeds: list[Deed]) -> None:
        for deed in deeds:
            self._perform(call, deed)

    def _perform(self, call: Call, deed: Deed) -> None:
        match deed:
            case PressKey(key):
                self._host.key_pressed(key)
            case HangUp():
                self.line.release(call, EndedBy.CALLER)
            case Notice(name):
                self._tell(call, name)
