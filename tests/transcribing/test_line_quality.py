"""Good, fair or poor: what sox does to a voice, and what the figures make of it."""

import itertools
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import Bug
from appliance.transcribing.line_quality import Figures, LineQuality
from tests.transcribing import sounds

RAW = ("-t", "raw", "-r", "8000", "-c", "1", "-b", "16", "-e", "signed-integer")


def figures_of(pcm: bytes) -> Figures:
    quality = LineQuality()
    quality.hear(pcm)
    return quality.figures()


def through_sox(pcm: bytes, *effects: str) -> bytes:
    made = subprocess.run(
        ["sox", "-R", *RAW, "-", *RAW, "-", *effects], input=pcm, check=True, capture_output=True
    )
    return made.stdout


def with_noise(pcm: bytes, kind: str, snr_db: float) -> bytes:
    """Noise made by sox, so far below the voice's level over all of it."""
    voice = sounds.samples_of(pcm)
    noise = sounds.samples_of(through_sox(pcm, "synth", kind, "vol", "0.3")[: len(pcm)])
    level = np.sqrt((voice**2).mean()) * 10 ** (-snr_db / 20)
    return sounds.pcm_of(voice + noise * level / np.sqrt((noise**2).mean()))


def with_lost_frames(pcm: bytes, every: int) -> bytes:
    """Frames of 20 ms that begin anywhere, as the network's do."""
    torn = bytearray(pcm)
    for at in range(74, len(torn) - 320, 320 * every):
        torn[at : at + 320] = bytes(320)
    return bytes(torn)


@pytest.mark.parametrize("kind", ["whitenoise", "pinknoise"])
@pytest.mark.parametrize(("snr_db", "quality"), [(30, "good"), (15, "fair"), (5, "poor")])
def test_noise(voice: bytes, kind: str, snr_db: float, quality: str) -> None:
    assert figures_of(with_noise(voice, kind, snr_db)).quality == quality


@pytest.mark.parametrize(("gain_db", "quality"), [(4, "good"), (12, "fair"), (20, "poor")])
@pytest.mark.parametrize("turned_down_db", [0, -20])
def test_clipping_even_where_somebody_turned_it_down_afterwards(
    voice: bytes, gain_db: float, turned_down_db: float, quality: str
) -> None:
    made = through_sox(voice, "gain", str(gain_db))
    assert figures_of(through_sox(made, "gain", str(turned_down_db))).quality == quality


@pytest.mark.parametrize(("every", "quality"), [(400, "good"), (40, "fair"), (10, "poor")])
def test_lost_frames(voice: bytes, every: int, quality: str) -> None:
    figures = figures_of(with_lost_frames(voice, every))
    assert figures.quality == quality
    assert figures.lost == pytest.approx(1 / every, rel=0.5)


@pytest.mark.parametrize("level_db", [-1, -12, -30])
def test_the_level_of_a_voice_says_nothing_about_its_line(voice: bytes, level_db: float) -> None:
    quiet_room = sounds.samples_of(voice) + sounds.white(12, 20)
    assert figures_of(sounds.at_level(sounds.pcm_of(quiet_room), level_db)).quality == "good"


def test_pauses_of_digital_silence_are_not_lost_frames(tmp_path: Path) -> None:
    word = sounds.spoken(tmp_path, "vi", "cứu với, cháy nhà")  # a second of zeros on each side
    assert figures_of(word * 3).lost == 0.0


def test_a_long_silence_after_the_words_makes_no_line_worse(voice: bytes) -> None:
    noisy = with_noise(voice, "whitenoise", 15)
    floor = np.sqrt((sounds.samples_of(voice) ** 2).mean()) * 10 ** (-15 / 20)
    assert figures_of(noisy + sounds.pcm_of(sounds.white(20, floor))).quality == "fair"


def test_a_voice_that_does_not_stand_out_of_the_noise_is_poor(voice: bytes) -> None:
    assert figures_of(with_noise(voice, "whitenoise", -20)).quality == "poor"


@pytest.mark.parametrize("pcm", [b"", bytes(2), bytes(16000), b"\xff\x7f" * 8000])
def test_sound_without_anything_in_it_has_figures_too(pcm: bytes) -> None:
    assert figures_of(pcm).quality == "poor"


@given(cuts=st.lists(st.integers(0, 4000), max_size=8))
def test_any_chopping_gives_the_same_figures(cuts: list[int]) -> None:
    pcm = sounds.pcm_of(sounds.white(0.5, 3000) * np.repeat([0, 1, 0.01, 2], 1000))
    quality, edges = LineQuality(), [0, *sorted(cuts), 4000]
    for start, end in itertools.pairwise(edges):
        quality.hear(pcm[2 * start : 2 * end])
    assert quality.figures() == figures_of(pcm)


def test_half_a_sample_is_our_own_mistake() -> None:
    with pytest.raises(Bug):
        LineQuality().hear(b"a")
