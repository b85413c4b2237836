"""Calibrated probabilities that the documents answer a question, and that the best quote is right.

Two logistic regressions over features of search, reader and wording, fitted by `python -m eval.fit.calibrate` on
questions with gold answers; their weights are in answer/confidence.json. Whether to answer is decided by the first: an
answer that is there but hard to locate is no reason to refuse. See docs/quality.md, "Refusing".
"""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from rag.answer.quotes import Quote
from rag.models.checker import Checker, ClaimPair
from rag.retrieve.features import Features
from rag.retrieve.vocabulary import Vocabulary
from rag.schema import Passage
from rag.store.ledger import Ledger
from rag.text.question import Question
from rag.text.words import stems

WEIGHTS_FILE = Path(__file__).parent / "confidence.json"
LABELS = ("evidence", "confidence")
FEATURES = (
    "relevance",  # this and the next two as in rag.retrieve.features
    "sentence_relevance",
    "reader",
    "gap",  # by how much the next best sentence of all that was read scores less, at most MAX_GAP
    "off_subject",  # how far the best cosine of all passages stays below ON_SUBJECT_COSINE
    "misfit",  # this and the next two as in rag.retrieve.features
    "words",
    "affirmed",
    "median_relevance",  # of all that was read: what is usual among these documents
    "support",  # log-odds of the checker that the passage gives this answer to the question
    "names_missing",  # share of the question's names that the document does not have
    "names_unknown",  # share of them that no document has
    "has_names",  # 1 where the question names anything
    "terms",  # how many content words the question has
    "stems_missing",  # how many stems of the question the passage lacks, as log(1 + n)
    "list",  # 1 where several things are asked for
    "reason",  # 1 where a reason is asked for
)
MAX_GAP = 6.0
ON_SUBJECT_COSINE = 0.4  # below it, question and chunk are seldom on one subject


@dataclass(frozen=True, slots=True)
class Logistic:
    """Weights of FEATURES and a bias: probability = 1 / (1 + exp(-(bias + weights · features)))."""

    bias: float
    weights: dict[str, float]

    @classmethod
    def load(cls, label: str, path: Path = WEIGHTS_FILE) -> "Logistic":
        """The shipped regression of one of LABELS."""
        fitted = json.loads(path.read_text(encoding="utf-8"))[label]
        return cls(fitted["bias"], {name: fitted["weights"].get(name, 0.0) for name in FEATURES})

    def probability(self, features: dict[str, float]) -> float:
        """The probability for these features, 0..1."""
        logit = self.bias + sum(self.weights[name] * value for name, value in features.items())
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


@dataclass(frozen=True, slots=True)
class Estimate:
    """Two probabilities 0..1: `evidence` that the documents answer the question, `confidence` that the quote does."""

    evidence: float
    confidence: float


NO_EVIDENCE = Estimate(0.0, 0.0)


class ConfidenceModel:
    """Estimates the confidence in quotes of one index."""

    def __init__(self, ledger: Ledger, checker: Checker | None = None):
        self._ledger, self._checker, self._vocabulary = ledger, checker, Vocabulary(ledger.keywords)
        self._evidence, self._confidence = map(Logistic.load, LABELS)

    def estimate(self, question: Question, passages: Sequence[Passage], quotes: Sequence[Quote]) -> Estimate:
        """The estimate for the first quote; NO_EVIDENCE where there is none."""
        if not quotes:
            return NO_EVIDENCE
        features = self.features(question, passages, quotes[0])
        return Estimate(self._evidence.probability(features), self._confidence.probability(features))

    def features(self, question: Question, passages: Sequence[Passage], quote: Quote) -> dict[str, float]:
        """FEATURES of a quote."""
        passage, keywords = quote.passage, self._ledger.keywords
        ranked = Features.from_scores(passage.scores)
        cosine = max(Features.from_scores(p.scores).dense for p in passages)
        there = set(stems(" ".join((passage.title, *passage.headings, passage.text))))
        return {
            "relevance": ranked.relevance,
            "sentence_relevance": ranked.sentence_relevance,
            "reader": ranked.reader or 0.0,
            "gap": _gap(quote, passages),
            "off_subject": max(0.0, ON_SUBJECT_COSINE - cosine),
            "misfit": ranked.misfit,
            "words": ranked.words,
            "affirmed": ranked.affirmed,
            "median_relevance": median([span.relevance for p in passages for span in p.spans] or [0.0]),
            "support": self._support(question, quote),
            "names_missing": _share_missing(
                question.names, lambda name: keywords.documents_with(name, [passage.source])
            ),
            "names_unknown": _share_missing(_every_name(question), keywords.any_document_with),
            "has_names": float(bool(question.names)),
            "terms": float(len(question.terms)),
            "stems_missing": math.log1p(len(set(question.stems) - there)),
            "list": float(question.kind == "list"),
            "reason": float(question.kind == "reason"),
        }

    def unknown_names(self, question: Question) -> list[str]:
        """The names of a question, in whatever spelling, that no document has."""
        return [name for name in _every_name(question) if not self._ledger.keywords.any_document_with(name)]

    def unknown_words(self, question: Question) -> list[str]:
        """The content words of a question of which none is English or in a document; none where any is."""
        return self._vocabulary.all_unknown(question)

    def _support(self, question: Question, quote: Quote) -> float:
        if self._checker is None or not quote.short:
            return 0.0
        pair = ClaimPair(question.standalone, quote.short, quote.passage.heading, quote.passage.text)
        return float(self._checker.logits([pair])[0])


def _gap(quote: Quote, passages: Sequence[Passage]) -> float:
    """By how much the best span outside of a quote scores less than the quote, 0..MAX_GAP."""
    others = [
        span.score
        for passage in passages
        for span in passage.spans
        if passage.source != quote.source or span.end <= quote.start or quote.end <= span.start
    ]
    return min(max(quote.score - max(others, default=-math.inf), 0.0), MAX_GAP)


def _every_name(question: Question) -> Sequence[str]:
    return question.spotted or question.names


def _share_missing(names: Sequence[str], found: Callable[[str], object]) -> float:
    """Share of names that are not found, 0 where there are none."""
    return sum(not found(name) for name in names) / len(names) if names else 0.0
