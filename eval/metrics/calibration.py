"""Calibration of the confidence over a whole run: Brier score, reliability, AUROC, risk and coverage.

Correctness is known for every unanswerable question (its best answer is wrong) and for every answered one. A refused
answerable question has no answer to score, so it only counts where answerable and unanswerable ones are told apart.
A run with RAG_ANSWER_THRESHOLD=0 answers everything, and so measures all of the confidence.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answer: its confidence (0..1), whether the question was answerable, answered, and right (None: unknown)."""

    confidence: float
    answerable: bool
    answered: bool
    right: bool | None


@dataclass(frozen=True, slots=True)
class Bin:
    """The answers with a confidence from `low` to `high`: their number, mean confidence, and share of right ones."""

    low: float
    high: float
    count: int
    confidence: float
    right: float


@dataclass(frozen=True, slots=True)
class Point:
    """Above this `confidence` the share `coverage` of all questions is answered, the share `risk` of these wrongly."""

    confidence: float
    coverage: float
    risk: float


def brier(outcomes: Sequence[Outcome]) -> float | None:
    """Mean squared difference of confidence and correctness (Brier 1950), 0 is best; None where none is known."""
    known = [(j.confidence, float(j.right)) for j in outcomes if j.right is not None]
    return float(np.mean([(c - r) ** 2 for c, r in known])) if known else None


def auroc_answerable(outcomes: Sequence[Outcome]) -> float | None:
    """Probability that an answerable question has more confidence than an unanswerable one (a tie counts half)."""
    return auroc([j.confidence for j in outcomes if j.answerable], [j.confidence for j in outcomes if not j.answerable])


def auroc_right(outcomes: Sequence[Outcome]) -> float | None:
    """Probability that a right answer has more confidence than a wrong one (a tie counts half)."""
    return auroc(
        [j.confidence for j in outcomes if j.right is True], [j.confidence for j in outcomes if j.right is False]
    )


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """Area under the ROC curve by the Mann-Whitney statistic; None where either side is empty."""
    if not positive or not negative:
        return None
    below = np.sort(np.asarray(negative))
    wins = np.searchsorted(below, positive, "left") + np.searchsorted(below, positive, "right")
    return float(wins.mean() / (2 * len(below)))


def reliability(outcomes: Sequence[Outcome], bins: int = 10) -> list[Bin]:
    """Equal-width bins of confidence over the answers that are known to be right or wrong; empty bins are left out."""
    known = [j for j in outcomes if j.right is not None]
    filled = []
    for i in range(bins):
        inside = [j for j in known if min(int(j.confidence * bins), bins - 1) == i]
        if inside:
            confidence = float(np.mean([j.confidence for j in inside]))
            share = float(np.mean([bool(j.right) for j in inside]))
            filled.append(Bin(i / bins, (i + 1) / bins, len(inside), confidence, share))
    return filled


def risk_coverage(outcomes: Sequence[Outcome]) -> list[Point]:
    """The curve over thresholds, most confident first: one point for each distinct confidence.

    Only answered questions count, so the curve ends at the coverage of the run.
    """
    given = sorted((j for j in outcomes if j.answered and j.right is not None), key=lambda j: -j.confidence)
    total = sum(j.right is not None or not j.answered for j in outcomes)
    points: list[Point] = []
    wrong = 0
    for number, j in enumerate(given, 1):
        wrong += not j.right
        if number == len(given) or given[number].confidence < j.confidence:
            points.append(Point(j.confidence, number / total, wrong / number))
    return points


def aurc(outcomes: Sequence[Outcome]) -> float | None:
    """Area under the risk-coverage curve divided by its coverage: mean risk over the thresholds, 0 is best.

    Each answer weighs the same (Geifman and El-Yaniv 2017); None where nothing was answered.
    """
    points = risk_coverage(outcomes)
    if not points:
        return None
    widths = np.diff([0.0, *(p.coverage for p in points)])
    return float(np.average([p.risk for p in points], weights=widths))
