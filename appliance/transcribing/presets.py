"""How hard Vosk searches on this machine: model folders derived from the one that was installed.

Decides: what each preset changes. May touch: the models folder; hard links, the verified model
stays as it is. Thread: the one that loads. Called by: models, whoever loads a Vosk model.
A derived folder has a list of sums of its own, so loading it costs one look at every file.
"""

import hashlib
import logging
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from appliance.errors import ModelBroken, ModelMissing, StoreError
from appliance.transcribing import manifest
from appliance.transcribing.manifest import Manifest
from appliance.transcribing.placing import locked, new_folder, put_in_place, settle
from appliance.transcribing.unpacking import check_room

_LOGGER = logging.getLogger(__name__)

AUTO, PI_4, PI_5, DESKTOP = "auto", "pi4", "pi5", "desktop"
PLACE = ".presets"  # beside the models; no model's name begins with a point
MFCC, MODEL = "conf/mfcc.conf", "conf/model.conf"

# Kaldi adds noise to the sound before it listens, other noise each time: the same recording gave
# three texts in three runs. 0.0: the same text each time (vosk-api #868; measured).
NO_DITHER = {"dither": 0.0}

# The most that a preset lets Vosk search; a model that searches less keeps its own figures.
# pi5: Vosk's maintainer for a Pi 4 (vosk-api #1088), as the Korean model comes; a wide search
# (7000/13/6) takes 3.2 times the CPU. pi4: 0.8 of pi5's CPU and 92 % of its words, where a narrower
# beam gives up more for as little; it also bounds what noise can cost. Measured with the Korean
# model: docs/decisions/speech-presets.md. min-active: above max-active Kaldi aborts.
LIMITS: dict[str, dict[str, float]] = {
    DESKTOP: {},  # as the publisher made it
    PI_5: {"max-active": 3000, "beam": 10.0, "lattice-beam": 2.0, "min-active": 200},
    PI_4: {"max-active": 1000, "beam": 10.0, "lattice-beam": 2.0, "min-active": 200},
}

# The kernel's name for the board, with a NUL at its end. By this path: the place that it leads to
# may change (Linux, Documentation/ABI/testing/sysfs-firmware-ofw).
MACHINE = Path("/proc/device-tree/model")
BOARD = re.compile(rb"Raspberry Pi (?:Compute Module )?(\d)")

OPTION = re.compile(rb"\s*--([\w-]+)\s*=([^#]*)")  # as Kaldi reads a line (util/parse-options.cc)


@dataclass(frozen=True)
class Derived:
    """A verified folder for Vosk. name: the model's, as its publisher gave it."""

    folder: Path
    name: str
    preset: str


@dataclass(frozen=True)
class _Recipe:
    """What a derived folder must hold; confs: the files that differ, by path inside."""

    name: str
    sums: dict[str, str]
    confs: dict[str, bytes]


def resolve(preset: str, machine: Path = MACHINE) -> str:
    """Turn "auto" into the preset for this machine; machine: where its name stands."""
    if preset != AUTO:
        return preset
    try:
        name = machine.read_bytes()
    except OSError:  # no device tree: a PC
        return DESKTOP
    board = BOARD.match(name)
    return PI_5 if board and int(board[1]) >= 5 else PI_4  # an unknown board: the careful one


def derive(folder: Path, preset: str, machine: Path = MACHINE) -> Derived:
    """Give the folder that Vosk is to load, every file just verified; made now if it must be.

    Raises ModelMissing, ModelBroken (both say how to repair it), StoreError (cannot be made),
    TranscribeError (a model is being added).
    """
    preset = resolve(preset, machine)
    recipe = _recipe(folder, preset)
    target = folder_of(folder) / preset
    if not _is_sound(target, recipe):
        manifest.verify(folder)
        _make_now(folder, preset, recipe)
    return Derived(target, recipe.name, preset)


def folder_of(folder: Path) -> Path:
    """Where the folders derived from a model lie."""
    return folder.parent / PLACE / folder.name


