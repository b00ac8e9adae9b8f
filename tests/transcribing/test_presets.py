"""Presets: derived folders that Vosk loads, and the installed model that stays as it was."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.config import PRESETS
from appliance.errors import ModelBroken, ModelMissing, StoreError, TranscribeError
from appliance.transcribing import manifest, measuring, models, placing, presets
from appliance.transcribing.engine import VoskTranscriber
from tests.transcribing.test_models import make_folder
from tests.transcribing.voices import speak

NAMES = sorted(set(PRESETS) - {"auto"})  # what can be configured
GRAPH = "graph/HCLr.fst"
SOMEBODY = 65534  # "nobody": neither root nor the owner of anything
NOWHERE = Path("/nowhere")
OUR_LIMITS = presets.LIMITS["pi4"] | presets.NO_DITHER


def install(into: Path, source: Path, name: str = "vosk-tiny") -> Path:
    """Add a model of a few bytes, which no engine could use."""
    return models.add(str(source), into, name=name, progress=lambda _: None, try_out=lambda _: None)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return make_folder(tmp_path / "stick" / "vosk-tiny")


@pytest.fixture
def tiny(tmp_path: Path, source: Path) -> Path:
    return install(tmp_path / "models", source)


def contents(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def leftovers(models_dir: Path) -> list[Path]:
    return list(models_dir.glob(f"{placing.UNBORN}*"))


# ------------------------------------------------------------------------------ when it is added


def test_adding_a_model_makes_every_preset_and_a_technician_sees_one_model(tiny: Path) -> None:
    assert sorted(path.name for path in presets.folder_of(tiny).iterdir()) == NAMES
    assert [path.name for path in tiny.parent.glob("[!.]*")] == ["vosk-tiny"]
    for name in NAMES:
        derived = presets.folder_of(tiny) / name
        assert manifest.verify(derived).name == "vosk-tiny"
        assert (derived / GRAPH).samefile(tiny / GRAPH)  # the card holds it once


def test_a_derived_folder_differs_in_its_two_configurations_only(tiny: Path) -> None:
    ours, theirs = contents(presets.derive(tiny, "pi4").folder), contents(tiny)
    assert ours.keys() == theirs.keys()
    changed = {path for path, data in theirs.items() if ours[path] != data}
    assert changed == {presets.MFCC, presets.MODEL, manifest.MANIFEST}
    assert b"--dither=0\n" in ours[presets.MFCC]
    assert b"--use-energy=false\n" in ours[presets.MFCC]


def test_the_desktop_searches_as_the_publisher_made_it_and_a_pi_less(tiny: Path) -> None:
    confs = {name: (presets.folder_of(tiny) / name / presets.MODEL).read_bytes() for name in NAMES}
    assert confs["desktop"] == (tiny / presets.MODEL).read_bytes()
    assert b"--max-active=7000\n" in confs["desktop"]
    for name in ("pi4", "pi5"):
        for option, value in presets.LIMITS[name].items():
            assert f"--{option}={value:g}\n".encode() in confs[name]


def test_the_installed_model_stays_as_it_was(tiny: Path) -> None:
    before = contents(tiny)
    for name in NAMES:
        presets.derive(tiny, name)
    assert contents(tiny) == before
    assert manifest.verify(tiny).name == "vosk-tiny"


def test_adding_again_replaces_what_was_derived(tiny: Path, source: Path) -> None:
    (source / GRAPH).write_text("a better graph")
    install(tiny.parent, source)
    for name in NAMES:
        derived = presets.folder_of(tiny) / name
        assert (derived / GRAPH).read_text() == "a better graph"
        assert manifest.verify(derived)
    assert leftovers(tiny.parent) == []


def test_what_was_derived_from_a_removed_model_goes_with_the_next_one(
    tiny: Path, source: Path
) -> None:
    shutil.rmtree(tiny)
    other = install(tiny.parent, source, "vosk-other")
    assert list(presets.folder_of(other).parent.iterdir()) == [presets.folder_of(other)]


@pytest.mark.parametrize("path", [presets.MFCC, presets.MODEL])
@pytest.mark.parametrize("conf", [b"\n", b"# nothing\n", b"\xff\xfe\x00\n"])
def test_a_model_whose_configuration_sets_nothing_is_not_installed(
    tmp_path: Path, source: Path, path: str, conf: bytes
) -> None:
    (source / path).write_bytes(conf)
    with pytest.raises(ModelBroken, match=f"{path} .* sets nothing"):
        install(tmp_path / "models", source)
    assert list((tmp_path / "models").iterdir()) == []


# ------------------------------------------------------------------------------ when it is loaded


def test_a_preset_that_was_never_made_is_made_at_load(tiny: Path) -> None:
    shutil.rmtree(presets.folder_of(tiny).parent)
    (tiny.parent / f"{placing.UNBORN}cut" / "pi4" / "am").mkdir(parents=True)  # a power cut's
    derived = presets.derive(tiny, "pi4")
    assert derived == presets.Derived(presets.folder_of(tiny) / "pi4", "vosk-tiny", "pi4")
    assert manifest.verify(derived.folder)
    assert leftovers(tiny.parent) == []


def test_another_model_under_the_same_name_is_derived_anew(tiny: Path) -> None:
    old = presets.derive(tiny, "pi4").folder
    (tiny / GRAPH).unlink()
    (tiny / GRAPH).write_text("copied over by hand")
    manifest.write(tiny, "vosk-tiny-2")
    derived = presets.derive(tiny, "pi4")
    assert (derived.folder, derived.name) == (old, "vosk-tiny-2")
    assert (derived.folder / GRAPH).read_text() == "copied over by hand"
    assert manifest.verify(derived.folder).name == "vosk-tiny-2"


def test_a_release_with_other_figures_derives_anew(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = presets.derive(tiny, "pi4").folder / presets.MODEL
    assert b"--beam=5\n" not in before.read_bytes()
    monkeypatch.setitem(presets.LIMITS, "pi4", {"beam": 5.0})
    assert b"--beam=5\n" in (presets.derive(tiny, "pi4").folder / presets.MODEL).read_bytes()


def edit(derived: Path) -> None:
    (derived / presets.MODEL).write_text("--beam=99\n")


def lose(derived: Path) -> None:
    (derived / GRAPH).unlink()


def smuggle(derived: Path) -> None:
    (derived / "rescore").mkdir()
    (derived / "rescore" / "G.fst").write_text("Vosk would load this")


def tear(derived: Path) -> None:
    os.truncate(derived / manifest.MANIFEST, 100)


def replace_by_file(derived: Path) -> None:
    shutil.rmtree(derived)
    derived.write_text("not a folder")


@pytest.mark.parametrize("damage", [edit, lose, smuggle, tear, replace_by_file])
def test_a_damaged_derived_folder_is_made_again(tiny: Path, damage: Callable[[Path], None]) -> None:
    before = contents(presets.derive(tiny, "pi4").folder)
    damage(presets.folder_of(tiny) / "pi4")
    assert contents(presets.derive(tiny, "pi4").folder) == before
    assert leftovers(tiny.parent) == []


@pytest.mark.parametrize("path", [GRAPH, presets.MODEL, presets.MFCC])
def test_a_damaged_model_is_named_in_one_line(tiny: Path, path: str) -> None:
    (tiny / path).write_text("damaged\n")  # a hard link: damaged in the derived folders, too
    with pytest.raises(ModelBroken) as refused:
        presets.derive(tiny, "pi4")
    assert f"{tiny} is damaged ({path})" in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_no_model_and_a_model_of_another_engine_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="hotline model add"):
        presets.derive(tmp_path / "gone", "pi4")
    whisper = tmp_path / "whisper-base"
    whisper.mkdir()
    for name in (*manifest.WHISPER, "vocabulary.txt"):
        (whisper / name).write_text("{}")
    manifest.write(whisper, whisper.name)
    with pytest.raises(ModelBroken, match="is a Whisper model"):
        presets.derive(whisper, "pi4")
    assert not presets.folder_of(whisper).exists()


def test_nothing_is_made_while_a_model_is_being_added(tiny: Path) -> None:
    shutil.rmtree(presets.folder_of(tiny))
    with placing.locked(tiny.parent), pytest.raises(TranscribeError, match="another"):
        presets.derive(tiny, "pi4")
    assert presets.derive(tiny, "pi4").preset == "pi4"


# ------------------------------------------------------------------------------ other disks


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A folder that other users can reach, which a test's own folder is not."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        yield Path(place)


@contextmanager
def somebody_else() -> Iterator[None]:
    """Act as an ordinary user, also where the tests run as root."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(SOMEBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


