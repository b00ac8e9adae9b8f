"""The words of a transcript as one letter each, so that spoken numbers can be found by pattern.

Decides: which words can be part of a number, and how sure that is. May touch: nothing (PURE).
Thread: any. Called by: number_shapes, numbers, number_runs.
"bảy giờ rưỡi tối" becomes "7grd". A recogniser loses tone marks or writes the wrong ones, therefore
two spellings of the same line: `sure` has only what cannot be another word, `loose` also what would
be a digit with other tone marks ("bà" for "ba"), where digits stand on both sides of it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from appliance.vietnamese import fold, nfc

NUMBERS = "0123456789abctmHNMBlrkw"  # letters of number words
OTHER = "."

# Letter of a plate -> what it is called, the more common name first.
LETTER_NAMES = {
    "B": "bê bờ",
    "C": "xê cờ",
    "D": "dê dờ",
    "Đ": "đê đờ",
    "F": "ép",
    "G": "gờ gê giê",
    "H": "hát hắt",
    "K": "ca ka",
    "L": "lờ",
    "M": "mờ",
    "N": "nờ",
    "P": "pê",
    "Q": "quy",
    "R": "rờ",
    "S": "sờ",
    "T": "tê",
    "V": "vê",
    "X": "ích",
    "Z": "dét giét",
}

# Letter -> the words it stands for. First come, first served where words fold to the same.
WORDS = {
    "0": "không",
    "1": "một",
    "2": "hai",
    "3": "ba",
    "4": "bốn",
    "5": "năm",
    "6": "sáu",
    "7": "bảy bẩy",
    "8": "tám",
    "9": "chín",
    "a": "mốt",
    "b": "tư",
    "c": "lăm nhăm",
    "t": "mười",
    "m": "mươi",
    "H": "trăm",
    "N": "nghìn ngàn",
    "M": "triệu",
    "B": "tỷ tỉ",
    "l": "linh lẻ",
    "r": "rưỡi",
    "k": "chục",
    # what a number counts or names
    "g": "giờ",
    "p": "phút",
    "e": "kém",
    "d": "sáng trưa chiều tối đêm khuya",
    "R": "rạng",
    "n": "ngày mùng mồng",
    "T": "tháng",
    "G": "giêng chạp",
    "u": "tuổi",
    "s": "số",
    "v": "nhà",
    "J": "thôn xóm tổ đội khóm ấp",
    "O": "ngách ngõ hẻm kiệt",
    "S": "đường phố",
    "y": "mét cây km kilômét",
    "x": "/ trên xuyệt xuyệc xẹt sẹc",
    "+": "+ cộng",
    "-": "chấm gạch ngang phẩy",
    # what comes before a number
    "P": "gọi thoại liên đài dây zalo",
    "I": "cước chứng khoản",
    "f": "thứ",
    "X": "mấy vài hàng",
    "D": "trong vòng mất suốt hơn dài được đây cả",  # two hours long, not two o'clock
    "j": "lúc khoảng vào tầm cỡ chừng độ hôm mai",
    # what comes after it
    "E": "đồng liền nữa liên",  # "đồng hồ": a duration again
    "Y": "nay ngoái kia",  # "năm nay" is this year, not five
    "V": "sau",
    "W": "trước qua tới học",  # "ba năm trước" counts years
    "z": "người hộ con cái chiếc đứa thằng tên xe bao cân kg tạ tấn tiếng giây lần em cháu thanh"
    " vụ lít gian căn hòn viên bát suất phần cột khẩu anh chị ông bà bác",
    # letters of a plate, as they are called and as they are written
    "A": "a",
    "h": "h",
    "q": "em en",
    "L": "b c d đ e g k l m n p q s t u v x y z " + " ".join(LETTER_NAMES.values()),
    "~": "à ờ ừ ừm ơ ạ dạ vâng rồi xong đến tiếp là thì",
}
# Without tone marks these are more often another word: tô, đợi, ngô, xe, hèm, tới, học, đây ...
LOST_WITHOUT_MARKS = "tổ đội ngõ hẻm kiệt ấp xê cờ dờ đờ đê sau tới học đây ca cả cỡ độ"
LONGEST_WRITTEN = 15  # digits of one written number; longer is no number anybody says

_PIECE = re.compile(r"[0-9]+|[^\W\d_]+|[+/]")
_RUN = re.compile(rf"[{NUMBERS}~AhqLs+-]+")


class Piece(NamedTuple):
    """A word, or a part of one such as the 7, h and 30 of "7h30"; word is its index."""

    text: str
    word: int


@dataclass(frozen=True)
class Spoken:
    """A transcript in letters; sure, loose and pieces are equally long."""

    sure: str
    loose: str
    pieces: tuple[Piece, ...]
    toneless: bool

    def text(self, at: int) -> str:
        """Give the piece at this letter, composed and in lower case."""
        return self.pieces[at].text

    def written(self, start: int, end: int) -> bool:
        """Say whether these pieces are all digits already."""
        return all(piece.text[0] in "0123456789+" for piece in self.pieces[start:end])


def spell(words: Sequence[str]) -> Spoken:
    """Turn the words of a transcript into letters."""
    pieces = tuple(Piece(text, i) for i, word in enumerate(words) for text in _cut(word))
    toneless = all(piece.text == _folded(piece.text) for piece in pieces)
    if toneless:
        line = "".join(_letter(_folded(piece.text), _TONELESS) for piece in pieces)
        sure = loose = _without_traps(_tens_without_marks(line), weekday="f[2-7b]m?")
    else:
        line = "".join(_letter(piece.text, _MARKED) for piece in pieces)
        sure = _without_traps(line, weekday="f[2-7b](?!m)")
        loose = _only_between_digits("".join(map(_guess, pieces, sure)), sure)
    return Spoken(sure, loose, pieces, toneless)


def plate_letter(text: str) -> str:
    """Give the capital letter that a piece names; the piece is one of a plate's letters."""
    return _NAMED.get(text) or _NAMED_FOLDED.get(text) or text.upper()


