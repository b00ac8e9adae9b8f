"""How well the shipped keywords sort the corpus, and how long a judgement takes.

Run by hand: python -m tests.bench.bench_triage [tuning|kept_apart|time ...]
Prints numbers and never a sentence: the half that is kept apart must stay unread.
"""

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from appliance.transcribing.triage import Triage
from appliance.transcribing.word_lists import shipped_keywords

CORPUS = Path(__file__).parents[1] / "transcribing" / "triage"
HALVES = ("tuning", "kept_apart")
ALARMS = ("urgent", "grave")
ROUNDS = 50


@dataclass(frozen=True)
class Judged:
    """One sentence: what it is, and what was made of it; category and urgency."""

    wanted: tuple[str, str]
    got: tuple[str, str]


@dataclass(frozen=True)
class Score:
    """All between 0 and 1, but the counts and the cost."""

    sentences: int
    precision: float  # of all alarms, how many had to be
    recall: float  # of all that had to be, how many were raised
    grave_recall: float  # of the grave, how many were raised as grave
    grave_missed: int  # of the grave, how many were not raised at all
    grave_precision: float
    category: float
    cost: float  # misses, the grave ones counted double, and false alarms; per 100 sentences


def shipped() -> Triage:
    return Triage(shipped_keywords())


def judge(half: str, triage: Triage) -> list[Judged]:
    lines = (CORPUS / f"{half}.tsv").read_text("utf-8").splitlines()[1:]
    judged = []
    for line in lines:
        category, urgency, sentence = line.split("\t")
        found = triage.judge(sentence.split())
        judged.append(Judged((category, urgency), (found.category, found.urgency)))
    return judged


def score(judged: list[Judged]) -> Score:
    def count(wanted: tuple[str, ...], got: tuple[str, ...]) -> int:
        return sum(each.wanted[1] in wanted and each.got[1] in got for each in judged)

    every = ("normal", *ALARMS)
    missed, grave_missed = count(ALARMS, ("normal",)), count(("grave",), ("normal",))
    false_alarms = count(("normal",), ALARMS)
    return Score(
        sentences=len(judged),
        precision=count(ALARMS, ALARMS) / count(every, ALARMS),
        recall=count(ALARMS, ALARMS) / count(ALARMS, every),
        grave_recall=count(("grave",), ("grave",)) / count(("grave",), every),
        grave_missed=grave_missed,
        grave_precision=count(("grave",), ("grave",)) / count(every, ("grave",)),
        category=sum(each.wanted[0] == each.got[0] for each in judged) / len(judged),
        cost=100 * (missed + grave_missed + false_alarms) / len(judged),
    )


def show(half: str, found: Score) -> None:
    print(
        f"{half:10} {found.sentences} sentences: alarm precision {found.precision:.3f}"
        f" recall {found.recall:.3f}, grave recall {found.grave_recall:.3f}"
        f" (not raised at all: {found.grave_missed}) precision {found.grave_precision:.3f},"
        f" category {found.category:.3f}, cost {found.cost:.1f}"
    )


def show_times(triage: Triage) -> None:
    """200 words of alarms without a pause, the worst case, and of questions about papers."""
    lines = [line.split("\t") for line in (CORPUS / "tuning.tsv").read_text("utf-8").splitlines()]
    for urgency in ("grave", "normal"):
        words = " ".join(line[2] for line in lines if line[1] == urgency).split()[:200]
        costs = [cost_ms(partial(triage.judge, words)) for _ in range(ROUNDS)]
        print(
            f"{len(words)} {urgency} words: CPU median {statistics.median(costs):.2f} ms,"
            f" least {min(costs):.2f} ms"
        )
    print(f"making the list ready: {cost_ms(shipped):.0f} ms")


def cost_ms(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1000


def main(asked: list[str]) -> None:
    triage = shipped()
    for half in HALVES:
        if half in asked:
            show(half, score(judge(half, triage)))
    if "time" in asked:
        show_times(triage)


if __name__ == "__main__":
    main(sys.argv[1:] or [*HALVES, "time"])
