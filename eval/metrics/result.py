"""The result of one case: an answer with its scores, or an error."""

from dataclasses import dataclass, field

from eval.metrics.answer import Score
from rag.schema import Answer


@dataclass(frozen=True, slots=True)
class Crash:
    """The class and message of an exception that was raised instead of an answer."""

    type: str
    message: str


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one case: an answer with its scores, or an error; `seconds` of wall time in either case."""

    id: str
    seconds: float
    answer: Answer | None = None
    scores: dict[str, Score] = field(default_factory=dict)
    error: Crash | None = None
