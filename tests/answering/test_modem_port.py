"""The modem link on the software modem, which speaks the SIM7600's dialect and has its faults."""

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from appliance.answering.events import (
    Answered,
    AnswerFailed,
    CallerShown,
    CallForwarded,
    CallsListed,
    KeyPressed,
    LineFree,
    ModemLost,
    ModemUp,
    Ringing,
    VoiceRefused,
    VoiceRouted,
)
from appliance.answering.modem import ModemLink, Timings
from appliance.config import ModemConfig
from tests.sound.listening import Mailbox

PATIENCE_S = 40.0
TIMINGS = Timings(
    probe_s=1.0,
    retry_s=0.2,
    reply_s=1.5,
    route_s=8.0,
    route_retry_s=0.1,
    reopen_first_s=0.1,
    reopen_max_s=0.5,
    vanish_s=0.5,
)
CALLER = "0912345678"


class SoftModem:
    def __init__(self, folder: Path, *faults: str) -> None:
        self.at = folder / "at"
        control = folder / "control"
        command = [sys.executable, "-m", "appliance", "simulate", "modem", "--at", str(self.at)]
        command += ["--pcm", str(folder / "pcm"), "--control", str(control)]
        for fault in faults:
            command += ["--fault", fault]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        self._socket = self._connect(control)
        self._replies = self._socket.makefile("r")

    def _connect(self, control: Path) -> socket.socket:
        for _ in range(int(PATIENCE_S / 0.05)):
            channel = socket.socket(socket.AF_UNIX)
            try:
                channel.connect(str(control))
            except OSError:
                channel.close()
                assert self._process.poll() is None, "the software modem ended"
                threading.Event().wait(0.05)
            else:
                channel.settimeout(PATIENCE_S)
                return channel
        raise AssertionError("the software modem did not start")

    def do(self, what: str, **more: object) -> None:
        self._socket.sendall(json.dumps({"do": what, **more}).encode() + b"\n")
        for line in self._replies:
            told: dict[str, Any] = json.loads(line)
            if "reply" in told:
                assert told["ok"], told
                return

    def close(self) -> None:
        self._socket.close()
        self._process.terminate()
        self._process.wait(PATIENCE_S)


Phone = tuple[SoftModem, ModemLink, Mailbox]


@pytest.fixture
def phone(tmp_path: Path) -> Iterator[Callable[..., Phone]]:
    made: list[Phone] = []

    def make(*faults: str, timings: Timings = TIMINGS, **config: Any) -> Phone:
        box = Mailbox()
        modem = SoftModem(tmp_path, *faults)
        link = ModemLink(ModemConfig(port=str(modem.at), **config), box.post, timings)
        made.append((modem, link, box))
        link.start()
        return made[-1]

    yield make
    for modem, link, _ in made:
        link.close()
        modem.close()


def until_no_call(link: ModemLink, box: Mailbox) -> None:
    for _ in range(100):
        count = len(box.of(CallsListed)) + 1
        link.list_calls()
        if not box.wait_for(CallsListed, count).calls:
            return
        threading.Event().wait(0.1)
    raise AssertionError("the call is still listed")


@pytest.mark.parametrize(
    "fault",
    [
        "",
        "ring-during-command",
        "no-ring",
        "clip-late",
        "clip-before-ring",
        "garbage",
        "double-cr",
        "byte-by-byte",
        "cpcmreg-error",
        "end-silent",
        "end-twice",
        "end-no-carrier",
        "end-bare",
        "data-row",
        "creg-zero",
        "cme-text",
    ],
)
def test_a_call_is_answered_heard_and_ended_whatever_the_modem_does(
    phone: Callable[..., Phone], fault: str
) -> None:
    modem, link, box = phone(*[fault] if fault else [])
    assert "SIM7600" in box.wait_for(ModemUp).model
    modem.do("place_call", **{"from": CALLER, "forwarded": True})
    box.wait_for(Ringing)
    assert box.wait_for(CallerShown).caller.number == CALLER
    box.wait_for(CallForwarded)
    link.answer()
    box.wait_for(Answered)
    link.route_voice()
    box.wait_for(VoiceRouted)
    modem.do("press_key", key="#")
    assert box.wait_for(KeyPressed).key == "#"
    modem.do("hang_up")
    until_no_call(link, box)
    link.unroute_voice()
    link.hang_up()
    box.wait_for(LineFree)
    assert not box.of(ModemLost)
    assert not box.of(AnswerFailed)


