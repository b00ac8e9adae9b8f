"""Urgency while the caller still speaks: each time the text changed it is judged anew.

Decides: when an urgency is news. May touch: the messages table.
Thread: the worker's. Called by: worker (makes it), listening (for each new text).
What was urgent once stays so: an engine takes words back, a person then decides.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from appliance.errors import StoreError
from appliance.store import messages
from appliance.store.db import Connection
from appliance.transcribing import transcript
from appliance.transcribing.engine import Word
from appliance.transcribing.triage import RANK, Judgement, Triage

_LOGGER = logging.getLogger(__name__)


class LiveAlarm:
    """Follows the text of one message; wall: epoch seconds."""

    def __init__(
        self, conn: Connection, message_id: str, triage: Triage, wall: Callable[[], float]
    ) -> None:
        self._conn, self._message_id = conn, message_id
        self._triage, self._wall = triage, wall
        self._known = "normal"  # what the database has been told
        self.heard = transcript.Alarm(Judgement())

    def judge(self, settled: Sequence[Word], partial: str) -> dict[str, Any]:
        """Judge the words so far, tell the database at once when they became more urgent."""
        words = (*(word.word for word in settled), *partial.split())
        judgement = self._triage.judge(words)
        if RANK[judgement.urgency] > RANK[self.heard.judgement.urgency]:
            self.heard = transcript.Alarm(judgement, words)
        self.tell()
        return transcript.triage_json(judgement)

    def tell(self) -> None:
        """Raise the flag if it is news; where a database is in the way, to be called again."""
        heard = self.heard.judgement
        if RANK[heard.urgency] <= RANK[self._known]:
            return
        try:
            messages.raise_urgency(
                self._conn,
                self._message_id,
                category=heard.category,
                urgency=heard.urgency,
                now=self._wall(),
            )
        except StoreError as error:
            _LOGGER.warning("%s is %s, not noted: %s", self._message_id, heard.urgency, error)
            return
        self._known = heard.urgency
        _LOGGER.info("%s is %s", self._message_id, heard.urgency)
