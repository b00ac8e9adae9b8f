"""SMS as the network hands it over: DELIVER and STATUS-REPORT made, SUBMIT read.

Decides: alphabet and parts of a message. May touch: nothing (PURE). Thread: any.
Called by: subscription, families. 3GPP TS 23.040 9.2.2; octets travel as hexadecimal text.
"""

import datetime
from dataclasses import dataclass

from appliance.errors import HotlineError
from appliance.simulating import gsm7

SERVICE_CENTRE = "+84980200030"  # made up, of a Vietnamese operator's shape
OCTETS = 140  # of text and header, 23.040 9.2.3.24
PARTS_MOST = 255
TON_INTERNATIONAL, TON_NATIONAL, TON_LETTERS = 0x91, 0x81, 0xD0  # 9.1.2.5
DELIVER, STATUS_REPORT, NO_MORE = 0x00, 0x02, 0x04
HEADER_FOLLOWS, REPORT_WANTED = 0x40, 0x20
UCS2 = 0x08
NARROW, WIDE = 6, 7  # octets of a part's header, with a reference of 8 or 16 bits; 9.2.3.24.1, .8
VALIDITY_BYTES = (0, 7, 1, 7)  # 9.2.3.3: none, enhanced, relative, absolute


class NotAnSms(HotlineError, ValueError):
    """The octets are no SMS-SUBMIT, or a text is too long for one message."""


@dataclass(frozen=True)
class Submitted:
    """One SMS-SUBMIT of the box; part: (reference, how many, which), counted from 1."""

    number: str
    text: str
    report_wanted: bool
    part: tuple[int, int, int] | None = None


def deliver(
    number: str, text: str, at: datetime.datetime, reference: int, *, is_wide: bool = False
) -> list[str]:
    """The DELIVER PDUs of a text, in order; letters in the number make it a name.

    is_wide: parts are counted by a reference of 16 bits. Raises NotAnSms.
    """
    parts = _split(text, WIDE if is_wide else NARROW)
    if len(parts) > PARTS_MOST:
        raise NotAnSms(f"a message of {len(parts)} parts: {PARTS_MOST} are the most")
    made = []
    for which, (units, is_ucs2) in enumerate(parts, 1):
        header = _part_header(reference, len(parts), which, is_wide=is_wide)
        kind = DELIVER | NO_MORE | (HEADER_FOLLOWS if header else 0)
        head = _address(SERVICE_CENTRE, counts_octets=True) + bytes([kind]) + _address(number)
        coding = bytes([0, UCS2 if is_ucs2 else 0])
        made.append((head + coding + _time(at) + _user_data(units, is_ucs2, header)).hex().upper())
    return made


def status_report(number: str, reference: int, at: datetime.datetime) -> str:
    """The STATUS-REPORT PDU that says: delivered."""
    head = _address(SERVICE_CENTRE, counts_octets=True) + bytes([STATUS_REPORT | NO_MORE])
    return (head + bytes([reference]) + _address(number) + _time(at) * 2 + b"\0").hex().upper()


def length(pdu: str) -> int:
    """The octets behind the service centre: what +CMGL, +CMT and AT+CMGS call the length."""
    return len(pdu) // 2 - 1 - int(pdu[:2], 16)


def read_submit(pdu: str) -> tuple[Submitted, int]:
    """A SUBMIT and its length as AT+CMGS counts it. Raises NotAnSms."""
    try:
        octets = bytes.fromhex(pdu)
        return _submit(octets[1 + octets[0] :]), length(pdu)
    except (ValueError, IndexError) as error:
        raise NotAnSms(f"no SMS-SUBMIT: {error}") from error


