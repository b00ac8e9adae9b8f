"""A caller's number as the modem prints it -> the number an officer can dial back.

Decides: which digits a +CLIP or a call row means; anything doubtful is "unknown", raw is kept.
May touch: nothing (PURE). Thread: the modem's reader. Called by: at_lines.
Numbering plan from `phonenumbers`; see docs/decisions/caller-numbers.md for its cost.
"""

import re
import unicodedata

from phonenumbers import phonenumberutil as plan
from phonenumbers.phonenumber import PhoneNumber

from appliance.answering.events import CallerId

HOME = "VN"
HOME_CODE = 84
INTERNATIONAL = 145  # 3GPP TS 24.008 10.5.4.7: type of address "international, E.164"
RAW_MAX = 64  # characters kept of what the modem printed; E.164 has 15 digits
WITHHELD = 1  # 3GPP TS 27.007 7.6 <CLI validity>
VALIDITIES = range(5)  # 0 valid .. 4 other reason, same clause

_DIALABLE = re.compile(r"\+?[0-9]{2,18}")  # 15 digits of E.164, "00" in front, one to spare
_UCS2 = re.compile(r"(?:00(?:3[0-9]|2[ABab3])){2,20}")  # hex of 0-9 + * #, four letters each


def caller_id(text: str, kind: int | None, validity: int | None = None) -> CallerId:
    """Make a CallerId of the number field, its type of address and its CLI validity."""
    raw = clean(text)
    shown = validity if validity in VALIDITIES and validity is not None else 0
    if not raw and shown == 0:
        shown = WITHHELD  # `+CLIP: "",128` is how most modems say "withheld"
    return CallerId(normalise(text, kind), raw, shown)


def clean(text: str) -> str:
    """Keep at most 64 printable characters; control and direction characters are removed."""
    kept = (c for c in text[: 8 * RAW_MAX] if not unicodedata.category(c).startswith("C"))
    return "".join(kept).strip()[:RAW_MAX]


def normalise(text: str, kind: int | None) -> str | None:
    """Turn a number into 0xxxxxxxxx (Vietnam) or +E164 (abroad); None when it is no number.

    kind: type of address, 129 unknown, 145 international, 161 national. It is only a hint:
    networks print "84912345678" with 145 and with 129, and "0079..." with 145.
    """
    digits = decode_ucs2(text)
    if not _DIALABLE.fullmatch(digits):
        return None
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if digits.startswith("+"):
        return _abroad_or_home(digits)
    if kind == INTERNATIONAL and not digits.startswith("0"):
        number = _parsed("+" + digits)
        if number is not None and plan.is_valid_number(number):
            return _abroad_or_home("+" + digits)
    return _at_home(digits)


def decode_ucs2(text: str) -> str:
    """Undo the hex of AT+CSCS="UCS2" ("00300039" is "09"); other text stays as it is."""
    if not _UCS2.fullmatch(text):
        return text
    return bytes.fromhex(text).decode("utf-16-be")


def _abroad_or_home(digits: str) -> str | None:
    number = _parsed(digits)
    if number is None:
        return None
    if number.country_code == HOME_CODE:
        return _national(number)
    if not plan.is_possible_number(number):
        return None
    return plan.format_number(number, plan.PhoneNumberFormat.E164)


def _at_home(digits: str) -> str:
    """A number without prefix: the plan decides about 84..., the network's word stands else."""
    for text in (digits, "0" + digits):
        number = _parsed(text)
        if number is not None and plan.is_valid_number(number):
            return _national(number)
    return digits  # short codes, numbers newer than the plan: the network has printed them


def _national(number: PhoneNumber) -> str:
    shown = plan.format_number(number, plan.PhoneNumberFormat.NATIONAL)
    digits = re.sub(r"[^0-9]", "", shown)
    short = len(digits) <= 4 or digits.startswith(("1800", "1900"))
    return digits if short or digits.startswith("0") else "0" + digits


def _parsed(digits: str) -> PhoneNumber | None:
    try:
        return plan.parse(digits, HOME)
    except plan.NumberParseException:
        return None
