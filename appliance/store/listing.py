"""The queue for scripts: clear fields for anybody on the box, all fields once unlocked.

Decides: which fields a script sees. May touch: reads the database and one recording.
Thread: main. Called by: __main__ (`hotline messages`, `hotline export`).
Reading with a key and exporting are audit rows, like reading on the page.
"""

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from appliance.config import Config
from appliance.errors import Damaged, StoreError
from appliance.store import audit, db, messages, officers, spool, vault
from appliance.store.messages import MessageEntry

SEALED = ("caller", "transcript", "second", "correction")  # the columns are sealed_*


def newest(
    config: Config, *, limit: int, officer: str | None, password: str | None
) -> list[dict[str, Any]]:
    """List the newest messages as plain dictionaries, unsealed when an officer unlocks them.

    Raises WrongSecret, StoreError.
    """
    conn = db.connect(config.store.database)
    private = officers.unlock(conn, officer, password or "") if officer else None
    entries = messages.list_newest(conn, limit=limit)
    if officer and private:
        with db.transaction(conn):
            for entry in entries:
                audit.append(conn, officer, "read", entry.id, {"by": "command"})
    return [_fields(entry, private) for entry in entries]


def export_wav(config: Config, message_id: str, target: Path, officer: str, password: str) -> None:
    """Write one recording as WAV; raises WrongSecret, NotFound, Damaged, StoreError."""
    conn = db.connect(config.store.database)
    private = officers.unlock(conn, officer, password)
    messages.get(conn, message_id)
    path = spool.path_of(config.store.spool_dir, message_id)
    audio = spool.read_audio(path, spool.open_stream_key(path, private))
    with db.transaction(conn):
        audit.append(conn, officer, "exported", message_id)
    _write_new(target, spool.wav_bytes(audio.pcm))


def _fields(entry: MessageEntry, private: bytes | None) -> dict[str, Any]:
    clear = asdict(entry)
    sealed = {name: clear.pop(f"sealed_{name}") for name in SEALED}
    if private is None:
        return clear
    opened: dict[str, Any] = {"damaged": []}
    for name, blob in sealed.items():
        opened[name] = None
        try:
            opened[name] = vault.open_json(private, blob) if blob else None
        except Damaged:  # one damaged field must not hide all other messages
            opened["damaged"].append(name)
    return clear | opened


def _write_new(target: Path, data: bytes) -> None:
    """Write a file that was not there; raises StoreError instead of overwriting."""
    try:
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
    except OSError as error:
        raise StoreError(f"cannot write {target}: {error.strerror}") from error
