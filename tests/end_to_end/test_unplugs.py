"""The cable pulled at random moments, with the real process: each time the line comes back."""

import random
import time

import pytest

from tests.end_to_end.boxes import Box, wait_for
from tests.end_to_end.conftest import VOICES

VOICE = str(VOICES / "ko.wav")
READY_WITHIN_S = 15.0  # of the return of the modem's port (issue: ready <= 15 s each)


def unplug_at(box: Box, moment_s: float) -> float:
    """One call, the cable pulled after so long, plugged in again; how long until it is ready."""
    caller = box.dial("--from", "0912345678", "--audio", VOICE, "--hang-up-after", "60")
    time.sleep(moment_s)
    box.tell_modem({"do": "unplug"})
    wait_for("the loss to show", lambda: box.status("answer").get("state") == "OFFLINE")
    caller.kill()
    caller.wait()
    box.tell_modem({"do": "replug"})
    back_at = time.monotonic()
    box.wait_until_line_is_up()
    return time.monotonic() - back_at


def pulled(box: Box, times: int, seed: int) -> list[float]:
    box.start_modem()
    box.start_process("answer")
    box.wait_until_line_is_up()
    chance = random.Random(seed)
    took = [unplug_at(box, chance.uniform(0.0, 9.0)) for _ in range(times)]
    print(
        f"seed {seed}: ready after {max(took):.1f} s at most, {sum(took) / times:.1f} s on average"
    )
    assert max(took) <= READY_WITHIN_S
    return took


def whole(box: Box) -> None:
    """Every message that was begun is closed, and a last call is answered as ever."""
    assert box.call("--from", "0987654321", "--audio", VOICE)["outcome"] == "answered"
    messages = wait_for(
        "all messages closed",
        lambda: (
            (found := box.messages()) and all(m["state"] != "recording" for m in found) and found
        ),
    )
    reasons = {message["end_reason"] for message in messages}
    assert reasons <= {"line_lost", "sound_lost", "caller_hung_up", "silence", "tone"}


def test_the_cable_pulled_three_times(box: Box) -> None:
    pulled(box, 3, seed=4)
    whole(box)


@pytest.mark.long
def test_the_cable_pulled_fifty_times(box: Box) -> None:
    pulled(box, 50, seed=time.time_ns() % 1_000_000)
    whole(box)
