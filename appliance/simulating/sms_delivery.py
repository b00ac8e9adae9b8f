"""Hands the network's messages to the modem, one by one, when it can take them.

Decides: when. May touch: nothing but the loop. Thread: the modem's. Called by: modem.
A message for a modem that is off, unregistered or full waits, as in a real service centre.
"""

from collections.abc import Callable

from appliance.simulating.loop import Loop
from appliance.simulating.subscription import Subscription, Waiting

GAP_S = 0.3  # between two messages; real networks: a few seconds


class SmsDelivery:
    """The way from the service centre to the modem."""

    def __init__(
        self,
        loop: Loop,
        subscription: Subscription,
        is_reachable: Callable[[], bool],
        hand_over: Callable[[Waiting], bool],
    ) -> None:
        """hand_over: give the modem a message; False when it has no place."""
        self._loop = loop
        self._subscription = subscription
        self._is_reachable = is_reachable
        self._hand_over = hand_over
        self._under_way = False

    def poke(self) -> None:
        """Something may have changed: deliver what waits, soon."""
        if self._subscription.waiting and not self._under_way:
            self._under_way = True
            self._loop.call_after(GAP_S, self._deliver)

    def _deliver(self) -> None:
        self._under_way = False
        waiting = self._subscription.waiting
        if waiting and self._is_reachable() and self._hand_over(waiting[0]):
            waiting.popleft()
            self.poke()