def test_a_place_that_cannot_be_written_says_what_to_run(open_place: Path, source: Path) -> None:
    tiny = install(open_place / "models", source)
    shutil.rmtree(presets.folder_of(tiny) / "pi4")
    tiny.parent.chmod(0o555)
    with somebody_else(), pytest.raises(StoreError, match="`hotline model add`") as refused:
        presets.derive(tiny, "pi4")
    assert "Permission denied" in str(refused.value)
    with somebody_else():
        assert presets.derive(tiny, "pi5").name == "vosk-tiny"  # it was made when it was added
    tiny.parent.chmod(0o755)


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="no second file system at hand")
def test_where_files_cannot_be_linked_they_are_copied(tmp_path: Path, source: Path) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as other:
        tiny = tmp_path / "vosk-tiny"
        tiny.symlink_to(install(Path(other), source))
        derived = presets.derive(tiny, "pi4").folder
        assert derived == tmp_path / presets.PLACE / "vosk-tiny" / "pi4"
        assert manifest.verify(derived)
        assert not (derived / GRAPH).samefile(tiny / GRAPH)
        assert contents(derived)[GRAPH] == contents(tiny)[GRAPH]


# ------------------------------------------------------------------------------ the lines


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"--beam=13.0\n--min-active=200\n", b"--min-active=200\n--beam=10\n"),
        (b"--beam=13.0", b"--beam=10\n"),  # no line end at the end of the file
        (b"--beam=13.0\r\n--low-freq=20\r\n", b"--low-freq=20\n--beam=10\n"),
        (b"  --Beam = 13.0 # wide\n", b"--beam=10\n"),  # Kaldi reads it all the same
        (b"--beam=8.5\n", b"--beam=8.5\n"),  # the publisher's is narrower
        (b"--beam=8\n--beam=13\n", b"--beam=10\n"),  # Kaldi takes the last one
        (b"--beam=13\n--beam=8\n", b"--beam=8\n"),
        (b"--beam=wide\n", b"--beam=10\n"),
        (b"--beam=-1\n", b"--beam=10\n"),
        (b"--beam=nan\n", b"--beam=10\n"),
        (b"#--beam=5\n", b"#--beam=5\n--beam=10\n"),
        (b"--lattice-beam=6\n", b"--lattice-beam=6\n--beam=10\n"),
        (b"# \xe9t\xe9\n--word=\xff\n", b"# \xe9t\xe9\n--word=\xff\n--beam=10\n"),
        (b"", b"--beam=10\n"),
    ],
)
def test_one_option_is_narrowed_and_other_lines_stay(before: bytes, after: bytes) -> None:
    assert presets.narrowed(before, {"beam": 10.0}) == after


