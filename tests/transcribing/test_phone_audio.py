"""Speech through telephone codecs: real coders, real decoding; Korean stands in for Vietnamese."""

import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest

from appliance.transcribing.engine import RATE_HZ, VoskTranscriber, Word
from appliance.transcribing.hearing import Ears

SCRIPT = Path(__file__).parent.parent / "sound" / "phone_audio.sh"
SAID = "빨리 와서 봐 주십시오"  # 2.4 s: seven times decoded, it must stay short
LINES = ("clean", "alaw", "mulaw", "gsm_fr", "amr_12_2", "amr_4_75", "lost_10")
FRAME = 160  # 20 ms at 8 kHz


def make(folder: Path) -> Path:
    subprocess.run([str(SCRIPT), str(folder), "ko", SAID], check=True)
    return folder


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Each telephone line's sound: 8 kHz s16le mono, or the fixture fails."""
    folder = make(tmp_path_factory.mktemp("lines"))
    return {name: read(folder / f"{name}.wav") for name in LINES}


@pytest.fixture(scope="module")
def heard(lines: dict[str, bytes], vosk: VoskTranscriber) -> dict[str, list[Word]]:
    """What the listener understood on each line."""
    return {name: decode(vosk, sound) for name, sound in lines.items()}


def read(path: Path) -> bytes:
    with wave.open(str(path)) as sound:
        form = sound.getparams()
        assert (form.framerate, form.sampwidth, form.nchannels) == (8000, 2, 1)
        return bytes(sound.readframes(form.nframes))


def decode(vosk: VoskTranscriber, sound: bytes) -> list[Word]:
    stream, ears = vosk.open(RATE_HZ), Ears()
    stream.accept(ears.hear(sound) + ears.flush())
    return stream.finish()


def frames(sound: bytes) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    samples = np.frombuffer(sound, "<i2").astype(np.float64)
    return samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)


def loudness_db(sound: bytes) -> float:
    return float(10 * np.log10((frames(sound) ** 2).mean()))


@pytest.mark.parametrize("name", LINES)
def test_the_officer_gets_words_from_every_kind_of_line(
    heard: dict[str, list[Word]], lines: dict[str, bytes], name: str
) -> None:
    words, clear = heard[name], heard["clean"]
    assert len(clear) >= 4
    assert len(clear) / 2 <= len(words) <= len(clear) * 2  # neither deaf nor babbling
    assert words[-1].end <= len(lines[name]) / 16000 + 0.1
    assert words[-1].end - words[0].start > (clear[-1].end - clear[0].start) / 2  # all along


@pytest.mark.parametrize("name", [name for name in LINES if name != "clean"])
def test_a_line_changes_the_sound_and_keeps_its_level(lines: dict[str, bytes], name: str) -> None:
    size = min(len(lines[name]), len(lines["clean"]))
    assert lines[name][:size] != lines["clean"][:size]
    assert abs(loudness_db(lines[name]) - loudness_db(lines["clean"])) < 3


def test_a_torn_line_lacks_one_frame_in_ten(lines: dict[str, bytes]) -> None:
    whole, torn = frames(lines["amr_12_2"]), frames(lines["lost_10"])
    differ = (whole != torn).any(axis=1)
    silenced = ~torn[differ].any()
    assert silenced
    assert 0.08 < differ.mean() <= 0.1


def test_the_same_text_gives_the_same_bytes(tmp_path: Path, lines: dict[str, bytes]) -> None:
    again = make(tmp_path)
    assert {name: read(again / f"{name}.wav") for name in LINES} == lines


def test_a_wrong_call_of_the_script_says_how_it_is_called() -> None:
    done = subprocess.run([str(SCRIPT), "here"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "FOLDER VOICE TEXT" in done.stderr
