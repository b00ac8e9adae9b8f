"""What lies between the SIM and the clerk: messages that came, and those that may be deleted.

Decides: nothing. May touch: its own lock. Thread: any. Called by: link, sms_deeds, clerk.
It outlives an opened modem: what was stored while the modem was away is deleted when it is back.
"""

import threading
from collections.abc import Callable, Iterable

from appliance.answering.sms import SmsDeleted, SmsRead, Stamp


class SmsTray:
    """One per link. `give` and `wake` are called outside any call; neither waits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._give: Callable[[SmsRead | SmsDeleted], None] | None = None
        self._wake: Callable[[], None] | None = None
        self._arrived: list[int] = []
        self._kept: dict[int, Stamp] = {}

    # ------------------------------------------------------------ the clerk's side

    def give_to(self, take: Callable[[SmsRead | SmsDeleted], None]) -> None:
        """Who stores messages; without anybody none is read from the SIM. Before the link runs."""
        self._give = take

    def may_be_deleted(self, stamps: Iterable[Stamp]) -> None:
        """These are stored: once the line is idle they are deleted from the SIM."""
        with self._lock:
            self._kept |= {stamp.place: stamp for stamp in stamps}
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

    def hand(self, sms: SmsRead) -> None:
        """Give a message to be stored."""
        if self._give is not None:
            self._give(sms)

    def deleted(self, stamp: Stamp) -> None:
        """It is on the SIM no longer; said after every earlier reading of its place."""
        with self._lock:
            if self._kept.get(stamp.place) == stamp:
                del self._kept[stamp.place]
        if self._give is not None:
            self._give(SmsDeleted(stamp))

    def _wake_up(self) -> None:
        if self._wake is not None:
            self._wake()
