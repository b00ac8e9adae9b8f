"""The words of a message while they are spoken.

Decides: nothing. May touch: reads run_dir/live. Thread: the request's.
Called by: message, queue, api. The file is replaced whole, or gone: the words are saved then.
"""

from dataclasses import dataclass
from typing import Any

from appliance.store import live
from appliance.store.messages import MessageEntry
from appliance.web.desk import desk
from appliance.web.heard import Word, words_of
from appliance.web.judgement import Judgement, judge_so_far
from appliance.web.taming import tame

UNFINISHED = ("recording", "recorded", "transcribing")
LONGEST_PARTIAL = 2000  # characters that the machine may still change


@dataclass(frozen=True)
class Growing:
    """Settled words, the text still changing, and what they say so far."""

    words: tuple[Word, ...]
    partial: str
    judgement: Judgement

    @property
    def text(self) -> str:
        """All of it."""
        return " ".join([*(word.text for word in self.words), self.partial]).strip()


def growing(entry: MessageEntry) -> Growing:
    """The words so far; none when the message is finished or nobody has listened yet."""
    value: dict[str, Any] = {}
    if entry.state in UNFINISHED:
        value = live.read_partial(desk().config.store.run_dir, entry.id) or {}
    return Growing(
        words_of(value),
        tame(str(value.get("partial", "")), LONGEST_PARTIAL),
        judge_so_far(entry.category, entry.urgency, value),
    )