def _folded_table() -> dict[str, str]:
    table: dict[str, str] = {}
    lost = nfc(LOST_WITHOUT_MARKS).split()
    for word, letter in _MARKED.items():
        if word not in lost:
            table.setdefault(fold(word), letter)
    return table


_MARKED = {nfc(word): letter for letter, words in WORDS.items() for word in words.split()}
_TONELESS = _folded_table()
_GUESSED = {fold(word): letter for word, letter in _MARKED.items() if letter in "0123456789tm"}
_NAMED = {nfc(name): letter for letter, names in LETTER_NAMES.items() for name in names.split()}
_NAMED_FOLDED = {fold(name): letter for name, letter in reversed(_NAMED.items())}


@lru_cache(maxsize=4096)  # a transcript repeats its words; a recogniser knows some 20,000
def _cut(word: str) -> tuple[str, ...]:
    return tuple(_PIECE.findall(nfc(nfc(word).casefold())))


@lru_cache(maxsize=4096)
def _folded(text: str) -> str:
    return fold(text)


def _letter(text: str, table: dict[str, str]) -> str:
    if not "0" <= text[0] <= "9":
        return table.get(text, OTHER)
    if len(text) == 1:
        return text
    return "w" if len(text) <= LONGEST_WRITTEN else OTHER


def _guess(piece: Piece, sure: str) -> str:
    """Give the digit that a word would be with other tone marks."""
    return sure if sure in NUMBERS else _GUESSED.get(_folded(piece.text), sure)


def _tens_without_marks(line: str) -> str:
    """Tell "mươi" from "mười": after a digit it is the first."""
    return re.sub(r"(?<=[2-9])t", "m", line)


def _without_traps(line: str, *, weekday: str) -> str:
    """Blank out the five of "năm nay" and the weekday of "thứ hai mười hai tháng ba"."""
    line = re.sub("5(?=[VW])", "z", re.sub("5(?=Y)", OTHER, line))
    return re.sub(weekday, lambda found: "f" + OTHER * (len(found[0]) - 1), line)


def _only_between_digits(guessed: str, sure: str) -> str:
    """Keep a guessed letter only where sure number letters stand on both sides in its run."""

    def trim(found: re.Match[str]) -> str:
        start, end = found.span()
        known = [at for at in range(start, end) if sure[at] in NUMBERS]
        first, last = (known[0], known[-1]) if known else (end, end - 1)
        return sure[start:first] + guessed[first : last + 1] + sure[last + 1 : end]

    return _RUN.sub(trim, guessed)
