"""Random bytes and torn lines: nothing dies of them, and the next ring is heard and answered."""

import random
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.answering.at import LINE_MAX, TORN_LINES_MAX, Conversation
from appliance.answering.events import Answered, CallsListed, ModemLost, ModemUp, Ringing
from appliance.answering.modem import ModemLink
from appliance.config import ModemConfig
from tests.answering.test_at import CASES, Case
from tests.answering.test_modem import CALM, FakeModem
from tests.sound.listening import Mailbox

MILLION = 1_000_000
BURST = 4096  # bytes at once, about what a USB port delivers in one read
LONG = pytest.mark.long


def noise(count: int, seed: int = 4) -> Iterator[bytes]:
    """Random bytes in bursts; a third of the bursts are made of what modems like to print."""
    source = random.Random(seed)
    letters = b'\r\n"+:, ^>0123456789ACEGILNOPRT'
    for at in range(0, count, BURST):
        size = min(BURST, count - at)
        if source.random() < 1 / 3:
            yield bytes(source.choices(letters, k=size))
        else:
            yield source.randbytes(size)


# ---------------------------------------------------------------- chopping

BY_FILE: dict[str, list[Case]] = {}
for case in CASES:
    BY_FILE.setdefault(case.name.rpartition("-")[0], []).append(case)


@pytest.mark.parametrize("name", BY_FILE)
@given(data=st.data())
def test_a_whole_evening_of_one_subject_means_the_same_however_it_is_chopped(
    name: str, data: st.DataObject
) -> None:
    cases = data.draw(st.permutations(BY_FILE[name]))
    stream = b"".join(one.printed for one in cases)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=40)))
    command = data.draw(st.sampled_from(["", "ATA", "AT+CLCC", "AT+CREG?", "AT+CGMM"]))
    whole, chopped = Conversation(), Conversation()
    if command:
        whole.begin(command)
        chopped.begin(command)
    events = [
        event for a, b in pairwise([0, *cuts, len(stream)]) for event in chopped.feed(stream[a:b])
    ]
    assert events == whole.feed(stream)
    assert chopped.reply == whole.reply


# ---------------------------------------------------------------- random bytes


@pytest.mark.parametrize("count", [MILLION, pytest.param(10 * MILLION, marks=LONG)])
@pytest.mark.parametrize("command", ["", "ATA", "AT+CLCC"])
def test_after_random_bytes_the_next_ring_is_a_ring(count: int, command: str) -> None:
    talk = Conversation()
    for burst in noise(count):
        if command and talk.reply is not None:
            talk.begin(command)
        talk.feed(burst)
    rings = [talk.feed(b"\r\nRING\r\n") for _ in range(TORN_LINES_MAX + 2)]
    assert rings[-1] == [Ringing()]


@pytest.mark.parametrize("count", [MILLION, pytest.param(10 * MILLION, marks=LONG)])
def test_after_random_bytes_on_the_port_no_thread_is_dead_and_the_next_call_is_answered(
    tmp_path: Path, count: int
) -> None:
    modem, box = FakeModem(tmp_path / "modem"), Mailbox()
    link = ModemLink(ModemConfig(port=str(modem.link)), box.post, CALM)
    link.start()
    box.wait_for(ModemUp)
    before = {thread for thread in threading.enumerate() if thread.is_alive()}
    for burst in noise(count):
        modem.say(burst)
    link.list_calls()
    box.wait_for(CallsListed)  # so all of the noise has been read
    heard = len(box.of(Ringing))
    for _ in range(TORN_LINES_MAX + 2):
        modem.say(b"\r\nRING\r\n")
    box.wait_for(Ringing, heard + 1)
    link.answer()
    box.wait_for(Answered)
    assert all(thread.is_alive() for thread in before)
    assert not box.of(ModemLost)
    link.close()
    modem.unplug()


def test_a_line_without_end_does_not_grow_a_reply() -> None:
    talk = Conversation()
    talk.begin("AT+CGMM")
    for burst in noise(MILLION):
        talk.feed(burst.replace(b"\r", b"x").replace(b"\n", b"x"))
    talk.feed(b"\r\n\r\nOK\r\n")
    assert talk.reply
    assert sum(map(len, talk.reply.lines)) <= LINE_MAX
