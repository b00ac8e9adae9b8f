"""A whole call over a sound card: the modem's voice is analogue, the card is PulseAudio's."""

from pathlib import Path

import pytest

from tests.end_to_end.boxes import Box, box_in, read_wav, wait_for
from tests.end_to_end.conftest import VOICES
from tests.sound.hearing import likeness, middle
from tests.sound.pulse import DEVICE, missing_programs, private_pulse

NUMBER = "0912345678"


@pytest.mark.skipif(bool(missing_programs()), reason=f"needs {missing_programs()}")
def test_a_call_over_a_sound_card_is_greeted_and_kept(
    tmp_path: Path, run_folder: Path, greeting: Path
) -> None:
    card = {"path": "sound-card", "input_device": DEVICE, "output_device": DEVICE}
    with (
        private_pulse(tmp_path) as pulse,
        box_in(tmp_path / "box", run_folder, audio=card, call={"greeting": str(greeting)}) as box,
    ):
        box.start_modem()  # nobody opens its PCM port
        box.start("answer", "--config", str(box.config), environment=pulse.env)
        box.wait_until_line_is_up()
        with pulse.recording() as line:
            box.dial("--from", NUMBER, "--hang-up-after", "-1")
            wait_for("the beep", lambda: state(box) == "RECORDING")
            pulse.say(bytes(16_000) + read_wav(VOICES / "ko.wav"))
            box.tell_modem({"do": "hang_up"})
            wait_for("the end", lambda: state(box) == "IDLE")
        heard, _ = likeness(read_wav(greeting), line.pcm)
        assert heard > 0.9
        (message,) = wait_for("the message", lambda: kept(box))
        assert message["end_reason"] == "caller_hung_up"
        found, _ = likeness(middle(read_wav(VOICES / "ko.wav"), 1.0), box.export(message["id"]))
        assert found > 0.9


@pytest.mark.skipif(bool(missing_programs()), reason=f"needs {missing_programs()}")
def test_a_card_stands_in_from_the_call_after_the_port_took_no_sound(
    tmp_path: Path, run_folder: Path, greeting: Path
) -> None:
    card = {"input_device": DEVICE, "output_device": DEVICE}
    with (
        private_pulse(tmp_path) as pulse,
        box_in(tmp_path / "box", run_folder, audio=card, call={"greeting": str(greeting)}) as box,
    ):
        box.start_modem("pcm-uplink-stall")
        box.start("answer", "--config", str(box.config), environment=pulse.env)
        box.wait_until_line_is_up()
        box.call("--from", NUMBER, "--audio", "ko", "--speak-after", "4")
        wait_for("the end", lambda: state(box) == "IDLE")
        assert troubles(box) == ["uplink_dead"]
        with pulse.recording() as line:
            box.dial("--from", NUMBER, "--hang-up-after", "-1")
            wait_for("the beep", lambda: state(box) == "RECORDING")
            pulse.say(bytes(16_000) + read_wav(VOICES / "ko.wav"))
            box.tell_modem({"do": "hang_up"})
            wait_for("the end", lambda: state(box) == "IDLE")
        heard, _ = likeness(read_wav(greeting), line.pcm)
        assert heard > 0.9
        assert troubles(box) == ["uplink_on_card"]
        messages = wait_for("both messages", lambda: both(box))
        for message in messages:
            found, _ = likeness(middle(read_wav(VOICES / "ko.wav"), 1.0), box.export(message["id"]))
            assert found > 0.9
        box.tell_modem({"do": "unplug"})
        wait_for("the loss", lambda: state(box) == "OFFLINE")
        box.tell_modem({"do": "replug"})
        wait_for("the line", lambda: state(box) == "IDLE")
        wait_for("the port's turn", lambda: troubles(box) == [])


def troubles(box: Box) -> list[str]:
    return list(box.status("answer")["troubles"])


def both(box: Box) -> list[dict[str, str]]:
    listed = kept(box)
    return listed if len(listed) == 2 else []


def state(box: Box) -> str:
    return str(box.status("answer").get("state"))


def kept(box: Box) -> list[dict[str, str]]:
    return [m for m in box.messages(unlocked=True) if m["state"] == "recorded"]
