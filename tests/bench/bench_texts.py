"""How many spoken numbers and names of the post are found, and what finding them costs.

Run by hand: python -m tests.bench.bench_texts [numbers|names|time ...]
Prints numbers and never a phrase: the halves that are kept apart must stay unread.
"""

import statistics
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import chain, cycle, islice, product

from appliance.store.speech_lists import Name
from appliance.transcribing.names import find_names
from appliance.transcribing.numbers import find_numbers
from tests.transcribing.marked_text import HERE, phrases

HALVES = ("tuning", "kept_apart")
WORDS, NAMES, ROUNDS = 200, 200, 200


@dataclass(frozen=True)
class Score:
    """How much was marked by hand, how much was found, and how much of that was right."""

    marked: int
    found: int
    right: int

    @property
    def precision(self) -> float:
        return self.right / self.found

    @property
    def recall(self) -> float:
        return self.right / self.marked


def post_names() -> list[Name]:
    lines = (HERE / "place_names" / "names.txt").read_text("utf-8").splitlines()
    return [Name(name, kind) for kind, name in (line.split("\t") for line in lines)]


def score_names(half: str, change: Callable[[str], str] = str) -> Score:
    """A proposal is right when it is that name and shares a word with the mark."""
    read, names = phrases(f"place_names/{half}.txt"), post_names()
    found = [find_names([change(word) for word in each.words], names) for each in read]
    right = sum(
        any(p.name == mark.what and p.first <= mark.last and mark.first <= p.last for p in got)
        for each, got in zip(read, found, strict=True)
        for mark in each.marks
    )
    return Score(sum(len(each.marks) for each in read), sum(map(len, found)), right)


def score_numbers(half: str) -> Score:
    """A reading is right when it stands on the marked words and has their kind and value."""
    read = phrases(f"spoken_numbers/{half}.txt")
    found = [
        [(r.first, r.last, f"{r.kind} {r.value}") for r in find_numbers(each.words)]
        for each in read
    ]
    right = sum(len(set(each.marks) & set(got)) for each, got in zip(read, found, strict=True))
    return Score(sum(len(each.marks) for each in read), sum(map(len, found)), right)


def ordinary_sentences_with_names(half: str) -> tuple[int, int]:
    """Of the sentences for triage: how many have a name proposed, of how many."""
    sentences, names = ordinary(half), post_names()
    return sum(bool(find_names(words, names)) for words in sentences), len(sentences)


def ordinary(half: str) -> list[list[str]]:
    lines = (HERE / "triage" / f"{half}.tsv").read_text("utf-8").splitlines()[1:]
    return [line.split("\t")[2].split() for line in lines]


def many_names(count: int) -> list[Name]:
    """Names made of the heads and the syllables of the list, as like each other as real ones."""
    syllables = [name.name.split()[-1] for name in post_names() if name.kind == "hamlet"]
    made = product(("thôn", "bản", "xóm"), syllables, syllables[::4])
    return [Name(" ".join(parts), "hamlet") for parts in islice(made, count)]


def first_words(sentences: Iterable[list[str]]) -> list[str]:
    return list(islice(cycle(chain.from_iterable(sentences)), WORDS))


def show_score(what: str, half: str, score: Score) -> None:
    print(
        f"{what} {half:10} {score.marked} marked, {score.found} found:"
        f" precision {score.precision:.3f} recall {score.recall:.3f}"
    )


def show_ordinary(half: str) -> None:
    proposed, count = ordinary_sentences_with_names(half)
    print(f"names {half:10} proposed in {proposed} of {count} ordinary sentences")


def show_times() -> None:
    """A message of nothing but numbers, one of nothing but places, and one of ordinary talk."""
    numbers, places = (
        first_words(each.words for each in phrases(f"{folder}/tuning.txt"))
        for folder in ("spoken_numbers", "place_names")
    )
    talk, names = first_words(ordinary("tuning")), many_names(NAMES)
    for what, words in (("numbers", numbers), ("ordinary", talk)):
        show_time(f"numbers in {WORDS} words, {what}", partial(find_numbers, words))
    for what, words in (("places", places), ("ordinary", talk)):
        show_time(f"{NAMES} names in {WORDS} words, {what}", partial(find_names, words, names))


def show_time(what: str, work: Callable[[], object]) -> None:
    """CPU time: of the first round, which fills the caches, and of the others."""
    first, *costs = [_cost_ms(work) for _ in range(ROUNDS)]
    print(
        f"{what}: median {statistics.median(costs):.2f} ms, most {max(costs):.2f} ms,"
        f" first {first:.2f} ms"
    )


def _cost_ms(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1000


def main(asked: list[str]) -> None:
    for half in HALVES:
        if "numbers" in asked:
            show_score("numbers", half, score_numbers(half))
        if "names" in asked:
            show_score("names", half, score_names(half))
            show_ordinary(half)
    if "time" in asked:
        show_times()


if __name__ == "__main__":
    main(sys.argv[1:] or ["numbers", "names", "time"])
