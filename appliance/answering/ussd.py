"""The text of a +CUSD line, in whichever of three ways the modem prints it (PURE).

Decides: plain, UCS2 in hexadecimal, or packed 7-bit in hexadecimal. May touch: nothing.
Thread: any. Called by: at_lines, credit.
The coding scheme the modem names is often another than the one it used: so the text decides.
"""

import re
from dataclasses import dataclass

TEXT_MAX = 1000  # characters; 182 septets is the longest the network sends
HEX_MIN = 8  # two characters of UCS2; shorter is a short plain text
# 3GPP TS 23.038 6.2.1, the default alphabet of 7-bit texts; ESC (27) and its table are left out
ALPHABET = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_LINE = re.compile(r'\+CUSD: ?([0-9])(?:, ?"([^"]*)"?(?:, ?([0-9]{1,3}))?)?')


@dataclass(frozen=True)
class Ussd:
    """One answer. mode, 27.007 7.15 `<m>`: 0 done, 1 it waits for our choice, 2 to 5 ended."""

    mode: int
    text: str


def parse(line: str) -> Ussd | None:
    """Read +CUSD: m[,text[,dcs]]; a text whose quote closes in a later line is taken so far."""
    match = _LINE.match(line)
    return Ussd(int(match[1]), decode(match[2] or "")) if match else None


def decode(text: str) -> str:
    """The words of a text that may be hexadecimal; printable, at most TEXT_MAX characters."""
    text = text[: 4 * TEXT_MAX]
    if len(text) >= HEX_MIN and len(text) % 2 == 0 and re.fullmatch("[0-9A-Fa-f]+", text):
        octets = bytes.fromhex(text)
        for read in (_ucs2, _unpack):
            found = read(octets)
            if found is not None and _is_text(found):
                text = found
                break
    return "".join(c for c in text if c.isprintable() or c in "\r\n")[:TEXT_MAX]


def _ucs2(octets: bytes) -> str | None:
    try:
        return octets.decode("utf-16-be")
    except UnicodeDecodeError:
        return None


def _unpack(octets: bytes) -> str | None:
    """23.038 6.1.2.3: septets, the first in the lowest bits."""
    bits = int.from_bytes(octets, "little")
    text = "".join(ALPHABET[bits >> 7 * i & 0x7F] for i in range(len(octets) * 8 // 7))
    return text.rstrip("\r@")  # the filling of the last octet


def _is_text(text: str) -> bool:
    """Vietnamese or English words, not the look of a wrong decoding."""
    latin = [c for c in text if c < "\u0250" or "\u1e00" <= c < "\u1f00" or c in "\u20ab\u2013"]
    good = [c for c in latin if c.isprintable() or c in "\r\n"]
    return bool(text) and len(good) == len(text) and any(c.isalpha() or c == " " for c in text)
