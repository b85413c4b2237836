"""How likely the best answer found is right: a calibrated probability, from what reader, search and words say.

Logistic regression over a few features, fitted by `python -m eval.calibrate` on questions with gold answers; its
numbers are in reader/confidence.json. docs/quality.md has its reliability plot and its Brier score.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.ledger import Ledger
from rag.question import content_words, names
from rag.quotes import Quote
from rag.schema import Passage
from rag.stems import content

MODEL = Path(__file__).parent / "reader" / "confidence.json"
FEATURES = (
    "relevance",  # logit of the reader that the window answers the question
    "sentence_relevance",  # the same where the sentence is read by itself
    "fused",  # score of the search
    "bm25",  # keyword score of the chunk, as a share of the best
    "reader",  # what the candidate was ranked by (rag/ranking.py)
    "ahead",  # how far the best passage's score is ahead of the next one's
    "unknown",  # share of the words of the question's names that no document has
    "elsewhere",  # share of the question's names that the document does not have
    "named",  # 1 where the question names anything
    "passage_words",  # share of the question's words that the passage has
    "affirmed",  # 1 where the question has a negation and the sentence none
)
_OF_THE_SEARCH = ("relevance", "sentence_relevance", "fused", "bm25", "reader", "affirmed")


@dataclass(frozen=True, slots=True)
class Logistic:
    """Weights of FEATURES and a bias: probability = 1 / (1 + exp(-(bias + weights · features)))."""

    bias: float
    weights: dict[str, float]

    @classmethod
    def load(cls, path: Path = MODEL) -> "Logistic":
        """The shipped numbers."""
        found = json.loads(path.read_text(encoding="utf-8"))
        return cls(found["bias"], {name: found["weights"].get(name, 0.0) for name in FEATURES})

    def probability(self, features: dict[str, float]) -> float:
        """The probability for these features, 0..1."""
        logit = self.bias + sum(self.weights[name] * value for name, value in features.items())
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


class Judge:
    """Judges the quotes found in one index."""

    def __init__(self, ledger: Ledger):
        self._ledger, self._model = ledger, Logistic.load()

    def confidence(self, question: str, passages: Sequence[Passage], quotes: Sequence[Quote]) -> float:
        """Probability 0..1 that the first quote answers the question; 0 where there is none."""
        return self._model.probability(self.features(question, passages, quotes)) if quotes else 0.0

    def features(self, question: str, passages: Sequence[Passage], quotes: Sequence[Quote]) -> dict[str, float]:
        """The values of FEATURES for the first of at least one quote."""
        best = quotes[0]
        at = next(p for p in passages if p.source == best.source and p.start <= best.start < p.end)
        scores = sorted((s.score for p in passages for s in p.spans), reverse=True)
        named = names(question)
        parts = [word for name in named for word in name.split()]
        return {name: at.scores.get(name, 0.0) for name in _OF_THE_SEARCH} | {
            "ahead": min(scores[0] - scores[1], 5.0) if len(scores) > 1 else 5.0,
            "unknown": _mean([not self._ledger.knows(word) for word in parts]),
            "elsewhere": _mean([not self._ledger.naming(name, [best.source]) for name in named]),
            "named": float(bool(named)),
            "passage_words": _share(content_words(question), set(content(" ".join((at.title, *at.headings, at.text))))),
        }


def _mean(found: Sequence[bool]) -> float:
    return sum(found) / len(found) if found else 0.0


def _share(words: Sequence[str], found: set[str]) -> float:
    stems = [s for w in words for s in content(w)]
    return sum(s in found for s in stems) / len(stems) if stems else 1.0
