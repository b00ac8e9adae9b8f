"""Keys: seal to the post's public key, open with the private one an officer unlocked.

Decides: which ciphers, and what guessing a password costs. May touch: the public key file.
Thread: any; one password computation at a time. Called by: the store, web, answering, transcribing.
The private key is never written but wrapped: by each officer's password, by the recovery code.
"""

import json
import secrets
import struct
import threading
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nacl import pwhash
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.secret import SecretBox

from appliance.errors import Damaged, StoreError, WrongSecret
from appliance.store.disk import write_whole

KEY_BYTES = 32  # X25519

# Argon2id cost: OWASP's minimum is 19 MiB and 2 passes. 32 MiB is what the web process can
# spare inside its 80 MB; 3 passes take 50 to 100 ms here and about half a second on a Pi.
PASSES = 3
MEMORY_BYTES = 32 * 2**20
# A blob from disk may name its own cost, but not one that stops the box.
MOST_PASSES = 16
MOST_MEMORY_BYTES = 256 * 2**20

WRAP_MAGIC = b"HLW1"
WRAP_HEAD = struct.Struct("<4sII16s")  # magic, passes, memory in bytes, salt

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: read aloud and copied by hand
MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})
RECOVERY_GROUPS, RECOVERY_LETTERS = 8, 4  # 32 letters of 5 bits: 160 bits
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"  # no i, l, o, 0, 1
ONE_TIME_GROUPS, ONE_TIME_LETTERS = 3, 4  # 12 letters, 59 bits, used once

_ONE_AT_A_TIME = threading.Lock()  # several sign-ins at once must not multiply the memory


@dataclass(frozen=True)
class KeyPair:
    """The post's X25519 keys, 32 bytes each; the private one is never shown."""

    public: bytes
    private: bytes = field(repr=False)


def make_key_pair() -> KeyPair:
    """Make the keys of a new post."""
    private = PrivateKey.generate()
    return KeyPair(bytes(private.public_key), bytes(private))


def public_of(private: bytes) -> bytes:
    """Compute the public key that belongs to a private one."""
    return bytes(PrivateKey(private).public_key)


def save_public_key(path: Path, public: bytes) -> None:
    """Write the public key as one line of hex, safe against a power cut."""
    write_whole(path, public.hex().encode() + b"\n", 0o640, durable=True)


def load_public_key(path: Path) -> bytes:
    """Read the post's public key, 32 bytes; raises StoreError saying what to do."""
    try:
        public = bytes.fromhex(path.read_text("ascii"))
    except FileNotFoundError as error:
        raise StoreError(f"no public key at {path}: run `hotline init`") from error
    except (OSError, ValueError) as error:
        raise StoreError(f"cannot read the public key {path}: {error}") from error
    if len(public) != KEY_BYTES:
        raise StoreError(f"{path} holds {len(public)} bytes, not a public key of {KEY_BYTES}")
    return public


def seal(public: bytes, plain: bytes) -> bytes:
    """Close bytes so that only the private key opens them; 48 bytes longer."""
    return SealedBox(PublicKey(public)).encrypt(plain)


def open_sealed(private: bytes, sealed: bytes) -> bytes:
    """Open what `seal` closed; raises Damaged when it was sealed to another key or changed."""
    try:
        return SealedBox(PrivateKey(private)).decrypt(sealed)
    except CryptoError as error:
        raise Damaged("sealed to another key, or changed on disk") from error


def seal_json(public: bytes, value: dict[str, Any]) -> bytes:
    """Seal a JSON object."""
    return seal(public, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def open_json(private: bytes, sealed: bytes) -> dict[str, Any]:
    """Open a sealed JSON object; raises Damaged."""
    plain = open_sealed(private, sealed)
    try:
        value = json.loads(plain)
    except ValueError as error:
        raise Damaged("sealed by something that is not this program") from error
    if not isinstance(value, dict):
        raise Damaged("sealed by something that is not this program")
    return value


def wrap(private: bytes, secret: str) -> bytes:
    """Close the private key with a password or a normalised recovery code."""
    salt = secrets.token_bytes(pwhash.argon2id.SALTBYTES)
    key = _stretched(secret, salt, PASSES, MEMORY_BYTES)
    return WRAP_HEAD.pack(WRAP_MAGIC, PASSES, MEMORY_BYTES, salt) + SecretBox(key).encrypt(private)


def unwrap(wrapped: bytes, secret: str) -> bytes:
    """Open a wrapped private key; raises WrongSecret, or Damaged when it is no such blob."""
    if len(wrapped) < WRAP_HEAD.size:
        raise Damaged("not a wrapped key: too short")
    magic, passes, memory, salt = WRAP_HEAD.unpack_from(wrapped)
    if magic != WRAP_MAGIC or passes > MOST_PASSES or memory > MOST_MEMORY_BYTES:
        raise Damaged("not a wrapped key, or changed on disk")
    key = _stretched(secret, salt, passes, memory)
    try:
        return SecretBox(key).decrypt(wrapped[WRAP_HEAD.size :])
    except CryptoError as error:
        raise WrongSecret("this password or code does not open the key") from error


def hash_password(password: str) -> str:
    """Turn a password into its Argon2id hash for the officers table."""
    with _ONE_AT_A_TIME:
        return pwhash.argon2id.str(_as_typed(password), PASSES, MEMORY_BYTES).decode("ascii")


def verify_password(password_hash: str, password: str) -> bool:
    """Tell whether this is the password behind the hash."""
    with _ONE_AT_A_TIME:
        try:
            return pwhash.argon2id.verify(password_hash.encode("ascii"), _as_typed(password))
        except CryptoError:
            return False


def make_recovery_code() -> str:
    """Make the post's recovery code: "ABCD-EFGH-...", 8 groups of 4, 160 bits."""
    return _groups(CROCKFORD, RECOVERY_GROUPS, RECOVERY_LETTERS)


def normalise_recovery_code(typed: str) -> str:
    """Bring a code copied by hand to its one spelling; raises WrongSecret if it cannot be one."""
    letters = "".join(c for c in typed.upper() if c.isalnum()).translate(MISREAD)
    if len(letters) != RECOVERY_GROUPS * RECOVERY_LETTERS or set(letters) - set(CROCKFORD):
        raise WrongSecret("a recovery code has 8 groups of 4 letters or digits")
    step = RECOVERY_LETTERS
    return "-".join(letters[i : i + step] for i in range(0, len(letters), step))


def make_one_time_password() -> str:
    """Make a first password, "abcd-efgh-2345", valid until the officer chooses his own."""
    return _groups(READABLE, ONE_TIME_GROUPS, ONE_TIME_LETTERS)


def _groups(alphabet: str, groups: int, letters: int) -> str:
    return "-".join(
        "".join(secrets.choice(alphabet) for _ in range(letters)) for _ in range(groups)
    )


def _stretched(secret: str, salt: bytes, passes: int, memory_bytes: int) -> bytes:
    with _ONE_AT_A_TIME:
        try:
            return pwhash.argon2id.kdf(
                SecretBox.KEY_SIZE, _as_typed(secret), salt, opslimit=passes, memlimit=memory_bytes
            )
        except (CryptoError, ValueError) as error:
            raise Damaged("a wrapped key with impossible costs") from error


def _as_typed(secret: str) -> bytes:
    """One spelling of accented letters: keyboards differ in how they send them (NFKC)."""
    return unicodedata.normalize("NFKC", secret).encode()
