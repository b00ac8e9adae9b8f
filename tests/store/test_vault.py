"""Keys and passwords: what opens, what does not, and what a hostile blob cannot do."""

import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.errors import Damaged, StoreError, WrongSecret
from appliance.store import vault

PAIR = vault.make_key_pair()


@settings(deadline=None)
@given(plain=st.binary(max_size=5000))
def test_what_is_sealed_opens_with_the_private_key_only(plain: bytes) -> None:
    sealed = vault.seal(PAIR.public, plain)
    assert vault.open_sealed(PAIR.private, sealed) == plain
    assert len(sealed) == len(plain) + 48
    with pytest.raises(Damaged):
        vault.open_sealed(vault.make_key_pair().private, sealed)


@settings(deadline=None)
@given(at=st.integers(0), bit=st.integers(0, 7))
def test_a_sealed_blob_with_one_changed_bit_does_not_open(at: int, bit: int) -> None:
    sealed = bytearray(vault.seal(PAIR.public, b"tip"))
    sealed[at % len(sealed)] ^= 1 << bit
    with pytest.raises(Damaged):
        vault.open_sealed(PAIR.private, bytes(sealed))


@pytest.mark.parametrize("size", [0, 1, 47])
def test_a_blob_too_short_to_be_sealed_is_damaged(size: int) -> None:
    with pytest.raises(Damaged):
        vault.open_sealed(PAIR.private, bytes(size))


def test_vietnamese_words_survive_sealing() -> None:
    value = {"text": "có cháy ở xóm Đồi", "words": [{"word": "cháy", "conf": 0.5}]}
    assert vault.open_json(PAIR.private, vault.seal_json(PAIR.public, value)) == value


@pytest.mark.parametrize("plain", [b"[1, 2]", b"not json", b"\xff\xfe"])
def test_sealed_bytes_that_are_no_object_are_damaged(plain: bytes) -> None:
    with pytest.raises(Damaged):
        vault.open_json(PAIR.private, vault.seal(PAIR.public, plain))


def test_the_private_key_is_not_shown_when_the_pair_is_printed() -> None:
    assert repr(PAIR.private) not in repr(PAIR)
    assert vault.public_of(PAIR.private) == PAIR.public


def test_the_public_key_file_is_read_back(tmp_path: Path) -> None:
    vault.save_public_key(tmp_path / "post.pub", PAIR.public)
    assert vault.load_public_key(tmp_path / "post.pub") == PAIR.public
    assert [path.name for path in tmp_path.iterdir()] == ["post.pub"]


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "run `hotline init`"), ("zz", "cannot read"), ("ab", "1 bytes"), ("Ã", "cannot read")],
)
def test_a_missing_or_spoilt_public_key_says_what_is_wrong(
    tmp_path: Path, content: str | None, says: str
) -> None:
    path = tmp_path / "post.pub"
    if content is not None:
        path.write_text(content)
    with pytest.raises(StoreError, match=says):
        vault.load_public_key(path)


def test_a_wrapped_key_opens_with_its_secret_only() -> None:
    wrapped = vault.wrap(PAIR.private, "mật khẩu rất dài")
    assert PAIR.private not in wrapped
    assert vault.unwrap(wrapped, "mật khẩu rất dài") == PAIR.private
    with pytest.raises(WrongSecret):
        vault.unwrap(wrapped, "mat khau rat dai")


def test_two_wraps_with_the_same_password_have_nothing_in_common() -> None:
    a, b = vault.wrap(PAIR.private, "same"), vault.wrap(PAIR.private, "same")
    assert a[12:28] != b[12:28]
    assert a[28:] != b[28:]


def test_a_password_typed_on_another_keyboard_is_the_same_password() -> None:
    composed, decomposed = "m\u1eadt kh\u1ea9u", "ma\u0323\u0302t kha\u0302\u0309u"
    assert composed != decomposed
    assert vault.unwrap(vault.wrap(PAIR.private, composed), decomposed) == PAIR.private
    assert vault.verify_password(vault.hash_password(decomposed), composed)


def test_the_cost_stands_in_the_blob_so_that_it_may_rise_later() -> None:
    _, passes, memory, _ = vault.WRAP_HEAD.unpack_from(vault.wrap(PAIR.private, "x"))
    assert (passes, memory) == (3, 32 * 2**20)


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"HLW1",
        b"XXXX" + bytes(100),
        struct.pack("<4sII16s", b"HLW1", 3, 2**32 - 1, bytes(16)) + bytes(72),  # 4 GiB
        struct.pack("<4sII16s", b"HLW1", 2**32 - 1, 2**25, bytes(16)) + bytes(72),  # for ever
        struct.pack("<4sII16s", b"HLW1", 0, 0, bytes(16)) + bytes(72),
    ],
)
def test_a_hostile_wrap_neither_hangs_nor_eats_the_memory(blob: bytes) -> None:
    with pytest.raises(Damaged):
        vault.unwrap(blob, "x")


def test_a_cut_off_wrap_never_opens() -> None:
    wrapped = vault.wrap(PAIR.private, "x")
    for size in (30, 60, len(wrapped) - 1):
        with pytest.raises((Damaged, WrongSecret)):
            vault.unwrap(wrapped[:size], "x")


def test_a_password_is_recognised_and_others_are_not() -> None:
    hashed = vault.hash_password("bí mật")
    assert hashed.startswith("$argon2id$v=19$m=32768,t=3,p=1$")
    assert vault.verify_password(hashed, "bí mật")
    assert not vault.verify_password(hashed, "bi mat")
    assert not vault.verify_password(hashed, "")
    assert not vault.verify_password("not a hash", "bí mật")


def test_the_recovery_code_is_160_bits_in_groups_that_can_be_read_aloud() -> None:
    codes = {vault.make_recovery_code() for _ in range(50)}
    assert len(codes) == 50
    for code in codes:
        groups = code.split("-")
        assert [len(group) for group in groups] == [4] * 8
        assert not set("".join(groups)) & set("ILOU")
        assert vault.normalise_recovery_code(code) == code


@settings(max_examples=50, deadline=None)
@given(st.randoms(use_true_random=False))
def test_a_code_copied_by_hand_is_understood(random: object) -> None:
    code = vault.make_recovery_code()
    sloppy = code.lower().replace("-", "  ").replace("0", "o").replace("1", "l")
    assert vault.normalise_recovery_code(f" {sloppy}\n") == code


@pytest.mark.parametrize("typed", ["", "ABCD", "ABCD-" * 8 + "A", "UUUU-" * 8, "ÄÖÜ" * 11])
def test_what_cannot_be_a_recovery_code_is_refused(typed: str) -> None:
    with pytest.raises(WrongSecret):
        vault.normalise_recovery_code(typed)


def test_one_time_passwords_are_readable_and_never_the_same() -> None:
    made = {vault.make_one_time_password() for _ in range(100)}
    assert len(made) == 100
    for password in made:
        assert [len(group) for group in password.split("-")] == [4, 4, 4]
        assert not set(password) & set("ilo01")
