"""The post's own names -> where they are in a transcript, also when they were misheard.

Decides: which words sound enough like a name to propose it. May touch: nothing (PURE).
Thread: any. Called by: transcript.
Most names are a head ("thôn", "cầu") and a core ("Tân Tiến"). Callers leave the head out or say
another one, therefore the core is compared; but many cores are ordinary words too ("thống nhất"),
therefore something must introduce it: a head, or a word such as "ở". docs/decisions/place-names.md
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from appliance.store.speech_lists import Name
from appliance.transcribing.near_syllables import COMMON, COMMON_UNMARKED, sound
from appliance.vietnamese import fold, nfc, syllables


def _set(words: str) -> frozenset[str]:
    return frozenset(nfc(words).split())


HEADS = _set(
    "bản thôn xóm ấp làng cầu chợ đèo suối sông hồ đập thác hang đồi núi khe đường phố ngõ khu tổ"
)
PEOPLE = _set("ông bà anh chị cô chú bác")  # the heads of officials
PLACING = _set("ở tại từ về lên xuống qua tới đến dưới trên gần cạnh cuối đầu người trong ngoài")
WHOLE = ("official", "place")  # without a head such a name is an introduction of itself

# How near two syllables are: the engines confuse tones most, then sounds of one key (`sound`).
SAME, NO_MARKS, OTHER_TONE, SAME_SOUND = 1.0, 0.95, 0.9, 0.85
OTHER_D = 0.6  # "ra" or "dạ" for "đá" at most: folded they have one key, but not one sound
LEAST_SYLLABLE = 0.5  # below, it is another syllable, however near the rest of the name is
# Least mean of a name's syllables, found on tests/transcribing/place_names/tuning.txt: after a head
# (of two syllables one may have one sound wrong, "tân hợt"); without one ("ở").
LEAST, LEAST_WITHOUT_HEAD = 0.77, 0.85
LEAST_LONE = SAME_SOUND  # of a core of one syllable, times the likeness of its head


@dataclass(frozen=True)
class Proposal:
    """The words first to last, inclusive, may be name; exact: they are, head, tone marks and all.

    score: 0 to 1, the mean likeness of the syllables.
    """

    first: int
    last: int
    name: str
    kind: str
    score: float
    exact: bool


@dataclass(frozen=True)
class _Name:
    """A name made ready: head ("" without one) and core, composed and in lower case."""

    name: str
    kind: str
    head: str
    core: tuple[str, ...]


@dataclass(frozen=True)
class _Heard:
    """The syllables of a transcript, and of which word each one is a part."""

    syllables: tuple[str, ...]
    words: tuple[int, ...]


_BySound = dict[str, list[tuple[_Name, int]]]  # which names have this sound, and where


def find_names(words: Sequence[str], names: Sequence[Name]) -> list[Proposal]:
    """Propose names for the words that are or sound like them, in order, never two on one word."""
    cut = [(part, at) for at, word in enumerate(words) for part in _cut(word)]
    heard = _Heard(tuple(part for part, _ in cut), tuple(at for _, at in cut))
    by_sound = _made_ready(tuple((each.name, each.kind) for each in names))
    taken: set[int] = set()
    best = []
    for proposal in sorted(_candidates(heard, by_sound), key=_surest_first):
        covered = range(proposal.first, proposal.last + 1)
        if taken.isdisjoint(covered):
            taken.update(covered)
            best.append(proposal)
    return sorted(best, key=lambda proposal: proposal.first)


def _surest_first(proposal: Proposal) -> tuple[float, int, int, str, str]:
    length = proposal.last - proposal.first
    return -proposal.score, -length, proposal.first, proposal.name, proposal.kind


@lru_cache(maxsize=4)  # the list changes when an officer edits it, not with each message
def _made_ready(names: tuple[tuple[str, str], ...]) -> _BySound:
    by_sound: _BySound = {}
    for written, kind in names:
        parts = tuple(syllables(written))
        headed = len(parts) > 1 and parts[0] in _heads(kind)
        name = _Name(nfc(written), kind, parts[0] if headed else "", parts[headed:])
        for at, syllable in enumerate(name.core):
            by_sound.setdefault(_sound(syllable), []).append((name, at))
    return by_sound


def _heads(kind: str) -> frozenset[str]:
    return PEOPLE if kind == "official" else HEADS


def _candidates(heard: _Heard, by_sound: _BySound) -> Iterator[Proposal]:
    """Look where a syllable sounds like one of a name's; no proposal is without such a one."""
    places = {
        (at - within, name)
        for at, syllable in enumerate(heard.syllables)
        for name, within in by_sound.get(_sound(syllable), ())
    }
    for start, name in places:
        if 0 <= start <= len(heard.syllables) - len(name.core):
            yield from _compared(heard, start, name)


