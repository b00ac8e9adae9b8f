"""The ladder on disk: what is asked of root, and what a restarted process still knows."""

import json
import logging
from pathlib import Path

import pytest

from appliance.answering import rescuing
from appliance.answering.ladder import Rung
from appliance.answering.rescuing import Climber, usb_path_of
from appliance.config import StoreConfig
from appliance.store import rescue


class Clock:
    at = 50_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def store(tmp_path: Path) -> StoreConfig:
    made = StoreConfig(tmp_path / "state", tmp_path / "run")
    made.state_dir.mkdir()
    made.run_dir.mkdir()
    return made


@pytest.fixture
def sysfs(tmp_path: Path) -> Path:
    """/sys as it looks with a modem in the second port of a hub."""
    return plug(tmp_path / "sys", "ttyUSB2", "1-1.2")


def plug(sysfs: Path, tty: str, place: str) -> Path:
    device = sysfs / f"devices/platform/scb/usb1/1-1/{place}/{place}:1.2/{tty}"
    device.mkdir(parents=True)
    (sysfs / "class/tty" / tty).mkdir(parents=True)
    (sysfs / "class/tty" / tty / "device").symlink_to(device)
    return sysfs


def dead_for(climber: Climber, clock: Clock, seconds: float, code: str) -> list[Rung]:
    rungs, until = [], clock.at + seconds
    while clock.at < until:
        rungs.append(climber.fell(code)[1])
        clock.at += 5.0
    return [rung for rung in rungs if rung is not Rung.REOPEN]


def test_the_place_of_a_modem_is_read_from_sysfs(sysfs: Path) -> None:
    assert usb_path_of("/dev/ttyUSB2", sysfs) == "1-1.2"
    assert usb_path_of("/dev/ttyS0", sysfs) is None
    assert usb_path_of("/dev/pts/3", sysfs) is None


def test_a_modem_unplugged_while_its_place_is_looked_up_has_none(
    monkeypatch: pytest.MonkeyPatch, store: StoreConfig, sysfs: Path
) -> None:
    """Path.resolve() raises when a link goes between its two system calls: it was seen."""
    climber = Climber(store, Clock(), sysfs)
    climber.came_up("/dev/ttyUSB2")

    def gone(_: Path) -> Path:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "resolve", gone)
    assert usb_path_of("/dev/ttyUSB2", sysfs) is None
    climber.came_up("/dev/ttyUSB2")
    assert climber.memory.usb_path == "1-1.2", "where it was last is still known"


def test_root_is_asked_for_the_usb_of_the_modem_that_was_there(
    store: StoreConfig, sysfs: Path
) -> None:
    clock = Clock()
    climber = Climber(store, clock, sysfs)
    climber.came_up("/dev/ttyUSB2")
    assert dead_for(climber, clock, 60, "port_wrong") == [Rung.RESTART, Rung.USB]
    assert rescue.take(store.run_dir) == rescue.Request("usb", "modem_silent", "1-1.2")
    assert rescue.take(store.run_dir) is None


def test_a_restart_of_the_process_does_not_begin_the_ladder_anew(
    store: StoreConfig, sysfs: Path
) -> None:
    clock = Clock()
    first = Climber(store, clock, sysfs)
    first.came_up("/dev/ttyUSB2")
    dead_for(first, clock, 60, "modem_silent")
    rescue.take(store.run_dir)
    second = Climber(store, clock, sysfs)
    assert second.memory == first.memory
    assert dead_for(second, clock, 60, "port_wrong") == [], "it was a modem, and was just reset"
    assert rescue.take(store.run_dir) is None


def test_times_of_another_boot_are_forgotten(store: StoreConfig, sysfs: Path) -> None:
    clock = Clock()
    climber = Climber(store, clock, sysfs)
    climber.came_up("/dev/ttyUSB2")
    dead_for(climber, clock, 60, "modem_silent")
    clock.at = 30.0
    memory = Climber(store, clock, sysfs).memory
    assert (memory.down_since, memory.restarted_at, memory.usb_at) == (None, None, None)


@pytest.mark.parametrize(
    "text", ["", "nonsense", "[]", '{"usb_at": "soon", "usb_path": "../x", "failures": null}']
)
def test_a_broken_memory_is_none(store: StoreConfig, text: str) -> None:
    (store.run_dir / rescue.FOLDER).mkdir()
    (store.run_dir / rescue.FOLDER / rescue.MEMORY).write_text(text)
    memory = Climber(store, Clock()).memory
    assert (memory.usb_at, memory.usb_path, memory.was_up) == (None, None, False)


def test_a_reboot_on_record_is_known_at_the_start(store: StoreConfig) -> None:
    assert not Climber(store).memory.rebooted_before
    rescue.note_reboot(store.state_dir, "modem_silent", 1_795_000_000.0)
    assert Climber(store).memory.rebooted_before


def test_a_run_folder_that_cannot_be_written_stops_no_ladder(
    store: StoreConfig, sysfs: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    climber = Climber(store, clock, sysfs)
    climber.came_up("/dev/ttyUSB2")
    folder = store.run_dir / rescue.FOLDER
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    folder.write_text("a file in the way")
    with caplog.at_level(logging.WARNING):
        assert dead_for(climber, clock, 60, "modem_silent") == [Rung.RESTART, Rung.USB]
    assert "root cannot be asked" in caplog.text


def test_a_call_that_cost_a_reset_counts_as_that_reset(store: StoreConfig, sysfs: Path) -> None:
    clock = Clock()
    climber = Climber(store, clock, sysfs)
    climber.came_up("/dev/ttyUSB2")
    assert climber.fell("modem_restarted") == ("modem_restarted", Rung.REOPEN)
    clock.at += 5
    assert climber.fell("port_missing")[1] is Rung.REOPEN
    clock.at += 5
    assert climber.fell("modem_silent")[1] is Rung.REOPEN, "no second restart on top of the first"


def test_the_request_says_what_is_asked_why_and_where(store: StoreConfig) -> None:
    rescue.ask(store.run_dir, rescue.Request("reboot", "port_missing"))
    written = json.loads((store.run_dir / rescue.FOLDER / rescue.REQUEST).read_text())
    assert written == {"ask": "reboot", "why": "port_missing", "usb": None}


def test_without_a_store_nothing_is_asked_of_root() -> None:
    clock = Clock()
    climber = rescuing.Climber(None, clock)
    climber.came_up("/dev/null")
    assert set(dead_for(climber, clock, 7200, "modem_silent")) == {Rung.RESTART}
