"""Numbers said digit by digit or in groups: telephones, papers, plates.

Decides: which run of digits is a telephone or a plate. May touch: nothing (PURE).
Thread: any. Called by: numbers.
Groups are written one after the other, as people mean them: "không chín trăm mười hai" is 0912.
"""

import re
from collections.abc import Iterator

from appliance.transcribing.number_shapes import ALONE, TENS, UNIT, Found, below_100
from appliance.transcribing.number_words import NUMBERS, Spoken, plate_letter

# One group: "chín trăm mười hai", "chín linh ba" (903), "hai mươi", a digit, written digits.
_GROUP = (
    rf"[1-9]H(?:l[1-9abc]|{TENS}|[1-9][0-9abc](?![mHkl]))?|[1-9]l[1-9abc]"
    rf"|t(?:{UNIT})?|[2-9]m(?:{UNIT})?|[0-9abc](?![mHkl])|w"
)
_THRICE = r"[2-6]s[0-9]"  # "ba số sáu": 666
# up to three words of hesitation between groups ("à", "xong rồi đến"); "bảy giờ" is no group
_RUN = r"(?<![{numbers}])\+?(?>{group})(?:[~A-]{{0,3}}(?>{group}))*(?![gupTNMBHmkl])"
_RUNS = re.compile(_RUN.format(numbers=NUMBERS, group=_GROUP))
_RUNS_THRICE = re.compile(_RUN.format(numbers=NUMBERS, group=f"{_THRICE}|{_GROUP}"))
_GROUPS = re.compile(f"{_THRICE}|{_GROUP}")

# Numbering plan of Vietnam since 2018: mobile 10 digits, fixed lines 11 with area code 02...
_PLAN = r"(?:0|\+84)(?:[35789][0-9]{8}|2[0-9]{9})"
_DIALABLE = re.compile(_PLAN)
_TWICE = re.compile(f"({_PLAN})({_PLAN})")
_PHONE_LIKE = re.compile(r"0[0-9]{8,10}|\+84[0-9]{9,10}|1[89]00[0-9]{4,6}")
_EMERGENCY = re.compile(r"11[345]")  # police, fire, ambulance
_SHORT = re.compile(r"1[0-9]{2,3}")  # other service numbers: only when called, digit by digit
_NO_ZERO = re.compile(r"[0-9]{9,11}")  # only when called: the first 0 was lost
_INTRODUCED = 6  # words that may stand between "số điện thoại" and its number
_FEWEST = 3  # words: "một một ba"; most runs are shorter, and no telephones
_LEAST_DIGITS = 5  # fewer, one by one, are counting: "một hai ba", "bảy tám năm"

_PLATES = re.compile(
    rf"{ALONE}(?P<province>t[1-46-9abc]|[2-9]m(?:[1-46-9abc])?|[1-9][1-9abc]|w)"
    rf"-?(?P<series>(?:q?[LAh]){{1,2}})[~-]{{0,2}}"
    rf"(?P<digits>(?>{_GROUP})(?:[~-]{{0,2}}(?>{_GROUP}))*)(?![{NUMBERS}])"
)


def find_plates(spoken: Spoken) -> Iterator[Found]:
    """Find province code, letter and 4 to 6 digits: 24A-123.45, 24-H5 001.23."""
    for found in _PLATES.finditer(spoken.loose):
        province, digits = (
            _digits(spoken, spoken.loose, *found.span(part)) for part in ("province", "digits")
        )
        named = (at for at in range(*found.span("series")) if spoken.loose[at] != "q")
        shown = _plate(province, "".join(plate_letter(spoken.text(at)) for at in named), digits)
        if shown:
            yield Found(*found.span(), "plate", shown)


def _plate(province: str, series: str, digits: str) -> str | None:
    """Write a plate as it is printed; five digits after one letter are taken for a car's."""
    if len(province) != 2 or province < "11":
        return None
    first, last = (digits[0], digits[1:]) if len(digits) == 6 else ("", digits)
    shown = f"{last[:3]}.{last[3:]}" if len(last) == 5 else last
    if len(last) not in (4, 5):
        return None
    if first or len(series) == 2:
        return f"{province}-{series}{first} {shown}"
    return f"{province}{series}-{shown}"


