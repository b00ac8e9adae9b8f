"""The GSM 7-bit default alphabet, 3GPP TS 23.038 6.2.1, and its packing, 6.1.2.1.

Decides: which characters an SMS can carry in seven bits. May touch: nothing (PURE).
Thread: any. Called by: pdu, families. The answering room has a library for this; a simulation
that shared it would not find its mistakes.
"""

ESCAPE = 0x1B
BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = {  # 6.2.1.1, each after an escape
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
_SEPTETS = {character: bytes([code]) for code, character in enumerate(BASIC) if code != ESCAPE} | {
    character: bytes([ESCAPE, code]) for code, character in EXTENSION.items()
}


def characters(text: str) -> list[bytes] | None:
    """One or two septets per character; None when the alphabet lacks one of them.

    >>> characters("a€")
    [b'a', b'\\x1be']
    """
    found = [_SEPTETS.get(character) for character in text]
    return None if None in found else [septets for septets in found if septets]


def decode(septets: bytes) -> str:
    """The text of septets; a code without meaning after an escape is a space, as 6.2.1.1 asks."""
    text, escaped = "", False
    for code in septets:
        if escaped:
            text += EXTENSION.get(code, " ")
        elif code != ESCAPE:
            text += BASIC[code]
        escaped = code == ESCAPE and not escaped
    return text


def pack(septets: bytes, fill_bits: int = 0) -> bytes:
    """Eight septets into seven octets; fill_bits: spare ones in front, after a header."""
    value = sum(code << (7 * place) for place, code in enumerate(septets)) << fill_bits
    return value.to_bytes((7 * len(septets) + fill_bits + 7) // 8, "little")


def unpack(octets: bytes, count: int, fill_bits: int = 0) -> bytes:
    """So many septets out of octets."""
    value = int.from_bytes(octets, "little") >> fill_bits
    return bytes((value >> (7 * place)) & 0x7F for place in range(count))
