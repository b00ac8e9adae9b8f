"""Frames for the line: prompts one after the other, silence around them, bytes of any length."""

from hypothesis import given
from hypothesis import strategies as st

from appliance.answering.events import Prompt
from appliance.answering.frames import FRAME_BYTES, SILENT_FRAME, FrameCutter, FrameWatch
from appliance.answering.playlist import ECHO_FRAMES, Playlist


def test_an_empty_playlist_gives_silence() -> None:
    assert Playlist().next_frame() == (SILENT_FRAME, None)


def test_prompts_follow_each_other_and_each_tells_its_last_frame() -> None:
    playlist = Playlist()
    playlist.add(Prompt.GREETING, b"g" * (FRAME_BYTES + 2))
    playlist.add(Prompt.BEEP, b"b" * FRAME_BYTES)
    assert playlist.next_frame() == (b"g" * FRAME_BYTES, None)
    assert playlist.next_frame() == (b"gg" + bytes(FRAME_BYTES - 2), Prompt.GREETING)
    assert playlist.next_frame() == (b"b" * FRAME_BYTES, Prompt.BEEP)
    assert playlist.next_frame() == (SILENT_FRAME, None)


def test_a_cleared_prompt_is_silent_and_the_next_one_starts_at_its_beginning() -> None:
    playlist = Playlist()
    playlist.add(Prompt.GREETING, b"g" * FRAME_BYTES * 9)
    playlist.next_frame()
    playlist.clear()
    assert playlist.next_frame() == (SILENT_FRAME, None)
    playlist.add(Prompt.BEEP, b"b" * FRAME_BYTES * 2)
    assert playlist.next_frame() == (b"b" * FRAME_BYTES, None)


@given(st.lists(st.binary(max_size=1000)))
def test_frames_are_the_same_however_the_bytes_come(pieces: list[bytes]) -> None:
    whole = b"".join(pieces)
    cutter = FrameCutter()
    frames = [frame for piece in pieces for frame in cutter.cut(piece)]
    assert all(len(frame) == FRAME_BYTES for frame in frames)
    assert b"".join(frames) == whole[: len(whole) // FRAME_BYTES * FRAME_BYTES]


def test_a_stream_is_steady_from_its_last_gap_on() -> None:
    watch = FrameWatch(0.0)
    for i in range(5):  # taken at once, then nothing for 1.5 s: what PulseAudio does
        watch.note(i, 0.001 * i)
    assert watch.steady_s() < 0.1
    for i in range(20):
        watch.note(5 + i, 1.5 + 0.02 * i)
    assert 0.37 < watch.steady_s() < 0.39
    assert abs(watch.idle_s(4.0) - 2.12) < 0.001


def test_what_comes_back_within_a_second_of_a_prompt_may_be_its_echo() -> None:
    playlist = Playlist()
    assert not playlist.echoes
    playlist.add(Prompt.BEEP, bytes(FRAME_BYTES * 3))
    for _ in range(3 + ECHO_FRAMES - 1):
        playlist.next_frame()
        assert playlist.echoes
    playlist.next_frame()
    assert not playlist.echoes
