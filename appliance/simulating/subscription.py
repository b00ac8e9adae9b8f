"""What outlives a power cut: the SIM, the modem's own lists, and what the network keeps.

Decides: PIN tries, where an SMS is stored, who stands in a call list, who diverts calls.
May touch: nothing. Thread: the modem's. Called by: modem, families, sms_delivery.
"""

import datetime
from collections import deque
from dataclasses import dataclass, field

from appliance.simulating import pdu
from appliance.simulating.faults import Faults
from appliance.simulating.pdu import Submitted

PIN = "1234"
PIN_TRIES = 3
IMSI = "452040000000000"  # 452 04 is Viettel; the rest is nobody's
ICCID = "8984040000000000000F"
STORES = {"SM": 30, "ME": 100}  # places; real SIMs have 10 to 50, modems 23 to 255
SMALL_STORE = 10  # with the fault "sms-full": the smallest SIM cards hold as many
CALL_LISTS = ("MC", "RC", "LD")  # missed, received, last dialled; 27.007 8.11
CALL_LIST_PLACES = 10
VOICEMAIL = "+84900000000"  # made up: a mailbox of the operator
VOICEMAIL_REASONS = ("1", "2", "3")  # busy, no reply, not reachable; 27.007 7.11
VOICEMAIL_AFTER_S = 20
REFERENCES = 256  # message references count in one octet


@dataclass(frozen=True)
class Waiting:
    """A PDU that the network has for this number: a message or a delivery report."""

    pdu: str
    is_report: bool = False


@dataclass
class Stored:
    """An SMS in a store."""

    pdu: str
    is_read: bool = False


@dataclass(frozen=True)
class Forwarding:
    """Where calls are diverted to, and after how many seconds of ringing."""

    number: str
    after_s: int


@dataclass
class Subscription:
    """One SIM and its number, in one modem."""

    faults: Faults
    wrong_pins: int = 0
    stores: dict[str, dict[int, Stored]] = field(default_factory=lambda: {s: {} for s in STORES})
    waiting: deque[Waiting] = field(default_factory=deque)
    sent: list[Submitted] = field(default_factory=list)
    call_lists: dict[str, list[str | None]] = field(
        default_factory=lambda: {name: [] for name in CALL_LISTS}
    )
    _forwardings: dict[str, Forwarding | None] = field(default_factory=dict)
    _incoming: int = 0

    # -------------------------------------------------------------- PIN

    @property
    def pin_tries(self) -> int:
        """How often a wrong PIN may still be given."""
        if "sim-blocked" in self.faults:
            return 0
        most = 1 if "pin-one-try" in self.faults else PIN_TRIES
        return max(0, most - self.wrong_pins)

    @property
    def asks_for_pin(self) -> bool:
        """Whether the SIM is locked at power-up."""
        return "pin-required" in self.faults or "pin-one-try" in self.faults

    def try_pin(self, pin: str) -> bool:
        """Whether a PIN is right; a wrong one costs a try, a right one restores them all."""
        self.wrong_pins = 0 if pin == PIN else self.wrong_pins + 1
        return pin == PIN

    # -------------------------------------------------------------- SMS

    def places(self, store: str) -> int:
        """How many messages a store holds."""
        return SMALL_STORE if "sms-full" in self.faults else STORES[store]

    def store(self, name: str, pdu_text: str) -> int | None:
        """Keep a message; its index, counted from 1, or None when the store is full."""
        taken = self.stores[name]
        free = (i for i in range(1, self.places(name) + 1) if i not in taken)
        index = next(free, None)
        if index is not None:
            taken[index] = Stored(pdu_text)
        return index

    def receive(
        self, number: str, text: str, at: datetime.datetime, order: tuple[int, ...] | None = None
    ) -> int:
        """Somebody texts; how many parts it has. order: which parts come, and when (from 1)."""
        self._incoming += 1
        is_wide = "sms-wide-reference" in self.faults
        parts = pdu.deliver(number, text, at, self._incoming, is_wide=is_wide)
        chosen = range(1, len(parts) + 1) if order is None else order
        if not all(1 <= which <= len(parts) for which in chosen):
            raise pdu.NotAnSms(f"the message has {len(parts)} parts, counted from 1")
        self.waiting.extend(Waiting(parts[which - 1]) for which in chosen)
        return len(parts)

    def submit(self, message: Submitted, at: datetime.datetime) -> int:
        """The box sends a message; its reference. A report comes if it was asked for."""
        self.sent.append(message)
        reference = (len(self.sent) - 1) % REFERENCES
        if message.report_wanted:
            report = pdu.status_report(message.number, reference, at)
            self.waiting.append(Waiting(report, is_report=True))
        return reference

    # -------------------------------------------------------------- calls

    def note_call(self, number: str, *, answered: bool) -> None:
        """A caller goes to the head of a call list."""
        calls = self.call_lists["RC" if answered else "MC"]
        calls.insert(0, number)
        del calls[CALL_LIST_PLACES:]

    def forwarding(self, reason: str) -> Forwarding | None:
        """Where the network diverts calls for a reason (0 to 3, 27.007 7.11)."""
        if reason in self._forwardings:
            return self._forwardings[reason]
        if "operator-voicemail" in self.faults and reason in VOICEMAIL_REASONS:
            return Forwarding(VOICEMAIL, VOICEMAIL_AFTER_S)
        return None

    def forward(self, reason: str, to: Forwarding | None) -> None:
        """Divert calls for a reason, or no more."""
        self._forwardings[reason] = to
