"""`hotline check --call`: what a technician is told about his test call."""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from appliance import call_check
from appliance.__main__ import main
from appliance.call_check import Heard, Seen, judge
from appliance.errors import HotlineError
from appliance.store import calls, messages
from appliance.store.calls import CallEntry
from tests.web.filling import FilledBox, make_box

CALL = CallEntry(1, "0" * 32, 110.0, None, True, 112.0, 140.0, "message")
ALL_HEARD = Heard(greeting=True, beep=True)


@pytest.fixture
def box(tmp_path: Path) -> FilledBox:
    made = make_box(tmp_path, time.time())
    made.healthy(levels={"in_peak_dbfs": -12.0, "in_rms_dbfs": -24.0})
    return made


def entry(box: FilledBox) -> messages.MessageEntry:
    made = box.add_message("0912345678", "một hai ba", box.now)
    with closing(box.connect()) as conn:
        return messages.get(conn, made)


def verdicts(seen: Seen, heard: Heard = ALL_HEARD) -> dict[str, bool]:
    return {line.name: line.go for line in judge(seen, heard)}


def said(seen: Seen, name: str, heard: Heard = ALL_HEARD) -> str:
    return next(line.sentence for line in judge(seen, heard) if line.name == name)


@pytest.fixture
def good(box: FilledBox) -> Seen:
    return Seen(90.0, CALL, entry(box), {"in_peak_dbfs": -12.0}, ())


def test_a_good_call_is_all_go_and_tells_the_forwarding_time(good: Seen) -> None:
    assert set(verdicts(good).values()) == {True}
    assert "20 s after you dialled, with the network's mark" in said(good, "ring")


def test_a_caller_who_hears_nothing_is_told_about_the_firmware_and_the_card(good: Seen) -> None:
    deaf = Heard(greeting=True, beep=False)
    assert verdicts(good, deaf)["out"] is False
    assert "sound card" in said(good, "out", deaf)
    stalled = replace(good, troubles=("uplink_dead", "not_vietnamese"))
    assert "callers hear no greeting" in said(stalled, "out")


@pytest.mark.parametrize(
    ("levels", "advice"),
    [
        ({}, "nothing of you reached the box"),
        ({"in_peak_dbfs": -52.0}, "turn the gain up"),
        ({"in_peak_dbfs": 0.0}, "turn the gain down"),
    ],
)
def test_the_way_back_is_measured(good: Seen, levels: dict[str, float], advice: str) -> None:
    assert advice in said(replace(good, levels=levels), "back")


def test_a_call_that_was_not_answered_or_left_no_message_says_so(good: Seen) -> None:
    missed = replace(good, call=replace(CALL, answered_at=None, outcome="missed"), message=None)
    assert verdicts(missed) == {
        "ring": True,
        "answer": False,
        "out": True,
        "back": True,
        "message": False,
    }
    assert "missed" in said(missed, "answer")
    slow = replace(good, call=replace(CALL, answered_at=130.0))
    assert "it took 20 s" in said(slow, "answer")


def test_a_call_is_followed_from_its_ring_to_its_text(box: FilledBox) -> None:
    """Time is what the waiting makes of it: each look lets the call go one step further."""
    box.add_call("0900000000", box.now - 3600, "missed")
    told: list[str] = []
    steps: list[Callable[[], object]]
    steps = [lambda: _end(box), lambda: box.add_call("0912345678", box.now, None)]

    def wait(_: float) -> None:
        if steps:
            steps.pop()()

    with closing(call_check.TestCall(box.config)) as call:
        seen = call.follow(box.now - 20, told.append, wait)
    assert seen.call.outcome == "hung_up_in_greeting"
    assert seen.message is None
    assert seen.levels["in_peak_dbfs"] == -12.0
    assert told == ["It rings at the box.", "The call is over; waiting for its text."]


def _end(box: FilledBox) -> None:
    with closing(box.connect()) as conn:
        (live,) = calls.list_live(conn)
        calls.end(conn, live.id, box.now + 5, "hung_up_in_greeting")


def test_a_call_that_never_comes_is_an_error_with_its_time(
    box: FilledBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_check, "CALL_WITHIN_S", -1.0)
    with (
        closing(call_check.TestCall(box.config)) as call,
        pytest.raises(HotlineError, match="no call reached the box"),
    ):
        call.follow(box.now, lambda _: None, lambda _: None)


def test_without_a_modem_nobody_is_asked_to_dial(box: FilledBox, tmp_path: Path) -> None:
    box.healthy(modem="down")
    done = CliRunner().invoke(main, ["check", "--call", "--config", str(box.write_toml())])
    assert done.exit_code == 1
    assert "the modem is not up" in done.stderr
    assert "Press Enter" not in done.stderr
