"""Which syllables of a list one syllable of a recogniser may stand for.

Decides: what sounds alike, what is a slip, and how much each is trusted. May touch: nothing (PURE).
Thread: one (it remembers). Called by: phrases.
"""

from collections.abc import Iterable

from appliance.vietnamese import SYLLABLE, fold

# What each kind of likeness leaves of a phrase's weight. A slip leaves 6 of 10: a list's strongest
# phrases still raise an alarm with one wrong letter, weaker ones need a second sign.
SOUND = 0.85  # nearly the same sound, "chốn" for "trốn"; two syllables run together
SLIP = 0.6  # one letter more, less or other; one syllable lost
SLIP_FROM = 4  # letters of the longer one: in shorter syllables every letter makes another word
LONGEST = 7  # letters, "nghieng"; longer ones are two that ran together, and cost enough as it is
# Syllables of every call: none of them is taken for another one ("cháu nhà" is no "cháy nhà").
COMMON = frozenset(
    SYLLABLE.findall(
        "tôi em anh chị cháu con ông bà bác chú bố mẹ nó họ mình vợ chồng thằng đứa bé cụ người nhà"
        " có không là và của cho với đi về ra vào lên xuống sang đến qua từ ở trong ngoài trên dưới"
        " trước sau này kia đó đấy đây đâu ai gì sao nào thế vậy thì mà nên vì nếu khi lúc hay hoặc"
        " được bị phải muốn cần để bằng như cũng vẫn còn lại nữa rồi đã đang sẽ chưa vừa mới cứ chỉ"
        " một hai ba bốn năm sáu bảy tám chín mười trăm ngàn ngày tháng giờ hôm qua mai sáng chiều"
        " tối đêm làm nói bảo hỏi biết thấy xin giúp lấy rất lắm quá nhiều ít to lớn nhỏ mấy những"
        " các cái ạ à ơi nhé nhỉ dạ vâng thưa cán bộ công an xã bản thôn xóm huyện tỉnh đường xe"
        " tiền ăn uống mua bán chơi học trai gái trẻ đất nước việc chuyện gọi báo giờ toàn"
    )
)
COMMON_UNMARKED = frozenset(fold(syllable) for syllable in COMMON)
REMEMBERED = 5000  # syllables of callers and what they are near to: 2 MB, all of Vietnamese

# Sounds that the north-west does not keep apart, or that a telephone does not.
_INITIALS = (
    *(("ngh", "ng"), ("ng", "ng"), ("nh", "nh"), ("gh", "g"), ("gi", "d"), ("tr", "ch")),
    *(("ch", "ch"), ("kh", "kh"), ("th", "th"), ("ph", "f"), ("qu", "cu")),
    *(("k", "c"), ("q", "c"), ("r", "d"), ("s", "x"), ("n", "l")),
)
_FINALS = (("nh", "n"), ("ng", "n"), ("ch", "c"), ("t", "c"))


class NearSyllables:
    """The folded syllables of a list, to be asked about those of a text."""

    def __init__(self, known: Iterable[str]) -> None:
        self._known = frozenset(known)
        self._by_sound: dict[str, tuple[str, ...]] = {}
        self._by_rest: dict[str, tuple[str, ...]] = {}  # tuples: 1 MB less than lists
        for syllable in sorted(self._known):
            _put(self._by_sound, sound(syllable), syllable)
            for rest in _rests(syllable) if len(syllable) <= LONGEST else ():
                _put(self._by_rest, rest, syllable)
        self._seen: dict[str, dict[str, float]] = {}

    def of(self, marked: str) -> dict[str, float]:
        """Name the syllables of the list that this may stand for, and what each leaves."""
        known = self._seen.get(marked)
        if known is None:
            if len(self._seen) >= REMEMBERED:
                self._seen.clear()
            known = self._seen[marked] = self._look(marked)
        return known

    def _look(self, marked: str) -> dict[str, float]:
        near: dict[str, float] = {}
        syllable = fold(marked)
        if marked not in COMMON and marked not in COMMON_UNMARKED:
            for rest in _rests(syllable):
                for other in self._by_rest.get(rest, ()):
                    if _is_slip(syllable, other):
                        near[other] = SLIP
            for other in self._by_sound.get(sound(syllable), ()):
                near[other] = SOUND
        if syllable in self._known:
            near[syllable] = 1.0
        return near


def sound(syllable: str) -> str:
    """Spell a folded syllable by its sound: those that are easily taken for each other are one."""
    start, middle = next(
        ((to, syllable[len(of) :]) for of, to in _INITIALS if syllable.startswith(of)),
        ("", syllable),
    )
    for of, to in _FINALS:
        if middle.endswith(of):
            middle = middle[: -len(of)] + to
            break
    return start + middle.replace("y", "i")


def _put(index: dict[str, tuple[str, ...]], key: str, syllable: str) -> None:
    index[key] = (*index.get(key, ()), syllable)


def _rests(syllable: str) -> set[str]:
    """Give a syllable and what it is without one of its letters."""
    return {syllable, *(syllable[:n] + syllable[n + 1 :] for n in range(len(syllable)))}


def _is_slip(one: str, other: str) -> bool:
    """Whether one letter more, less or other makes one of the other."""
    if max(len(one), len(other)) < SLIP_FROM:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    a, b = one[start:], other[start:]
    return a[1:] == b or a == b[1:] or a[1:] == b[1:]
