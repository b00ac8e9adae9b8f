"""A press reported by the modem, by our ear, or by both, is one press; two presses stay two."""

from dataclasses import dataclass

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.answering.events import KeyPressed, KeySource
from appliance.answering.incoming import Incoming
from appliance.answering.keys import SAME_PRESS_S, KeyEar, KeyLedger
from appliance.tones import ToneFinder
from tests.sound.network import KEYS, Samples, frames_of, keys, noise, sine

MODEM, SOUND = KeySource.MODEM, KeySource.SOUND


@dataclass(frozen=True)
class Press:
    """A key, the seconds since the one before, and when each source tells of it; None: never."""

    key: str
    after_s: float
    modem_s: float | None
    sound_s: float | None


def presses(
    after_s: st.SearchStrategy[float], modem_s: st.SearchStrategy[float | None]
) -> st.SearchStrategy[list[Press]]:
    sound_s = st.floats(0.04, 0.3)
    return st.lists(st.builds(Press, st.sampled_from("1#"), after_s, modem_s, sound_s), max_size=15)


def counted(made: list[Press]) -> list[str]:
    """The keys that the ledger lets through, in the order of the reports."""
    reports: list[tuple[float, KeyPressed]] = []
    pressed_at, last = 0.0, {MODEM: 0.0, SOUND: 0.0}
    for press in made:
        pressed_at += press.after_s
        for source, delay_s in ((MODEM, press.modem_s), (SOUND, press.sound_s)):
            if delay_s is not None:  # one source tells of presses in their order
                last[source] = max(last[source], pressed_at + delay_s)
                reports.append((last[source], KeyPressed(press.key, source)))
    ledger = KeyLedger()
    reports.sort(key=lambda report: report[0])
    return [event.key for at, event in reports if not ledger.is_known(event, at)]


@given(presses(st.floats(0.1, 3.0), st.floats(0.0, 0.9)))
def test_each_press_that_both_tell_of_counts_once_however_fast_they_follow(
    made: list[Press],
) -> None:
    assert sorted(counted(made)) == sorted(press.key for press in made)


@given(presses(st.floats(SAME_PRESS_S + 1.0, 5.0), st.none() | st.floats(0.0, 0.9)))
def test_a_press_that_only_one_of_them_noticed_counts_too(made: list[Press]) -> None:
    assert counted(made) == [press.key for press in made]


@given(presses(st.floats(0.1, 3.0), st.none()))
def test_one_source_alone_is_believed_each_time(made: list[Press]) -> None:
    assert sorted(counted(made)) == sorted(press.key for press in made)


def test_a_double_press_told_late_by_the_modem_stays_two() -> None:
    ledger = KeyLedger()
    told = [(0.0, SOUND), (0.15, SOUND), (0.5, MODEM), (0.65, MODEM)]
    assert [ledger.is_known(KeyPressed("5", source), at) for at, source in told] == [
        *(False, False),
        *(True, True),
    ]


def test_a_report_that_comes_after_the_window_is_a_press_of_its_own() -> None:
    ledger = KeyLedger()
    assert not ledger.is_known(KeyPressed("5", SOUND), 0.0)
    assert not ledger.is_known(KeyPressed("5", MODEM), SAME_PRESS_S + 0.1)
    assert ledger.is_known(KeyPressed("5", SOUND), SAME_PRESS_S + 0.2)


def test_two_keys_at_the_same_time_are_two() -> None:
    ledger = KeyLedger()
    assert not ledger.is_known(KeyPressed("5", SOUND), 0.0)
    assert not ledger.is_known(KeyPressed("6", MODEM), 0.0)


# ---------------------------------------------------------------- out of the sound


def heard(incoming: Incoming, samples: Samples, begin_s: float = 0.0) -> list[str]:
    """The keys that a call's sound gives, its first 0.3 s being dropped."""
    pressed = []
    for number, frame in enumerate([bytes(320)] * 20 + frames_of(samples)):
        for event in incoming.hear(frame, begin_s + number * 0.02):
            if isinstance(event, KeyPressed):
                assert event.source is SOUND
                pressed.append(event.key)
    return pressed


@given(st.text(KEYS, min_size=1, max_size=10), st.integers(0, 159))
def test_keys_pressed_into_the_call_are_told_once_each(text: str, late: int) -> None:
    line = numpy.concatenate([numpy.zeros(late), keys(text, 0.08, 0.08), sine(0.5, -20)])
    line += noise(len(line) / 8000, 20.0)[: len(line)]
    assert heard(Incoming(), line) == list(text)


def test_a_key_held_for_three_seconds_is_one_press() -> None:
    assert heard(Incoming(), keys("#", 3.0, 0.2)) == ["#"]


def test_the_next_call_begins_without_a_key_down() -> None:
    incoming = Incoming()
    assert heard(incoming, keys("7", 0.1, 0.0)) == ["7"]
    incoming.begin()
    assert heard(incoming, keys("7", 0.1, 0.1), 60.0) == ["7"]


@pytest.mark.parametrize("echoes", [True, False])
def test_a_key_in_our_own_prompt_that_echoes_is_none(echoes: bool) -> None:
    assert heard(Incoming(lambda: echoes), keys("12", 0.1, 0.1)) == ([] if echoes else ["1", "2"])


@given(st.lists(st.none() | st.sampled_from("12"), max_size=40))
def test_the_ear_tells_of_a_press_at_its_first_sure_frame_only(spells: list[str | None]) -> None:
    """spells: what is held for 0.1 s each; the same key twice in a row is held on."""
    samples = [sine(0.1, -20) if key is None else keys(key, 0.1, 0.0) for key in spells]
    finder, ear = ToneFinder(), KeyEar()
    sound = numpy.concatenate([*samples, sine(0.1, -20)])
    told = [key for frame in frames_of(sound) if (key := ear.hear(finder.hear(frame)))]
    changes = [key for before, key in zip([None, *spells], spells, strict=False) if key != before]
    assert told == [key for key in changes if key is not None]