def make_all(folder: Path, unborn: Path) -> Path:
    """Derive every preset from a model that was just verified; return the folder of them all.

    Raises ModelBroken, OSError.
    """
    made = unborn / PLACE
    for preset in LIMITS:
        _make(folder, _recipe(folder, preset), made / preset)
    return made


def forget_lost(models_dir: Path) -> None:
    """Remove what was derived from a model that is gone: it holds on to the room of its files."""
    for derived in (models_dir / PLACE).glob("*"):
        if not (models_dir / derived.name / MFCC).is_file():
            shutil.rmtree(derived)


def narrowed(conf: bytes, limits: dict[str, float]) -> bytes:
    """Give a Kaldi configuration in which no option named in limits is above its limit.

    An option that is not there gets the limit. Other lines stay, in whatever encoding they are.
    """
    lines, least = [], dict(limits)
    for line in conf.splitlines():
        option = OPTION.match(line)
        name = option[1].decode().lower().replace("_", "-") if option else None
        if option is None or name not in least:
            lines.append(line)
            continue
        least[name] = min(limits[name], _number(option[2], limits[name]))  # Kaldi: the last counts
    lines += [f"--{name}={value:g}".encode() for name, value in least.items()]
    return b"".join(line + b"\n" for line in lines)


def _number(text: bytes, otherwise: float) -> float:
    try:
        value = float(text)
    except ValueError:
        return otherwise
    return value if value >= 0 else otherwise


def _recipe(folder: Path, preset: str) -> _Recipe:
    """Work out what the derived folder holds, from the sums and two small files."""
    original = manifest.describe_for("model", folder)
    confs = {
        MFCC: narrowed(_read(folder, MFCC, original), NO_DITHER),
        MODEL: narrowed(_read(folder, MODEL, original), LIMITS[preset]),
    }
    own = {path: hashlib.sha256(conf).hexdigest() for path, conf in confs.items()}
    return _Recipe(original.name, {**original.sums, **own}, confs)


def _read(folder: Path, path: str, original: Manifest) -> bytes:
    """Read a configuration, held to its sum; raises ModelBroken."""
    try:
        conf = (folder / path).read_bytes()
    except OSError as error:
        raise ModelBroken(f"the speech model in {folder} lacks {path}: {manifest.AGAIN}") from error
    if hashlib.sha256(conf).hexdigest() != original.sums[path]:
        raise ModelBroken(f"the speech model in {folder} is damaged ({path}): {manifest.AGAIN}")
    if not any(OPTION.match(line) for line in conf.splitlines()):
        raise ModelBroken(f"{path} of the speech model in {folder} sets nothing: {manifest.AGAIN}")
    return conf


def _is_sound(target: Path, recipe: _Recipe) -> bool:
    """Whether the folder is there, made by this recipe from this model, and undamaged.

    The two lists are compared as text: the files themselves are read once, here.
    """
    try:
        if manifest.describe(target).sums != recipe.sums:
            return False
        manifest.verify(target)
    except (ModelMissing, ModelBroken):
        return False
    return True


def _make_now(folder: Path, preset: str, recipe: _Recipe) -> None:
    models_dir = folder.parent
    try:
        with locked(models_dir), new_folder(models_dir) as unborn:
            _make(folder, recipe, unborn / preset)
            put_in_place(unborn / preset, folder_of(folder) / preset)
    except OSError as error:
        raise StoreError(
            f"the preset {preset} of {folder.name} is not made, and cannot be made in "
            f"{models_dir} ({error.strerror}): add the model again with `hotline model add`"
        ) from error
    _LOGGER.info("made the preset %s of %s", preset, folder.name)


def _make(folder: Path, recipe: _Recipe, into: Path) -> None:
    """Fill a new folder from a verified one, all on disk; raises OSError, DiskFull."""
    for path in recipe.sums:
        target = into / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if path in recipe.confs:
            target.write_bytes(recipe.confs[path])
        else:
            _link(folder / path, target)
    manifest.write_sums(into, recipe.sums)
    settle(into)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # FAT, or somebody else's file (sysctl fs.protected_hardlinks)
        check_room(source, [source.stat().st_size], target.parent)
        shutil.copyfile(source, target)