def test_the_box_hangs_up_first(phone: Callable[..., Phone]) -> None:
    modem, link, box = phone()
    box.wait_for(ModemUp)
    modem.do("place_call", **{"from": CALLER})
    box.wait_for(Ringing)
    link.answer()
    box.wait_for(Answered)
    link.hang_up()
    box.wait_for(LineFree)
    until_no_call(link, box)


def test_a_withheld_number_is_told_as_withheld(phone: Callable[..., Phone]) -> None:
    modem, _, box = phone("withheld")
    box.wait_for(ModemUp)
    modem.do("place_call", **{"from": CALLER})
    caller = box.wait_for(CallerShown).caller
    assert (caller.number, caller.raw, caller.validity) == (None, "", 1)


def test_a_caller_gone_in_the_moment_of_answering(phone: Callable[..., Phone]) -> None:
    modem, link, box = phone("ata-no-carrier")
    box.wait_for(ModemUp)
    modem.do("place_call", **{"from": CALLER})
    box.wait_for(Ringing)
    link.answer()
    assert "NO CARRIER" in box.wait_for(AnswerFailed).reason


def test_a_modem_without_sound_says_so_in_its_window(phone: Callable[..., Phone]) -> None:
    modem, link, box = phone("cpcmreg-never", timings=Timings(route_s=2.0))
    box.wait_for(ModemUp)
    modem.do("place_call", **{"from": CALLER})
    box.wait_for(Ringing)
    link.answer()
    box.wait_for(Answered)
    link.route_voice()
    box.wait_for(VoiceRefused)


def test_a_call_that_ignores_hanging_up_costs_a_modem_reset(phone: Callable[..., Phone]) -> None:
    modem, link, box = phone("hang-up-ignored")
    box.wait_for(ModemUp)
    modem.do("place_call", **{"from": CALLER})
    box.wait_for(Ringing)
    link.answer()
    box.wait_for(Answered)
    link.hang_up()
    box.wait_for(ModemLost)
    assert box.wait_for(ModemUp, 2).calls == ()


def test_unplugging_in_a_call_and_plugging_in_again(phone: Callable[..., Phone]) -> None:
    modem, link, box = phone()
    box.wait_for(ModemUp)
    modem.do("place_call", **{"from": CALLER})
    box.wait_for(Ringing)
    link.answer()
    box.wait_for(Answered)
    modem.do("unplug")
    box.wait_for(ModemLost)
    modem.do("replug")
    box.wait_for(ModemUp, 2)
    assert len(box.of(ModemLost)) == 1


def test_a_modem_that_falls_mute_is_lost_and_found(phone: Callable[..., Phone]) -> None:
    modem, _, box = phone(timings=replace(TIMINGS, reply_s=0.5, knock_s=0.5))
    box.wait_for(ModemUp)
    modem.do("fault", set=["mute"])
    box.wait_for(ModemLost)
    modem.do("fault", clear=["mute"])
    box.wait_for(ModemUp, 2)


def test_the_sims_pin_is_entered_from_the_file(phone: Callable[..., Phone], tmp_path: Path) -> None:
    (tmp_path / "pin").write_text("1234\n")
    _, _, box = phone("pin-required", sim_pin_file=tmp_path / "pin")
    box.wait_for(ModemUp)


def test_the_last_pin_try_is_left_to_a_person(phone: Callable[..., Phone], tmp_path: Path) -> None:
    (tmp_path / "pin").write_text("1234\n")
    _, _, box = phone("pin-one-try", sim_pin_file=tmp_path / "pin")
    assert "tries left" in box.wait_for(ModemLost).reason
    assert not box.of(ModemUp)
