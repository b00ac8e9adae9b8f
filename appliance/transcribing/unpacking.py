"""Model files from a download, a zip or a folder, into a new folder of ours.

Decides: which zips and folders are safe to unpack. May touch: the network, the given folder.
Thread: any. Called by: models.
What comes from a USB stick was made by anybody: no path leaves the folder, nothing is a link.
"""

import hashlib
import shutil
import stat
import urllib.request
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path, PurePosixPath

from appliance.errors import DiskFull, ModelBroken, TranscribeError
from appliance.transcribing.manifest import BLOCK_BYTES, MANIFEST, list_files

Progress = Callable[[str], None]

TIMEOUT_S = 30.0  # without one byte; the whole may take as long as the line needs
MAX_BYTES = 4 << 30  # twice the largest model Vosk publishes
MAX_FILES = 1000  # the models have 14 to 20
SPARE_BYTES = 64 << 20  # what must stay free: a model must never take a recording's room
BY_STICK = "or bring the zip on a USB stick and run `hotline model add PATH`"


@dataclass(frozen=True)
class Published:
    """A model on its publisher's server. md5: all that is published of it; no SHA-256 is."""

    name: str
    address: str
    size_bytes: int
    md5: str


def download(model: Published, into: Path, progress: Progress) -> None:
    """Fetch a zip, size and MD5 checked while it streams; raises TranscribeError, ModelBroken."""
    digest = hashlib.md5(usedforsecurity=False)  # against a torn download; https does the rest
    done, told = 0, 0
    try:
        with (
            urllib.request.urlopen(model.address, timeout=TIMEOUT_S) as answer,
            into.open("wb") as file,
        ):
            while block := answer.read(min(BLOCK_BYTES, model.size_bytes + 1 - done)):
                done += len(block)
                digest.update(block)
                file.write(block)
                if done * 10 // model.size_bytes > told:
                    told = done * 10 // model.size_bytes
                    progress(f"{model.name}: {min(told, 10)}0 % of {model.size_bytes >> 20} MB")
    except (OSError, HTTPException) as error:
        raise TranscribeError(
            f"cannot fetch {model.address} ({error}): try again, {BY_STICK}"
        ) from error
    if done != model.size_bytes or digest.hexdigest() != model.md5:
        raise ModelBroken(
            f"what came from {model.address} is not {model.name} "
            f"(size or MD5 differs): try again, {BY_STICK}"
        )


def unzip(source: Path, into: Path) -> None:
    """Unpack a zip; raises ModelBroken for one that is damaged or reaches outside, DiskFull."""
    try:
        with zipfile.ZipFile(source) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            for entry in entries:
                _check_entry(source, entry)
            check_room(source, [entry.file_size for entry in entries], into)
            for entry in entries:
                target = into / entry.filename
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(entry) as packed, target.open("xb") as file:
                    shutil.copyfileobj(packed, file, BLOCK_BYTES)  # checks length and CRC
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError) as error:
        raise ModelBroken(f"{source} is damaged ({error}): copy it again") from error
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise ModelBroken(f"{source} holds two files under one name: copy it again") from error


def copy_folder(source: Path, into: Path) -> None:
    """Copy the files of a folder; raises ModelBroken for links, DiskFull."""
    paths = list_files(source)
    check_room(source, [(source / path).stat().st_size for path in paths], into)
    if (source / MANIFEST).is_file():
        paths.append(MANIFEST)
    for path in paths:
        target = into / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / path, target)


def _check_entry(source: Path, entry: zipfile.ZipInfo) -> None:
    path = PurePosixPath(entry.filename)
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if path.is_absolute() or ".." in path.parts or "\\" in entry.filename or not path.parts:
        raise ModelBroken(f"{source} holds a path that leaves its folder: do not use this zip")
    if kind not in (0, stat.S_IFREG):
        raise ModelBroken(f"{source} holds a link or a device: do not use this zip")
    if entry.flag_bits & 0x1:
        raise ModelBroken(f"{source} has a password: bring the publisher's own zip")


def check_room(source: Path, sizes: list[int], into: Path) -> None:
    """Keep a recording's room: raises DiskFull when there is no more, ModelBroken for a giant."""
    total = sum(sizes)
    if total > MAX_BYTES or len(sizes) > MAX_FILES:
        raise ModelBroken(f"{source} is too large for a speech model: bring the publisher's zip")
    free = shutil.disk_usage(into).free
    if free < total + SPARE_BYTES:
        raise DiskFull(f"the model needs {total >> 20} MB and {free >> 20} MB are free: make room")
