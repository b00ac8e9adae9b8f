"""Which of a modem's five ports is which, whatever numbers the kernel gave them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.answering.families import KNOWN, probe
from appliance.answering.families.a7670 import A7670
from appliance.answering.families.base import Family
from appliance.answering.families.huawei import Huawei
from appliance.answering.families.quectel import Quectel, QuectelUac
from appliance.answering.families.sim7600 import Sim7600
from appliance.errors import ModemError, ModemNotFound


@dataclass
class UsbPort:
    device: str
    location: str | None
    vid: int | None = 0x1E0E
    pid: int | None = 0x9001
    usb_interface_path: str | None = None


def sim7600(first: int, place: str = "1-1.2") -> list[UsbPort]:
    return modem(0x1E0E, 0x9001, range(5), first, place)


def modem(
    vid: int, pid: int, interfaces: Iterable[int], first: int = 0, place: str = "1-1.2"
) -> list[UsbPort]:
    return [
        UsbPort(f"/dev/ttyUSB{first + i}", f"{place}:1.{number}", vid, pid)
        for i, number in enumerate(interfaces)
    ]


@pytest.mark.parametrize("first", [0, 3, 7])
def test_the_interface_decides_not_the_number(first: int) -> None:
    found = probe.resolve("auto", sim7600(first))
    assert found == probe.Found(f"/dev/ttyUSB{first + 2}", f"/dev/ttyUSB{first + 4}", (Sim7600,))


def test_ports_that_are_no_modem_are_passed_over() -> None:
    others = [
        UsbPort("/dev/ttyS0", None, None, None),
        UsbPort("/dev/ttyUSB0", "1-1.4:1.2", 0x0403, 0x6001),
        UsbPort("/dev/ttyUSB1", "1-1.5:1.0"),
    ]
    with pytest.raises(ModemNotFound, match="plug it in, or set"):
        probe.resolve("auto", others)
    assert probe.resolve("auto", [*others, *sim7600(5)]).at == "/dev/ttyUSB7"


@pytest.mark.parametrize("places", [("1-1.2", "1-1.10"), ("1-1.3", "1-2"), ("1-1", "2-1")])
@pytest.mark.parametrize("swapped", [False, True])
def test_of_two_equal_modems_the_one_in_the_lower_socket_is_taken_whatever_its_numbers(
    places: tuple[str, str], swapped: bool
) -> None:
    """Both carry the serial number 0123456789ABCDEF; only the socket tells them apart."""
    low, high = (5, 0) if swapped else (0, 5)
    found = probe.resolve("auto", [*sim7600(high, places[1]), *sim7600(low, places[0])])
    assert (found.at, found.pcm) == (f"/dev/ttyUSB{low + 2}", f"/dev/ttyUSB{low + 4}")


def test_of_two_equal_modems_a_path_names_the_other_one_with_its_own_sound(tmp_path: Path) -> None:
    def plugged(first: int, place: str) -> list[UsbPort]:
        ports = sim7600(first, place)
        for port in ports:
            port.device = str(tmp_path / port.device.removeprefix("/dev/"))
            Path(port.device).touch()
        return ports

    ports = [*plugged(0, "1-1.2"), *plugged(5, "1-1.3")]
    by_path = tmp_path / "platform-xhci-usb-0:1.3:1.2-port0"
    by_path.symlink_to(tmp_path / "ttyUSB7")
    found = probe.resolve(str(by_path), ports)
    assert (found.at, found.pcm) == (str(by_path), str(tmp_path / "ttyUSB9"))


def test_a_path_to_the_modems_other_at_port_still_finds_the_sound(tmp_path: Path) -> None:
    real = tmp_path / "ttyUSB3"
    real.touch()
    ports = [UsbPort(str(tmp_path / f"ttyUSB{i}"), f"1-1:1.{i}") for i in range(5)]
    found = probe.resolve(str(real), ports)
    assert (found.at, found.pcm) == (str(real), str(tmp_path / "ttyUSB4"))


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
    assert (found.at, found.pcm) == (str(by_id), str(tmp_path / "ttyUSB4"))


# ---------------------------------------------------------------- families


@pytest.mark.parametrize(
    ("vid", "pid", "interfaces", "at", "pcm", "kinds"),
    [
        (0x1E0E, 0x9001, range(5), 2, 4, (Sim7600,)),
        (0x1E0E, 0x9011, (2, 3, 4, 5, 6), 4, 6, (Sim7600, A7670)),
        (0x1E0E, 0x9011, (2, 4, 5), 4, None, (Sim7600, A7670)),
        (0x2C7C, 0x0125, range(4), 2, 1, (Quectel, QuectelUac)),
        (0x2C7C, 0x0121, range(4), 2, 1, (Quectel, QuectelUac)),
        (0x12D1, 0x1001, range(3), 2, 1, (Huawei,)),
        (0x12D1, 0x140C, range(4), 3, 2, (Huawei,)),
        (0x12D1, 0x1436, range(5), 4, 3, (Huawei,)),
    ],
)
def test_each_family_is_found_by_its_usb_id(
    vid: int,
    pid: int,
    interfaces: Iterable[int],
    at: int,
    pcm: int | None,
    kinds: tuple[type[Family], ...],
) -> None:
    ports = modem(vid, pid, interfaces)
    by_interface = {int((port.location or "")[-1]): port.device for port in ports}
    found = probe.resolve("auto", ports)
    assert found.at == by_interface[at]
    assert found.pcm == (None if pcm is None else by_interface[pcm])
    assert found.kinds == kinds


def test_a_huawei_of_unknown_product_is_found_by_the_class_of_its_port(tmp_path: Path) -> None:
    classes = {0: ("ff", "01", "01"), 1: ("ff", "01", "03"), 2: ("ff", "01", "02")}
    ports = modem(0x12D1, 0x1C05, classes)
    for port, triple in zip(ports, classes.values(), strict=True):
        folder = tmp_path / port.device.rpartition("/")[2]
        folder.mkdir()
        names = ("bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol")
        for name, value in zip(names, triple, strict=True):
            (folder / name).write_text(value + "\n", "ascii")
        port.usb_interface_path = str(folder)
    found = probe.resolve("auto", ports)
    assert found == probe.Found("/dev/ttyUSB2", "/dev/ttyUSB1", (Huawei,))


def test_a_huawei_that_goes_while_its_class_is_read_is_just_not_there(tmp_path: Path) -> None:
    ports = modem(0x12D1, 0x1C05, range(3))
    for port in ports:
        port.usb_interface_path = str(tmp_path / "gone")
    with pytest.raises(ModemNotFound):
        probe.resolve("auto", ports)


def test_the_configured_family_chooses_among_different_modems() -> None:
    ports = [*sim7600(0, "1-1.1"), *modem(0x2C7C, 0x0125, range(4), 5, "1-1.2")]
    assert probe.resolve("auto", ports).kinds == (Sim7600,)
    assert probe.resolve("auto", ports, "quectel").kinds == (Quectel, QuectelUac)
    assert probe.resolve("auto", ports, "huawei").kinds == (Sim7600,)


@pytest.mark.parametrize("pid", [0x9205, 0x9206])
def test_a_modem_without_voice_is_named_as_the_reason(pid: int) -> None:
    with pytest.raises(ModemError, match="no voice"):
        probe.resolve("auto", modem(0x1E0E, pid, range(5)))


@pytest.mark.parametrize(
    ("kind", "pcm"),
    [
        (Sim7600, "/dev/ttyUSB4"),
        (Quectel, "/dev/ttyUSB4"),
        (QuectelUac, None),
        (A7670, None),
        (Family, None),
    ],
)
def test_only_a_family_with_sound_over_usb_gets_the_port_of_the_sound(
    kind: type[Family], pcm: str | None
) -> None:
    found = probe.Found("/dev/ttyUSB2", "/dev/ttyUSB4")
    assert probe.sound_port(found, kind()) == pcm


def test_no_two_families_mean_different_at_ports_by_one_usb_id() -> None:
    at: dict[tuple[int, int], int] = {}
    for kind in KNOWN:
        for usb in kind.usb:
            assert at.setdefault((usb.vid, usb.pid), usb.at) == usb.at
