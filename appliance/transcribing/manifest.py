"""A model folder and its list of SHA-256 sums: what was installed is what gets loaded.

Decides: whether a folder is a whole, unchanged speech model. May touch: reads model folders.
Thread: any. Called by: models (when one is added), and by whoever loads one, before each load.
Vosk itself loads a damaged model without a word, and then aborts or writes nonsense (measured).
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from appliance.errors import ModelBroken, ModelMissing

MANIFEST = "manifest.sha256"  # `sha256sum -c manifest.sha256` in the folder checks it by hand
NAME_FILE = "model.name"  # the publisher's name, kept when somebody renames the folder
BLOCK_BYTES = 1 << 20

Kind = Literal["vosk", "whisper"]

# Without any of these Vosk fails late or not at all. Both published Vietnamese models and the
# Korean one have this layout; models older than 2020 are flat and are refused.
REQUIRED = (
    "am/final.mdl",
    "conf/mfcc.conf",
    "conf/model.conf",
    "graph/phones/word_boundary.int",  # without it words have no times
    "ivector/final.dubm",
    "ivector/final.ie",
    "ivector/final.mat",
    "ivector/global_cmvn.stats",
    "ivector/online_cmvn.conf",
    "ivector/splice.conf",
)
GRAPHS = (("graph/HCLG.fst",), ("graph/HCLr.fst", "graph/Gr.fst", "graph/disambig_tid.int"))
# A Whisper model as CTranslate2 converts it. Without tokenizer.json its library asks the network.
WHISPER = ("model.bin", "config.json", "tokenizer.json")
VOCABULARIES = (("vocabulary.txt",), ("vocabulary.json",))
UNCONVERTED = ("model.safetensors", "pytorch_model.bin")
AGAIN = "install it again: `hotline model add vi`, or with the path of its zip or folder"


@dataclass(frozen=True)
class Layout:
    """What one kind of model consists of. key: where it belongs in [speech]; one_of: and these."""

    title: str
    key: str
    required: tuple[str, ...]
    one_of: tuple[tuple[str, ...], ...]

    def missing(self, present: set[str]) -> str | None:
        """Name the first file without which the model is not whole."""
        lacking = [name for name in self.required if name not in present]
        if not lacking and not any(present.issuperset(names) for names in self.one_of):
            lacking = [" or ".join(names[0] for names in self.one_of)]
        return lacking[0] if lacking else None


LAYOUTS: dict[Kind, Layout] = {
    "vosk": Layout("Vosk", "model", REQUIRED, GRAPHS),
    "whisper": Layout("Whisper", "second_model", WHISPER, VOCABULARIES),
}


@dataclass(frozen=True)
class Manifest:
    """What a verified folder holds; sums: path inside the folder -> SHA-256 in hex."""

    name: str
    sums: dict[str, str]
    size_bytes: int

    @property
    def kind(self) -> Kind:
        """Which engine it is for."""
        return _kind_of(set(self.sums))


def list_files(folder: Path) -> list[str]:
    """List all files but the manifest, as paths inside the folder; raises ModelBroken for links."""
    found = []
    for place, folders, names in os.walk(folder):
        for name in (*folders, *names):
            path = Path(place, name)
            if path.is_symlink():
                raise ModelBroken(f"{path} is a link: a model must hold its own files")
            if name in names and path != folder / MANIFEST:
                found.append(path.relative_to(folder).as_posix())
    return sorted(found)


def check_layout(folder: Path) -> Kind:
    """Tell which engine a folder is for; raises ModelBroken naming the first file it would miss."""
    present = {path for path in list_files(folder) if (folder / path).stat().st_size > 0}
    kind = _kind_of(present)
    missing = LAYOUTS[kind].missing(present)
    if missing is None:
        return kind
    if kind == "whisper" and not present.isdisjoint(UNCONVERTED):
        raise ModelBroken(
            f"{folder.name} is a Whisper model as it was trained: convert it with "
            "ct2-transformers-converter first, on another computer"
        )
    raise ModelBroken(
        f"not a {LAYOUTS[kind].title} model: {missing} is missing or empty in {folder.name}"
    )


def write(folder: Path, name: str) -> Manifest:
    """Write the name and the sums of everything that lies in the folder now."""
    (folder / NAME_FILE).write_text(f"{name}\n", "utf-8")
    sums = {path: sum_of(folder / path) for path in list_files(folder)}
    write_sums(folder, sums)
    return Manifest(name, sums, _size(folder, sums))


def write_sums(folder: Path, sums: dict[str, str]) -> None:
    """Write the list alone, of sums already known."""
    lines = "".join(f"{digest}  {path}\n" for path, digest in sums.items())
    (folder / MANIFEST).write_text(lines, "utf-8")


def describe(folder: Path) -> Manifest:
    """Read what the folder says it holds, without reading the files themselves.

    Raises ModelMissing (no folder, no manifest: half-copied or never installed), ModelBroken.
    """
    if not folder.is_dir():
        raise ModelMissing(
            f"no speech model at {folder}: run `hotline model add vi`, or with another's path"
        )
    try:
        lines = (folder / MANIFEST).read_text("utf-8").splitlines()
        name = (folder / NAME_FILE).read_text("utf-8").strip()
    except FileNotFoundError as error:
        raise ModelMissing(f"{folder} was never completely installed: {AGAIN}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ModelBroken(f"the speech model in {folder} cannot be read: {AGAIN}") from error
    sums = {path: digest for digest, _, path in (line.partition("  ") for line in lines)}
    found = Manifest(name, sums, _size(folder, sums))
    is_whole = NAME_FILE in sums and not LAYOUTS[found.kind].missing(set(sums))
    if not (is_whole and all(sums.values()) and name):
        raise ModelBroken(f"the list of files in {folder} is damaged: {AGAIN}")
    return found


def describe_for(key: Literal["model", "second_model"], folder: Path) -> Manifest:
    """Like `describe`, and hold the model to the key of [speech] that names it.

    Raises ModelMissing, ModelBroken; each names the key.
    """
    try:
        found = describe(folder)
    except (ModelMissing, ModelBroken) as error:
        raise type(error)(f"[speech] {key}: {error}") from error
    layout = LAYOUTS[found.kind]
    if layout.key != key:
        raise ModelBroken(
            f"[speech] {key} = {folder} is a {layout.title} model: it belongs in "
            f"{layout.key}, and {key} takes a {_title_for(key)} model"
        )
    return found


def verify(folder: Path) -> Manifest:
    """Check every file against its SHA-256 (about 1 s per 250 MB here).

    Raises ModelMissing, ModelBroken; both say how to repair it.
    """
    manifest = describe(folder)
    found = set(list_files(folder))
    for path, digest in manifest.sums.items():
        if path not in found:
            raise ModelBroken(f"the speech model in {folder} lacks {path}: {AGAIN}")
        if sum_of(folder / path) != digest:
            raise ModelBroken(f"the speech model in {folder} is damaged ({path}): {AGAIN}")
    for path in sorted(found - manifest.sums.keys()):
        raise ModelBroken(f"{path} in {folder} was not installed with the model: remove it")
    return manifest


def sum_of(path: Path) -> str:
    """Hash a file, SHA-256 in hex; raises ModelBroken when the disk cannot give it back."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelBroken(f"{path} cannot be read ({error.strerror}): {AGAIN}") from error


def _kind_of(present: set[str]) -> Kind:
    """Of which kind most of it is there; Vosk when neither."""
    whisper, vosk = (sum(name in present for name in names) for names in (WHISPER, REQUIRED))
    return "whisper" if whisper > vosk else "vosk"


def _title_for(key: str) -> str:
    return next(layout.title for layout in LAYOUTS.values() if layout.key == key)


def _size(folder: Path, sums: dict[str, str]) -> int:
    return sum((folder / path).stat().st_size for path in sums if (folder / path).is_file())
