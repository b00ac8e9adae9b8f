"""`hotline model add`: a speech model from its publisher, a zip or a folder, whole or not at all.

Decides: names of models, and when one counts as installed. May touch: the models folder.
Thread: main of its own process. Called by: __main__; worker takes `verify`.
Everything is done under a temporary name beside the target; the last steps are two renames.
"""

import logging
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from appliance.errors import ModelBroken, ModelMissing, StoreError, TranscribeError
from appliance.transcribing import manifest, presets, second_process, whisper
from appliance.transcribing.manifest import Manifest, describe, verify
from appliance.transcribing.placing import locked, new_folder, put_in_place, settle
from appliance.transcribing.unpacking import Progress, Published, copy_folder, download, unzip

__all__ = ["VIETNAMESE", "Manifest", "Published", "add", "describe", "verify"]

_LOGGER = logging.getLogger(__name__)

# alphacephei.com/vosk/models/model-list.json; two public copies of the list agree
VIETNAMESE = Published(
    name="vosk-model-small-vn-0.4",
    address="https://alphacephei.com/vosk/models/vosk-model-small-vn-0.4.zip",
    size_bytes=33_656_337,
    md5="b31b474a1ef75488c5fa575f8e2a1269",
)
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
TRY_OUT_S = 180.0  # load and two seconds of sound; 3 s here, under a minute on a slow card


def add(
    source: str,
    models_dir: Path,
    *,
    name: str | None = None,
    progress: Progress,
    published: Published = VIETNAMESE,
    try_out: Callable[[Path], None] | None = None,
) -> Path:
    """Install "vi", a zip or a folder; return the model's folder, which is complete and on disk.

    name: of the new folder, else taken from the source. try_out: raises when the engine cannot
    use the folder. Raises TranscribeError (no network), ModelMissing (no such source),
    ModelBroken, StoreError (cannot write, disk full); then nothing has changed.
    """
    try:
        with locked(models_dir), new_folder(models_dir) as unborn:
            if source == "vi":
                name = published.name
                if _is_whole(models_dir / name):
                    _put_in_place(models_dir / name, models_dir / name, unborn)
                    progress(f"{name} is already installed")
                    return models_dir / name
            found = _bring(source, unborn, progress, published)
            name = _checked_name(name or found.name)
            _finish(found, name, try_out or try_out_apart)
            _put_in_place(found, models_dir / name, unborn)
    except OSError as error:
        raise StoreError(f"cannot install the model in {models_dir}: {error}") from error
    folder = models_dir / name
    key = manifest.LAYOUTS[describe(folder).kind].key
    progress(f'{name} is installed; the configuration names it so: [speech] {key} = "{folder}"')
    return folder


def try_out_apart(folder: Path) -> None:
    """Load the model and decode with it in a process of its own; raises ModelBroken."""
    if manifest.check_layout(folder) == "whisper":
        whisper.check_package()
        command = [*second_process.COMMAND, str(folder)]
    else:
        command = [sys.executable, "-m", "appliance.transcribing.engine", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=TRY_OUT_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise ModelBroken("the speech engine hangs with this model: use another one") from error
    if done.returncode != 0:
        _LOGGER.debug("try-out: %s", done.stderr.decode(errors="replace"))
        raise ModelBroken("the speech engine cannot use this model: bring another copy of it")


def _bring(source: str, unborn: Path, progress: Progress, published: Published) -> Path:
    """Get the model's files into `unborn`; return the folder that has the model's name."""
    if source == "vi":
        archive = unborn / f"{published.name}.zip"
        download(published, archive, progress)
        source = str(archive)
    path = Path(source)
    files = unborn / "files"
    files.mkdir()
    if path.is_dir():
        target = files / (path.resolve().parent if path.name == "model" else path.resolve()).name
        target.mkdir()
        copy_folder(path, target)
        return target
    if not path.is_file():
        raise ModelMissing(f"no zip or folder at {source}: name one, or `vi` for the publisher's")
    progress(f"unpacking {path.name}")
    unzip(path, files)
    return _top_of(files, path.stem)


def _top_of(files: Path, stem: str) -> Path:
    """Find the model in an unpacked zip: its one top folder, or all of it."""
    inside = list(files.iterdir())
    if len(inside) == 1 and inside[0].is_dir():
        return inside[0]
    top = files.parent / stem
    files.rename(top)
    return top


def _finish(folder: Path, name: str, try_out: Callable[[Path], None]) -> None:
    """Check everything, write the manifest, bring all bytes to the disk."""
    manifest.check_layout(folder)
    if (folder / manifest.MANIFEST).exists():  # it comes from another box: hold it to its word
        verify(folder)
    try_out(folder)
    manifest.write(folder, name)
    settle(folder)


def _put_in_place(folder: Path, target: Path, unborn: Path) -> None:
    """Rename the model, then what is derived from it; between the two the old ones do not fit."""
    is_vosk = describe(folder).kind == "vosk"
    derived = presets.make_all(folder, unborn) if is_vosk else None
    if folder != target:
        put_in_place(folder, target)
    if derived is not None:
        put_in_place(derived, presets.folder_of(target))
    presets.forget_lost(target.parent)


def _is_whole(folder: Path) -> bool:
    try:
        verify(folder)
    except (ModelMissing, ModelBroken):
        return False
    return True


def _checked_name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise TranscribeError(f"{name!r} cannot be a model's name: give one with --name")
    return name
