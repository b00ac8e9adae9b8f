"""What lies in RAM: whole files only, and keys that do not stay for ever."""

import os
import threading
from pathlib import Path

import pytest

from appliance.errors import OutsideSpool, StoreError
from appliance.store import live
from tests.store.stage import DEADLINE_S, RECORDING_ID

KEY = bytes(range(32))


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    live.prepare(tmp_path / "run")
    return tmp_path / "run"


def test_preparing_twice_keeps_what_is_there(run_dir: Path) -> None:
    live.save_stream_key(run_dir, RECORDING_ID, KEY)
    live.prepare(run_dir)
    assert live.read_stream_key(run_dir, RECORDING_ID) == KEY


def test_a_run_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot make the run folder"):
        live.prepare(tmp_path / "file" / "run")


def test_a_key_is_for_the_group_and_gone_when_forgotten(run_dir: Path) -> None:
    assert live.read_stream_key(run_dir, RECORDING_ID) is None
    live.save_stream_key(run_dir, RECORDING_ID, KEY)
    assert (live.keys_dir(run_dir) / RECORDING_ID).stat().st_mode & 0o777 == 0o640
    assert live.read_stream_key(run_dir, RECORDING_ID) == KEY
    live.forget_stream_key(run_dir, RECORDING_ID)
    live.forget_stream_key(run_dir, RECORDING_ID)
    assert live.read_stream_key(run_dir, RECORDING_ID) is None


def test_a_torn_key_is_no_key(run_dir: Path) -> None:
    live.save_stream_key(run_dir, RECORDING_ID, KEY[:31])
    assert live.read_stream_key(run_dir, RECORDING_ID) is None


def test_keys_are_forgotten_after_twelve_hours_and_not_before(run_dir: Path) -> None:
    old, young = f"{'a' * 32}-1", f"{'b' * 32}-1"
    for recording_id, at in ((old, 1000), (young, 1001)):
        live.save_stream_key(run_dir, recording_id, KEY)
        os.utime(live.keys_dir(run_dir) / recording_id, (at, at))
    torn = live.keys_dir(run_dir) / f".{old}.4711.new"  # a crash between writing and renaming
    torn.write_bytes(KEY)
    os.utime(torn, (1000, 1000))
    assert live.forget_old_keys(run_dir, 1000.5 + 12 * 3600) == [old]
    assert [path.name for path in live.keys_dir(run_dir).iterdir()] == [young]
    assert live.read_stream_key(run_dir, young) == KEY


def test_a_first_text_is_kept_and_goes_with_its_key(run_dir: Path) -> None:
    assert live.read_first_text(run_dir, RECORDING_ID) is None
    live.save_stream_key(run_dir, RECORDING_ID, KEY)
    live.save_first_text(run_dir, RECORDING_ID, "cháy nhà")
    assert live.read_first_text(run_dir, RECORDING_ID) == "cháy nhà"
    assert live.read_stream_key(run_dir, RECORDING_ID) == KEY
    live.forget_stream_key(run_dir, RECORDING_ID)
    assert live.read_first_text(run_dir, RECORDING_ID) is None


@pytest.mark.parametrize("is_younger", [True, False])
def test_no_first_text_outlives_twelve_hours_nor_its_key(run_dir: Path, is_younger: bool) -> None:
    live.save_stream_key(run_dir, RECORDING_ID, KEY)
    live.save_first_text(run_dir, RECORDING_ID, "cháy nhà")
    old = live.keys_dir(run_dir) / (RECORDING_ID if is_younger else f"{RECORDING_ID}.first")
    os.utime(old, (1000, 1000))
    assert live.forget_old_keys(run_dir, 1001 + 12 * 3600) == [RECORDING_ID][:is_younger]
    assert live.read_first_text(run_dir, RECORDING_ID) is None


@pytest.mark.parametrize("name", ["../post.pub", "x", ""])
def test_no_name_leads_out_of_the_run_folder(run_dir: Path, name: str) -> None:
    for deed in (
        *(live.read_stream_key, live.read_first_text, live.forget_stream_key),
        *(live.read_partial, live.forget_partial),
    ):
        with pytest.raises(OutsideSpool):
            deed(run_dir, name)


def test_a_partial_text_is_replaced_and_forgotten(run_dir: Path) -> None:
    word = {"word": "cháy", "start": 0.1, "end": 0.5, "conf": 0.9}
    assert live.read_partial(run_dir, RECORDING_ID) is None
    live.write_partial(run_dir, RECORDING_ID, [], "chá")
    live.write_partial(run_dir, RECORDING_ID, [word], "ở")
    assert live.read_partial(run_dir, RECORDING_ID) == {"words": [word], "partial": "ở"}
    live.forget_partial(run_dir, RECORDING_ID)
    assert live.read_partial(run_dir, RECORDING_ID) is None


def test_a_process_tells_how_it_is(run_dir: Path) -> None:
    assert live.read_status(run_dir, "answer") is None
    live.write_status(run_dir, "answer", {"at": 1.5, "modem": "up", "troubles": ["disk_full"]})
    assert live.read_status(run_dir, "answer") == {
        "at": 1.5,
        "modem": "up",
        "troubles": ["disk_full"],
    }
    live.write_status(run_dir, "answer", {"at": 2.5})
    assert live.read_status(run_dir, "answer") == {"at": 2.5}


def test_a_reader_never_sees_half_a_file(run_dir: Path) -> None:
    stop = threading.Event()
    texts = ["ngắn", "dài " * 5000]

    def write() -> None:
        while not stop.is_set():
            for text in texts:
                live.write_partial(run_dir, RECORDING_ID, [], text)

    live.write_partial(run_dir, RECORDING_ID, [], texts[0])
    writer = threading.Thread(target=write)
    writer.start()
    try:
        seen = [live.read_partial(run_dir, RECORDING_ID) for _ in range(2000)]
    finally:
        stop.set()
        writer.join(DEADLINE_S)
    assert all(value and value["partial"] in texts for value in seen)
    assert list((run_dir / "live").glob(".*")) == []


def test_a_missing_run_folder_is_told_not_hidden(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot write"):
        live.write_status(tmp_path / "missing", "answer", {})


@pytest.mark.parametrize("broken", [b"", b"{", b"\xff\xfe", b'{"at": ', b"[1]"])
def test_a_broken_status_counts_as_missing_and_breaks_no_page(run_dir: Path, broken: bytes) -> None:
    live.write_status(run_dir, "answer", {"at": 1.0})
    (run_dir / live.STATUS / "answer.json").write_bytes(broken)
    assert live.read_status(run_dir, "answer") is None
