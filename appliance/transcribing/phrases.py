"""Finds the phrases of a list in what a recogniser wrote, although it wrote them a little wrong.

Decides: how far a word may be from a phrase, and what that costs. May touch: nothing (PURE).
Thread: any. Called by: triage.
Matching is done without tone marks; marks that are there and contradict cost, they forbid nothing.
In a phrase "..." stands for up to GAP words, and "/" parts syllables of which one is enough.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from appliance.vietnamese import SYLLABLE, fold, nfc

GAP = 6  # words that "..." may stand for: "nhà ông trưởng bản đang cháy"
GAP_MARKS = ("...", "…")
# What each kind of likeness leaves of a phrase's weight. A slip leaves 6 of 10: a list's strongest
# phrases still raise an alarm with one wrong letter, weaker ones need a second sign.
SOUND = 0.85  # nearly the same sound, "chốn" for "trốn"; two syllables run together
SLIP = 0.6  # one letter more, less or other; one syllable lost
DOUBT = 0.5  # of the syllables that have another tone, or stand alone in a text without marks
DOUBT_APART = 0.3  # of those that stand alone beside a gap, in such a text
SLIP_FROM = 4  # letters of the longer one: in shorter syllables every letter makes another word
ALONE = ""  # what follows the first syllable of a phrase that has no second
LOST_FROM = 4  # syllables: of shorter phrases none may be missing
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
FILLERS = frozenset(("à", "ạ", "a", "ờ", "ơ", "ừ", "ừm", "ưm"))  # "đánh ờ nhau"

# Sounds that the north-west does not keep apart, or that a telephone does not.
_INITIALS = (
    *(("ngh", "ng"), ("ng", "ng"), ("nh", "nh"), ("gh", "g"), ("gi", "d"), ("tr", "ch")),
    *(("ch", "ch"), ("kh", "kh"), ("th", "th"), ("ph", "f"), ("qu", "cu")),
    *(("k", "c"), ("q", "c"), ("r", "d"), ("s", "x"), ("n", "l")),
)
_FINALS = (("nh", "n"), ("ng", "n"), ("ch", "c"), ("t", "c"))


@dataclass(frozen=True)
class Found:
    """A phrase in a text: where each of its syllables stands, and which of them were guessed.

    likeness: what is left of the phrase's weight, 0 to 1.
    """

    phrase: int
    places: tuple[int, ...]
    guessed: tuple[int, ...]
    likeness: float


@dataclass(frozen=True)
class _Step:
    """One syllable of a phrase; spellings: folded -> with its marks; loose: "..." before it."""

    spellings: dict[str, str]
    loose: bool


@dataclass(frozen=True)
class _Spelling:
    """A phrase as it may have been written; likeness: what this way of writing leaves."""

    phrase: int
    steps: tuple[_Step, ...]
    likeness: float
    lone: float  # which part of its syllables has no neighbour to make it certain
    has_marks: bool


@dataclass(frozen=True)
class Text:
    """Words cut into syllables; words: of which word each one is a part.

    has_marks: whoever wrote it set tone marks.
    """

    marked: list[str]
    folded: list[str]
    words: list[int]
    has_marks: bool


def cut(words: Sequence[str]) -> Text:
    """Cut words into syllables without the fillers between them."""
    syllables = [
        (n, syllable)
        for n, word in enumerate(words)
        for syllable in SYLLABLE.findall(nfc(word).casefold())
        if syllable not in FILLERS
    ]
    marked = [syllable for _, syllable in syllables]
    folded = fold(" ".join(marked)).split()  # in one go: ten times as fast
    return Text(marked, folded, [n for n, _ in syllables], marked != folded)


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


class Phrases:
    """A list made ready once; `find` may be called for each new word."""

    def __init__(self, phrases: Sequence[str]) -> None:
        self._whole: dict[str, dict[str, list[_Spelling]]] = {}  # by the first two syllables
        self._with_gaps: dict[str, list[_Spelling]] = {}
        known: set[str] = set()
        for n, phrase in enumerate(phrases):
            for spelling in _spellings(n, phrase):
                self._put(spelling)
                known.update(*(step.spellings for step in spelling.steps))
        self._known = known
        self._by_sound: dict[str, list[str]] = {}
        self._by_rest: dict[str, list[str]] = {}
        for syllable in sorted(known):
            self._by_sound.setdefault(sound(syllable), []).append(syllable)
            for rest in _rests(syllable):
                self._by_rest.setdefault(rest, []).append(syllable)
        self._near_known: dict[str, dict[str, float]] = {}

    def _put(self, spelling: _Spelling) -> None:
        steps = spelling.steps
        for first in steps[0].spellings:
            if any(step.loose for step in steps):
                self._with_gaps.setdefault(first, []).append(spelling)
            else:
                by_second = self._whole.setdefault(first, {})
                for second in steps[1].spellings if len(steps) > 1 else (ALONE,):
                    by_second.setdefault(second, []).append(spelling)

    def find(self, text: Text) -> Iterator[Found]:
        """Give every place where a phrase stands, or something like it.

        With gaps a phrase has little to hold on to: there every syllable must be its own.
        """
        near = [self._near(syllable) for syllable in text.marked]
        for place, like in enumerate(near):
            following = (ALONE, *(near[place + 1] if place + 1 < len(near) else ()))
            for by_second in [self._whole[first] for first in like if first in self._whole]:
                for second in following:
                    for spelling in by_second.get(second, ()):
                        yield from _found(spelling, text, near, place)
        own = [{each: 1.0} for each in text.folded]
        there = set(text.folded)
        for place, first in enumerate(text.folded):
            for spelling in self._with_gaps.get(first, ()):
                if not there.isdisjoint(spelling.steps[-1].spellings):
                    yield from _found(spelling, text, own, place)

    def _near(self, marked: str) -> dict[str, float]:
        """Name the syllables of the list that this may stand for, and what each leaves."""
        known = self._near_known.get(marked)
        if known is None:
            if len(self._near_known) >= REMEMBERED:
                self._near_known.clear()
            known = self._near_known[marked] = self._look_near(marked)
        return known

    def _look_near(self, marked: str) -> dict[str, float]:
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


def _spellings(phrase: int, written: str) -> Iterator[_Spelling]:
    """Give the ways to write a phrase: as it is, two syllables run together, one lost."""
    steps, lone = _steps(written)
    has_marks = any(of != to for step in steps for of, to in step.spellings.items())
    if steps:
        yield _Spelling(phrase, steps, 1.0, lone, has_marks)
    for n in range(1, len(steps)):
        if not steps[n].loose:
            glued = _Step(_glue(steps[n - 1], steps[n]), steps[n - 1].loose)
            rest = (*steps[: n - 1], glued, *steps[n + 1 :])
            yield _Spelling(phrase, rest, SOUND, 0.0, has_marks)
    for n in range(1, len(steps) - 1) if len(steps) >= LOST_FROM else ():
        yield _Spelling(phrase, (*steps[:n], *steps[n + 1 :]), SLIP, lone, has_marks)


def _steps(written: str) -> tuple[tuple[_Step, ...], float]:
    """Cut a phrase into steps; also which part of them stands alone between gaps."""
    for mark in GAP_MARKS:
        written = written.replace(mark, "\0")
    steps: list[_Step] = []
    lone = 0
    for piece in written.split("\0"):
        syllables = [_spelling_of(part) for part in nfc(piece).casefold().split()]
        syllables = [each for each in syllables if each]
        lone += len(syllables) == 1
        steps += [_Step(each, bool(steps) and n == 0) for n, each in enumerate(syllables)]
    return tuple(steps), lone / len(steps) if steps else 0.0


def _spelling_of(part: str) -> dict[str, str]:
    found = [syllable for syllable in SYLLABLE.findall(part) if syllable not in FILLERS]
    return {fold(syllable): syllable for syllable in found}


def _glue(one: _Step, other: _Step) -> dict[str, str]:
    return {
        a + b: one.spellings[a] + other.spellings[b] for a in one.spellings for b in other.spellings
    }


def _found(
    spelling: _Spelling, text: Text, likes: list[dict[str, float]], place: int
) -> Iterator[Found]:
    """Give the phrase if it stands there; likes: what each syllable of the text may stand for."""
    places = _follow(spelling.steps, likes, place)
    if places is None:
        return
    left, guessed, other_tone = spelling.likeness, [], 0
    for step, there in zip(spelling.steps, places, strict=True):
        like, written = max((likes[there].get(each, 0.0), each) for each in step.spellings)
        if like < 1.0:
            left *= like
            guessed.append(there)
        elif text.marked[there] != step.spellings[written]:
            other_tone += 1
    wrong, count = len(guessed), len(places)
    if wrong > (count // 2 if spelling.likeness == 1.0 else 0) or (
        wrong and wrong + other_tone == count
    ):
        return  # nothing of it is certain
    left *= 1 - _doubt(spelling, text, other_tone / count)
    yield Found(spelling.phrase, places, tuple(guessed), left)


def _doubt(spelling: _Spelling, text: Text, other_tone: float) -> float:
    """Which part of the weight the tones cost; other_tone: part of the syllables."""
    if not spelling.has_marks:  # whoever put it on the list left the tones open
        return 0.0
    has_gaps = any(step.loose for step in spelling.steps)
    if not text.has_marks:
        return (DOUBT_APART if has_gaps else DOUBT) * spelling.lone
    return other_tone if has_gaps else DOUBT * other_tone


def _follow(
    steps: tuple[_Step, ...], likes: list[dict[str, float]], place: int
) -> tuple[int, ...] | None:
    """Find a place for each step from the first one's on, the nearest; None: it is not there."""
    if len(steps) == 1:
        return (place,)
    reach = GAP + 1 if steps[1].loose else 1
    for following in range(place + 1, min(place + reach + 1, len(likes))):
        if not likes[following].keys().isdisjoint(steps[1].spellings):
            rest = _follow(steps[1:], likes, following)
            if rest is not None:
                return (place, *rest)
    return None


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
