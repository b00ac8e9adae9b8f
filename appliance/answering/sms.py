"""Text messages: what kind each is, and how parts become whole again (PURE).

Decides: who is a person, which parts belong together, when to stop waiting for a lost one.
May touch: nothing. Thread: the modem link's command thread. Called by: pdu, sms_deeds, sms_notes.
Parts wait on the SIM, which outlives a power cut; here is only the memory of what lies there.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from appliance.answering.events import CallerId

# Parts are sent within seconds of each other. What a resident wrote at night must be seen the
# same night, even if a part is lost; one that still comes later stands as an entry of its own.
PARTS_WAIT_S = 900.0
LONGEST_TEXT = 20_000  # characters; as the page shows at most, and 298 parts of 67 are fewer
GAP = " […] "  # stands where a part is missing
SHORT_CODE = re.compile(r"[1-9][0-9]{1,7}")  # 191, 195, 9029; Vietnam's people have 0 and 9 more
SERVICE_LINES = ("1800", "1900")  # free and premium service numbers of Vietnam


class Kind(Enum):
    """What a message is; the value is stored."""

    PERSON = "person"
    REPORT = "report"
    SERVICE = "service"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Stamp:
    """What tells one stored message from another without a word of it.

    place: its number on the SIM; sent_at: epoch seconds by the message centre; octets: length.
    """

    place: int
    sent_at: float | None
    octets: int


@dataclass(frozen=True)
class Part:
    """One message as it lies on the SIM; of an unreadable one, text is its hex."""

    stamp: Stamp
    kind: Kind
    sender: CallerId
    text: str
    reference: int | None = None  # 3GPP TS 23.040 9.2.3.24.1; None: it is whole
    number: int = 1
    parts: int = 1


@dataclass(frozen=True)
class SmsRead:
    """A whole message, or what came of it, to be stored; missing: the numbers of lost parts."""

    kind: Kind
    sender: CallerId
    text: str
    sent_at: float | None
    stamps: tuple[Stamp, ...]
    parts: int = 1
    missing: tuple[int, ...] = ()


@dataclass(frozen=True)
class SmsSent:
    """An order of the outbox is carried out: the network took every part."""

    order_id: str


@dataclass(frozen=True)
class SmsNotSent:
    """An order of the outbox could not be carried out; error: a short code."""

    order_id: str
    error: str


@dataclass
class Outgoing:
    """A message on its way; pdus: (length as AT+CMGS wants it, hex), taken out when sent.

    until: monotonic seconds; later it is of no use.
    """

    order_id: str
    pdus: list[tuple[int, str]]
    until: float


@dataclass(frozen=True)
class SmsDeleted:
    """It no longer lies on the SIM: its place may hold another message from now on."""

    stamp: Stamp


def kind_of(sender: CallerId) -> Kind:
    """Whether a person wrote: a name or a short code is the operator, or somebody's machine.

    In doubt it is a person: an advertisement in the queue costs a look, a hidden cry for help
    costs more.
    """
    number = sender.number
    if number is None:
        return Kind.SERVICE if sender.raw else Kind.PERSON
    is_service = SHORT_CODE.fullmatch(number) or number.startswith(SERVICE_LINES)
    return Kind.SERVICE if is_service else Kind.PERSON


def mend(text: str) -> str:
    """Join the two halves of a character outside the first plane; a lone half becomes a mark."""
    return text.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "replace")


@dataclass
class _Group:
    """Parts of one message; since: monotonic seconds."""

    first: Part
    since: float
    found: dict[int, Part] = field(default_factory=dict)
    stamps: list[Stamp] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return len(self.found) == self.first.parts

    def takes(self, part: Part) -> bool:
        """Whether the part belongs here; the network may deliver one twice."""
        mine, its = ((p.kind, p.sender.raw, p.reference, p.parts) for p in (self.first, part))
        known = self.found.get(part.number)
        is_new = known is None or known.text == part.text
        return mine == its and part.reference is not None and is_new

    def add(self, part: Part) -> None:
        self.found.setdefault(part.number, part)
        self.stamps.append(part.stamp)

    def joined(self) -> SmsRead:
        numbers = range(1, self.first.parts + 1)
        missing = tuple(n for n in numbers if n not in self.found)
        text = mend("".join(self._pieces(numbers)))[:LONGEST_TEXT]
        times = [s.sent_at for s in self.stamps if s.sent_at is not None]
        return SmsRead(
            *(self.first.kind, self.first.sender, text, min(times, default=None)),
            *(tuple(self.stamps), self.first.parts, missing),
        )

    def _pieces(self, numbers: range) -> Iterator[str]:
        was_there = True
        for number in numbers:
            part = self.found.get(number)
            if part is not None:
                yield part.text
            elif was_there:
                yield GAP
            was_there = part is not None


class Joiner:
    """The messages that lie on the SIM and are not stored yet; times are monotonic seconds.

    room: how many places parts may take up while they wait, so that new messages find one.
    """

    def __init__(self, room: int) -> None:
        self.room = room
        self._groups: list[_Group] = []

    @property
    def places(self) -> set[int]:
        """The places whose message is known here."""
        return {stamp.place for group in self._groups for stamp in group.stamps}

    @property
    def due(self) -> float | None:
        """When the next incomplete message is taken as it is; None when nothing waits."""
        return min((group.since + PARTS_WAIT_S for group in self._groups), default=None)

    def add(self, part: Part, now: float) -> None:
        """Take a part in."""
        group = next((one for one in self._groups if one.takes(part)), None)
        if group is None:
            group = _Group(part, now)
            self._groups.append(group)
        group.add(part)

    def drop(self, place: int) -> None:
        """It was stored before and is deleted now: forget it."""
        for group in self._groups:
            group.stamps = [stamp for stamp in group.stamps if stamp.place != place]
            group.found = {n: p for n, p in group.found.items() if p.stamp.place != place}
        self._groups = [group for group in self._groups if group.found]

    def take_ready(self, now: float) -> list[SmsRead]:
        """Take out what is whole, what has waited long enough, and the oldest when it is tight."""
        ready = [g for g in self._groups if g.is_whole or now - g.since >= PARTS_WAIT_S]
        self._groups = [group for group in self._groups if group not in ready]
        while len(self.places) > self.room:
            ready.append(self._groups.pop(0))
        return [group.joined() for group in ready]


SmsFact = SmsRead | SmsDeleted | SmsSent | SmsNotSent
