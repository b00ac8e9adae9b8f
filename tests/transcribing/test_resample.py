"""8 kHz to 16 kHz: any chopping, the same bytes; what was there stays, what was not stays away."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.transcribing.resample import REACH, Upsampler


def whole(pcm: bytes) -> bytes:
    upsampler = Upsampler()
    return upsampler.push(pcm) + upsampler.flush()


def tone(hz: float, rate_hz: int, seconds: float = 0.5, level: int = 10000) -> bytes:
    at = np.arange(int(rate_hz * seconds)) / rate_hz
    return (level * np.sin(2 * np.pi * hz * at)).astype("<i2").tobytes()


def spectrum(pcm: bytes) -> tuple[np.ndarray, np.ndarray]:
    samples = np.frombuffer(pcm, dtype="<i2").astype(float)
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    return power, np.fft.rfftfreq(len(samples), 1 / 16000)


@given(
    samples=st.lists(st.integers(-32768, 32767), max_size=200),
    cuts=st.lists(st.integers(0, 200), max_size=10),
)
def test_any_chopping_gives_the_same_bytes(samples: list[int], cuts: list[int]) -> None:
    pcm = np.array(samples, dtype="<i2").tobytes()
    pieces = [0, *sorted(min(cut, len(samples)) for cut in cuts), len(samples)]
    chopped = Upsampler()
    together = b"".join(chopped.push(pcm[2 * a : 2 * b]) for a, b in itertools.pairwise(pieces))
    together += chopped.flush()
    assert together == whole(pcm)
    assert len(together) == 2 * len(pcm)


@pytest.mark.parametrize("hz", [300, 1000, 2000, 3000])
def test_a_tone_of_the_telephone_band_keeps_pitch_level_and_place(hz: float) -> None:
    got = np.frombuffer(whole(tone(hz, 8000)), dtype="<i2").astype(float)
    wanted = np.frombuffer(tone(hz, 16000), dtype="<i2").astype(float)
    settled = (got - wanted)[4 * REACH : -4 * REACH]
    assert np.sqrt(np.mean(settled**2)) < 0.02 * 10000


def test_no_mirror_image_appears_above_the_telephone_band() -> None:
    power, hz = spectrum(whole(tone(1000, 8000)))
    assert power[hz > 4500].sum() < power.sum() * 1e-5  # 50 dB


def test_the_loudest_sound_is_clipped_and_does_not_wrap_around() -> None:
    square = np.repeat(np.array([32767, -32768] * 20, dtype="<i2"), 20).tobytes()
    samples = np.frombuffer(whole(square), dtype="<i2").astype(int)
    plateau = samples[20:36]
    assert (plateau > 25000).all()


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple"):
        Upsampler().push(b"abc")
