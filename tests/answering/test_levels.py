"""How loud a call is, against levels known from theory."""

import numpy
import pytest

from appliance.answering.events import Prompt
from appliance.answering.incoming import Incoming
from appliance.answering.levels import LevelMeter
from appliance.answering.playlist import Playlist
from tests.sound.network import frames_of, noise, sine


@pytest.mark.parametrize("peak_db", [-1, -20, -40])
def test_a_sine_reads_three_decibels_below_its_peak(peak_db: int) -> None:
    meter = LevelMeter()
    for frame in frames_of(sine(2, peak_db, 1000)):
        meter.hear(frame)
    shown = meter.figures("in")
    assert shown["in_peak_dbfs"] == pytest.approx(peak_db, abs=0.2)
    assert shown["in_rms_dbfs"] == pytest.approx(peak_db - 3.0, abs=0.2)


def test_pauses_do_not_make_a_caller_quieter() -> None:
    meter = LevelMeter()
    for frame in frames_of(numpy.concatenate([sine(1, -20, 400), noise(60, 5.0)])):
        meter.hear(frame)
    assert meter.figures("in")["in_rms_dbfs"] == pytest.approx(-23.0, abs=0.3)


def test_silence_has_no_level_and_full_scale_is_zero() -> None:
    meter = LevelMeter()
    meter.hear(bytes(320))
    meter.hear(b"")
    assert meter.figures("out") == {}
    meter.hear(numpy.full(160, -32768, "<i2").tobytes())
    assert meter.figures("out") == {"out_rms_dbfs": 0.0, "out_peak_dbfs": 0.0}


def test_each_call_is_measured_by_itself_in_both_directions() -> None:
    incoming, playlist = Incoming(), Playlist()
    for number, frame in enumerate(frames_of(sine(1, -10, 1000))):
        incoming.hear(frame, number * 0.02)
    playlist.add(Prompt.BEEP, b"".join(frames_of(sine(0.4, -6, 1000))))
    while playlist.next_frame()[1] is None:
        pass
    assert incoming.levels["in_rms_dbfs"] == pytest.approx(-13.0, abs=0.2)
    assert playlist.levels["out_peak_dbfs"] == pytest.approx(-6.0, abs=0.2)
    incoming.begin()
    playlist.begin()
    assert incoming.levels == playlist.levels == {}
