"""The sound of one message as a WAV made in RAM, whole or in ranges.

Decides: nothing. May touch: recordings, the audit log.
Thread: the request's. Called by: api.
Clear sound is never written to a disk: not here, and `no-store` forbids it to the browser.
"""

import io

from flask import request, send_file
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound as NoSuchPage

from appliance.store import audit, db, spool
from appliance.web.desk import actor, desk, rows


def send_wav(message_id: str, private: bytes) -> ResponseReturnValue:
    """Send the recording; 404 without a file, 416 for a range outside it. Raises Damaged."""
    path = spool.path_of(desk().config.store.spool_dir, message_id)
    if not path.exists():
        raise NoSuchPage
    sound = spool.read_audio(path, spool.open_stream_key(path, private))
    answer = send_file(
        io.BytesIO(spool.wav_bytes(sound.pcm)),
        mimetype="audio/wav",
        conditional=True,
        etag=False,
        download_name=f"{message_id}.wav",
    )
    if request.method == "GET":
        _note_listening(message_id)
    return answer


def _note_listening(message_id: str) -> None:
    if desk().listenings.is_new(actor(), message_id, desk().now()):
        with db.transaction(rows()):
            audit.append(rows(), actor(), "listened", message_id)
