"""How far a machine's text is from the one an officer corrected.

Decides: what counts as an error. May touch: nothing (PURE). Thread: any.
Called by: correcting (when a correction is saved), rates.
Vietnamese is counted in syllables: its spaces part syllables, not words. Errors are jiwer's
(substituted, deleted and inserted), so that they compare with `hotline speech measure`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import jiwer

from appliance.store.corrections import Measured
from appliance.vietnamese import fold_syllables, syllables
from appliance.web.heard import Heard

# A phone number is written in groups as often as not: 0912 345 678, 0912.345.678.
BETWEEN_DIGITS = r"[\s.-]?"


@dataclass(frozen=True)
class Mistake:
    """A syllable that an engine heard instead of the one that was meant, and how often."""

    heard: str
    meant: str
    engine: str
    times: int


def measure(meant: str, texts: Iterable[Heard]) -> list[Measured]:
    """Count each engine's errors against the corrected text; one row an engine and model."""
    found: dict[tuple[str, str], Measured] = {}
    for heard in texts:
        reference = as_spoken(meant, heard)
        right = syllables(reference)
        found.setdefault(
            (heard.engine, heard.model),
            Measured(
                heard.engine,
                heard.model,
                len(right),
                _errors(right, syllables(heard.text)),
                _errors(fold_syllables(reference), fold_syllables(heard.text)),
            ),
        )
    return list(found.values())


def often_wrong(pairs: Iterable[tuple[str, Heard]], most: int) -> list[Mistake]:
    """List what is confused most often in (corrected text, machine's text) pairs."""
    counted: Counter[tuple[str, str, str]] = Counter()
    for meant, heard in pairs:
        right, wrong = syllables(as_spoken(meant, heard)), syllables(heard.text)
        for chunk in _aligned(right, wrong).alignments[0]:
            if chunk.type == "substitute":
                confused = zip(
                    wrong[chunk.hyp_start_idx : chunk.hyp_end_idx],
                    right[chunk.ref_start_idx : chunk.ref_end_idx],
                    strict=True,
                )
                counted.update((w, r, heard.engine) for w, r in confused)
    return [Mistake(*key, times) for key, times in counted.most_common(most)]


def as_spoken(meant: str, heard: Heard) -> str:
    """The corrected text with numbers in words where the machine heard them as words.

    "0912345678" for "không chín một …" is the same number, not ten errors.
    """
    for number in heard.numbers:
        digits = BETWEEN_DIGITS.join(map(re.escape, number.value))
        said = heard.said(number)
        meant = re.sub(rf"(?<!\w){digits}(?!\w)", lambda _, said=said: said, meant, count=1)  # type: ignore[misc]
    return meant


def _errors(right: Sequence[str], wrong: Sequence[str]) -> int:
    counted = _aligned(right, wrong)
    return counted.substitutions + counted.deletions + counted.insertions


def _aligned(right: Sequence[str], wrong: Sequence[str]) -> jiwer.WordOutput:
    """Nobody spoke: every word the machine wrote is an error, and there is nothing to divide by."""
    return jiwer.process_words(" ".join(right), " ".join(wrong))
