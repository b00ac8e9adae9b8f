"""Which of a modem's five ports is which, whatever numbers the kernel gave them."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.answering import families
from appliance.answering.families import probe
from appliance.answering.families.sim7600 import Sim7600
from appliance.errors import ModemNotFound


@dataclass
class UsbPort:
    device: str
    location: str | None
    vid: int | None = 0x1E0E
    pid: int | None = 0x9001


def sim7600(first: int, place: str = "1-1.2") -> list[UsbPort]:
    return [UsbPort(f"/dev/ttyUSB{first + i}", f"{place}:1.{i}") for i in range(5)]


@pytest.mark.parametrize("first", [0, 3, 7])
def test_the_interface_decides_not_the_number(first: int) -> None:
    found = probe.resolve("auto", sim7600(first))
    assert found == probe.Found(f"/dev/ttyUSB{first + 2}", f"/dev/ttyUSB{first + 4}")


def test_ports_that_are_no_modem_are_passed_over() -> None:
    others = [
        UsbPort("/dev/ttyS0", None, None, None),
        UsbPort("/dev/ttyUSB0", "1-1.4:1.2", 0x0403, 0x6001),
        UsbPort("/dev/ttyUSB1", "1-1.5:1.0"),
    ]
    with pytest.raises(ModemNotFound, match="plug it in, or set"):
        probe.resolve("auto", others)
    assert probe.resolve("auto", [*others, *sim7600(5)]).at == "/dev/ttyUSB7"


def test_two_modems_are_not_mixed_up() -> None:
    found = probe.resolve("auto", [*sim7600(5, "1-1.3"), *sim7600(0, "1-1.2")])
    assert found == probe.Found("/dev/ttyUSB2", "/dev/ttyUSB4")


def test_a_plain_path_is_taken_as_it_is(tmp_path: Path) -> None:
    path = str(tmp_path / "modem")
    assert probe.resolve(path, sim7600(0)) == probe.Found(path)


def test_the_sound_port_is_found_beside_a_path_by_id(tmp_path: Path) -> None:
    real = tmp_path / "ttyUSB2"
    real.touch()
    by_id = tmp_path / "usb-SimTech-if02-port0"
    by_id.symlink_to(real)
    ports = [UsbPort(str(tmp_path / f"ttyUSB{i}"), f"1-1:1.{i}") for i in range(5)]
    found = probe.resolve(str(by_id), ports)
    assert found == probe.Found(str(by_id), str(tmp_path / "ttyUSB4"))


@pytest.mark.parametrize(
    ("configured", "model", "name"),
    [
        ("auto", "SIMCOM_SIM7600G-H", "sim7600"),
        ("auto", "SIM7600E-H", "sim7600"),
        ("auto", "EC25", "27.007"),
        ("sim7600", "", "sim7600"),
    ],
)
def test_the_family_is_the_configured_or_the_models(configured: str, model: str, name: str) -> None:
    assert families.choose(configured, model).name == name


def test_every_configurable_family_exists() -> None:
    assert {kind.name for kind in families.KNOWN} == {Sim7600.name}
