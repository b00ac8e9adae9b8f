"""How right the transcriber is, by the officers' own corrections.

Decides: how many corrections are enough to say anything. May touch: reads corrections.
Thread: the request's. Called by: status. The counts lie in clear; the words need the key.
"""

from dataclasses import dataclass
from datetime import datetime

from appliance.store import corrections
from appliance.store.corrections import AccuracyRow
from appliance.web.accuracy import Mistake, often_wrong
from appliance.web.cards import open_card
from appliance.web.desk import desk, rows

# A message has about 50 syllables. With 10 of them an error rate of 20 % is known to about +-4
# points if errors fell singly; they come in runs, so it is rather twice that.
FEW = 10
MOST_OPENED = 200  # the newest; opening and comparing them takes 0.3 s here
MOST_SHOWN = 20


@dataclass(frozen=True)
class Rate:
    """The errors of one engine in one month, as shares of the syllables; None without any."""

    row: AccuracyRow

    @property
    def month(self) -> str:
        """As people write it: 11/2026."""
        year, _, month = self.row.month.partition("-")
        return f"{month}/{year}"

    @property
    def wrong(self) -> float | None:
        """Errors a syllable, tones counted."""
        return self.row.errors / self.row.syllables if self.row.syllables else None

    @property
    def wrong_toneless(self) -> float | None:
        """Errors a syllable without tone marks."""
        return self.row.errors_toneless / self.row.syllables if self.row.syllables else None


def rates() -> list[Rate]:
    """By month, engine, model and line, the newest month first."""
    offset = datetime.fromtimestamp(desk().now(), desk().zone).utcoffset()
    offset_s = offset.total_seconds() if offset else 0.0
    return [Rate(row) for row in corrections.accuracy(rows(), offset_s)]


def corrected_so_far() -> int:
    """How many messages were corrected or confirmed; counted up to FEW."""
    return len(corrections.newest_corrected(rows(), FEW))


def mistakes(private: bytes) -> list[Mistake]:
    """What the engines confuse most often, in the newest corrected messages."""
    cards = [open_card(e, private) for e in corrections.newest_corrected(rows(), MOST_OPENED)]
    pairs = [
        (card.corrected, heard)
        for card in cards
        if card.corrected is not None
        for heard in card.heard
    ]
    return often_wrong(pairs, MOST_SHOWN)
