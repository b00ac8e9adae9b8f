"""PDUs as a message centre delivers them, made by an encoder of its own, not the library's.

3GPP TS 23.040 (fields), 23.038 (alphabets).
"""

from dataclasses import dataclass

GSM7 = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
TIME = "62115281650582"  # 25/11/26 18:56:50, +7 h
TIME_EPOCH_S = 1795607810.0


@dataclass(frozen=True)
class Place:
    """Where a part stands in the whole; wide: the reference has 16 bits."""

    reference: int
    number: int
    parts: int
    wide: bool = False

    @property
    def header(self) -> bytes:
        if self.wide:
            reference = self.reference.to_bytes(2, "big")
            return bytes([6, 8, 4, *reference, self.parts, self.number])
        return bytes([5, 0, 3, self.reference, self.parts, self.number])


def digits(number: str) -> bytes:
    """A number as semi-octets, low one first."""
    padded = number + "F" * (len(number) % 2)
    return bytes.fromhex("".join(padded[i + 1] + padded[i] for i in range(0, len(padded), 2)))


def packed(text: str, fill_bits: int = 0) -> bytes:
    """GSM-7 septets in octets."""
    bits = 0
    for index, letter in enumerate(text):
        bits |= GSM7.index(letter) << (fill_bits + 7 * index)
    return bits.to_bytes((fill_bits + 7 * len(text) + 7) // 8, "little")


def address(sender: str) -> bytes:
    """An originating address: +84..., a short code, or a name."""
    if sender.startswith("+"):
        return bytes([len(sender) - 1, 0x91]) + digits(sender[1:])
    if sender.isdigit():
        return bytes([len(sender), 0x81]) + digits(sender)
    return bytes([(7 * len(sender) + 3) // 4, 0xD0]) + packed(sender)


def deliver(
    sender: str,
    text: str,
    place: Place | None = None,
    *,
    time: str = TIME,
    ucs2: bool | None = None,
) -> str:
    """SMS-DELIVER as hex, the centre's number in front; UCS2 when GSM-7 cannot hold the text."""
    is_ucs2 = not set(text) <= set(GSM7) if ucs2 is None else ucs2
    header = place.header if place else b""
    if is_ucs2:
        data = header + text.encode("utf-16-be", "surrogatepass")
        length = len(data)
    else:
        septets = (len(header) * 8 + 6) // 7
        data = header + packed(text, septets * 7 - len(header) * 8)
        length = septets + len(text)
    head = bytes([7, 0x91]) + digits("84980200030") + bytes([0x44 if place else 0x04])
    head += address(sender) + bytes([0, 8 if is_ucs2 else 0]) + bytes.fromhex(time)
    return (head + bytes([length]) + data).hex().upper()


def report(number: str, status: int = 0) -> str:
    """SMS-STATUS-REPORT."""
    head = bytes([0, 0x06, 17]) + address(number)
    return (head + bytes.fromhex(TIME + TIME) + bytes([status])).hex().upper()


def parts(sender: str, text: str, reference: int, *, wide: bool = False) -> list[str]:
    """A long text in as many parts as it needs, as a phone cuts it."""
    room = 67 if not set(text) <= set(GSM7) else 153 - wide
    pieces = [text[i : i + room] for i in range(0, len(text), room)]
    ucs2 = not set(text) <= set(GSM7)
    return [
        deliver(sender, piece, Place(reference, n, len(pieces), wide), ucs2=ucs2)
        for n, piece in enumerate(pieces, 1)
    ]


class Sim:
    """A SIM's memory behind the commands of 27.005; `refused` are answered with an error.

    Whoever speaks AT asks `answer`, which gives reply lines, or None for ERROR.
    """

    def __init__(self, places: int = 20) -> None:
        self.places = places
        self.held: dict[int, str] = {}
        self.refused: set[str] = set()
        self.sent: list[str] = []  # PDUs the network took

    def put(self, line: str) -> int:
        """Store a message in the first free place, as a network does; the place."""
        place = next(n for n in range(1, self.places + 1) if n not in self.held)
        self.held[place] = line
        return place

    def knows(self, command: str) -> bool:
        return command.startswith(("AT+CMG", "AT+CPMS")) or command.endswith("\x1a")

    def answer(self, command: str) -> list[str] | None:
        name, _, value = command.partition("=")
        if command.endswith("\x1a"):
            self.sent.append(command[:-1])
            return [f"+CMGS: {len(self.sent)}"]
        if name in self.refused:
            return None
        if name == "AT+CMGL":
            return [line for place in sorted(self.held) for line in self._row(place, "+CMGL")]
        if name == "AT+CMGR":
            return self._row(int(value), "+CMGR") if int(value) in self.held else []
        if name == "AT+CMGD":
            self.held.pop(int(value), None)
        if name == "AT+CPMS":
            used = len(self.held)
            return [f"+CPMS: {used},{self.places},{used},{self.places},{used},{self.places}"]
        return []

    def _row(self, place: int, name: str) -> list[str]:
        length = len(self.held[place]) // 2 - 8
        where = f"{place},0" if name == "+CMGL" else "0"
        return [f"{name}: {where},,{length}", self.held[place]]
