"""Texts from outside, made harmless to look at.

Decides: which characters of a hostile text are shown, and how many. May touch: nothing (PURE).
Thread: any. Called by: cards, heard, message, correcting.
Jinja escapes; here texts lose control and direction characters and get a longest length.
"""

import unicodedata


def tame(text: str, longest: int) -> str:
    """The text without control and direction characters, composed, and not longer than that."""
    kept = text  # printable: nothing to take out, and a transcript has a thousand such words
    if not text.isprintable():
        kept = "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co"))
    composed = unicodedata.normalize("NFC", " ".join(kept.split()))
    return composed if len(composed) <= longest else composed[: longest - 1] + "…"


def tame_lines(text: str, longest_line: int) -> str:
    """A text of an officer: each line tamed, the line breaks kept."""
    return "\n".join(tame(line, longest_line) for line in text.splitlines()).strip()