def _submit(octets: bytes) -> Submitted:
    kind = octets[0]
    if kind & 3 != 1:
        raise NotAnSms("the message type is not SUBMIT")
    digits = octets[2]
    number, rest = _number(octets[3:], digits), octets[4 + (digits + 1) // 2 :]
    coding, rest = rest[1], rest[2 + VALIDITY_BYTES[kind >> 3 & 3] :]
    count, data = rest[0], rest[1:]
    header = data[: 1 + data[0]] if kind & HEADER_FOLLOWS else b""
    is_ucs2 = coding & 0x0C == UCS2
    return Submitted(
        number,
        _text(data, count, len(header), is_ucs2=is_ucs2),
        bool(kind & REPORT_WANTED),
        _part(header),
    )


def _text(data: bytes, count: int, header_bytes: int, *, is_ucs2: bool) -> str:
    body = data[header_bytes:]
    if is_ucs2:
        if count != len(data):
            raise NotAnSms(f"{len(data)} octets of text where {count} were promised")
        return body.decode("utf-16-be", "replace")
    septets = count - _septets(header_bytes)
    if septets < 0 or len(data) != (7 * count + 7) // 8:
        raise NotAnSms(f"{len(data)} octets cannot hold {count} septets")
    return gsm7.decode(gsm7.unpack(body, septets, _fill_bits(header_bytes)))


def _septets(octets: int) -> int:
    """How many septets cover so many octets."""
    return (8 * octets + 6) // 7


def _fill_bits(octets: int) -> int:
    """The spare bits between a header and the septets behind it."""
    return 7 * _septets(octets) - 8 * octets


def _part_header(reference: int, of: int, which: int, *, is_wide: bool) -> bytes:
    if of == 1:
        return b""
    if is_wide:
        return bytes([6, 8, 4, reference >> 8 & 0xFF, reference & 0xFF, of, which])
    return bytes([5, 0, 3, reference & 0xFF, of, which])


def _part(header: bytes) -> tuple[int, int, int] | None:
    if header[1:3] == b"\0\3" and len(header) >= NARROW:
        return header[3], header[4], header[5]
    return None


def _split(text: str, header: int) -> list[tuple[list[bytes], bool]]:
    """Characters of each part as septets or UTF-16 units; none is torn between two parts."""
    septets = gsm7.characters(text)
    if septets is not None:
        whole = OCTETS * 8 // 7
        return [(part, False) for part in _cut(septets, whole, whole - _septets(header))]
    units = [character.encode("utf-16-be", "surrogatepass") for character in text]
    return [(part, True) for part in _cut(units, OCTETS, (OCTETS - header) // 2 * 2)]


def _cut(pieces: list[bytes], single: int, most: int) -> list[list[bytes]]:
    if sum(map(len, pieces)) <= single:
        return [pieces]
    parts: list[list[bytes]] = [[]]
    room = most
    for piece in pieces:
        if len(piece) > room:
            parts.append([])
            room = most
        parts[-1].append(piece)
        room -= len(piece)
    return parts


def _user_data(units: list[bytes], is_ucs2: bool, header: bytes) -> bytes:
    data = b"".join(units)
    if is_ucs2:
        return bytes([len(header) + len(data)]) + header + data
    count = _septets(len(header)) + len(data)
    return bytes([count]) + header + gsm7.pack(data, _fill_bits(len(header)))


def _address(number: str, *, counts_octets: bool = False) -> bytes:
    digits = number.removeprefix("+")
    if not digits.isdecimal():
        septets = b"".join(gsm7.characters(number) or [b"?"])[:11]  # ten octets are the most
        packed = gsm7.pack(septets)
        return bytes([(7 * len(septets) + 3) // 4, TON_LETTERS]) + packed
    kind = TON_INTERNATIONAL if number.startswith("+") else TON_NATIONAL
    halves = bytes.fromhex(_swapped(digits + "F" * (len(digits) % 2)))
    return bytes([len(halves) + 1 if counts_octets else len(digits), kind]) + halves


def _number(octets: bytes, digits: int) -> str:
    text = _swapped(octets[1 : 1 + (digits + 1) // 2].hex())[:digits]
    if not text.isdecimal():
        raise NotAnSms("the number has no digits")
    return ("+" if octets[0] & 0x70 == TON_INTERNATIONAL & 0x70 else "") + text


def _time(at: datetime.datetime) -> bytes:
    """9.2.3.11, with the zone in quarters of an hour east of Greenwich."""
    zone = at.utcoffset() or datetime.timedelta()
    quarters = int(zone.total_seconds()) // 900
    return bytes.fromhex(_swapped(f"{at:%y%m%d%H%M%S}{quarters:02d}"))


def _swapped(digits: str) -> str:
    return "".join(digits[i + 1] + digits[i] for i in range(0, len(digits) - 1, 2))
