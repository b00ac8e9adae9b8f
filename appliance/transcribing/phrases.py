"""Finds the phrases of a list in what a recogniser wrote, although it wrote them a little wrong.

Decides: how far a word may be from a phrase, and what that costs. May touch: nothing (PURE).
Thread: any. Called by: triage.
Matching is done without tone marks; marks that are there and contradict cost, they forbid nothing.
In a phrase "..." stands for up to GAP words, and "/" parts syllables of which one is enough.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from appliance.transcribing.near_syllables import SLIP, SOUND, NearSyllables
from appliance.vietnamese import SYLLABLE, fold, nfc

GAP = 6  # words that "..." may stand for: "nhà ông trưởng bản đang cháy"
GAP_MARK = "..."  # or "…", its one character
# What tones cost: of syllables with another one, or that stand alone in a text without marks.
DOUBT = 0.5
DOUBT_APART = 0.3  # of those beside a gap, in such a text
LOST_FROM = 4  # syllables: of shorter phrases none may be missing
FILLERS = frozenset(("à", "ạ", "a", "ờ", "ơ", "ừ", "ừm", "ưm"))  # "đánh ờ nhau"


@dataclass(frozen=True)
class Found:
    """A phrase in a text: where each of its syllables stands, and which of them were guessed.

    likeness: what is left of the phrase's weight, 0 to 1.
    """

    phrase: int
    places: tuple[int, ...]
    guessed: tuple[int, ...]
    likeness: float


@dataclass(frozen=True, slots=True)
class _Step:
    """One syllable of a phrase; spellings: folded -> with its marks; loose: "..." before it."""

    spellings: dict[str, str]
    loose: bool


@dataclass(frozen=True, slots=True)
class _Spelling:
    """A phrase as it may have been written; likeness: what this way of writing leaves."""

    phrase: int
    steps: tuple[_Step, ...]
    likeness: float
    lone: float  # which part of its syllables has no neighbour to make it certain
    has_marks: bool
    has_gaps: bool


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


class Phrases:
    """A list made ready once; `find` may be called for each new word."""

    def __init__(self, phrases: Sequence[str]) -> None:
        self._phrases = tuple(phrases)
        self._single: dict[str, list[_Spelling]] = {}
        self._whole: dict[str, dict[str, list[_Spelling]]] = {}  # by the first two syllables
        self._with_gaps: dict[str, list[_Spelling]] = {}
        known: set[str] = set()
        for n, phrase in enumerate(phrases):
            for spelling in _spellings(n, phrase):
                self._put(spelling)
                known.update(*(step.spellings for step in spelling.steps))
        self._near = NearSyllables(known)

    def _put(self, spelling: _Spelling) -> None:
        steps = spelling.steps
        for first in steps[0].spellings:
            if len(steps) == 1:
                self._single.setdefault(first, []).append(spelling)
            elif spelling.has_gaps:
                self._with_gaps.setdefault(first, []).append(spelling)
            else:
                by_second = self._whole.setdefault(first, {})
                for second in steps[1].spellings:
                    by_second.setdefault(second, []).append(spelling)

    def find(self, text: Text) -> Iterator[Found]:
        """Give every place where a phrase stands, or something like it.

        With gaps, or alone, a syllable has little to hold on to: there it must be its own.
        """
        near = [self._near.of(syllable) for syllable in text.marked]
        for place, (like, following) in enumerate(pairwise(near)):
            for by_second in [self._whole[first] for first in like if first in self._whole]:
                for second in following:
                    for spelling in by_second.get(second, ()):
                        if _goes_on(spelling.steps, near, place):
                            places = tuple(range(place, place + len(spelling.steps)))
                            yield from _found(spelling, text, near, places)
        own = [{each: 1.0} for each in text.folded]
        there = set(text.folded)
        for place, first in enumerate(text.folded):
            for spelling in self._single.get(first, ()):
                yield from _found(spelling, text, own, (place,))
            for spelling in self._with_gaps.get(first, ()):
                if not there.isdisjoint(spelling.steps[-1].spellings):
                    spread = _follow(spelling.steps, text.folded, place)
                    if spread is not None:
                        yield from _found(spelling, text, own, spread)

    def reading(self, found: Found, text: Text) -> str:
        """Name the phrase as it was meant here: of "rơi/ngã xuống ao/suối" one of each."""
        phrase = self._phrases[found.phrase]
        if "/" not in phrase:
            return phrase
        parts = phrase.replace("…", GAP_MARK).replace(GAP_MARK, f" {GAP_MARK} ").split()
        if len(parts) - parts.count(GAP_MARK) != len(found.places):
            return phrase  # two syllables run together, or one lost
        places = iter(found.places)
        return " ".join(
            self._nearest(part, text.marked[next(places)]) if part != GAP_MARK else part
            for part in parts
        )

    def _nearest(self, part: str, marked: str) -> str:
        near = self._near.of(marked)
        return max(part.split("/"), key=lambda each: near.get(fold(each), 0.0))


def _spellings(phrase: int, written: str) -> Iterator[_Spelling]:
    """Give the ways to write a phrase: as it is, two syllables run together, one lost."""
    steps, lone = _steps(written)
    has_marks = any(of != to for step in steps for of, to in step.spellings.items())
    has_gaps = any(step.loose for step in steps)
    if steps:
        yield _Spelling(phrase, steps, 1.0, lone, has_marks, has_gaps)
    for n in range(1, len(steps)):
        if not steps[n].loose:
            glued = _Step(_glue(steps[n - 1], steps[n]), steps[n - 1].loose)
            rest = (*steps[: n - 1], glued, *steps[n + 1 :])
            yield _Spelling(phrase, rest, SOUND, 0.0, has_marks, has_gaps)
    for n in range(1, len(steps) - 1) if len(steps) >= LOST_FROM else ():
        yield _Spelling(phrase, (*steps[:n], *steps[n + 1 :]), SLIP, lone, has_marks, has_gaps)


def _steps(written: str) -> tuple[tuple[_Step, ...], float]:
    """Cut a phrase into steps; also which part of them stands alone between gaps."""
    steps: list[_Step] = []
    lone = 0
    for piece in written.replace("…", GAP_MARK).split(GAP_MARK):
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
    spelling: _Spelling, text: Text, likes: list[dict[str, float]], places: tuple[int, ...]
) -> Iterator[Found]:
    """Give the phrase if enough of it is certain; likes: what each syllable may stand for."""
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
    if not text.has_marks:
        return (DOUBT_APART if spelling.has_gaps else DOUBT) * spelling.lone
    return other_tone if spelling.has_gaps else DOUBT * other_tone


def _goes_on(steps: tuple[_Step, ...], likes: list[dict[str, float]], place: int) -> bool:
    """Whether a phrase whose first two syllables stand there goes on to its end."""
    if place + len(steps) > len(likes):
        return False
    return not any(
        likes[place + n].keys().isdisjoint(steps[n].spellings) for n in range(2, len(steps))
    )


def _follow(steps: tuple[_Step, ...], folded: list[str], place: int) -> tuple[int, ...] | None:
    """Find a place for each step from the first one's on, the nearest; None: it is not there."""
    if len(steps) == 1:
        return (place,)
    reach = GAP + 1 if steps[1].loose else 1
    for following in range(place + 1, min(place + reach + 1, len(folded))):
        if folded[following] in steps[1].spellings:
            rest = _follow(steps[1:], folded, following)
            if rest is not None:
                return (place, *rest)
    return None
