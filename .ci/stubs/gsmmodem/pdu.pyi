from typing import Any

GSM7_BASIC: str
GSM7_EXTENDED: dict[str, int | str]

class InformationElement:
    id: int
    data: list[int]

class Concatenation(InformationElement):
    reference: int
    parts: int
    number: int

class PortAddress(InformationElement):
    destination: int
    source: int

class Pdu:
    data: bytearray
    tpduLength: int

def decodeSmsPdu(pdu: str | bytes | bytearray) -> dict[str, Any]: ...
def encodeSmsSubmitPdu(
    number: str,
    text: str,
    reference: int = ...,
    validity: Any = ...,
    smsc: str | None = ...,
    requestStatusReport: bool = ...,
    rejectDuplicates: bool = ...,
    sendFlash: bool = ...,
) -> list[Pdu]: ...
