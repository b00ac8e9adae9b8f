"""The sound of one message as a WAV made in RAM, whole or in ranges.

Decides: what counts as one listening. May touch: recordings, the audit log.
Thread: the request's. Called by: api.
Clear sound is never written to a disk: not here, and `no-store` forbids it to the browser.
"""

import io
import re
import threading
from collections import OrderedDict

from flask import request, send_file
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound as NoSuchPage

from appliance.store import audit, db, spool
from appliance.web.desk import actor, desk, rows

PLAY = re.compile(r"[0-9a-f]{16,32}")  # made by the message page, one a page load
REMEMBERED_PLAYS = 1000  # pages open at once in a day; an older one would count as a new listening


class Plays:
    """Which pages have been heard already: a player asks for many ranges, but listens once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()

    def is_new(self, officer: str, play: str) -> bool:
        """Whether this page load asks for sound for the first time."""
        with self._lock:
            if (officer, play) in self._seen:
                return False
            self._seen[officer, play] = None
            if len(self._seen) > REMEMBERED_PLAYS:
                self._seen.popitem(last=False)
            return True


_PLAYS = Plays()


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
    play = request.args.get("play", "")
    if PLAY.fullmatch(play):
        new = _PLAYS.is_new(actor(), f"{message_id}/{play}")
    else:  # a program: whoever asks for the beginning listens
        first = request.range.ranges[0][0] if request.range else 0
        new = first == 0
    if new:
        with db.transaction(rows()):
            audit.append(rows(), actor(), "listened", message_id)
