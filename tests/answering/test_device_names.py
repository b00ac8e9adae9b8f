"""Which sound card is meant by a name."""

import pytest

from appliance.answering.sound_card import Device, find_device
from appliance.errors import AudioError

DEVICES = [
    Device(0, "bcm2835 Headphones: - (hw:0,0)", 0, 8),
    Device(1, "USB Audio Device: - (hw:1,0)", 1, 2),
    Device(2, "hotline", 1, 1),
    Device(3, "hotline monitor", 1, 0),
]


def test_part_of_a_name_is_enough_when_only_one_device_has_it() -> None:
    assert find_device("usb audio", DEVICES, wants_input=True).index == 1
    assert find_device("Headphones", DEVICES, wants_input=False).index == 0


def test_the_whole_name_wins_over_a_part_of_another() -> None:
    assert find_device("hotline", DEVICES, wants_input=True).index == 2


def test_a_device_without_a_microphone_is_no_input() -> None:
    with pytest.raises(AudioError, match='input_device = "Headphones" is not there'):
        find_device("Headphones", DEVICES, wants_input=True)


def test_a_name_that_fits_two_devices_is_refused_with_the_names() -> None:
    with pytest.raises(AudioError, match=r"fits 2 devices.*hw:0,0.*hw:1,0"):
        find_device("hw:", DEVICES, wants_input=False)


def test_no_devices_at_all_is_said() -> None:
    with pytest.raises(AudioError, match="none at all"):
        find_device("hotline", [], wants_input=True)
