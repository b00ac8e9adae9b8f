"""SMS as the network hands it over: DELIVER and STATUS-REPORT made, SUBMIT read.

Decides: alphabet and parts of a message. May touch: nothing (PURE). Thread: any.
Called by: subscription, families. 3GPP TS 23.040 9.2.2; octets travel as hexadecimal text.
"""

import datetime
from dataclasses import dataclass

from appliance.errors import HotlineError
from appliance.simulating import gsm7

SERVICE_CENTRE = "+84980200030"  # made up, of a Vietnamese operator's shape
SINGLE_SEPTETS, PART_SEPTETS = 160, 153  # 23.040 9.2.3.24.1: 140 octets, six for the header
SINGLE_UNITS, PART_UNITS = 70, 67
PARTS_MOST = 255
TON_INTERNATIONAL, TON_NATIONAL, TON_LETTERS = 0x91, 0x81, 0xD0  # 9.1.2.5
DELIVER, STATUS_REPORT, NO_MORE = 0x00, 0x02, 0x04
HEADER_FOLLOWS, REPORT_WANTED = 0x40, 0x20
UCS2 = 0x08
PART_HEADER_BYTES = 6
PART_HEADER_SEPTETS, PART_HEADER_FILL = 7, 1  # six octets are 48 bits, seven septets 49
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


def deliver(number: str, text: str, at: datetime.datetime, reference: int) -> list[str]:
    """The DELIVER PDUs of a text, in order; letters in the number make it a name."""
    parts = _split(text)
    if len(parts) > PARTS_MOST:
        raise NotAnSms(f"a message of {len(parts)} parts: {PARTS_MOST} are the most")
    made = []
    for which, (units, is_ucs2) in enumerate(parts, 1):
        header = bytes([5, 0, 3, reference & 0xFF, len(parts), which]) if len(parts) > 1 else b""
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
    header_septets = (8 * header_bytes + 6) // 7
    septets = count - header_septets
    if septets < 0 or len(data) != (7 * count + 7) // 8:
        raise NotAnSms(f"{len(data)} octets cannot hold {count} septets")
    return gsm7.decode(gsm7.unpack(body, septets, 7 * header_septets - 8 * header_bytes))


def _part(header: bytes) -> tuple[int, int, int] | None:
    if header[1:3] == b"\0\3" and len(header) >= PART_HEADER_BYTES:
        return header[3], header[4], header[5]
    return None


def _split(text: str) -> list[tuple[list[bytes], bool]]:
    """Characters of each part as septets or UTF-16 units; none is torn between two parts."""
    septets = gsm7.characters(text)
    if septets is not None:
        return [(part, False) for part in _cut(septets, SINGLE_SEPTETS, PART_SEPTETS)]
    units = [character.encode("utf-16-be", "surrogatepass") for character in text]
    return [(part, True) for part in _cut(units, 2 * SINGLE_UNITS, 2 * PART_UNITS)]


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
    if header:
        packed = gsm7.pack(data, PART_HEADER_FILL)
        return bytes([PART_HEADER_SEPTETS + len(data)]) + header + packed
    return bytes([len(data)]) + gsm7.pack(data)


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
