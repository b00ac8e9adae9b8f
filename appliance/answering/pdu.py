"""The one door to the library's coder of text messages: PDUs to parts, a text to PDUs.

Decides: nothing; what cannot be decoded is kept as its hex. May touch: nothing.
Thread: any. Called by: sms_deeds, sms_orders. PDU: 3GPP TS 23.040.
The hex of a message holds no letter of RING or OK: its text never reaches the line grammar.
"""

import re
import unicodedata
from typing import Any

from gsmmodem.exceptions import EncodingError
from gsmmodem.pdu import (
    GSM7_BASIC,
    GSM7_EXTENDED,
    Concatenation,
    PortAddress,
    decodeSmsPdu,
    encodeSmsSubmitPdu,
)

from appliance.answering.events import CallerId
from appliance.answering.numbers import HOME_CODE, caller_id
from appliance.answering.sms import Kind, Part, Stamp, kind_of

# 23.040: 140 octets of text, 12 of the centre's number, 12 of the sender's, a status report's
# two times; some modems print a longer one for several times that.
HEX_MAX = 1024
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}){1,512}")

# What the library raises for bytes that are no PDU; a test feeds it any bytes there are.
BROKEN = (EncodingError, StopIteration, ValueError, IndexError, TypeError, OverflowError)
TYPE, DELIVER = 0x03, 0x00  # 23.040 9.2.3.1
GSM7, OCTETS, UCS2 = 0x00, 0x04, 0x08  # 23.038 clause 4, general group
ESCAPE = 0x1B
BASIC = GSM7_BASIC.replace("`", "§")  # 23.038 6.2.1: 0x5F is a section sign
# one entry of the library (a form feed) is no letter: a line end then
EXTENDED = {ord(c): letter for letter, c in GSM7_EXTENDED.items() if isinstance(c, str)}
NOBODY = CallerId(None, "", 2)  # 27.007: "not available"


def is_pdu(line: str) -> bool:
    """Whether a line can be a PDU: hex, whole octets, not too long."""
    return bool(_HEX.fullmatch(line))


def decode(place: int, line: str) -> Part:
    """Read one message; never raises: one that is broken comes back as unreadable."""
    octets = len(line) // 2
    try:
        value = _decoded(bytearray.fromhex(line))
        sent_at = value["time"].timestamp() if "time" in value else None
        return _part(value, Stamp(place, sent_at, octets))
    except BROKEN:
        return Part(Stamp(place, None, octets), Kind.UNREADABLE, NOBODY, line[:HEX_MAX])


def encode(number: str, text: str, reference: int) -> list[tuple[int, str]]:
    """The PDUs of a message and the length of each for AT+CMGS; UCS2 where GSM-7 is too small.

    number: 0... is written as +84..., or the library marks it as a national number with the 0.
    reference: 0 to 255, the same in all parts. Control characters are left out: an escape would
    change the letter after it.
    """
    shown = (c for c in text if c == "\n" or unicodedata.category(c) != "Cc")
    to = f"+{HOME_CODE}{number[1:]}" if number.startswith("0") else number
    units = unicodedata.normalize("NFC", "".join(shown)).encode("utf-16-be")
    halves = (units[i : i + 2] for i in range(0, len(units), 2))  # the library knows no pairs
    whole = "".join(half.decode("utf-16-be", "surrogatepass") for half in halves)
    pdus = encodeSmsSubmitPdu(to, whole, reference, requestStatusReport=False)
    return [(pdu.tpduLength, str(pdu)) for pdu in pdus]


def _part(value: dict[str, Any], stamp: Stamp) -> Part:
    number = value.get("number")
    sender = caller_id(number, None) if number else NOBODY
    text = str(value.get("text", ""))
    if value["type"] == "SMS-STATUS-REPORT":
        return Part(stamp, Kind.REPORT, sender, f"{value['status']:#04x}")
    headers = value.get("udh", ())
    is_for_machines = any(isinstance(header, PortAddress) for header in headers)
    if value["type"] != "SMS-DELIVER" or is_for_machines:  # a draft left on the SIM, a setting
        return Part(stamp, Kind.SERVICE, sender, text)
    return _place_of(Part(stamp, kind_of(sender), sender, text), headers)


def _place_of(part: Part, headers: Any) -> Part:
    """The same part with its place in the whole, if a header tells one that can be."""
    for header in headers:
        if isinstance(header, Concatenation) and 1 <= header.number <= header.parts > 1:
            where = (header.reference, header.number, header.parts)
            return Part(part.stamp, part.kind, part.sender, part.text, *where)
    return part


def _decoded(octets: bytearray) -> dict[str, Any]:
    """The library's fields, with the text of the phone alphabet read here.

    0.13.0 fails on an escape that ends a text, loses the first letter behind a header of seven
    octets (a 16-bit reference), and takes the UCS2 of waiting voice mail for GSM-7. So the library
    is told the alphabet in its simplest form, and gives octets where septets are meant.
    """
    first = 1 + octets[0]
    if octets[first] & TYPE != DELIVER:
        return decodeSmsPdu(octets)
    coding = first + 3 + (octets[first + 1] + 1) // 2 + 1  # 23.040 9.2.2.1
    alphabet, length = _alphabet(octets[coding]), octets[coding + 8]
    octets[coding] = alphabet or OCTETS
    value = decodeSmsPdu(octets)
    if alphabet == GSM7:
        header = 1 + octets[coding + 9] if "udh" in value else 0
        value["text"] = _letters(value["text"].encode("latin-1"), length, header)
    return value


def _alphabet(coding: int) -> int:
    """GSM7, OCTETS or UCS2: 23.038 clause 4."""
    if coding & 0x80 == 0:
        return coding & 0x0C if coding & 0x0C in (OCTETS, UCS2) else GSM7
    if coding & 0xF0 == 0xE0:
        return UCS2
    return OCTETS if coding & 0xF4 == 0xF4 else GSM7


def _letters(data: bytes, septets: int, header: int) -> str:
    """Unpack GSM-7: the text begins at the first whole septet after `header` octets."""
    fill = -header * 8 % 7
    count = min(septets - (header * 8 + fill) // 7, (len(data) * 8 - fill) // 7)
    bits = int.from_bytes(data, "little") >> fill
    codes = [bits >> (7 * n) & 0x7F for n in range(max(0, count))]
    text, is_escaped = "", False
    for code in codes:
        if is_escaped:  # 23.038 6.2.1.1: an unknown one is shown as the letter it would be
            text += EXTENDED.get(code, BASIC[code])
        elif code != ESCAPE:
            text += BASIC[code]
        is_escaped = code == ESCAPE and not is_escaped
    return text
