"""What lies in the run folder, in RAM: running stream keys, texts, states of processes.

Decides: names and rights of these files; how long a key may wait for its transcript.
May touch: run_dir only. Thread: any. Called by: answering, transcribing, web, `hotline status`.
Every file is replaced whole: a reader never sees a part. After a power cut all of it is gone.
"""

import json
import logging
import stat
from pathlib import Path
from typing import Any

from appliance.errors import StoreError
from appliance.store.disk import write_whole
from appliance.store.recording_file import RECORDING_ID, STREAM_KEY_BYTES, check_recording_id

_LOGGER = logging.getLogger(__name__)

KEYS, LIVE, STATUS, RESCUE = "keys", "live", "status", "rescue"
FOLDERS = (KEYS, LIVE, STATUS, RESCUE)
FOLDER_MODE = 0o2770  # setgid: what one process writes belongs to the group of all
KEY_MODE, OTHER_MODE = 0o640, 0o660
MAX_KEY_AGE_S = 12 * 3600.0  # a key in RAM is a recording readable without an officer
WRITTEN = ".written"  # a text message that is not judged yet; as old as a key at most, too
FIRST_TEXT = ".first"  # beside the key, under its name: what removes the one removes the other


def prepare(run_dir: Path) -> None:
    """Make the folders; raises StoreError when run_dir cannot be written."""
    try:
        run_dir.mkdir(parents=True, exist_ok=True)
        for name in FOLDERS:
            folder = run_dir / name
            folder.mkdir(exist_ok=True)
            if stat.S_IMODE(folder.stat().st_mode) != FOLDER_MODE:
                folder.chmod(FOLDER_MODE)
    except OSError as error:
        raise StoreError(f"cannot make the run folder {run_dir}: {error.strerror}") from error


def keys_dir(run_dir: Path) -> Path:
    """Name the only folder in which a stream key may lie."""
    return run_dir / KEYS


def save_stream_key(run_dir: Path, recording_id: str, key: bytes) -> None:
    """Keep the stream key of a recording until its transcript is saved; raises OutsideSpool."""
    _write(_named(run_dir, KEYS, recording_id, ""), key, KEY_MODE)


def read_stream_key(run_dir: Path, recording_id: str) -> bytes | None:
    """Read a stream key, 32 bytes, or None: then the message waits for an officer."""
    key = _read(_named(run_dir, KEYS, recording_id, ""))
    return key if key is not None and len(key) == STREAM_KEY_BYTES else None


def forget_stream_key(run_dir: Path, recording_id: str) -> None:
    """Remove a stream key, and the first text beside it; without one nothing happens."""
    for suffix in ("", FIRST_TEXT):
        _named(run_dir, KEYS, recording_id, suffix).unlink(missing_ok=True)


def save_first_text(run_dir: Path, recording_id: str, text: str) -> None:
    """Keep what was heard until it was heard again: then nobody here can open it any more.

    It goes with the stream key.
    """
    _write(_named(run_dir, KEYS, recording_id, FIRST_TEXT), text.encode(), KEY_MODE)


def read_first_text(run_dir: Path, recording_id: str) -> str | None:
    """Read what was heard the first time, or None: a power cut took it, or it was long ago."""
    text = _read(_named(run_dir, KEYS, recording_id, FIRST_TEXT))
    return None if text is None else text.decode(errors="replace")


def save_written(run_dir: Path, message_id: str, text: str) -> None:
    """Keep the words of a text message until they are judged: its row is sealed to all of us."""
    _write(_named(run_dir, KEYS, message_id, WRITTEN), text.encode(), KEY_MODE)


def take_written(run_dir: Path) -> tuple[str, str] | None:
    """Take out a text message to judge, its id and its words; None when there is none.

    It is gone whatever comes of it: words on which a judge breaks are not tried for ever.
    """
    for path in sorted(keys_dir(run_dir).glob(f"*{WRITTEN}")):
        message_id, words = path.name.removesuffix(WRITTEN), _read(path)
        path.unlink(missing_ok=True)
        if words is not None and RECORDING_ID.fullmatch(message_id):
            return message_id, words.decode(errors="replace")
    return None


def forget_old_keys(run_dir: Path, now: float, max_age_s: float = MAX_KEY_AGE_S) -> list[str]:
    """Remove keys older than max_age_s at `now` (epoch seconds); return their recordings.

    Also first texts, and what a crash left behind under a name that was not yet its own.
    """
    old = [path for path in keys_dir(run_dir).iterdir() if now - _written_at(path) > max_age_s]
    for path in old:
        path.unlink(missing_ok=True)
    recordings = sorted(path.name for path in old if RECORDING_ID.fullmatch(path.name))
    for recording_id in recordings:
        forget_stream_key(run_dir, recording_id)
    return recordings


def write_partial(
    run_dir: Path,
    recording_id: str,
    words: list[dict[str, Any]],
    partial: str,
    triage: dict[str, Any] | None = None,
) -> None:
    """Show what has been understood so far: settled words, the text still changing, the verdict."""
    value: dict[str, Any] = {"words": words, "partial": partial}
    if triage is not None:
        value["triage"] = triage
    _write_json(_named(run_dir, LIVE, recording_id, ".json"), value)


def read_partial(run_dir: Path, recording_id: str) -> dict[str, Any] | None:
    """Read {"words", "partial", "triage"?} of a recording that is being transcribed, or None."""
    return _read_json(_named(run_dir, LIVE, recording_id, ".json"))


def forget_partial(run_dir: Path, recording_id: str) -> None:
    """Remove a partial text; without one nothing happens."""
    _named(run_dir, LIVE, recording_id, ".json").unlink(missing_ok=True)


def write_status(run_dir: Path, process: str, state: dict[str, Any]) -> None:
    """Show how a process is doing; never a phone number or words of a caller in it."""
    _write_json(_status_path(run_dir, process), state)


def read_status(run_dir: Path, process: str) -> dict[str, Any] | None:
    """Read what a process last said about itself, or None."""
    return _read_json(_status_path(run_dir, process))


def _named(run_dir: Path, folder: str, recording_id: str, suffix: str) -> Path:
    return run_dir / folder / f"{check_recording_id(recording_id)}{suffix}"


def _status_path(run_dir: Path, process: str) -> Path:
    return run_dir / STATUS / f"{process}.json"


def _written_at(path: Path) -> float:
    """Epoch seconds; for ever young when another process has just removed it."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def _write(path: Path, data: bytes, mode: int) -> None:
    try:
        write_whole(path, data, mode, durable=False)
    except OSError as error:
        raise StoreError(f"cannot write {path.parent}: {error.strerror}") from error


def _write_json(path: Path, value: dict[str, Any]) -> None:
    _write(path, json.dumps(value, ensure_ascii=False).encode(), OTHER_MODE)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"cannot read {path.parent}: {error.strerror}") from error


def _read_json(path: Path) -> dict[str, Any] | None:
    """Read one of our own files; a broken one (memory ran out, a hand edited it) is none."""
    try:
        value = json.loads(_read(path) or b"null")
    except ValueError:  # also what is not UTF-8
        _LOGGER.warning("%s is not readable: it counts as missing", path.name)
        return None
    return value if isinstance(value, dict) else None
