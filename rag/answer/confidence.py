"""How likely the documents answer a question, and the best quote is right: calibrated probabilities.

Two logistic regressions over what reader, search and words say, fitted by `python -m eval.fit.calibrate` on questions
with gold answers; their numbers are in answer/confidence.json. Whether to answer is decided by the first: a question
whose answer is there but hard to read is no reason to say that it is not there. See docs/quality.md, "Refusing".
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from rag.answer.quotes import Quote
from rag.retrieve.features import Features
from rag.schema import Passage
from rag.store.ledger import Ledger
from rag.text.question import Question
from rag.text.words import stems

MODEL = Path(__file__).parent / "confidence.json"
LABELS = ("evidence", "confidence")
FEATURES = (
    "relevance",  # logit of the reader that the window answers the question
    "sentence_relevance",  # the same where the sentence is read by itself
    "reader",  # what the candidate was ranked by (rag/retrieve/features.py)
    "far",  # how far the best cosine of all that was found stays below NEAR: nothing here is on the subject
    "misfit",  # 1 where the span cannot be what is asked for
    "words",  # share of the question's content words that the sentence has, names left out
    "affirmed",  # 1 where the question has a negation and the sentence none
    "ambient",  # median relevance of all that was read: what is usual among these documents
    "elsewhere",  # share of the question's names that the document does not have
    "named",  # 1 where the question names anything
    "asked",  # how many content words the question has
    "absent",  # how many of them the passage lacks, as log(1 + n)
    "list",  # 1 where several things are asked for
    "reason",  # 1 where a reason is asked for
)
NEAR = 0.4  # cosine below which question and chunk are seldom on one subject


@dataclass(frozen=True, slots=True)
class Logistic:
    """Weights of FEATURES and a bias: probability = 1 / (1 + exp(-(bias + weights · features)))."""

    bias: float
    weights: dict[str, float]

    @classmethod
    def load(cls, name: str, path: Path = MODEL) -> "Logistic":
        """The shipped numbers of one of LABELS."""
        found = json.loads(path.read_text(encoding="utf-8"))[name]
        return cls(found["bias"], {name: found["weights"].get(name, 0.0) for name in FEATURES})

    def probability(self, features: dict[str, float]) -> float:
        """The probability for these features, 0..1."""
        logit = self.bias + sum(self.weights[name] * value for name, value in features.items())
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


@dataclass(frozen=True, slots=True)
class Verdict:
    """Two probabilities 0..1: `evidence` that the documents answer the question, `confidence` that the quote does."""

    evidence: float
    confidence: float


class Judge:
    """Judges the quotes found in one index."""

    def __init__(self, ledger: Ledger):
        self._ledger = ledger
        self._evidence, self._confidence = map(Logistic.load, LABELS)

    def verdict(self, question: Question, passages: Sequence[Passage], quotes: Sequence[Quote]) -> Verdict:
        """What the first quote is worth; nothing where there is none."""
        if not quotes:
            return Verdict(0.0, 0.0)
        features = self.features(question, passages, quotes)
        return Verdict(self._evidence.probability(features), self._confidence.probability(features))

    def features(self, question: Question, passages: Sequence[Passage], quotes: Sequence[Quote]) -> dict[str, float]:
        """The values of FEATURES for the first of at least one quote."""
        passage = quotes[0].passage
        known = Features.from_scores(passage.scores)
        there = set(stems(" ".join((passage.title, *passage.headings, passage.text))))
        return {
            "relevance": known.relevance,
            "sentence_relevance": known.sentence_relevance,
            "reader": known.reader or 0.0,
            "far": max(0.0, NEAR - max(Features.from_scores(p.scores).dense for p in passages)),
            "misfit": known.misfit,
            "words": known.words,
            "affirmed": known.affirmed,
            "ambient": median([s.relevance for p in passages for s in p.spans] or [0.0]),
            "elsewhere": _mean(
                [not self._ledger.keywords.documents_with(name, [passage.source]) for name in question.names]
            ),
            "named": float(bool(question.names)),
            "asked": float(len(question.terms)),
            "absent": math.log1p(len(set(question.stems) - there)),
            "list": float(question.kind == "list"),
            "reason": float(question.kind == "reason"),
        }


def _mean(found: Sequence[bool]) -> float:
    return sum(found) / len(found) if found else 0.0
