"""What is kept of a decoded recording: text, words with times and confidence, who understood it.

Decides: the shape of a transcript, which web opens later. May touch: nothing.
Thread: any. Called by: worker.
Confidence is shown, never trusted: Vosk gave 1.0 to words it heard in a busy tone (measured).
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from appliance.transcribing.engine import RATE_HZ, Transcriber, Word


def transcript_of(words: Sequence[Word], transcriber: Transcriber) -> dict[str, Any]:
    """Make what gets sealed; start and end of a word in seconds from the recording's beginning."""
    return {
        "text": " ".join(word.word for word in words),
        "words": [asdict(word) for word in words],
        "engine": transcriber.engine,
        "model": transcriber.model,
        "rate_hz": RATE_HZ,
    }


def mean_confidence(words: Sequence[Word]) -> float | None:
    """Average over the words, 0 to 1; None without words."""
    if not words:
        return None
    return round(sum(word.conf for word in words) / len(words), 3)
