"""`hotline speech measure`: figures that are jiwer's, real decoding, and files that are no use."""

import json
import shutil
import subprocess
import unicodedata
from pathlib import Path

import jiwer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.config import SpeechConfig
from appliance.errors import ConfigError, ModelBroken, ModelMissing
from appliance.transcribing import manifest, measuring
from tests.end_to_end.boxes import hotline, write_wav
from tests.transcribing.voices import speak

SAID = "여보세요 경찰입니까 저는 마을 입구에 사는 사람입니다"
SYLLABLES = st.sampled_from(["cháy", "chay", "nhà", "nha", "ở", "đánh", "danh", "trộm", "xe", "ba"])


@pytest.mark.parametrize(
    ("said", "heard", "errors", "toneless"),
    [
        ("Cháy nhà ở thôn Ba!", "cháy nhà ở thôn ba", 0, 0),
        ("cháy nhà", unicodedata.normalize("NFD", "cháy nhà"), 0, 0),
        ("cháy nhà", "chạy nha", 2, 0),
        ("đánh nhau", "danh nhau", 1, 0),
        ("có trộm", "có trậm", 1, 1),
        ("có trộm vào nhà", "", 4, 4),
        ("có trộm", "ở đây có trộm", 2, 2),
        ("a", "b c d", 3, 3),  # more errors than syllables
    ],
)
def test_errors_are_counted_by_syllable_with_and_without_tone_marks(
    said: str, heard: str, errors: int, toneless: int
) -> None:
    counted = measuring.count_errors(said, heard)
    assert counted == measuring.Errors(len(said.split()), errors, toneless)


@given(
    st.lists(
        st.tuples(st.lists(SYLLABLES, min_size=1, max_size=9), st.lists(SYLLABLES, max_size=9)),
        min_size=1,
        max_size=5,
    )
)
def test_the_rates_are_those_of_jiwer(texts: list[tuple[list[str], list[str]]]) -> None:
    said = [" ".join(one) for one, _ in texts]
    heard = [" ".join(other) for _, other in texts]
    nothing = measuring.Cost(0, 0)
    results = [
        measuring.Measured(a, 1.0, measuring.count_errors(a, b), nothing, 0, b)
        for a, b in zip(said, heard, strict=True)
    ]
    for one in results:
        assert one.errors.rate == pytest.approx(jiwer.wer(one.file, one.heard))
    assert measuring.total(results).errors.rate == pytest.approx(jiwer.wer(said, heard))


def test_files_that_belong_together_are_found_however_they_were_named(tmp_path: Path) -> None:
    lower, decomposed = "cháy", unicodedata.normalize("NFD", "cháy")  # as some computers write it
    for name in (f"{lower}.wav", f"{decomposed}.txt", "B.WAV", "B.TXT", "alone.wav", "notes.md"):
        (tmp_path / name).touch()
    pairs = {pair.name: pair for pair in measuring.find_pairs(tmp_path)}
    assert set(pairs) == {lower, "B", "alone"}
    assert pairs[lower].sound and pairs[lower].text
    assert pairs["B"].sound and pairs["B"].text
    assert pairs["alone"].text is None


def test_a_second_engine_that_is_not_configured_cannot_be_measured() -> None:
    with pytest.raises(ConfigError, match="second_model"):
        measuring.load("second", SpeechConfig())


@pytest.mark.parametrize("engine", ["vosk", "second"])
def test_a_model_that_is_not_there_is_named(tmp_path: Path, engine: measuring.Engine) -> None:
    gone = tmp_path / "gone"
    with pytest.raises(ModelMissing, match=str(gone)):
        measuring.load(engine, SpeechConfig(model=gone, second_model=gone))


def test_a_model_under_the_wrong_key_is_named(tmp_path: Path, model: Path) -> None:
    whisper = tmp_path / "whisper-base"
    whisper.mkdir()
    for name in (*manifest.WHISPER, "vocabulary.txt"):
        (whisper / name).write_text("{}")
    manifest.write(whisper, whisper.name)
    speech = SpeechConfig(model=whisper, second_model=model)
    with pytest.raises(ModelBroken, match="whisper-base is a Whisper model"):
        measuring.load("vosk", speech)
    with pytest.raises(ModelBroken, match="is a Vosk model"):
        measuring.load("second", speech)


# ------------------------------------------------------------------------------ the command


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """3 s of speech, 8 kHz; each decoding costs as much."""
    return speak(tmp_path_factory.mktemp("voice"), 3)


