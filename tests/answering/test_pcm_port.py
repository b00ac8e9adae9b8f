"""The call's sound over a real pty, with a modem at the other end that may misbehave."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from appliance.answering.audio import Sound, open_sound
from appliance.answering.events import (
    FlowAsked,
    HangUpToneHeard,
    KeyPressed,
    KeySource,
    Prompt,
    PromptPlayed,
    SoundLost,
    SoundStarted,
    SpeechStarted,
    SpeechStopped,
    UplinkStalled,
)
from appliance.answering.frames import FRAME_BYTES, FRAME_S
from appliance.answering.playlist import Playlist
from appliance.answering.prompts import Prompts
from appliance.answering.wav import read_wav
from appliance.config import AudioConfig
from tests.sound.hearing import middle
from tests.sound.listening import Kept, Mailbox, until
from tests.sound.network import frames_of, keys, network_tone
from tests.sound.pty_modem import BYTES_PER_S, PtyModem, ramp

VOICE = Path(__file__).parents[2] / "appliance" / "simulating" / "voices" / "ko.wav"
PROMPTS: Prompts = {prompt: ramp(0.5, 1000 * i) for i, prompt in enumerate(Prompt)}
PROMPTS[Prompt.GREETING] = ramp(1.5, 17)


@pytest.fixture
def modem() -> Iterator[PtyModem]:
    made = PtyModem()
    yield made
    if made.plugged_in:
        made.unplug()


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def sound(modem: PtyModem, mailbox: Mailbox) -> Iterator[Sound]:
    made = open_sound(AudioConfig("pcm-port"), lambda: modem.path, PROMPTS, mailbox.post)
    yield made
    made.stop()


def started(sound: Sound, mailbox: Mailbox) -> None:
    sound.start()
    mailbox.wait_for(SoundStarted)


@pytest.mark.parametrize("sizes", [(320,), (1600,), (1, 3, 319, 7, 640), (3,)], ids=str)
def test_what_the_caller_says_is_kept_sample_by_sample(
    sizes: tuple[int, ...], modem: PtyModem, sound: Sound, mailbox: Mailbox
) -> None:
    said, kept = ramp(10), Kept()
    sound.start()
    sound.keep(kept)
    until(lambda: sound.frames_out > 0)  # the port is open: opening it drops what came before
    modem.send(said, sizes)
    pcm = kept.wait_for_seconds(0.5)
    at = said.find(pcm)
    assert at >= 0
    assert at % 2 == 0
    assert kept.lengths == {FRAME_BYTES}


def test_the_first_three_tenths_of_a_second_are_dropped(
    modem: PtyModem, sound: Sound, mailbox: Mailbox
) -> None:
    said, kept = ramp(10), Kept()
    sound.keep(kept)
    sound.start()
    modem.send(said)
    at_s = said.find(kept.wait_for_seconds(0.2)) / BYTES_PER_S
    assert 0.2 < at_s < 3.0
    assert sound.frames_in >= at_s / FRAME_S


def test_a_prompt_arrives_whole_in_real_time_with_silence_around_it(
    modem: PtyModem, sound: Sound, mailbox: Mailbox
) -> None:
    modem.send(bytes(BYTES_PER_S * 20))
    started(sound, mailbox)
    asked_at = time.monotonic()
    sound.play(Prompt.GREETING)
    mailbox.wait_for_this(PromptPlayed(Prompt.GREETING))
    took = time.monotonic() - asked_at
    until(lambda: modem.heard.rstrip(b"\0") != modem.heard)
    before, _, after = modem.heard.partition(PROMPTS[Prompt.GREETING])
    assert before.strip(b"\0") == b""
    assert len(before) >= 10 * FRAME_BYTES  # the uplink runs before anything is played
    assert after
    assert after.strip(b"\0") == b""
    assert 1.4 < took < 4.5


def test_the_uplink_runs_at_the_pace_of_the_line(
    modem: PtyModem, sound: Sound, mailbox: Mailbox
) -> None:
    modem.send(bytes(BYTES_PER_S * 20))
    started(sound, mailbox)
    began, first = time.monotonic(), sound.frames_out
    until(lambda: sound.frames_out >= first + 100)
    assert abs((time.monotonic() - began) / 2.0 - 1) < 0.03


def test_prompts_play_in_the_order_they_were_asked_for(
    modem: PtyModem, sound: Sound, mailbox: Mailbox
) -> None:
    modem.send(bytes(BYTES_PER_S * 20))
    sound.start()
    sound.play(Prompt.GOODBYE)
    sound.play(Prompt.BEEP)
    mailbox.wait_for_this(PromptPlayed(Prompt.BEEP))
    until(lambda: PROMPTS[Prompt.GOODBYE] + PROMPTS[Prompt.BEEP] in modem.heard)
    played = [e for e in mailbox.all() if isinstance(e, PromptPlayed)]
    assert played == [PromptPlayed(Prompt.GOODBYE), PromptPlayed(Prompt.BEEP)]


def test_a_silenced_prompt_falls_silent_and_is_never_reported_as_played(
    modem: PtyModem, sound: Sound, mailbox: Mailbox
) -> None:
    modem.send(bytes(BYTES_PER_S * 20))
    started(sound, mailbox)
    sound.play(Prompt.GREETING)
    until(lambda: bool(modem.heard.strip(b"\0")))
    sound.silence_prompts()
    sound.play(Prompt.BEEP)
    mailbox.wait_for_this(PromptPlayed(Prompt.BEEP))
    until(lambda: PROMPTS[Prompt.BEEP] in modem.heard)
    assert PROMPTS[Prompt.GREETING] not in modem.heard
    assert PromptPlayed(Prompt.GREETING) not in mailbox.all()


def test_a_modem_that_takes_nothing_is_told_once_and_the_caller_is_still_kept(
    modem: PtyModem, sound: Sound, mailbox: Mailbox
) -> None:
    said, kept = ramp(20), Kept()
    modem.listens.clear()
    sound.start()
    modem.send(said)
    mailbox.wait_for(SoundStarted)
    mailbox.wait_for(UplinkStalled)
    sound.keep(kept)
    sound.play(Prompt.GREETING)
    mailbox.wait_for_this(PromptPlayed(Prompt.GREETING))
    pcm = kept.wait_for_seconds(1.0)
    assert pcm in said
    assert mailbox.kinds().count("UplinkStalled") == 1
    assert "SoundLost" not in mailbox.kinds()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_writer_that_breaks_off_is_told_as_a_dead_uplink_and_the_caller_is_still_kept(
    modem: PtyModem, sound: Sound, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Kept()
    modem.send(ramp(20))
    started(sound, mailbox)
    sound.keep(kept)
    monkeypatch.setattr(Playlist, "next_frame", lambda _: 1 / 0)
    mailbox.wait_for(UplinkStalled)
    kept.wait_for_seconds(0.5)
    assert "SoundLost" not in mailbox.kinds()


def test_after_a_stall_the_prompts_are_heard_again_without_torn_samples(
    modem: PtyModem, sound: Sound, mailbox: Mailbox
) -> None:
    modem.send(bytes(BYTES_PER_S * 20))
    modem.listens.clear()
    started(sound, mailbox)
    mailbox.wait_for(UplinkStalled)
    modem.listens.set()
    sound.play(Prompt.GOODBYE)
    mailbox.wait_for_this(PromptPlayed(Prompt.GOODBYE))
    until(lambda: PROMPTS[Prompt.GOODBYE][-FRAME_BYTES:] in modem.heard)
    at = modem.heard.find(PROMPTS[Prompt.GOODBYE][-FRAME_BYTES:])
    assert at % 2 == 0


def test_a_prompt_waits_while_the_modem_asks_for_no_sound_and_none_of_it_is_lost(
    modem: PtyModem, sound: Sound, mailbox: Mailbox
) -> None:
    modem.send(bytes(BYTES_PER_S * 20))
    started(sound, mailbox)
    sound.play(Prompt.GREETING)
    until(lambda: bool(modem.heard.strip(b"\0")))
    sound.heed(FlowAsked(False))
    held_at, before = sound.frames_out, len(modem.heard)
    until(lambda: sound.frames_out >= held_at + 25)
    assert len(modem.heard) - before <= 4 * FRAME_BYTES  # what was on its way
    sound.heed(FlowAsked(True))
    mailbox.wait_for_this(PromptPlayed(Prompt.GREETING))
    until(lambda: PROMPTS[Prompt.GREETING] in modem.heard)
    assert "UplinkStalled" not in mailbox.kinds()


def test_a_modem_that_asks_for_no_sound_for_more_than_a_second_is_a_dead_uplink(
    modem: PtyModem, sound: Sound, mailbox: Mailbox
) -> None:
    modem.send(bytes(BYTES_PER_S * 20))
    started(sound, mailbox)
    sound.heed(FlowAsked(False))
    held_at = time.monotonic()
    sound.play(Prompt.GREETING)
    mailbox.wait_for(UplinkStalled)
    assert 0.9 < mailbox.events[-1][0] - held_at < 3.0
    mailbox.wait_for_this(PromptPlayed(Prompt.GREETING))  # the call goes on
    assert modem.heard.strip(b"\0") == b""
    sound.heed(FlowAsked(True))
    sound.play(Prompt.GOODBYE)
    until(lambda: PROMPTS[Prompt.GOODBYE] in modem.heard)
    assert mailbox.kinds().count("UplinkStalled") == 1


def test_a_stop_of_the_last_call_does_not_silence_the_next(
    modem: PtyModem, sound: Sound, mailbox: Mailbox
) -> None:
    modem.send(bytes(BYTES_PER_S * 30))
    started(sound, mailbox)
    sound.heed(FlowAsked(False))
    sound.stop()
    sound.start()
    mailbox.wait_for(SoundStarted, 2)
    sound.play(Prompt.GOODBYE)
    until(lambda: PROMPTS[Prompt.GOODBYE] in modem.heard)


def test_keys_are_heard_in_the_sound_of_the_call_and_its_level_is_known(
    modem: PtyModem, sound: Sound, mailbox: Mailbox
) -> None:
    pressed = b"".join(frames_of(keys("19#", 0.1, 0.1)))
    sound.start()
    modem.send(bytes(BYTES_PER_S) + pressed + bytes(BYTES_PER_S * 10))
    mailbox.wait_for(KeyPressed, 3)
    assert mailbox.of(KeyPressed) == [KeyPressed(key, KeySource.SOUND) for key in "19#"]
    assert sound.levels["in_peak_dbfs"] == pytest.approx(-20, abs=1)


def test_an_unplugged_modem_loses_the_sound_once(
    modem: PtyModem, sound: Sound, mailbox: Mailbox
) -> None:
    modem.send(bytes(BYTES_PER_S * 20))
    started(sound, mailbox)
    modem.unplug()
    mailbox.wait_for(SoundLost)
    sound.stop()
    assert mailbox.kinds().count("SoundLost") == 1


def test_a_port_that_goes_quiet_loses_the_sound_after_two_seconds(
    modem: PtyModem, sound: Sound, mailbox: Mailbox
) -> None:
    modem.send(bytes(BYTES_PER_S))
    started(sound, mailbox)
    mailbox.wait_for(SoundLost)
    at = {type(event): when for when, event in mailbox.events}
    assert 2.0 < at[SoundLost] - at[SoundStarted] < 4.5


def test_after_stop_nothing_is_posted_nor_kept(
    modem: PtyModem, sound: Sound, mailbox: Mailbox
) -> None:
    kept = Kept()
    modem.send(ramp(20))
    started(sound, mailbox)
    sound.keep(kept)
    kept.wait_for_seconds(0.2)
    sound.play(Prompt.BEEP)
    sound.stop()
    told, held = len(mailbox.events), len(kept.pcm)
    until(lambda: port_is_free(modem.path))
    assert len(mailbox.events) == told
    assert len(kept.pcm) == held


def port_is_free(path: str) -> bool:
    try:
        serial.Serial(path, exclusive=True).close()
    except serial.SerialException:
        return False
    return True


def test_the_next_call_has_sound_again_and_counters_only_grow(
    modem: PtyModem, sound: Sound, mailbox: Mailbox
) -> None:
    modem.send(bytes(BYTES_PER_S * 30))
    started(sound, mailbox)
    sound.play(Prompt.GREETING)
    sound.stop()
    counted = (sound.frames_in, sound.frames_out)
    assert min(counted) > 0
    sound.start()
    until(lambda: mailbox.kinds().count("SoundStarted") == 2)
    sound.play(Prompt.BEEP)
    mailbox.wait_for_this(PromptPlayed(Prompt.BEEP))
    assert PromptPlayed(Prompt.GREETING) not in mailbox.all()
    assert sound.frames_in > counted[0]
    assert sound.frames_out > counted[1]
    assert "SoundLost" not in mailbox.kinds()


def test_a_modem_that_comes_back_under_another_name_is_found(mailbox: Mailbox) -> None:
    modems = [PtyModem(), PtyModem()]
    paths = [modem.path for modem in modems]
    sound = open_sound(AudioConfig(), lambda: paths[0], PROMPTS, mailbox.post)
    modems[0].unplug()
    sound.start()
    assert paths[0] in mailbox.wait_for(SoundLost).reason
    del paths[0]
    modems[1].send(bytes(BYTES_PER_S * 20))
    started(sound, mailbox)
    sound.stop()
    modems[1].unplug()


def test_a_port_held_by_another_program_loses_the_sound(
    modem: PtyModem, sound: Sound, mailbox: Mailbox
) -> None:
    with serial.Serial(modem.path, exclusive=True):
        sound.start()
        assert "cannot open the PCM port" in mailbox.wait_for(SoundLost).reason


def test_a_modem_that_has_named_no_port_loses_the_sound(mailbox: Mailbox) -> None:
    sound = open_sound(AudioConfig(), lambda: None, PROMPTS, mailbox.post)
    sound.start()
    assert "pcm_port" in mailbox.wait_for(SoundLost).reason


def test_stop_before_any_start_does_no_harm(sound: Sound, mailbox: Mailbox) -> None:
    sound.stop()
    sound.stop()
    assert mailbox.events == []


def test_it_is_told_when_the_caller_speaks_and_falls_silent(
    modem: PtyModem, sound: Sound, mailbox: Mailbox
) -> None:
    sound.start()
    modem.send(bytes(BYTES_PER_S) + words(1.5) + bytes(BYTES_PER_S * 10))
    mailbox.wait_for(SpeechStopped)
    at = {type(event): when for when, event in mailbox.events}
    assert 1.0 < at[SpeechStopped] - at[SpeechStarted] < 3.0


def test_it_is_told_that_the_caller_is_gone_when_his_line_gives_a_busy_tone(
    modem: PtyModem, sound: Sound, mailbox: Mailbox
) -> None:
    busy = b"".join(frames_of(network_tone("busy", 10)))
    sound.start()
    modem.send(bytes(BYTES_PER_S) + words(2.0) + busy)
    mailbox.wait_for(HangUpToneHeard)
    at = {type(event): when for when, event in mailbox.events}
    assert 2.0 < at[HangUpToneHeard] - at[SpeechStarted] < 7.0
    assert mailbox.kinds().count("SpeechStarted") == 1


def words(seconds: float) -> bytes:
    """The loudest stretch of a voice that ships with the product."""
    return middle(read_wav(VOICE).as_mono_16(), seconds)
