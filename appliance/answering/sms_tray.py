"""What lies between the modem and the clerk: messages that came, that may go, that are sent.

Decides: nothing. May touch: its own lock. Thread: any. Called by: link, sms_deeds, clerk.
It outlives an opened modem: what was stored while the modem was away is deleted when it is back.
"""

import threading
from collections.abc import Callable, Iterable

from appliance.answering.sms import Outgoing, SmsDeleted, SmsFact, SmsNotSent, SmsSent, Stamp


class SmsTray:
    """One per link. `give` and `wake` are called outside any call; neither waits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._give: Callable[[SmsFact], None] | None = None
        self._wake: Callable[[], None] | None = None
        self._arrived: list[int] = []
        self._kept: dict[int, Stamp] = {}
        self._outgoing: dict[str, Outgoing] = {}

    # ------------------------------------------------------------ the clerk's side

    def give_to(self, take: Callable[[SmsFact], None]) -> None:
        """Who stores messages; without anybody none is read from the SIM. Before the link runs."""
        self._give = take

    def may_be_deleted(self, stamps: Iterable[Stamp]) -> None:
        """These are stored: once the line is idle they are deleted from the SIM."""
        with self._lock:
            self._kept |= {stamp.place: stamp for stamp in stamps}
            self._wake_up()

    def send(self, outgoing: Outgoing) -> None:
        """Send this once the line is idle; ends in SmsSent or SmsNotSent."""
        with self._lock:
            self._outgoing.setdefault(outgoing.order_id, outgoing)
            self._wake_up()

    # ------------------------------------------------------------ the modem's side

    @property
    def is_read(self) -> bool:
        """Whether anybody stores messages."""
        return self._give is not None

    def open_port(self, wake: Callable[[], None]) -> None:
        """A modem is open; `wake` asks for a look at this tray."""
        with self._lock:
            self._wake = wake

    def lose_port(self) -> None:
        """The modem is gone: nobody is woken until the next one is open."""
        with self._lock:
            self._wake = None
            self._arrived.clear()  # opening the next one looks at the whole SIM

    def arrived(self, place: int) -> None:
        """The modem says that a message lies in that place."""
        with self._lock:
            self._arrived.append(place)
            self._wake_up()

    def next_arrived(self) -> int | None:
        """Take the place of the oldest message nobody looked at."""
        with self._lock:
            return self._arrived.pop(0) if self._arrived else None

    def next_kept(self, but: Iterable[int]) -> Stamp | None:
        """What may be deleted from the SIM, leaving out those places."""
        with self._lock:
            left = (stamp for place, stamp in self._kept.items() if place not in but)
            return next(left, None)

    def has_work(self, but: Iterable[int]) -> bool:
        """Whether anything is to be looked at, deleted or sent."""
        if self._arrived or self._outgoing:
            return True
        return self.next_kept(but) is not None

    def next_outgoing(self) -> Outgoing | None:
        """The oldest message that is not sent yet."""
        with self._lock:
            return next(iter(self._outgoing.values()), None)

    def over(self, how: SmsSent | SmsNotSent) -> None:
        """A message is sent, or was given up."""
        with self._lock:
            self._outgoing.pop(how.order_id, None)
        self.hand(how)

    def hand(self, fact: SmsFact) -> None:
        """Give a message, or what became of one, to be written down."""
        if self._give is not None:
            self._give(fact)

    def deleted(self, stamp: Stamp) -> None:
        """It is on the SIM no longer; said after every earlier reading of its place."""
        with self._lock:
            if self._kept.get(stamp.place) == stamp:
                del self._kept[stamp.place]
        self.hand(SmsDeleted(stamp))

    def _wake_up(self) -> None:
        if self._wake is not None:
            self._wake()