@pytest.fixture(scope="module")
def toml(model: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("post") / "hotline.toml"
    path.write_text(f'[speech]\nmodel = "{model}"\npreset = "desktop"\n', "utf-8")
    return str(path)


def put(folder: Path, name: str, pcm: bytes, text: bytes | str = SAID) -> Path:
    content = text.encode() if isinstance(text, str) else text
    (folder / f"{name}.txt").write_bytes(content)
    return write_wav(folder / f"{name}.wav", pcm)


def test_a_technician_reads_rates_speed_and_memory_of_each_file_and_in_all(
    tmp_path: Path, voice: bytes, toml: str
) -> None:
    put(tmp_path, "một", voice)
    put(tmp_path, "silence", bytes(8000))
    done = hotline("speech", "measure", str(tmp_path), "--config", toml)
    head, titles, *rows = done.stdout.splitlines()
    assert head.startswith("vosk with vosk-model-small-ko, preset desktop, ")
    assert titles.split("  ")[-1].strip() == "peak MB"
    assert [row.split()[0] for row in rows] == ["một.wav", "silence.wav", "total"]
    assert len({row.rindex("%") for row in rows}) == 1  # the columns stand under each other
    assert rows[1].split()[4:6] == ["100.0%", "100.0%"]  # nothing was heard in silence
    assert rows[2].split()[1] == "3.5"
    assert done.stderr == ""


def test_useless_files_are_named_and_the_others_measured(
    tmp_path: Path, voice: bytes, toml: str
) -> None:
    put(tmp_path, "good", voice, "\ufeff" + SAID + "\r\n")  # as Windows saves it
    wide = put(tmp_path, "wide", voice)
    loud = wide.with_name("loud.wav")
    subprocess.run(["sox", "-R", str(wide), "-r", "44100", "-c", "2", str(loud)], check=True)
    shutil.move(loud, wide)
    put(tmp_path, "empty", b"")
    put(tmp_path, "broken", voice, b"ch\xc3y nh\xe0")
    put(tmp_path, "wordless", voice, " ... \n")
    cut = put(tmp_path, "cut", voice)
    cut.write_bytes(cut.read_bytes()[:9000])
    put(tmp_path, "alone", voice).with_suffix(".txt").unlink()
    put(tmp_path, "unheard", voice).unlink()
    (tmp_path / "readme.md").write_text("no matter")

    done = hotline("speech", "measure", str(tmp_path), "--config", toml, "--json", ok=False)
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert report["preset"] == "desktop"
    assert [one["file"] for one in report["files"]] == ["good.wav", "wide.wav"]
    assert [one["came_as"] for one in report["files"]] == [None, "44100 Hz, 16 bit, stereo"]
    for one in report["files"]:
        assert one["heard"]
        assert one["error_rate"] == pytest.approx(jiwer.wer(SAID, one["heard"]), abs=1e-4)
        assert one["sound_s"] == pytest.approx(3.0, abs=0.001)
        assert 0 < one["cpu_rtf"] < 100
        assert 100 < one["peak_mb"] < 3000
    assert report["total"]["syllables"] == 2 * len(SAID.split())
    reasons = {one["file"]: one["reason"] for one in report["failed"]}
    assert reasons == {
        "alone.wav": "there is no alone.txt beside it",
        "broken.wav": "broken.txt is not UTF-8 (byte 2): save it as UTF-8",
        "cut.wav": "cut off: 0.56 s of 3.00 s",
        "empty.wav": "no sound in it",
        "unheard.txt": "there is no unheard.wav beside it",
        "wordless.wav": "wordless.txt has no words: write down what is said",
    }
    assert sorted(done.stderr.splitlines()) == [f"{f}: {why}" for f, why in reasons.items()]


def test_two_presets_can_be_compared_on_one_machine(
    tmp_path: Path, voice: bytes, toml: str
) -> None:
    put(tmp_path, "một", voice)
    command = ("speech", "measure", str(tmp_path), "--config", toml, "--json", "--preset")
    for preset in ("pi4", "desktop"):
        report = json.loads(hotline(*command, preset).stdout)
        assert report["preset"] == preset
        assert report["model"] == "vosk-model-small-ko"


def test_a_folder_without_recordings_is_an_error(tmp_path: Path, toml: str) -> None:
    done = hotline("speech", "measure", str(tmp_path), "--config", toml, ok=False)
    assert done.returncode == 1
    assert "put NAME.wav and NAME.txt there" in done.stderr


def test_when_nothing_could_be_measured_the_command_says_so(
    tmp_path: Path, voice: bytes, toml: str
) -> None:
    put(tmp_path, "empty", b"")
    done = hotline("speech", "measure", str(tmp_path), "--config", toml, ok=False)
    assert done.returncode == 1
    *_, last = done.stderr.splitlines()
    assert last.endswith("could be measured")
    assert "total" not in done.stdout
