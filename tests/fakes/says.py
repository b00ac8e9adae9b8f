"""A modem as a list of answers: what it says to each command, and what it was asked."""

from appliance.answering.at_lines import Final
from appliance.answering.families.base import Refused
from appliance.errors import CommandTimeout

ERROR = "ERROR"
SILENCE = None


class Says:
    """Answers what it was told to, ERROR to everything else; None is no answer at all."""

    def __init__(self, **answers: tuple[str, ...] | str | None) -> None:
        self.answers: dict[str, tuple[str, ...] | str | None] = dict(answers)
        self.asked: list[str] = []

    def command(self, text: str, timeout_s: float | None = None) -> tuple[str, ...]:
        self.asked.append(text)
        answer = self.answers.get(text, ERROR)
        if answer is None:
            raise CommandTimeout(f"no answer to {text}")
        if isinstance(answer, str):
            raise Refused(text, Final(False, answer))
        return answer

    def pause(self, seconds: float) -> None:
        """Time is not real here."""


def saying(answers: dict[str, tuple[str, ...] | str | None]) -> Says:
    """A modem that answers so."""
    made = Says()
    made.answers = answers
    return made
