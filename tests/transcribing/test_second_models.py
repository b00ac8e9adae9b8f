"""Adding a Whisper model: known by its files, told where it belongs, refused in one clear line."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.errors import ModelBroken, ModelMissing, TranscribeError
from appliance.transcribing import manifest, models, whisper
from tests.transcribing.second import make_model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files of a Whisper model as somebody brings them, without a list of sums."""
    made = make_model(tmp_path / "stick" / "whisper-tiny")
    for name in (manifest.MANIFEST, manifest.NAME_FILE):
        (made / name).unlink()
    return made


def add(folder: Path, into: Path) -> tuple[Path, list[str]]:
    """Without the engine: these models are made of a few bytes."""
    told: list[str] = []
    made = models.add(str(folder), into, progress=told.append, try_out=lambda _: None)
    return made, told


def test_a_whisper_folder_is_installed_and_its_key_is_named(folder: Path, tmp_path: Path) -> None:
    made, told = add(folder, tmp_path / "models")
    assert told[-1].endswith(f'[speech] second_model = "{made}"')
    assert manifest.describe_for("second_model", made).kind == "whisper"
    assert manifest.verify(made).name == "whisper-tiny"


def test_a_whisper_model_does_not_belong_in_the_first_place(folder: Path, tmp_path: Path) -> None:
    made, _ = add(folder, tmp_path / "models")
    with pytest.raises(ModelBroken, match="it belongs in second_model, and model takes a Vosk"):
        manifest.describe_for("model", made)


@pytest.mark.parametrize("name", ["model.bin", "config.json", "tokenizer.json", "vocabulary.txt"])
@pytest.mark.parametrize("is_empty", [True, False])
def test_a_folder_without_one_of_its_files_is_refused(
    folder: Path, tmp_path: Path, name: str, is_empty: bool
) -> None:
    (folder / name).write_text("") if is_empty else (folder / name).unlink()
    with pytest.raises(ModelBroken, match=f"not a Whisper model: {name} .*is missing or empty"):
        add(folder, tmp_path / "models")
    assert list((tmp_path / "models").iterdir()) == []


def test_a_vocabulary_in_its_newer_form_will_do(folder: Path, tmp_path: Path) -> None:
    (folder / "vocabulary.txt").rename(folder / "vocabulary.json")
    made, _ = add(folder, tmp_path / "models")
    assert manifest.verify(made).kind == "whisper"


def test_a_model_as_it_was_trained_is_to_be_converted_first(folder: Path, tmp_path: Path) -> None:
    (folder / "model.bin").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelBroken, match="ct2-transformers-converter"):
        add(folder, tmp_path / "models")


def test_without_its_packages_a_whisper_model_cannot_be_tried(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whisper, "PACKAGE", "no_such_package")
    with pytest.raises(TranscribeError, match="second-requirements"):
        models.add(str(folder), tmp_path / "models", progress=lambda _: None)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("a Vosk model", "it belongs in model, and second_model takes a Whisper model"),
        ("nothing", "no speech model at"),
        ("half copied", "was never completely installed"),
    ],
)
def test_what_second_model_names_wrongly_is_told_with_its_key(
    tmp_path: Path, kind: str, message: str
) -> None:
    place = tmp_path / "it"
    if kind == "a Vosk model":
        for name in (*manifest.REQUIRED, *manifest.GRAPHS[0]):
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_text(name)
        manifest.write(place, "vosk-tiny")
    elif kind == "half copied":
        (make_model(place) / manifest.MANIFEST).unlink()
    with pytest.raises((ModelBroken, ModelMissing)) as refused:
        manifest.describe_for("second_model", place)
    assert str(refused.value).startswith("[speech] second_model")
    assert message in str(refused.value)


# ------------------------------------------------------------------ with the real engine


def garbage(model: Path) -> None:
    model.write_bytes(os.urandom(1 << 20))


def cut(model: Path) -> None:
    os.truncate(model, model.stat().st_size // 2)


def text(model: Path) -> None:
    model.write_text("<html>404 Not Found</html>\n" * 1000)


def test_a_real_model_is_installed_and_its_sums_hold(whisper_model: Path) -> None:
    assert manifest.verify(whisper_model).kind == "whisper"
    assert manifest.verify(whisper_model).size_bytes > 100_000_000


@pytest.mark.parametrize("spoil", [garbage, cut, text])
def test_a_model_its_engine_cannot_load_is_not_installed(
    whisper_model: Path, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    broken = tmp_path / "broken"
    names = (manifest.MANIFEST, manifest.NAME_FILE)
    shutil.copytree(whisper_model, broken, ignore=shutil.ignore_patterns(*names))
    spoil(broken / "model.bin")
    with pytest.raises(ModelBroken, match="cannot use this model"):
        models.add(str(broken), tmp_path / "models", progress=lambda _: None)
    assert list((tmp_path / "models").iterdir()) == []


def test_a_model_that_was_changed_is_not_loaded(whisper_model: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed"
    shutil.copytree(whisper_model, changed)
    with (changed / "model.bin").open("r+b") as file:
        file.seek(1 << 20)
        file.write(b"\x00\x01\x02")
    with pytest.raises(ModelBroken, match=r"damaged \(model\.bin\)"):
        manifest.verify(changed)
