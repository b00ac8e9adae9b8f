"""Reading recordings: torn, growing, changed, or by the wrong name."""

import io
import os
import threading
import wave
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.errors import Damaged, NotFound, OutsideSpool, StoreError
from appliance.store import live, spool
from appliance.store.disk import Disk
from appliance.store.recording_file import read_frames, read_front
from tests.store.stage import CALL_ID, DEADLINE_S, RECORDING_ID, Stage, sound

HOUR_AGO_NS = 1_700_000_000 * 10**9


def frame_ends(path: Path) -> list[int]:
    """Offsets behind the front and behind each frame."""
    with path.open("rb") as file:
        front = read_front(file)
        return [front.end, *(frame.end for frame in read_frames(file, front.end))]


@pytest.mark.parametrize(
    "name",
    ["", "x", CALL_ID, f"{CALL_ID}-0", f"{CALL_ID}-100", f"{CALL_ID}-1\n", f"../{CALL_ID}-1",
     f"{CALL_ID.upper()}-1", f"{CALL_ID}-1/../../etc/passwd", f"{CALL_ID}-1\0"],
)  # fmt: skip
def test_no_name_leads_out_of_the_spool(stage: Stage, name: str) -> None:
    with pytest.raises(OutsideSpool):
        spool.path_of(stage.spool_dir, name)


def test_an_id_tells_its_call_without_a_key() -> None:
    assert spool.check_recording_id(f"{CALL_ID}-12") == f"{CALL_ID}-12"
    assert spool.call_id_of(f"{CALL_ID}-12") == CALL_ID


def test_a_tail_torn_at_any_byte_leaves_the_exact_prefix(stage: Stage) -> None:
    pcm = sound(130)
    path = stage.recorded(pcm)
    whole, ends = path.read_bytes(), frame_ends(path)
    key = spool.open_stream_key(path, stage.keys.private)
    prefixes = [b"", pcm[:1600], pcm, pcm]  # front, 100 ms, 130 ms, FINAL
    for size in range(ends[0], len(whole)):
        path.write_bytes(whole[:size])
        frames = sum(end <= size for end in ends) - 1
        found = spool.recover(path)
        assert not found.complete
        assert found.duration_ms == len(prefixes[frames]) // 16
        assert path.read_bytes() == whole[: ends[frames]]
        assert spool.read_audio(path, key) == spool.Audio(prefixes[frames], None)
    path.write_bytes(whole)
    assert spool.recover(path).complete
    assert path.read_bytes() == whole


def test_a_front_torn_at_any_byte_is_called_damaged(stage: Stage) -> None:
    path = stage.recorded(sound(100))
    whole = path.read_bytes()
    for size in range(frame_ends(path)[0]):
        path.write_bytes(whole[:size])
        with pytest.raises(Damaged):
            spool.recover(path)


def test_zeros_after_a_power_cut_end_the_file(stage: Stage) -> None:
    pcm = sound(300)
    path = stage.recorded(pcm)
    ends = frame_ends(path)
    path.write_bytes(path.read_bytes()[: ends[2]] + bytes(5000))
    found = spool.recover(path)
    assert (found.duration_ms, found.complete) == (200, False)
    assert path.stat().st_size == ends[2]


def test_recovering_twice_says_the_same_and_keeps_the_time_of_the_cut(stage: Stage) -> None:
    path = stage.recorded(sound(500))
    path.write_bytes(path.read_bytes()[:-40])
    os.utime(path, ns=(HOUR_AGO_NS, HOUR_AGO_NS))
    first = spool.recover(path)
    assert first == spool.recover(path)
    assert first.ended_at == HOUR_AGO_NS / 10**9
    assert (first.recording_id, first.call_id) == (RECORDING_ID, CALL_ID)


def test_recovery_gives_back_the_room_a_killed_recorder_had_set_aside(stage: Stage) -> None:
    path = stage.recorded(sound(500))
    path.write_bytes(path.read_bytes()[:-40])
    with path.open("r+b") as file:
        Disk().reserve(file.fileno(), 3_000_000)
    if path.stat().st_blocks * 512 < 3_000_000:
        pytest.skip("this file system cannot reserve room")
    spool.recover(path)
    assert path.stat().st_blocks * 512 < 40_000


@settings(deadline=None)  # files on a busy disk
@given(at=st.integers(0), bit=st.integers(0, 7))
def test_any_changed_bit_is_noticed_and_no_wrong_sound_comes_out(
    tmp_path_factory: pytest.TempPathFactory, at: int, bit: int
) -> None:
    stage = Stage(tmp_path_factory.mktemp("bit"))
    pcm = sound(300)
    path = stage.recorded(pcm)
    key = spool.open_stream_key(path, stage.keys.private)
    front = frame_ends(path)[0]
    stored = bytearray(path.read_bytes())
    stored[front + at % (len(stored) - front)] ^= 1 << bit
    path.write_bytes(stored)
    heard = spool.read_audio(path, key)
    assert heard.pcm == pcm[: len(heard.pcm)]
    # the hint that says "last frame" is the one bit nobody relies on
    assert heard.reason is None or heard == spool.Audio(pcm, "caller_hung_up")


