"""What the box can say, and which greetings of a post it takes."""

import math
import struct
import subprocess
import sys
from pathlib import Path

import numpy
import pytest

from appliance.answering.events import Prompt
from appliance.answering.prompts import load_prompts, tone
from appliance.answering.wav import parse_wav
from appliance.errors import ConfigError, UnreadableAudio

RATE_HZ = 8000


def make_wav(path: Path, seconds: float, *sox_format: str) -> Path:
    """A 440 Hz greeting of any format, made by sox."""
    synth = ["synth", str(seconds), "sine", "440", "vol", "0.5"]
    subprocess.run(["sox", "-n", *sox_format, str(path), *synth], check=True)
    return path


def spectrum_peak_hz(pcm: bytes) -> float:
    samples = numpy.frombuffer(pcm, "<i2").astype(float)
    spectrum = abs(numpy.fft.rfft(samples))
    return float(spectrum.argmax()) * RATE_HZ / len(samples)


def test_every_prompt_has_a_sound_that_is_neither_clipped_nor_faint() -> None:
    prompts = load_prompts(None)
    assert set(prompts) == set(Prompt)
    for prompt, pcm in prompts.items():
        peak = abs(numpy.frombuffer(pcm, "<i2").astype(int)).max()
        assert 0.45 * 32768 < peak < 0.75 * 32768, prompt  # -7 to -2.5 dB


def test_the_shipped_greeting_is_no_longer_than_twenty_seconds() -> None:
    assert 10 * RATE_HZ * 2 < len(load_prompts(None)[Prompt.GREETING]) <= 20 * RATE_HZ * 2


def test_an_officers_page_in_english_still_greets_callers_in_vietnamese() -> None:
    assert load_prompts(None, "en") == load_prompts(None, "vi")


def test_the_beep_is_one_kilohertz_for_four_tenths_of_a_second_with_soft_ends() -> None:
    beep = load_prompts(None)[Prompt.BEEP]
    samples = numpy.frombuffer(beep, "<i2")
    assert len(samples) == 0.4 * RATE_HZ
    assert abs(spectrum_peak_hz(beep) - 1000) < 3
    assert abs(samples[:8].astype(int)).max() < 2000
    assert abs(samples[-8:].astype(int)).max() < 2000


def test_the_warning_is_two_short_beeps() -> None:
    samples = abs(numpy.frombuffer(load_prompts(None)[Prompt.WARNING_BEEP], "<i2").astype(int))
    blocks = samples.reshape(-1, 80).max(axis=1) > 1000  # 10 ms each
    starts = int(blocks[0]) + int((blocks[1:] & ~blocks[:-1]).sum())
    assert starts == 2
    assert 0.28 <= blocks.sum() * 0.01 <= 0.32


def test_a_tone_has_the_pitch_it_was_asked_for() -> None:
    assert abs(spectrum_peak_hz(tone(1.0, hz=440)) - 440) < 2


@pytest.mark.parametrize(
    "sox_format",
    [
        ("-r", "8000", "-b", "16", "-c", "1"),
        ("-r", "8000", "-b", "8", "-c", "1", "-e", "unsigned"),
        ("-r", "48000", "-b", "24", "-c", "2"),
        ("-r", "44100", "-b", "16", "-c", "2"),
        ("-r", "16000", "-b", "32", "-c", "1"),
        ("-r", "22050", "-b", "16", "-c", "1"),
        ("-r", "96000", "-b", "24", "-c", "1"),
    ],
    ids=" ".join,
)
def test_a_greeting_of_any_ordinary_format_is_heard_as_it_was_spoken(
    sox_format: tuple[str, ...], tmp_path: Path
) -> None:
    path = make_wav(tmp_path / "own.wav", 2.0, *sox_format)
    pcm = load_prompts(path)[Prompt.GREETING]
    assert abs(len(pcm) / 2 - 2 * RATE_HZ) < 40
    assert abs(spectrum_peak_hz(pcm) - 440) < 1
    samples = numpy.frombuffer(pcm, "<i2").astype(float)[400:-400]
    level = math.sqrt((samples**2).mean()) / 32768
    assert abs(level - 0.5 / math.sqrt(2)) < 0.02


def test_both_channels_of_a_greeting_are_heard(tmp_path: Path) -> None:
    path = tmp_path / "stereo.wav"
    shape = ["-n", "-r", "8000", "-b", "16", "-c", "2", str(path), "synth", "1"]
    subprocess.run(["sox", *shape, "sine", "300", "sine", "700", "vol", "0.5"], check=True)
    samples = numpy.frombuffer(load_prompts(path)[Prompt.GREETING], "<i2").astype(float)
    spectrum = abs(numpy.fft.rfft(samples)) / len(samples)
    assert spectrum[300] > 2000
    assert spectrum[700] > 2000


def test_resampling_leaves_its_libraries_out_of_the_answering_process(tmp_path: Path) -> None:
    path = make_wav(tmp_path / "own.wav", 1.0, "-r", "48000")
    script = (
        "import sys; from pathlib import Path; from appliance.answering.prompts import *;"
        "load_prompts(Path(sys.argv[1])); sys.exit('numpy' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script, path], check=True)


def bad(tmp_path: Path, kind: str) -> Path:
    path = tmp_path / f"{kind}.wav"
    match kind:
        case "missing":
            pass
        case "folder":
            path.mkdir()
        case "empty":
            path.write_bytes(b"")
        case "text":
            path.write_text("lời chào của tôi\n")
        case "cut in its head":
            path.write_bytes(make_wav(tmp_path / "ok.wav", 2.0).read_bytes()[:30])
        case "no samples":
            path.write_bytes(make_wav(tmp_path / "ok.wav", 2.0).read_bytes()[:44])
        case "too long":
            make_wav(path, 61.0, "-r", "8000")
        case "mp3 in disguise":
            path.write_bytes(b"ID3\x04" + bytes(5000))
        case "floating point":
            make_wav(path, 2.0, "-e", "floating-point", "-b", "32")
        case "mu-law":
            make_wav(path, 2.0, "-r", "8000", "-e", "mu-law", "-b", "8")
        case "rate zero":
            good = bytearray(make_wav(tmp_path / "ok.wav", 2.0, "-r", "8000").read_bytes())
            good[24:28] = bytes(4)
            path.write_bytes(good)
    return path


@pytest.mark.parametrize(
    "kind",
    [
        "missing",
        "folder",
        "empty",
        "text",
        "cut in its head",
        "no samples",
        "too long",
        "mp3 in disguise",
        "floating point",
        "mu-law",
        "rate zero",
    ],
)
def test_a_greeting_that_cannot_be_used_is_refused_in_one_line(kind: str, tmp_path: Path) -> None:
    path = bad(tmp_path, kind)
    with pytest.raises(ConfigError) as refused:
        load_prompts(path)
    text = str(refused.value)
    assert text.startswith(f'[call] greeting = "{path}": ')
    assert "record it again" in text
    assert "\n" not in text


def test_a_recording_whose_end_was_cut_off_still_plays(tmp_path: Path) -> None:
    content = make_wav(tmp_path / "own.wav", 2.0, "-r", "8000", "-b", "16").read_bytes()
    wav = parse_wav(content[:-8001])
    assert abs(wav.duration_s - 1.5) < 0.001


def test_a_file_that_claims_to_be_larger_than_it_is_does_no_harm() -> None:
    head = b"RIFF" + struct.pack("<I", 2**32 - 1) + b"WAVE"
    with pytest.raises(UnreadableAudio):
        parse_wav(head + b"fmt " + struct.pack("<I", 2**32 - 1) + b"\1\0")
