"""Whole calls through the real call loop, in accelerated time; the watchdog; the refusals."""

import os
import threading
from pathlib import Path

import pytest

from appliance.answering import start_answer
from appliance.answering.actions import NoteAnswered, NoteRinging
from appliance.answering.call import CallSettings, State
from appliance.answering.events import (
    AnswerFailed,
    CallerId,
    FlowAsked,
    KeyPressed,
    KeySource,
    ModemLost,
    Prompt,
    RecordingClosed,
    RecordingOpened,
    StopAsked,
)
from appliance.answering.parts import Mailbox
from appliance.config import Config, StoreConfig
from appliance.errors import AudioError, Bug, StoreError
from tests.fakes.world import MIDNIGHT, Phone

MINH = CallerId("0912345678", "0912345678")
SETTINGS = CallSettings(answer_after_s=3, greeting_s=12, max_message_s=180, silence_s=10)
RECORDING = f"{1:032x}-1"


@pytest.fixture
def phone() -> Phone:
    made = Phone(SETTINGS)
    made.live_until(State.IDLE)
    return made


def call(phone: Phone, speaks_s: float = 20.0) -> None:
    """A caller who listens, speaks for a while, and waits for the silence to be noticed."""
    phone.line.ring(MINH)
    phone.live_until(State.RECORDING)
    phone.sound.speak(1.0, speaks_s)


def test_a_whole_call_in_accelerated_time(phone: Phone) -> None:
    call(phone)
    phone.live_until(State.IDLE)
    assert phone.sound.heard == [Prompt.GREETING, Prompt.BEEP, Prompt.GOODBYE]
    assert phone.recorders.closed == {RECORDING: "silence"}
    assert phone.clerk.outcomes == ["message"]
    assert phone.line.rows == ()
    names = [type(fact) for fact, _ in phone.clerk.facts]
    assert names.index(NoteRinging) < names.index(NoteAnswered) < names.index(RecordingOpened)
    assert RecordingClosed in names


def test_rows_carry_wall_clock_time_and_durations_do_not(phone: Phone) -> None:
    began = phone.world.now
    call(phone)
    at = {type(fact): when for fact, when in phone.clerk.facts}
    assert at[NoteRinging] == MIDNIGHT + began
    assert at[NoteAnswered] - at[NoteRinging] == pytest.approx(3.05)


def test_the_configured_wait_is_kept_to_fifty_milliseconds(phone: Phone) -> None:
    rang_at = phone.world.now
    phone.line.ring(MINH)
    phone.live_until(State.GREETING)
    (answered_at,) = phone.line.at("answer")
    assert answered_at - rang_at == pytest.approx(3.0, abs=0.05)


def test_a_hundred_calls_one_after_the_other_leave_a_hundred_outcomes(phone: Phone) -> None:
    for number in range(100):
        call(phone, speaks_s=1.0 + number % 7)
        if number % 2:
            phone.world.later(5.0, phone.line.caller_hangs_up)
        phone.live_until(State.IDLE)
        phone.live(1.0)
    assert phone.clerk.outcomes == ["message"] * 100
    assert len(phone.recorders.closed) == 100


def test_the_frames_of_the_caller_go_to_the_recording_only_while_it_is_open(phone: Phone) -> None:
    phone.line.ring(MINH)
    phone.live_until(State.GREETING)
    assert phone.sound.sink is None
    phone.live_until(State.RECORDING)
    assert phone.sound.sink is not None
    phone.world.post(KeyPressed("#"))
    phone.live_until(State.ENDING)
    assert phone.sound.sink is None


