"""The call's sound over a sound card: a real PulseAudio, a real PortAudio, a process of its own."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.answering.events import Prompt
from appliance.answering.levels import LevelMeter
from appliance.answering.prompts import load_prompts
from tests.sound import drive_card
from tests.sound.hearing import likeness, share_heard
from tests.sound.listening import until
from tests.sound.pulse import DEVICE, Pulse, missing_programs, private_pulse

pytestmark = pytest.mark.skipif(
    bool(missing_programs()), reason=f"not installed: {', '.join(missing_programs())}"
)

DEADLINE_S = 30.0
ROOT = Path(__file__).parents[2]
PROMPTS = load_prompts(None)
GOODBYE = PROMPTS[Prompt.GOODBYE]


class CardProcess:
    """The driver process: takes commands, collects what it tells."""

    def __init__(
        self, env: dict[str, str], kept: Path, name: str = DEVICE, only_hz: int | None = None
    ) -> None:
        self.told: list[dict[str, Any]] = []
        self._kept = kept
        self._changed = threading.Condition()
        rate = [str(only_hz)] if only_hz else []
        self.process = subprocess.Popen(
            [sys.executable, drive_card.__file__, name, name, str(kept), *rate],
            env=env | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # ALSA chatters
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def tell(self, command: str) -> float:
        """Give a command and wait until it has been done; how long that took, in seconds."""
        began = time.monotonic()
        assert self.process.stdin is not None
        seen = len(self.told)
        self.process.stdin.write(f"{command}\n".encode())
        self.process.stdin.flush()
        self.wait_for("done", after=seen)
        return time.monotonic() - began

    def wait_for(self, kind: str, after: int = 0) -> dict[str, Any]:
        with self._changed:
            assert self._changed.wait_for(lambda: self._find(kind, after), DEADLINE_S), (
                f"no {kind}, only {self.told}"
            )
            return self._find(kind, after)[0]

    def wait_for_count(self, kind: str, count: int) -> None:
        until(lambda: self.count(kind) == count, DEADLINE_S)

    def state(self) -> dict[str, Any]:
        seen = len(self.told)
        self.tell("state")
        return self.wait_for("state", after=seen)

    def count(self, kind: str) -> int:
        return len(self._find(kind, 0))

    @property
    def kept(self) -> bytes:
        return self._kept.read_bytes() if self._kept.exists() else b""

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._listener.join()  # it reads until the process's end of the pipe is closed
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()

    def _find(self, kind: str, after: int) -> list[dict[str, Any]]:
        return [told for told in self.told[after:] if told["kind"] == kind]

    def _listen(self) -> None:
        assert self.process.stdout is not None
        fileno, rest = self.process.stdout.fileno(), b""
        while piece := os.read(fileno, 65536):
            *lines, rest = (rest + piece).split(b"\n")
            with self._changed:
                self.told += [json.loads(line) for line in lines]
                self._changed.notify_all()


@pytest.fixture
def pulse(tmp_path: Path) -> Iterator[Pulse]:
    with private_pulse(tmp_path) as running:
        yield running


@pytest.fixture
def card(pulse: Pulse, tmp_path: Path) -> Iterator[CardProcess]:
    made = CardProcess(pulse.env, tmp_path / "kept.raw")
    yield made
    made.close()


def test_a_call_over_the_sound_card_is_heard_and_kept(pulse: Pulse, card: CardProcess) -> None:
    card.tell("start")
    card.wait_for("SoundStarted")
    card.tell("keep")
    with pulse.recording() as line:  # both talk at once, as in a real call
        card.tell("play goodbye")
        card.tell("play beep")
        pulse.say(bytes(8000) + GOODBYE + bytes(16000))
        card.wait_for_count("PromptPlayed", 2)
    card.wait_for("SpeechStarted")
    card.wait_for("SpeechStopped")
    card.tell("stop")

    assert share_heard(GOODBYE, line.pcm) >= 0.8
    assert share_heard(GOODBYE, card.kept) >= 0.8
    _, goodbye_at = likeness(GOODBYE, line.pcm)
    score, beep_at = likeness(PROMPTS[Prompt.BEEP], line.pcm)
    assert score > 0.9
    assert beep_at > goodbye_at
    assert len(card.kept) % 320 == 0
    state = card.state()
    assert not state["stuck"]
    assert not state["numpy"], "numpy costs the answering process 14 MB"
    assert card.count("SoundLost") == 0


def test_the_next_call_has_sound_again(pulse: Pulse, card: CardProcess) -> None:
    for call in (1, 2):
        card.tell("start")
        card.wait_for_count("SoundStarted", call)
        card.tell("play beep")
        card.wait_for_count("PromptPlayed", call)
        assert card.tell("stop") < 1.0
    assert card.count("SoundLost") == 0


@pytest.mark.parametrize("rate_hz", [16_000, 44_100, 48_000])
def test_a_card_that_cannot_do_8_khz_is_heard_and_kept_as_well(
    rate_hz: int, tmp_path: Path
) -> None:
    with private_pulse(tmp_path, rate_hz) as pulse:
        card = CardProcess(pulse.env, tmp_path / "kept.raw", only_hz=rate_hz)
        card.tell("start")
        card.wait_for("SoundStarted")
        card.tell("keep")
        with pulse.recording() as line:
            card.tell("play goodbye")
            card.tell("play beep")
            pulse.say(bytes(8000) + GOODBYE + bytes(16000))
            card.wait_for_count("PromptPlayed", 2)
        card.wait_for("SpeechStopped")
        levels = card.state()["levels"]
        card.tell("stop")
        card.close()
    assert share_heard(GOODBYE, line.pcm) >= 0.8
    assert share_heard(GOODBYE, card.kept) >= 0.8
    assert card.count("SoundLost") == 0
    said = LevelMeter()
    for at in range(0, len(GOODBYE), 320):
        said.hear(GOODBYE[at : at + 320])
    expected = said.figures("said")
    assert levels["in_rms_dbfs"] == pytest.approx(expected["said_rms_dbfs"], abs=1)
    assert levels["out_peak_dbfs"] == pytest.approx(expected["said_peak_dbfs"], abs=0.1)


def test_a_card_that_was_pulled_and_comes_back_is_used_again(
    pulse: Pulse, card: CardProcess
) -> None:
    card.tell("start")
    card.wait_for("SoundStarted")
    pulse.kill()
    card.wait_for("SoundLost")
    card.tell("start")  # a call while it is away
    card.wait_for_count("SoundLost", 2)
    pulse.come_back()
    card.tell("start")
    card.wait_for_count("SoundStarted", 2)
    with pulse.recording() as line:
        card.tell("play goodbye")
        card.wait_for_count("PromptPlayed", 1)
    card.tell("stop")
    assert share_heard(GOODBYE, line.pcm) >= 0.8
    assert not card.state()["stuck"]
    assert card.count("SoundLost") == 2


def test_a_sound_system_that_dies_loses_the_sound_once(pulse: Pulse, card: CardProcess) -> None:
    card.tell("start")
    card.wait_for("SoundStarted")
    pulse.kill()
    card.wait_for("SoundLost")
    assert card.tell("stop") < 1.0
    assert card.count("SoundLost") == 1


def test_a_sound_system_that_hangs_loses_the_sound_and_is_given_up(
    pulse: Pulse, card: CardProcess
) -> None:
    card.tell("start")
    card.wait_for("SoundStarted")
    pulse.freeze()
    assert "for 2 s" in card.wait_for("SoundLost")["reason"]
    assert card.tell("stop") < 1.0
    until(lambda: card.state()["stuck"])
    card.tell("start")
    card.wait_for_count("SoundLost", 2)
    assert "restarted" in [t for t in card.told if t["kind"] == "SoundLost"][1]["reason"]


def test_a_card_that_is_not_there_loses_the_sound_naming_those_that_are(
    pulse: Pulse, tmp_path: Path
) -> None:
    card = CardProcess(pulse.env, tmp_path / "kept.raw", name="USB dongle")
    card.tell("start")
    reason = card.wait_for("SoundLost")["reason"]
    card.close()
    assert '[audio] input_device = "USB dongle" is not there' in reason
    assert f'"{DEVICE}"' in reason


def test_a_card_that_comes_after_the_start_is_found(tmp_path: Path) -> None:
    with private_pulse(tmp_path) as pulse:
        config = Path(pulse.env["ALSA_CONFIG_PATH"].rpartition(":")[2])
        content = config.read_text()
        config.write_text("")
        card = CardProcess(pulse.env, tmp_path / "kept.raw")
        card.tell("start")
        card.wait_for("SoundLost")
        config.write_text(content)
        card.tell("start")
        card.wait_for("SoundStarted")
        card.close()


def test_a_card_whose_output_never_runs_loses_the_sound_once(tmp_path: Path) -> None:
    with private_pulse(tmp_path) as pulse:
        config = Path(pulse.env["ALSA_CONFIG_PATH"].rpartition(":")[2])
        config.write_text(config.read_text().replace('device "line"', 'device "nowhere"'))
        card = CardProcess(pulse.env, tmp_path / "kept.raw")
        card.tell("start")
        reason = card.wait_for("SoundLost")["reason"]
        assert "cannot run" in reason or "did not start" in reason  # ALSA tells, or it does not
        assert card.tell("stop") < 1.0
        assert card.count("SoundLost") == 1
        card.close()
