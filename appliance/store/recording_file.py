"""The recording file: its bytes, from the magic to the FINAL frame.

Decides: the format, what counts as a whole frame, which names lie inside the spool.
May touch: nothing but the file objects it is given. Thread: any. Called by: recorder, spool.
    HLR1 | stream key sealed to the post, 80 | stream header, 24 | u16 n | sealed metadata, n
    frames: u16 head | body     head = body length + flags; a head of 0 or a torn body ends it
Audio bodies are secretstream ciphertext of 100 ms; a metadata body is a sealed box of its own,
outside the stream. Structure needs no key; authentication happens when a key is at hand.
"""

import json
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from nacl import bindings as sodium
from nacl.exceptions import CryptoError

from appliance.errors import Damaged, NotFound, OutsideSpool, StoreError
from appliance.store import vault

MAGIC = b"HLR1"
SEALED_KEY_BYTES = 80  # 32 of secretstream key + 48 of sealed box
STREAM_HEADER_BYTES = sodium.crypto_secretstream_xchacha20poly1305_HEADERBYTES
STREAM_KEY_BYTES = sodium.crypto_secretstream_xchacha20poly1305_KEYBYTES
SEAL_OVERHEAD = sodium.crypto_secretstream_xchacha20poly1305_ABYTES  # 17: tag and MAC
FINAL_TAG = sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL
FRONT = struct.Struct(f"<4s{SEALED_KEY_BYTES}s{STREAM_HEADER_BYTES}sH")
HEAD = struct.Struct("<H")

LENGTH_BITS = 0x3FFF
LAST_FLAG = 0x4000  # a hint for readers without the key; the truth is FINAL_TAG inside
METADATA_FLAG = 0x8000

BYTES_PER_MS = 16  # 8 kHz, 16 bits, mono
FRAME_MS = 100  # what a crash may cost; 6.5 us of CPU per frame (measured)
FRAME_BYTES = FRAME_MS * BYTES_PER_MS
STORED_FRAME_BYTES = HEAD.size + FRAME_BYTES + SEAL_OVERHEAD

SUFFIX = ".rec"
RECORDING_ID = re.compile(r"[0-9a-f]{32}-[1-9][0-9]?")  # call id, take


def check_recording_id(recording_id: str) -> str:
    """Return the id if it names one recording and nothing else; raises OutsideSpool."""
    if not RECORDING_ID.fullmatch(recording_id):
        raise OutsideSpool("not the id of a recording")
    return recording_id


def path_of(spool_dir: Path, recording_id: str) -> Path:
    """Name the file of a recording; raises OutsideSpool."""
    return spool_dir / f"{check_recording_id(recording_id)}{SUFFIX}"


def call_id_of(recording_id: str) -> str:
    """Tell which call a recording belongs to, without any key."""
    return check_recording_id(recording_id).partition("-")[0]


class FrameSealer:
    """Makes the bytes of one file, in order: front, frames, last frame."""

    def __init__(self, public_key: bytes) -> None:
        self.stream_key = sodium.crypto_secretstream_xchacha20poly1305_keygen()
        self._public = public_key
        self._state = sodium.crypto_secretstream_xchacha20poly1305_state()

    def front(self, metadata: dict[str, Any]) -> bytes:
        """Begin the stream: everything before the first frame."""
        header = sodium.crypto_secretstream_xchacha20poly1305_init_push(
            self._state, self.stream_key
        )
        sealed_key = vault.seal(self._public, self.stream_key)
        sealed = vault.seal_json(self._public, metadata)
        return FRONT.pack(MAGIC, sealed_key, header, len(sealed)) + sealed

    def audio(self, pcm: bytes) -> bytes:
        """Seal up to 100 ms of sound."""
        return _framed(self._push(pcm, 0), 0)

    def metadata(self, metadata: dict[str, Any]) -> bytes:
        """Seal what became known late, such as the caller's number."""
        return _framed(vault.seal_json(self._public, metadata), METADATA_FLAG)

    def last(self, reason: str) -> bytes:
        """End the stream: only a recording that was closed on purpose has this frame."""
        return _framed(self._push(json.dumps({"reason": reason}).encode(), FINAL_TAG), LAST_FLAG)

    def _push(self, plain: bytes, tag: int) -> bytes:
        return sodium.crypto_secretstream_xchacha20poly1305_push(self._state, plain, None, tag)


class FrameOpener:
    """Opens the bodies of one file with its stream key, in order."""

    def __init__(self, stream_key: bytes, header: bytes) -> None:
        self._state = sodium.crypto_secretstream_xchacha20poly1305_state()
        sodium.crypto_secretstream_xchacha20poly1305_init_pull(self._state, header, stream_key)

    def open(self, body: bytes) -> tuple[bytes, bool]:
        """Return (plain bytes, whether this was the FINAL frame); raises Damaged."""
        try:
            plain, tag = sodium.crypto_secretstream_xchacha20poly1305_pull(self._state, body, None)
        except (CryptoError, ValueError) as error:
            raise Damaged("the recording was changed on disk, or this is not its key") from error
        return plain, tag == FINAL_TAG


@dataclass(frozen=True)
class Front:
    """What stands before the frames; `end` is the offset of the first frame."""

    sealed_key: bytes
    stream_header: bytes
    sealed_metadata: bytes
    end: int


@dataclass(frozen=True)
class Frame:
    """One whole frame; `end` is the offset behind it."""

    body: bytes
    is_metadata: bool
    is_last: bool
    end: int

    @property
    def audio_bytes(self) -> int:
        """How much sound is inside, in bytes of PCM."""
        return 0 if self.is_metadata or self.is_last else len(self.body) - SEAL_OVERHEAD


def read_front(file: BinaryIO) -> Front:
    """Read the start of a file; raises Damaged when it is no recording."""
    start = file.read(FRONT.size)
    if len(start) < FRONT.size or not start.startswith(MAGIC):
        raise Damaged("not a recording, or its first bytes never reached the disk")
    _, sealed_key, header, length = FRONT.unpack(start)
    sealed = file.read(length)
    if len(sealed) < length:
        raise Damaged("the recording's first bytes never reached the disk")
    return Front(sealed_key, header, sealed, FRONT.size + length)


def read_frames(file: BinaryIO, offset: int) -> Iterator[Frame]:
    """Yield the whole frames from `offset` on; stops before a torn or unwritten one."""
    file.seek(offset)
    while len(head := file.read(HEAD.size)) == HEAD.size:
        (word,) = HEAD.unpack(head)
        length = word & LENGTH_BITS
        body = file.read(length)
        if word == 0 or len(body) < length:
            return
        offset += HEAD.size + length
        yield Frame(body, bool(word & METADATA_FLAG), bool(word & LAST_FLAG), offset)


def open_for_reading(path: Path) -> BinaryIO:
    """Open a recording; raises NotFound, or StoreError when it cannot be read."""
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        raise NotFound("the recording's file is not there") from error
    except OSError as error:
        raise StoreError(f"cannot read the recording: {error.strerror}") from error


def _framed(body: bytes, flag: int) -> bytes:
    if len(body) > LENGTH_BITS:
        raise ValueError(f"a frame of {len(body)} bytes does not fit")
    return HEAD.pack(len(body) | flag) + body
