"""Judges text messages with the post's own list, as it judges what was spoken.

Decides: nothing but when to look. May touch: words in RAM (taken out), the messages table.
Thread: the worker's. Called by: worker. The words are gone from RAM before they are judged.
"""

import logging
import unicodedata

from appliance.errors import StoreError
from appliance.store import live, sms
from appliance.transcribing.outcomes import Desk
from appliance.transcribing.word_lists import ListReader

_LOGGER = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5  # one listing of a folder in RAM that holds a few files
MOST_WORDS = 2000  # ten parts are 150; 200 words take 3 to 5 ms, and a call may be on


class WrittenMessages:
    """The text messages of one listener."""

    def __init__(self, desk: Desk, lists: ListReader) -> None:
        self._desk, self._lists = desk, lists
        self._look_at = float("-inf")

    def turn(self) -> None:
        """Judge one message, if one came and it is time to look."""
        now = self._desk.clock()
        if now < self._look_at:
            return
        self._look_at = now + LOOK_EVERY_S
        taken = live.take_written(self._desk.run_dir)
        if taken is not None:
            self._judge(*taken)

    def _judge(self, message_id: str, text: str) -> None:
        desk, words = self._desk, unicodedata.normalize("NFC", text).split()[:MOST_WORDS]
        verdict = self._lists.read(desk.conn).triage.judge(words)
        try:
            sms.judge(
                *(desk.conn, message_id),
                category=verdict.category,
                urgency=verdict.urgency,
                word_count=len(words),
                now=desk.wall(),
            )
        except StoreError:
            live.save_written(desk.run_dir, message_id, text)  # the database is in the way
            raise
        _LOGGER.info("%s is %s", message_id, verdict.urgency)
