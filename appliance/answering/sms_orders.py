"""Looks into the outbox for text messages that other processes want sent.

Decides: how often to look. May touch: the outbox. Thread: the clerk's. Called by: clerk.
What cannot be read now is looked for again: an order stays in its row until it is over.
"""

import logging
import time
from collections.abc import Callable
from pathlib import Path

from appliance.answering import pdu
from appliance.answering.sms import Outgoing
from appliance.errors import StoreError
from appliance.store import outbox
from appliance.store.db import Connection

EVERY_S = 2.0  # an alarm may come so late; a look is one search in an index that is nearly empty

_LOGGER = logging.getLogger(__name__)


class SmsOrders:
    """The orders of one answering process; send: takes a message, never waits."""

    def __init__(
        self,
        run_dir: Path,
        send: Callable[[Outgoing], None],
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._run_dir, self._send, self._wall = run_dir, send, wall
        self._look_at = 0.0  # monotonic

    def begin(self, conn: Connection) -> None:
        """What a process before us had taken is free again."""
        outbox.clear_leases(conn)

    def look(self, connection: Callable[[], Connection]) -> None:
        """Pass the next order on, if there is one and it is time to look."""
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + EVERY_S
        try:
            order = outbox.claim(connection(), self._run_dir, now=self._wall())
        except (StoreError, OSError) as error:
            _LOGGER.debug("the outbox must wait: %s", error)
            return
        if order is not None:
            self._send(self._outgoing(order, now))

    def _outgoing(self, order: outbox.Order, now: float) -> Outgoing:
        reference = int(order.id[:2], 16)  # as good as any: an order keeps it when tried again
        pdus = pdu.encode(order.number, order.text, reference)
        return Outgoing(order.id, pdus, now + order.deadline - self._wall())