def _compared(heard: _Heard, start: int, name: _Name) -> Iterator[Proposal]:
    """Give the proposal, if there is one, that the name's core stands at start."""
    before = heard.syllables[start - 1] if start else ""
    head = _head_likeness(before, name.head)
    begin, end = start - (head > 0), start + len(name.core)
    least = LEAST if head else _least(before, name)
    like = _core_likeness(heard.syllables[start:end], name.core, head)
    if least is not None and like >= least:
        exact = heard.syllables[begin:end] == ((name.head,) if name.head else ()) + name.core
        score = SAME if exact else min(like, NO_MARKS)
        first, last = heard.words[begin], heard.words[end - 1]
        yield Proposal(first, last, name.name, name.kind, round(score, 3), exact)


def _head_likeness(before: str, head: str) -> float:
    """Give how near the word before is to a name's own head; 0 when it is another word."""
    like = _likeness(before, head) if before and head else 0.0
    return like if like >= SAME_SOUND else 0.0


def _least(before: str, name: _Name) -> float | None:
    """Give what is asked of a name without its head; None: nothing introduces it."""
    if before in _heads(name.kind):
        return LEAST
    is_whole = not name.head and name.kind in WHOLE
    if len(name.core) > 1 and (is_whole or before in PLACING):
        return LEAST_WITHOUT_HEAD
    return None


def _core_likeness(said: tuple[str, ...], core: tuple[str, ...], head: float) -> float:
    """Give the mean likeness of the syllables; 0 when one of them is another syllable."""
    likes = [_likeness(one, other) for one, other in zip(said, core, strict=True)]
    if min(likes) < LEAST_SYLLABLE:
        return 0.0
    if len(likes) == 1 and likes[0] * (head or SAME) < LEAST_LONE:  # "bán phở" for "bản Pho"
        return 0.0
    for one, like in zip(said, likes, strict=True):
        tone_only = head and like >= OTHER_TONE and SAME in likes
        if not tone_only and _is_common(one, like):
            return 0.0
    return sum(likes) / len(likes)


def _is_common(said: str, like: float) -> bool:
    """Say whether this is a word of every call, which nobody meant as part of a name."""
    if like == SAME:
        return False
    return said in COMMON or (said in COMMON_UNMARKED and like < NO_MARKS)


@lru_cache(maxsize=8192)  # pairs; a transcript meets the same few names over and over
def _likeness(said: str, meant: str) -> float:
    """Give how near two syllables are, 0 to 1."""
    if said == meant:
        return SAME
    folded, wanted = _fold(said), _fold(meant)
    if said == folded == wanted:
        return NO_MARKS
    by_ear = SAME_SOUND * fuzz.ratio(sound(folded), sound(wanted)) / 100
    if (said[:1] == "đ") != (meant[:1] == "đ"):
        return min(OTHER_D, by_ear)
    return OTHER_TONE if folded == wanted else by_ear


@lru_cache(maxsize=8192)
def _cut(word: str) -> tuple[str, ...]:
    return tuple(syllables(word))


@lru_cache(maxsize=8192)
def _fold(syllable: str) -> str:
    return fold(syllable)


@lru_cache(maxsize=8192)
def _sound(syllable: str) -> str:
    return sound(_fold(syllable))