def test_a_device_that_raises_is_a_lost_device_and_not_the_end(
    phone: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    phone.sound.breaks_on_play = True
    phone.line.ring(MINH)
    phone.live_until(State.ENDING)
    phone.live_until(State.IDLE)
    assert phone.clerk.outcomes == ["line_lost"]
    assert "the device is gone" in caplog.text
    phone.sound.breaks_on_play = False
    call(phone)
    phone.live_until(State.IDLE)
    assert phone.clerk.outcomes == ["line_lost", "message"]


def test_a_mistake_of_ours_is_not_caught(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    def mistaken() -> None:
        raise Bug("ours")

    monkeypatch.setattr(phone.line, "answer", mistaken)
    phone.line.ring(MINH)
    with pytest.raises(Bug, match="ours"):
        phone.live(10)


def test_no_log_line_holds_a_number(phone: Phone, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    call(phone)
    phone.live_until(State.IDLE)
    assert "RECORDING -> ENDING on SILENCE" in caplog.text
    assert "912345678" not in caplog.text


# ---------------------------------------------------------------- status and watchdog


def test_the_status_follows_the_call_and_the_modem(phone: Phone) -> None:
    assert phone.clerk.status["state"] == "IDLE"
    assert phone.clerk.status["modem"] == "up"
    phone.line.up = False
    phone.world.post(ModemLost("unplugged"))
    phone.live(1)
    assert phone.clerk.status["state"] == "OFFLINE"
    assert phone.clerk.status["modem"] == "down"


def test_systemd_hears_from_a_working_phone_at_least_every_ten_seconds(phone: Phone) -> None:
    for _ in range(5):
        call(phone)
        phone.live_until(State.IDLE)
        phone.live(60)
    gaps = [b - a for a, b in zip(phone.pings, phone.pings[1:], strict=False)]
    assert max(gaps) < 10


def pinged_after(phone: Phone, seconds: float) -> bool:
    at = phone.world.now + seconds
    phone.live(seconds + 60)
    return any(ping > at for ping in phone.pings)


def test_a_modem_that_went_deaf_unnoticed_stops_the_pings(phone: Phone) -> None:
    phone.line.mute = True
    assert not pinged_after(phone, 45)


def test_a_modem_known_to_be_gone_is_no_reason_to_restart(phone: Phone) -> None:
    phone.line.up, phone.line.mute = False, True
    phone.world.post(ModemLost("unplugged"))
    assert pinged_after(phone, 45)


def test_a_loop_that_never_learned_that_the_modem_is_back_stops_the_pings(phone: Phone) -> None:
    phone.world.post(ModemLost("unplugged"))
    assert not pinged_after(phone, 45)


def test_a_call_whose_sound_stands_still_stops_the_pings(phone: Phone) -> None:
    call(phone, speaks_s=170)
    phone.sound.frozen = True
    assert not pinged_after(phone, 15)


def test_a_slow_answer_is_no_reason_to_restart(phone: Phone) -> None:
    phone.line.mute = True
    phone.line.ring(MINH)
    phone.live_until(State.ANSWERING)
    phone.live(80)
    assert phone.pings[-1] > phone.world.now - 10
    phone.line.mute = False
    phone.world.post(AnswerFailed("NO CARRIER"))
    phone.line.caller_hangs_up()
    phone.live_until(State.IDLE)


def test_a_sound_system_that_hangs_ends_the_process_but_not_in_a_call(phone: Phone) -> None:
    call(phone)
    phone.sound.stuck = True
    phone.live(15)
    assert phone.state is State.RECORDING
    with pytest.raises(AudioError, match="new process"):
        phone.live(60)


def test_a_dead_modem_link_ends_the_process(phone: Phone) -> None:
    phone.line.up = phone.line.alive = False
    with pytest.raises(Bug, match="modem link"):
        phone.live(10)


def test_a_dead_clerk_ends_the_process(phone: Phone) -> None:
    phone.clerk.alive = False
    with pytest.raises(Bug, match="clerk"):
        phone.live(10)


# ---------------------------------------------------------------- stopping


def test_sigterm_in_a_message_finishes_it_and_writes_everything(phone: Phone) -> None:
    call(phone, speaks_s=100)
    phone.live(10)
    phone.world.post(StopAsked())
    phone.daemon.run()
    assert phone.recorders.closed == {RECORDING: "stopped"}
    assert phone.clerk.outcomes == ["message"]
    assert RecordingClosed in {type(fact) for fact, _ in phone.clerk.facts}
    assert phone.clerk.stopped
    assert phone.line.rows == ()


def test_a_slow_disk_is_waited_for_before_we_go(phone: Phone) -> None:
    phone.recorders.slow = True
    call(phone, speaks_s=100)
    phone.live(10)
    phone.world.post(StopAsked())
    phone.daemon.run()
    assert [f for f, _ in phone.clerk.facts if isinstance(f, RecordingClosed)] == [
        RecordingClosed(RECORDING, 1000)
    ]


def test_the_real_mailbox_keeps_the_order_and_wakes_the_loop() -> None:
    mailbox = Mailbox()
    assert mailbox.get(0) is None
    poster = threading.Timer(0.05, lambda: mailbox.post(StopAsked()))
    poster.start()
    assert mailbox.get(20) == StopAsked()
    poster.join()
    for key in "123":
        mailbox.post(KeyPressed(key))
    assert [mailbox.get(0) for _ in range(3)] == [KeyPressed(key) for key in "123"]


def test_a_key_that_modem_and_sound_both_tell_of_reaches_the_call_once(phone: Phone) -> None:
    call(phone, speaks_s=100)
    phone.live(5)
    for source in (KeySource.SOUND, KeySource.MODEM):
        phone.world.post(KeyPressed("#", source))
    phone.live(0.1)
    heeded = [event for event in phone.sound.heeded if isinstance(event, KeyPressed)]
    assert heeded == [KeyPressed("#", KeySource.SOUND)]
    assert phone.recorders.closed == {RECORDING: "key"}


def test_what_the_modem_asks_of_the_sound_reaches_it_and_its_levels_are_shown(
    phone: Phone,
) -> None:
    phone.sound.levels = {"in_rms_dbfs": -23.4}
    call(phone)
    phone.world.post(FlowAsked(False))
    phone.live(6)
    assert FlowAsked(False) in phone.sound.heeded
    assert phone.clerk.status["levels"] == {"in_rms_dbfs": -23.4}


# ---------------------------------------------------------------- what refuses to start


def refusal(config: Config) -> str:
    with pytest.raises(StoreError) as caught:
        start_answer.run(config)
    said = str(caught.value)
    assert "\n" not in said
    return said


def test_a_box_without_init_says_so(tmp_path: Path) -> None:
    store = StoreConfig(tmp_path / "state", tmp_path / "run")
    assert "hotline init" in refusal(Config(store=store))
    store.spool_dir.mkdir(parents=True)
    assert "hotline init" in refusal(Config(store=store))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_unwritable_state_folder_is_named(tmp_path: Path) -> None:
    store = StoreConfig(tmp_path / "state", tmp_path / "run")
    store.spool_dir.mkdir(parents=True)
    store.state_dir.chmod(0o500)
    assert str(store.state_dir) in refusal(Config(store=store))


def test_a_second_answer_is_refused_and_the_lock_goes_with_the_first(tmp_path: Path) -> None:
    with (
        start_answer.only_one(tmp_path),
        pytest.raises(StoreError, match="already runs"),
        start_answer.only_one(tmp_path),
    ):
        raise AssertionError("two of us")
    with start_answer.only_one(tmp_path):
        assert (tmp_path / start_answer.LOCK).exists()
