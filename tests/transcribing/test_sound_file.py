"""WAV files as a technician brings them: any integer PCM is heard, the rest says what it is."""

import io
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.errors import UnreadableAudio
from appliance.transcribing import sound_file
from tests.sound.hearing import likeness

SECONDS = 0.5


def sweep(rate_hz: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    """400 to 1400 Hz at half of full scale: no stretch of it looks like another."""
    at = np.arange(int(SECONDS * rate_hz)) / rate_hz
    return 0.5 * np.sin(2 * np.pi * (400 * at + 1000 * at**2))


def wav(rate_hz: int = 8000, channels: int = 1, width: int = 2) -> bytes:
    samples = np.repeat(sweep(rate_hz), channels)
    if width == 1:
        data = (samples * 127 + 128).astype("u1").tobytes()
    else:
        whole = np.rint(samples * 2.0 ** (8 * width - 1)).astype("<i4")
        data = whole.view("u1").reshape(-1, 4)[:, :width].tobytes()
    return packed(data, rate_hz, channels, width)


def packed(data: bytes, rate_hz: int = 8000, channels: int = 1, width: int = 2) -> bytes:
    held = io.BytesIO()
    with wave.open(held, "wb") as file:
        file.setparams((channels, width, rate_hz, 0, "NONE", ""))
        file.writeframes(data)
    return held.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sounds")


def test_a_recording_of_a_call_is_taken_as_it_is(folder: Path) -> None:
    data = np.rint(sweep(8000) * 32768).astype("<i2").tobytes()
    path = folder / "call.wav"
    path.write_bytes(packed(data))
    assert sound_file.read(path) == sound_file.Sound(data, None)


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate_hz", [8000, 16000, 44100])
def test_any_rate_width_and_channels_sound_the_same(
    folder: Path, rate_hz: int, channels: int, width: int
) -> None:
    path = folder / "other.wav"
    path.write_bytes(wav(rate_hz, channels, width))
    sound = sound_file.read(path)
    meant = np.rint(sweep(8000) * 32768).astype("<i2").tobytes()
    assert sound.duration_s == pytest.approx(SECONDS, abs=0.001)
    heard = np.frombuffer(sound.pcm, "<i2").astype(float)
    assert np.std(heard) == pytest.approx(np.std(sweep(8000)) * 32768, rel=0.02)
    assert likeness(sound.pcm[800:-800], meant) == pytest.approx((1.0, 0.05), abs=0.001)
    assert bool(sound.came_as) == ((rate_hz, channels, width) != (8000, 1, 2))


def test_what_was_converted_is_named(folder: Path) -> None:
    path = folder / "cd.wav"
    path.write_bytes(wav(44100, 2, 3))
    assert sound_file.read(path).came_as == "44100 Hz, 24 bit, stereo"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"RIFF", "empty, or cut off"),
        (b"ID3\x04" + bytes(100), "not a WAV file"),
        (packed(b""), "no sound"),
        (wav()[:4044], "cut off: 0.25 s of 0.50 s"),
        (wav(200_000), "200000 Hz"),
        (packed(bytes(2 * 8000 * 601)), "longer than 600 s"),
        (wav().replace(b"\x01\x00\x01\x00", b"\x06\x00\x01\x00", 1), "integer PCM"),  # A-law
        (wav().replace(b"\x10\x00data", b"\x40\x00data", 1), "64 bit"),
    ],
    ids=["empty", "header", "mp3", "silent", "truncated", "rate", "long", "alaw", "wide"],
)
def test_what_cannot_be_heard_says_what_it_is(folder: Path, content: bytes, said: str) -> None:
    path = folder / "bad.wav"
    path.write_bytes(content)
    with pytest.raises(UnreadableAudio, match=said) as caught:
        sound_file.read(path)
    assert "\n" not in str(caught.value)


def test_a_folder_with_a_sounds_name_is_no_sound(folder: Path) -> None:
    with pytest.raises(UnreadableAudio, match="cannot be read: Is a directory"):
        sound_file.read(folder)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(length=st.integers(0, len(wav()) - 1))
def test_a_file_cut_off_anywhere_is_never_measured(folder: Path, length: int) -> None:
    path = folder / "cut.wav"
    path.write_bytes(wav()[:length])
    with pytest.raises(UnreadableAudio):
        sound_file.read(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(at=st.integers(0, 43), put=st.binary(min_size=1, max_size=8))
def test_a_damaged_header_gives_a_sound_or_a_reason(folder: Path, at: int, put: bytes) -> None:
    path = folder / "odd.wav"
    path.write_bytes(wav()[:at] + put + wav()[at + len(put) :])
    try:
        assert sound_file.read(path).duration_s > 0
    except UnreadableAudio as error:
        assert str(error)