def find_runs(spoken: Spoken) -> Iterator[Found]:
    """Find telephones, and as plain numbers what was said in five digits or more.

    The first pass allows doubtful words, but only where a number comes out that can be dialled.
    """
    for found in _RUNS_THRICE.finditer(spoken.loose):
        if len(found[0]) >= _FEWEST or "w" in found[0]:
            yield from _dialable(spoken, *found.span())
    for found in _RUNS.finditer(spoken.sure):
        if len(found[0]) < _FEWEST and "w" not in found[0]:
            continue
        kind = _kind(spoken, *found.span())
        if kind:
            yield Found(*found.span(), kind, _digits(spoken, spoken.sure, *found.span()))


def _dialable(spoken: Spoken, start: int, end: int) -> Iterator[Found]:
    """Give the telephone in a run, or the two where it was said twice without a break."""
    for letters in dict.fromkeys((spoken.loose, _other_tens(spoken))):
        digits = _digits(spoken, letters, start, end)
        kind = "number" if _asked(spoken, "I", start) else "phone"
        if _DIALABLE.fullmatch(digits):
            yield Found(start, end, kind, digits)
        elif twice := _TWICE.fullmatch(digits):
            yield from _halves(spoken, start, end, twice)


def _halves(spoken: Spoken, start: int, end: int, twice: re.Match[str]) -> Iterator[Found]:
    for middle in range(start + 1, end):
        if _digits(spoken, spoken.loose, start, middle) == twice[1]:
            yield Found(start, middle, "phone", twice[1])
            yield Found(middle, end, "phone", twice[2])
            return


def _kind(spoken: Spoken, start: int, end: int) -> str | None:
    digits, letters = _digits(spoken, spoken.sure, start, end), spoken.sure[start:end]
    written, counted = spoken.written(start, end), spoken.sure[end : end + 1] == "z"
    one_by_one = not set(letters) - set("0123456789abc~A-")
    called = _asked(spoken, "P", start)
    if not _asked(spoken, "I", start):
        if _PHONE_LIKE.fullmatch(digits) or (called and _NO_ZERO.fullmatch(digits)):
            return "phone"
        if _EMERGENCY.fullmatch(digits) and (called or (one_by_one and not counted)):
            return "phone"
        if _SHORT.fullmatch(digits) and not counted and called and (one_by_one or written):
            return "phone"
    told = one_by_one and not written and len(digits) >= _LEAST_DIGITS
    return "number" if told and set(digits) != {"0"} else None  # "không không không": no, no, no


def _asked(spoken: Spoken, letter: str, start: int) -> bool:
    """Say whether a word of this letter stands shortly before."""
    return letter in spoken.sure[max(0, start - _INTRODUCED) : start]


def _other_tens(spoken: Spoken) -> str:
    """Without tone marks "chin muoi hai" is 92 or 9 and 12: give the second."""
    return re.sub("(?<=[2-9])m", "t", spoken.loose) if spoken.toneless else spoken.loose


def _digits(spoken: Spoken, letters: str, start: int, end: int) -> str:
    """Write the groups of a run one after the other."""
    groups = _GROUPS.finditer(letters, start, end)
    plus = "+" if letters[start] == "+" else ""
    return plus + "".join(_group(spoken, group) for group in groups)


def _group(spoken: Spoken, found: re.Match[str]) -> str:
    group = found[0]
    if group == "w":
        return spoken.text(found.start())
    if "s" in group:
        return group[2] * int(group[0])
    hundreds, said, rest = group.partition("H")
    if said:
        return hundreds + (f"{below_100(rest.removeprefix('l')):02}" if rest else "00")
    if group[1:2] == "l":
        return f"{group[0]}0{below_100(group[2])}"
    return str(below_100(group))
