"""The texts of one message, the best on top, each with what sets it apart from the others.

Decides: what is compared with what. May touch: nothing. Thread: any. Called by: message.
Nothing is hidden for good: every text that was ever made stands below the best one.
"""

from dataclasses import dataclass

from appliance.store.corrections import Correction
from appliance.web.cards import Card
from appliance.web.differences import Piece, only_here, pieces
from appliance.web.heard import Heard
from appliance.web.marks import ShownWord, in_lines, marked


@dataclass(frozen=True)
class ShownText:
    """One text. which: corrected, second or first; changes: what an officer changed."""

    which: str
    heard: Heard | None = None
    words: tuple[ShownWord, ...] = ()
    corrected: str = ""
    correction: Correction | None = None
    changes: tuple[Piece, ...] = ()

    @property
    def has_doubts(self) -> bool:
        """Whether a word is shaded."""
        return any(shown.word.doubtful for shown in self.words)

    @property
    def differs(self) -> bool:
        """Whether a word stands in this text only."""
        return any(shown.is_only_here for shown in self.words)

    @property
    def has_proposals(self) -> bool:
        """Whether a name is proposed."""
        return any(shown.proposals for shown in self.words)


def texts_of(card: Card, newest: Correction | None) -> list[ShownText]:
    """Every text of a message, the best first; newest: the correction on top, if any."""
    found: dict[str, ShownText | None] = {"second": _second(card), "first": _first(card)}
    if card.corrected is not None:
        base = card.heard[0].text if card.heard else ""
        found["corrected"] = ShownText(
            "corrected",
            corrected=card.corrected,
            correction=newest,
            changes=tuple(pieces(base, card.corrected)),
        )
    order = sorted(found, key=lambda which: which != card.best)
    return [text for which in order if (text := found[which]) is not None]


def text_to_correct(card: Card) -> str:
    """What the officer starts from: his own text, or the best one with its pauses as lines."""
    if card.corrected is not None:
        return card.corrected
    return in_lines(card.words)


def _first(card: Card) -> ShownText | None:
    if card.first is None:
        return None
    other = None if card.second is None or card.second.is_flagged else card.second
    return ShownText("first", card.first, _compared(card.first, other))


def _second(card: Card) -> ShownText | None:
    if card.second is None:
        return None
    second = card.second
    other = None if second.is_flagged else card.first  # marks on nearly every word tell nothing
    return ShownText("second", second, _compared(second, other))


def _compared(mine: Heard, other: Heard | None) -> tuple[ShownWord, ...]:
    if other is None:
        return tuple(marked(mine))
    words = [[word.text for word in text.words] for text in (mine, other)]
    return tuple(marked(mine, only_here(*words)))