def test_an_option_written_with_underscores_is_the_same_option() -> None:
    conf = presets.narrowed(b"--max_active=7000\n", {"max-active": 3000})
    assert conf == b"--max-active=3000\n"


LINES = st.one_of(
    st.builds(
        "--{}={}".format,
        st.sampled_from([*OUR_LIMITS, "max_active", "use-energy"]),
        st.one_of(st.floats(0, 1e4), st.sampled_from(["true", "", "1 # one"])),
    ).map(str.encode),
    st.binary(max_size=20),
)


@given(st.lists(LINES).map(b"\n".join))
def test_whatever_stood_there_no_option_is_above_its_limit(conf: bytes) -> None:
    made = presets.narrowed(conf, OUR_LIMITS)
    found = {
        m[1].decode().lower().replace("_", "-"): float(m[2])
        for m in map(presets.OPTION.fullmatch, made.splitlines())
        if m and m[1].decode().lower().replace("_", "-") in OUR_LIMITS
    }
    assert found.keys() == OUR_LIMITS.keys()
    assert all(0 <= found[name] <= OUR_LIMITS[name] for name in found)
    assert presets.narrowed(made, OUR_LIMITS) == made


# ------------------------------------------------------------------------------ the machine


@pytest.mark.parametrize(
    ("board", "preset"),
    [
        (b"Raspberry Pi 4 Model B Rev 1.5\0", "pi4"),
        (b"Raspberry Pi 400 Rev 1.0\0", "pi4"),
        (b"Raspberry Pi Compute Module 4 Rev 1.1\0", "pi4"),
        (b"Raspberry Pi 5 Model B Rev 1.0\0", "pi5"),
        (b"Raspberry Pi 500 Rev 1.0\0", "pi5"),
        (b"Raspberry Pi Compute Module 5 Rev 1.0\0", "pi5"),
        (b"Raspberry Pi 3 Model B Plus Rev 1.3\0", "pi4"),
        (b"Raspberry Pi Zero 2 W Rev 1.0\0", "pi4"),
        (b"Raspberry Pi Model B Rev 2\0", "pi4"),
        (b"Raspberry Pi 5", "pi5"),
        (b"Some Other Board 5\0", "pi4"),
        (b"\xff\xfe\0", "pi4"),
        (b"", "pi4"),
    ],
)
def test_auto_asks_the_machine_what_it_is(tmp_path: Path, board: bytes, preset: str) -> None:
    machine = tmp_path / "model"
    machine.write_bytes(board)
    assert presets.resolve("auto", machine) == preset
    assert presets.resolve("desktop", machine) == "desktop"


