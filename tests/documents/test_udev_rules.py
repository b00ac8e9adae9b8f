"""What the udev rules do to a modem's ports: who keeps away, and under which names they are found.

The devices are made of dictionaries: no real modem has been seen through these rules.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

from appliance.answering import families
from appliance.answering.families.base import UsbLayout
from tests.documents import udev_rules
from tests.documents.udev_rules import Node, Outcome, RuleError

RULES = Path(__file__).parents[2] / "systemd" / "78-hotline-modem.rules"
VENDORS = ("1e0e", "2c7c", "12d1")
LAYOUTS = [usb for kind in families.KNOWN for usb in kind.usb]


def usb_device(
    vendor: str, product: str, subsystem: str = "tty", interface: str = "02", kind: str = "ff/ff/ff"
) -> tuple[Node, ...]:
    """A device of one interface, with its parents as sysfs lists them; kind: its class."""
    names = ("bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol")
    classes = dict(zip(names, kind.split("/"), strict=True))
    return (
        Node(subsystem, {"tty": "ttyUSB7", "net": "usb0"}.get(subsystem, "cdc-wdm0")),
        Node("usb-serial", "ttyUSB7"),
        Node("usb", "1-1.2:1.2", {"bInterfaceNumber": interface, **classes}),
        Node("usb", "1-1.2", {"idVendor": vendor, "idProduct": product}),
        Node("usb", "1-1", {"idVendor": "2109", "idProduct": "3431"}),  # the hub of a Pi 4
    )


def seen(chain: tuple[Node, ...], action: str = "add", path: str = "") -> Outcome:
    rules = udev_rules.read(RULES.read_text("utf-8"))
    return udev_rules.apply(rules, chain, action, {"ID_PATH": path} if path else {})


def links(vendor: str, product: str, interface: str, kind: str = "ff/ff/ff") -> set[str]:
    return seen(usb_device(vendor, product, "tty", interface, kind)).links


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("subsystem", ["tty", "net", "usbmisc"])
@pytest.mark.parametrize("action", ["add", "change", "move", "bind"])
def test_modemmanager_leaves_every_part_of_the_modem_alone(
    vendor: str, subsystem: str, action: str
) -> None:
    assert seen(usb_device(vendor, "9999", subsystem), action).env["ID_MM_DEVICE_IGNORE"] == "1"


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_usb_device_itself_is_marked_too(vendor: str) -> None:
    chain = usb_device(vendor, "9999")[3:]
    assert seen(chain, "bind").env["ID_MM_DEVICE_IGNORE"] == "1"


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_modems_network_card_does_not_bring_the_box_online(vendor: str) -> None:
    assert seen(usb_device(vendor, "9011", "net")).env["NM_UNMANAGED"] == "1"
    assert "NM_UNMANAGED" not in seen(usb_device(vendor, "9011")).env


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_port_belongs_to_the_group_of_the_service_and_to_nobody_else(vendor: str) -> None:
    outcome = seen(usb_device(vendor, "9999"))
    assert (outcome.group, outcome.mode) == ("dialout", "0660")


@pytest.mark.parametrize("subsystem", ["tty", "net", "usbmisc"])
def test_other_devices_on_the_same_box_are_not_touched(subsystem: str) -> None:
    outcome = seen(usb_device("0403", "6001", subsystem))
    assert outcome == Outcome({})


def test_a_modem_that_is_pulled_out_needs_no_rules() -> None:
    assert seen(usb_device("1e0e", "9001"), "remove") == Outcome({})


@pytest.mark.parametrize("usb", LAYOUTS, ids=lambda usb: f"{usb.vid:04x}:{usb.pid:04x}")
def test_the_names_point_to_the_ports_that_the_family_uses(usb: UsbLayout) -> None:
    vendor, product = f"{usb.vid:04x}", f"{usb.pid:04x}"
    assert links(vendor, product, f"{usb.at:02x}") == {"hotline-modem-at"}
    if usb.pcm is not None:
        assert links(vendor, product, f"{usb.pcm:02x}") == {"hotline-modem-pcm"}


@pytest.mark.parametrize(
    ("vendor", "product", "at", "pcm"),
    [
        ("1e0e", "9001", "02", "04"),
        ("1e0e", "9011", "04", "06"),
        ("2c7c", "0125", "02", "01"),
        ("2c7c", "0121", "02", "01"),
        ("12d1", "1001", "02", "01"),
        ("12d1", "140c", "03", "02"),
        ("12d1", "14ac", "04", "03"),
    ],
)
def test_of_a_modems_ports_exactly_two_get_a_name(
    vendor: str, product: str, at: str, pcm: str
) -> None:
    named = {f"{n:02x}": links(vendor, product, f"{n:02x}") for n in range(8)}
    assert {number: names for number, names in named.items() if names} == {
        at: {"hotline-modem-at"},
        pcm: {"hotline-modem-pcm"},
    }


def test_a_newer_huawei_stick_is_known_by_the_class_of_its_port_not_by_its_number() -> None:
    for product in ("1506", "1c05"):
        assert links("12d1", product, "01", kind="ff/01/02") == {"hotline-modem-at"}
        assert links("12d1", product, "03", kind="ff/01/01") == set()
    assert links("2c7c", "0125", "03", kind="ff/01/02") == set()


def test_two_equal_modems_are_told_apart_by_their_sockets() -> None:
    modem = usb_device("1e0e", "9001")
    left = seen(modem, path="platform-xhci-usb-0:1.2:1.2").links
    right = seen(modem, path="platform-xhci-usb-0:1.3:1.2").links
    assert left & right == {"hotline-modem-at"}
    assert left - right == {"hotline-modem-at-platform-xhci-usb-0:1.2:1.2"}


@pytest.mark.parametrize(
    "line",
    [
        'SUBSYSTEM=="tty", SYMLINK+="x"  # a comment must stand on its own line',
        'SUBSYSTM=="tty", SYMLINK+="x"',
        'SUBSYSTEM=="tty" SYMLINK+="x"',
        'SUBSYSTEM=="tty", SYMLINK="x"',
        'SUBSYSTEM=="tty",',
        'GOTO="nowhere"',
    ],
)
def test_a_line_that_udev_would_not_take_as_meant_fails_this_test(line: str) -> None:
    with pytest.raises(RuleError):
        udev_rules.read(line)


def test_vendor_and_interface_in_one_rule_would_never_match() -> None:
    rule = 'ATTRS{idVendor}=="1e0e", ATTRS{bInterfaceNumber}=="02", SYMLINK+="x"'
    assert not udev_rules.apply(udev_rules.read(rule), usb_device("1e0e", "9001")).links


def test_every_rule_says_why_above_it() -> None:
    blocks = RULES.read_text("utf-8").split("\n\n")
    bare = [b for b in blocks if not b.startswith("#") and "ENV" in b]
    assert not bare


def can_verify() -> bool:
    if not (udevadm := shutil.which("udevadm")):
        return False
    run = subprocess.run([udevadm, "verify", "--help"], capture_output=True, check=False)
    return run.returncode == 0  # new in systemd 254


@pytest.mark.skipif(not can_verify(), reason="no udevadm with `verify` (systemd 254) here")
def test_udev_itself_finds_nothing_wrong() -> None:
    run = subprocess.run(
        ["udevadm", "verify", str(RULES)], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
