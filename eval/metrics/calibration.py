"""Is the confidence worth its name: Brier score, reliability, AUROC, risk-coverage. Pure, over whole runs.

Rightness is known for every unanswerable question (its best answer is wrong) and for every answered one; a refused
answerable question shows no answer to judge, so it takes part only where answerable and unanswerable are told apart.
A run with RAG_ANSWER_THRESHOLD=0 answers everything and so judges all of the confidence.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judged:
    """One answer: its confidence (0..1), whether the question was answerable, answered, and rightly (None: unknown)."""

    confidence: float
    answerable: bool
    answered: bool
    right: bool | None


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of like confidence: how many, their mean confidence and the share that was right."""

    low: float
    high: float
    count: int
    confidence: float
    right: float


@dataclass(frozen=True, slots=True)
class Point:
    """Answering only above `confidence` answers the share `coverage` of all questions, `risk` of these wrongly."""

    confidence: float
    coverage: float
    risk: float


def brier(judged: Sequence[Judged]) -> float | None:
    """Mean squared distance of confidence and rightness (Brier 1950), 0 is best; None where none is known."""
    known = [(j.confidence, float(j.right)) for j in judged if j.right is not None]
    return float(np.mean([(c - r) ** 2 for c, r in known])) if known else None


def auroc_answerable(judged: Sequence[Judged]) -> float | None:
    """Chance that an answerable question has more confidence than an unanswerable one (ties half)."""
    return auroc([j.confidence for j in judged if j.answerable], [j.confidence for j in judged if not j.answerable])


def auroc_right(judged: Sequence[Judged]) -> float | None:
    """Chance that a right answer has more confidence than a wrong one (ties half), where rightness is known."""
    return auroc([j.confidence for j in judged if j.right is True], [j.confidence for j in judged if j.right is False])


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """Area under the ROC curve by the Mann-Whitney statistic; None where either side is empty."""
    if not positive or not negative:
        return None
    below = np.sort(np.asarray(negative))
    wins = np.searchsorted(below, positive, "left") + np.searchsorted(below, positive, "right")
    return float(wins.mean() / (2 * len(below)))


def reliability(judged: Sequence[Judged], bins: int = 10) -> list[Bin]:
    """Equal-width bins of confidence over the answers whose rightness is known; empty bins are left out."""
    known = [j for j in judged if j.right is not None]
    found = []
    for i in range(bins):
        inside = [j for j in known if min(int(j.confidence * bins), bins - 1) == i]
        if inside:
            confidence = float(np.mean([j.confidence for j in inside]))
            share = float(np.mean([bool(j.right) for j in inside]))
            found.append(Bin(i / bins, (i + 1) / bins, len(inside), confidence, share))
    return found


def risk_coverage(judged: Sequence[Judged]) -> list[Point]:
    """The curve over thresholds, most confident first: one point per distinct confidence of a judged answer.

    Only what was answered takes part, so the curve ends at the coverage of the run.
    """
    given = sorted((j for j in judged if j.answered and j.right is not None), key=lambda j: -j.confidence)
    total = sum(j.right is not None or not j.answered for j in judged)
    points: list[Point] = []
    wrong = 0
    for number, j in enumerate(given, 1):
        wrong += not j.right
        if number == len(given) or given[number].confidence < j.confidence:
            points.append(Point(j.confidence, number / total, wrong / number))
    return points


def aurc(judged: Sequence[Judged]) -> float | None:
    """Area under the risk-coverage curve divided by its coverage: mean risk over the thresholds, 0 is best.

    Each answer weighs the same (Geifman and El-Yaniv 2017); None where nothing was answered.
    """
    points = risk_coverage(judged)
    if not points:
        return None
    widths = np.diff([0.0, *(p.coverage for p in points)])
    return float(np.average([p.risk for p in points], weights=widths))
