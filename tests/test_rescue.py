"""What root does for the modem, on a machine made of files, and what it refuses."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from appliance import rescue as rescuer
from appliance.config import Config, StoreConfig
from appliance.errors import HotlineError, StoreError
from appliance.store import rescue

NOW = 1_795_000_000.0


@dataclass
class Box:
    """A machine: sysfs in a folder, a clock that stands, commands written down."""

    root: Path
    ran: list[tuple[str, ...]] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    up_for_s: float = 60.0
    watched: Path | None = None

    @property
    def config(self) -> Config:
        return Config(store=StoreConfig(self.root / "state", self.root / "run"))

    @property
    def machine(self) -> rescuer.Machine:
        return rescuer.Machine(
            sysfs=self.root / "sys",
            run=self.run,
            uptime=lambda: self.up_for_s,
            wall=lambda: NOW,
            pause=self.pause,
        )

    def run(self, command: Sequence[str]) -> None:
        self.ran.append(tuple(command))

    def pause(self, seconds: float) -> None:
        assert self.watched
        self.written.append(self.watched.read_text())

    def plug(self, place: str, vendor: str, *, power: bool = False) -> Path:
        device = self.root / "sys/devices/usb1" / place
        device.mkdir(parents=True)
        (device / "idVendor").write_text(vendor + "\n")
        (device / "authorized").write_text("1")
        listed = self.root / "sys/bus/usb/devices"
        listed.mkdir(parents=True, exist_ok=True)
        (listed / place).symlink_to(device)
        self.watched = device / "authorized"
        if power:
            port = self.root / "sys/devices/usb1/port2"
            port.mkdir()
            (port / "disable").write_text("0")
            (device / "port").symlink_to(port)
            self.watched = port / "disable"
        return self.watched

    def ask(self, wanted: str, why: str = "modem_silent", usb: str | None = None) -> str:
        rescue.ask(self.config.store.run_dir, rescue.Request(wanted, why, usb))
        return rescuer.obey(self.config, self.machine)

    def drop(self, text: str) -> str:
        folder = self.config.store.run_dir / rescue.FOLDER
        folder.mkdir(exist_ok=True)
        (folder / rescue.REQUEST).write_text(text)
        return rescuer.obey(self.config, self.machine)


@pytest.fixture
def box(tmp_path: Path) -> Box:
    made = Box(tmp_path)
    made.config.store.state_dir.mkdir()
    made.config.store.run_dir.mkdir()
    return made


def test_a_modems_usb_is_taken_away_and_given_back(box: Box) -> None:
    file = box.plug("1-1.2", "1e0e")
    assert "1-1.2" in box.ask("usb", usb="1-1.2")
    assert box.written == ["0"], "away while it waits"
    assert file.read_text() == "1"
    assert rescue.take(box.config.store.run_dir) is None


def test_where_the_hub_can_the_power_itself_is_cut(box: Box) -> None:
    file = box.plug("1-1.2", "2C7C", power=True)
    assert "switched off and on" in box.ask("usb", usb="1-1.2")
    assert box.written == ["1"]
    assert file.read_text() == "0"


def test_the_port_is_switched_on_again_when_the_wait_is_cut_short(box: Box) -> None:
    file = box.plug("1-1.2", "12d1")

    def stop(_: float) -> None:
        raise KeyboardInterrupt

    rescue.ask(box.config.store.run_dir, rescue.Request("usb", "modem_silent", "1-1.2"))
    machine = rescuer.Machine(sysfs=box.root / "sys", pause=stop)
    with pytest.raises(KeyboardInterrupt):
        rescuer.obey(box.config, machine)
    assert file.read_text() == "1"


def test_what_is_no_modem_is_left_alone(box: Box) -> None:
    file = box.plug("1-1.4", "0781")
    with pytest.raises(HotlineError, match="no modem"):
        box.ask("usb", usb="1-1.4")
    assert file.read_text() == "1"
    assert box.written == []
    with pytest.raises(HotlineError, match="no USB device"):
        box.ask("usb", usb="1-1.3")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        '["usb"]',
        '{"ask": "usb", "why": "x", "usb": "../../../etc"}',
        '{"ask": "usb", "why": "x", "usb": "usb1"}',
        '{"ask": "usb", "why": "x"}',
        '{"ask": "rm -rf", "why": "x"}',
        '{"ask": "reboot", "why": "x; reboot"}',
        '{"ask": "reboot", "why": 3}',
        '{"ask": "reboot", "why": "' + "x" * 5000 + '"}',
    ],
)
def test_a_request_that_does_not_fit_is_taken_away_and_nothing_is_done(box: Box, text: str) -> None:
    assert "nothing to do" in box.drop(text)
    assert box.ran == []
    assert not (box.config.store.run_dir / rescue.FOLDER / rescue.REQUEST).exists()


def test_no_request_is_nothing_to_do(box: Box) -> None:
    assert "nothing to do" in rescuer.obey(box.config, box.machine)


def test_a_request_that_is_a_link_is_not_followed(box: Box, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text('{"ask": "reboot", "why": "x"}')
    folder = box.config.store.run_dir / rescue.FOLDER
    folder.mkdir()
    (folder / rescue.REQUEST).symlink_to(secret)
    assert "nothing to do" in rescuer.obey(box.config, box.machine)
    assert box.ran == []
    assert secret.exists()
    assert not (folder / rescue.REQUEST).is_symlink()


def test_the_first_reboot_is_done_and_the_next_one_only_after_six_hours(box: Box) -> None:
    box.ask("reboot")
    assert box.ran == [("systemctl", "reboot")]
    for up_for_s in (60.0, 6 * 3600 - 1):
        box.up_for_s = up_for_s
        with pytest.raises(HotlineError, match="not again"):
            box.ask("reboot")
    box.up_for_s = 6 * 3600
    box.ask("reboot")
    assert len(box.ran) == 2


@pytest.mark.parametrize("text", ["", "nonsense"])
def test_a_record_that_cannot_be_read_is_a_reboot_too(box: Box, text: str) -> None:
    (box.config.store.state_dir / rescue.REBOOTS).write_text(text)
    with pytest.raises(HotlineError, match="not again"):
        box.ask("reboot")
    assert box.ran == []


def test_without_a_record_that_holds_there_is_no_reboot(box: Box) -> None:
    box.config.store.state_dir.rmdir()
    with pytest.raises(StoreError):
        box.ask("reboot")
    assert box.ran == []


def test_the_record_is_written_through_no_link(box: Box, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("untouched")
    state = box.config.store.state_dir
    (state / f".{rescue.REBOOTS}.new").symlink_to(precious)
    box.ask("reboot")
    assert precious.read_text() == "untouched"
    assert not (state / rescue.REBOOTS).is_symlink()
    assert (state / rescue.REBOOTS).stat().st_size > 0


def test_a_reboot_that_systemd_refuses_is_said(box: Box) -> None:
    def refuse(command: Sequence[str]) -> None:
        raise HotlineError(f"{command[0]} {command[1]} failed")

    rescue.ask(box.config.store.run_dir, rescue.Request("reboot", "modem_silent"))
    with pytest.raises(HotlineError, match="failed"):
        rescuer.obey(box.config, rescuer.Machine(run=refuse, uptime=lambda: 1.0))
