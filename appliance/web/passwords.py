"""Which passwords an officer may choose.

Decides: whether a new password is good enough, and what to say if it is not.
May touch: the shipped list of common passwords. Thread: any. Called by: sign_in.
Length counts, composition rules do not (NIST SP 800-63B 5.1.1.2, ASVS 6.2).
"""

import unicodedata
from functools import cache
from pathlib import Path

from flask import request
from flask_babel import gettext

SHORTEST = 10  # characters; a thief of the card can guess offline, at Argon2's price
LONGEST = 256  # Argon2 hashes any length, a form field need not carry a novel
ENOUGH_LETTERS = 5  # different characters; "aaaaaaaaaa" is long, but no password


def normal(password: str) -> str:
    """The same password whatever keyboard typed its tone marks (as the vault: NFKC)."""
    return unicodedata.normalize("NFKC", password)


def typed(field: str) -> str:
    """What was typed into a password field of this request."""
    return normal(request.form.get(field, ""))


def fault(password: str, again: str, name: str) -> str | None:
    """What is wrong with a new password, in words; None if nothing is."""
    if password != again:
        return gettext("Hai lần nhập không giống nhau.")
    if len(password) < SHORTEST:
        return gettext("Mật khẩu phải có ít nhất %(count)s ký tự.", count=SHORTEST)
    if len(password) > LONGEST:
        return gettext("Mật khẩu dài quá %(count)s ký tự.", count=LONGEST)
    if _is_common(password, name):
        return gettext("Mật khẩu này quá dễ đoán. Hãy thử ghép bốn, năm từ không liên quan.")
    return None


def _is_common(password: str, name: str) -> bool:
    plain = _plain(password)
    bare = plain.rstrip("0123456789!.@#")
    if len(set(plain)) < ENOUGH_LETTERS or bare == _plain(name):
        return True
    return any(form in _common() for form in (plain, bare))


@cache
def _common() -> frozenset[str]:
    path = Path(__file__).parent / "common_passwords.txt"
    return frozenset(_plain(line) for line in path.read_text("utf-8").splitlines() if line)


def _plain(text: str) -> str:
    """Lower case, without tone marks, spaces and the usual separators."""
    letters = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(c for c in letters if not unicodedata.combining(c) and c not in " -_.")
