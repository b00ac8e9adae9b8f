"""What waits for the PCM port: loses whole samples when it is slow, and tells a stall once."""

import numpy
from hypothesis import given
from hypothesis import strategies as st

from appliance.answering.frames import FRAME_BYTES, FRAME_S
from appliance.answering.pcm_port import BACKLOG_BYTES, Uplink
from tests.sound.pty_modem import ramp

ROOM = st.just(0) | st.integers(0, 2 * FRAME_BYTES)  # what the port takes at each frame


@given(st.lists(ROOM, min_size=20, max_size=55))
def test_a_slow_port_loses_samples_but_never_halves_of_them(room: list[int]) -> None:
    written = bytearray()
    left = iter(room)

    def take(data: bytes) -> int:
        count = min(next(left), len(data))
        written.extend(data[:count])
        return count

    uplink = Uplink(take, 0.0)
    sent = ramp(len(room) * FRAME_S)
    for i in range(len(room)):
        uplink.push(sent[i * FRAME_BYTES : (i + 1) * FRAME_BYTES], i * FRAME_S)
    arrived = numpy.frombuffer(bytes(written[: len(written) // 2 * 2]), "<u2").tolist()
    assert arrived == sorted(set(arrived))  # 55 frames of a ramp of 58: in order, none twice
    assert set(arrived) <= set(numpy.frombuffer(sent, "<u2").tolist())


def test_a_port_that_takes_nothing_for_a_second_has_stalled_once() -> None:
    uplink = Uplink(lambda data: 0, 10.0)
    told = [uplink.push(bytes(FRAME_BYTES), 10.0 + i * FRAME_S) for i in range(200)]
    assert told.count(True) == 1
    assert 50 <= told.index(True) <= 52


def test_what_waits_for_a_stalled_port_is_never_older_than_a_tenth_of_a_second() -> None:
    waiting: list[int] = []

    def take_nothing(data: bytes) -> int:
        waiting.append(len(data))
        return 0

    uplink = Uplink(take_nothing, 0.0)
    for i in range(100):
        uplink.push(bytes(FRAME_BYTES), i * FRAME_S)
    assert max(waiting) <= BACKLOG_BYTES + FRAME_BYTES


def test_a_second_of_holding_and_stalling_together_is_a_stall_and_after_it_sound_flows() -> None:
    room = [0]
    uplink = Uplink(lambda data: min(room[0], len(data)), 0.0)
    told = [uplink.hold(i * FRAME_S) for i in range(30)]
    told += [uplink.push(bytes(FRAME_BYTES), 0.6 + i * FRAME_S) for i in range(30)]
    assert told.count(True) == 1
    assert uplink.is_overdue(1.2)
    room[0] = FRAME_BYTES
    uplink.push(bytes(FRAME_BYTES), 1.3)
    assert not uplink.is_overdue(1.3)
