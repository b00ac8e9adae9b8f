"""What somebody wrote to the hotline, opened for the page.

Decides: which parts of a stored text message are believed. May touch: nothing (PURE).
Thread: any. Called by: cards, filed. Anybody with a phone chose these characters: all are tamed.
"""

from dataclasses import dataclass
from typing import Any

from appliance.web.heard import LONGEST_TEXT, LONGEST_WORD, Word
from appliance.web.taming import tame, tame_lines


@dataclass(frozen=True)
class Written:
    """A text message. sent_at: by the message centre, epoch seconds; missing: lost parts."""

    text: str
    sent_at: float | None = None
    parts: int = 1
    missing: tuple[int, ...] = ()

    @property
    def words(self) -> tuple[Word, ...]:
        """Its words; none is doubtful, none has a time."""
        return tuple(Word(tame(word, LONGEST_WORD), 0.0, 0.0, 1.0) for word in self.text.split())


def written_of(value: dict[str, Any]) -> Written:
    """Make sense of what was unsealed; a part that is none is left out."""
    sent_at, parts, missing = (value.get(name) for name in ("sent_at", "parts", "missing"))
    numbers = missing if isinstance(missing, list) else []
    return Written(
        tame_lines(str(value.get("text", ""))[:LONGEST_TEXT], LONGEST_TEXT),
        sent_at if isinstance(sent_at, int | float) else None,
        parts if isinstance(parts, int) else 1,
        tuple(n for n in numbers if isinstance(n, int)),
    )
