"""A model folder and its list of SHA-256 sums: what was installed is what gets loaded.

Decides: whether a folder is a whole, unchanged speech model. May touch: reads model folders.
Thread: any. Called by: models (when one is added), worker (before each load).
Vosk itself loads a damaged model without a word, and then aborts or writes nonsense (measured).
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from appliance.errors import ModelBroken, ModelMissing

MANIFEST = "manifest.sha256"  # `sha256sum -c manifest.sha256` in the folder checks it by hand
NAME_FILE = "model.name"  # the publisher's name, kept when somebody renames the folder
BLOCK_BYTES = 1 << 20

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
AGAIN = "install it again with `hotline model add vi` (or the zip's path)"


@dataclass(frozen=True)
class Manifest:
    """What a verified folder holds; sums: path inside the folder -> SHA-256 in hex."""

    name: str
    sums: dict[str, str]
    size_bytes: int


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


def check_layout(folder: Path) -> None:
    """Raise ModelBroken naming the first file that Vosk would miss."""
    missing = [name for name in REQUIRED if not _has(folder, name)]
    if missing:
        raise ModelBroken(f"not a Vosk model: {missing[0]} is missing or empty in {folder.name}")
    if not any(all(_has(folder, name) for name in graph) for graph in GRAPHS):
        raise ModelBroken(
            f"not a Vosk model: its graph (HCLG.fst, or HCLr.fst, Gr.fst and "
            f"disambig_tid.int) is missing in {folder.name}"
        )


def write(folder: Path, name: str) -> Manifest:
    """Write the name and the sums of everything that lies in the folder now."""
    (folder / NAME_FILE).write_text(f"{name}\n", "utf-8")
    sums = {path: sum_of(folder / path) for path in list_files(folder)}
    lines = "".join(f"{digest}  {path}\n" for path, digest in sums.items())
    (folder / MANIFEST).write_text(lines, "utf-8")
    return Manifest(name, sums, _size(folder, sums))


def describe(folder: Path) -> Manifest:
    """Read what the folder says it holds, without reading the files themselves.

    Raises ModelMissing (no folder, no manifest: half-copied or never installed), ModelBroken.
    """
    if not folder.is_dir():
        raise ModelMissing(f"no speech model at {folder}: run `hotline model add vi`")
    try:
        lines = (folder / MANIFEST).read_text("utf-8").splitlines()
        name = (folder / NAME_FILE).read_text("utf-8").strip()
    except FileNotFoundError as error:
        raise ModelMissing(f"{folder} was never completely installed: {AGAIN}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ModelBroken(f"the speech model in {folder} cannot be read: {AGAIN}") from error
    sums = {path: digest for digest, _, path in (line.partition("  ") for line in lines)}
    if not sums.keys() >= {*REQUIRED, NAME_FILE} or not all(sums.values()) or not name:
        raise ModelBroken(f"the list of files in {folder} is damaged: {AGAIN}")
    return Manifest(name, sums, _size(folder, sums))


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


def _has(folder: Path, name: str) -> bool:
    path = folder / name
    return path.is_file() and path.stat().st_size > 0


def _size(folder: Path, sums: dict[str, str]) -> int:
    return sum((folder / path).stat().st_size for path in sums if (folder / path).is_file())