def test_a_machine_without_a_device_tree_is_a_desktop(tmp_path: Path, tiny: Path) -> None:
    assert presets.resolve("auto", NOWHERE) == "desktop"
    assert presets.resolve("auto", tmp_path) == "desktop"  # cannot be read
    assert presets.derive(tiny, "auto", NOWHERE).preset == "desktop"


# ------------------------------------------------------------------------------ the real engine


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """4 s of speech, 8 kHz; each decoding costs as much."""
    return speak(tmp_path_factory.mktemp("voice"), 4)


@pytest.mark.parametrize("preset", ["pi4", "desktop"])
def test_the_same_recording_always_gives_the_same_text(
    model: Path, spoken: bytes, preset: str
) -> None:
    derived = presets.derive(model, preset)
    texts = []
    for _ in range(2):  # loaded anew, as after a restart
        engine = VoskTranscriber(derived.folder, derived.name)
        texts += [measuring.hear(spoken, engine) for _ in range(2)]
    assert texts[0]
    assert len(set(texts)) == 1


def test_without_dither_digital_silence_has_no_words_and_the_next_sentence_is_heard(
    model: Path, spoken: bytes
) -> None:
    derived = presets.derive(model, "pi4")
    engine = VoskTranscriber(derived.folder, derived.name)
    silence = bytes(16000 * 3)  # as a cut tone leaves it, 3 s
    assert measuring.hear(silence, engine) == ""
    said = measuring.hear(spoken, engine).split()
    said_twice = measuring.hear(spoken + silence + spoken, engine).split()
    assert len(said_twice) > len(said) * 1.5


def test_loading_reads_every_file_once(model: Path) -> None:
    size = manifest.describe(model).size_bytes
    before = read_bytes()
    presets.derive(model, "pi5")
    assert size <= read_bytes() - before < size * 1.1


def read_bytes() -> int:
    """What this process has read so far; rchar in proc(5)."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("rchar")).split()[1])
