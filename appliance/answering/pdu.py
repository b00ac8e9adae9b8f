"""The one door to the library's coder of text messages: PDUs to parts, a text to PDUs.

Decides: nothing; what cannot be decoded is kept as its hex. May touch: nothing.
Thread: any. Called by: sms_deeds, sms_orders. PDU: 3GPP TS 23.040.
The hex of a message holds no letter of RING or OK: its text never reaches the line grammar.
"""

import re
import unicodedata
from typing import Any

from gsmmodem.exceptions import EncodingError
from gsmmodem.pdu import Concatenation, PortAddress, decodeSmsPdu, encodeSmsSubmitPdu

from appliance.answering.events import CallerId
from appliance.answering.numbers import HOME_CODE, caller_id
from appliance.answering.sms import Kind, Part, Stamp, kind_of

# 23.040: 140 octets of text, 12 of the centre's number, 12 of the sender's, a status report's
# two times; some modems print a longer one for several times that.
HEX_MAX = 1024
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}){1,512}")

# What the library raises for bytes that are no PDU; a test feeds it any bytes there are.
BROKEN = (EncodingError, StopIteration, ValueError, IndexError, TypeError, OverflowError)
HAS_HEADER = 0x40  # 23.040 9.2.3.23
NOBODY = CallerId(None, "", 2)  # 27.007: "not available"


def is_pdu(line: str) -> bool:
    """Whether a line can be a PDU: hex, whole octets, not too long."""
    return bool(_HEX.fullmatch(line))


def decode(place: int, line: str) -> Part:
    """Read one message; never raises: one that is broken comes back as unreadable."""
    octets = len(line) // 2
    try:
        value: dict[str, Any] = decodeSmsPdu(line)
        if "udh" in value:
            value["text"] = _whole_text(bytes.fromhex(line), value)
        sent_at = value["time"].timestamp() if "time" in value else None
        return _part(value, Stamp(place, sent_at, octets))
    except BROKEN:
        return Part(Stamp(place, None, octets), Kind.UNREADABLE, NOBODY, line[:HEX_MAX])


def encode(number: str, text: str, reference: int) -> list[tuple[int, str]]:
    """The PDUs of a message and the length of each for AT+CMGS; UCS2 where GSM-7 is too small.

    number: 0... is written as +84..., or the library marks it as a national number with the 0.
    reference: 0 to 255, the same in all parts.
    """
    to = f"+{HOME_CODE}{number[1:]}" if number.startswith("0") else number
    units = unicodedata.normalize("NFC", text).encode("utf-16-be")
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


def _whole_text(octets: bytes, value: dict[str, Any]) -> str:
    """The text behind a header; 0.13.0 loses its first letter when no fill bits stand between.

    That is so for GSM-7 and a header of seven octets: a 16-bit reference, as many phones send.
    Without its header the same text is decoded whole. Offsets: 23.040 9.2.2.1.
    """
    first = 1 + octets[0]
    coding = first + 3 + (octets[first + 1] + 1) // 2 + 1
    length = coding + 8  # after the seven octets of the time
    header = 1 + octets[length + 1]
    is_gsm7 = octets[coding] & 0xC0 != 0 or octets[coding] & 0x0C == 0
    if not is_gsm7 or header * 8 % 7:
        return str(value["text"])
    plain = bytearray(octets[: length + 1] + octets[length + 1 + header :])
    plain[first] &= ~HAS_HEADER & 0xFF
    plain[length] -= header * 8 // 7
    return str(decodeSmsPdu(plain)["text"])