def test_two_frames_exchanged_are_noticed(stage: Stage) -> None:
    pcm = sound(300)
    path = stage.recorded(pcm)
    stored, ends = path.read_bytes(), frame_ends(path)
    _, b, c, d = ends[:4]
    path.write_bytes(stored[:b] + stored[c:d] + stored[b:c] + stored[d:])
    heard = stage.audio(path)
    assert heard == spool.Audio(pcm[:1600], None, damaged=True)


def test_a_follower_reads_everything_while_a_recorder_writes(stage: Stage) -> None:
    made = stage.recording()
    assert made.opened.wait(DEADLINE_S)
    key = live.read_stream_key(stage.run_dir, RECORDING_ID)
    assert key is not None
    pcm, heard, sizes = sound(3000), bytearray(), []
    stopped = threading.Event()

    def follow() -> None:
        with spool.Follower(made.path, key) as follower:
            while not follower.ended and not stopped.wait(0.005):
                sizes.append(len(new := follower.read()))
                heard.extend(new)
            assert follower.reason == "key"

    reader = threading.Thread(target=follow)
    reader.start()
    tick = threading.Event()
    for start in range(0, len(pcm), 960):  # 60 ms of sound every 15 ms
        made.recorder.feed(pcm[start : start + 960])
        tick.wait(0.015)
        if start == 9600:
            made.recorder.add_metadata({"number": "x"})
    made.finish("key")
    reader.join(DEADLINE_S)
    stopped.set()
    assert not reader.is_alive()
    assert bytes(heard) == pcm
    assert sum(size > 0 for size in sizes) > 5  # it came while it grew, not at the end


def test_a_follower_waits_before_a_torn_frame_and_goes_on_when_it_is_whole(stage: Stage) -> None:
    pcm = sound(300)
    path = stage.recorded(pcm)
    key = spool.open_stream_key(path, stage.keys.private)
    whole, ends = path.read_bytes(), frame_ends(path)
    path.write_bytes(whole[: ends[1] + 700])
    with spool.Follower(path, key) as follower:
        assert follower.read() == pcm[:1600]
        assert follower.read() == b""
        assert not follower.damaged
        with path.open("ab") as file:
            file.write(whole[ends[1] + 700 :])
        assert follower.read() == pcm[1600:]
        assert (follower.ended, follower.reason) == (True, "caller_hung_up")
        assert follower.read() == b""


def test_the_wrong_stream_key_hears_nothing(stage: Stage) -> None:
    path = stage.recorded(sound(300))
    assert spool.read_audio(path, bytes(32)) == spool.Audio(b"", None, damaged=True)


def test_a_missing_recording_is_not_found(stage: Stage) -> None:
    path = spool.path_of(stage.spool_dir, RECORDING_ID)
    for reading in (spool.recover, lambda p: spool.read_audio(p, bytes(32))):
        with pytest.raises(NotFound):
            reading(path)


def test_a_file_that_is_no_recording_is_damaged(stage: Stage) -> None:
    path = spool.path_of(stage.spool_dir, RECORDING_ID)
    path.write_bytes(b"RIFF" + bytes(1000))
    with pytest.raises(Damaged):
        spool.recover(path)


def test_recordings_are_listed_in_the_order_they_ended_and_strangers_are_not(
    stage: Stage,
) -> None:
    ids = [f"{letter * 32}-1" for letter in "cab"]
    for number, recording_id in enumerate(ids):
        path = stage.recorded(sound(20), recording_id)
        os.utime(path, ns=(HOUR_AGO_NS + number, HOUR_AGO_NS + number))
    (stage.spool_dir / "lost+found").mkdir()
    (stage.spool_dir / "notes.rec").write_bytes(b"")
    assert spool.list_recordings(stage.spool_dir) == ids


def test_a_missing_spool_folder_says_what_to_run(stage: Stage) -> None:
    stage.spool_dir.rmdir()
    with pytest.raises(StoreError, match="run `hotline init`"):
        spool.list_recordings(stage.spool_dir)


def test_leftovers_of_an_interrupted_creation_are_removed(stage: Stage) -> None:
    path = stage.recorded(sound(20))
    (stage.spool_dir / f"{CALL_ID}-2.new").write_bytes(bytes(300))
    assert spool.remove_unborn(stage.spool_dir) == 1
    assert [p.name for p in stage.spool_dir.iterdir()] == [path.name]


def test_the_wav_is_what_any_player_reads() -> None:
    pcm = sound(123)
    with wave.open(io.BytesIO(spool.wav_bytes(pcm))) as read:
        assert (read.getnchannels(), read.getsampwidth(), read.getframerate()) == (1, 2, 8000)
        assert read.readframes(read.getnframes()) == pcm
