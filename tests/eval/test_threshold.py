"""The table that shows what the threshold trades, by its own arithmetic."""

import pytest

from eval.metrics.calibration import Outcome
from eval.studies.threshold import ScoredAnswer, at, uncertain_at


def scored(evidence: float, *, answerable: bool, hit: float | None = None) -> ScoredAnswer:
    return ScoredAnswer(evidence, Outcome(evidence, answerable, answered=True, right=bool(hit)), hit, hit)


CASES = [
    scored(0.9, answerable=True, hit=1.0),
    scored(0.7, answerable=True, hit=0.0),
    scored(0.3, answerable=True, hit=1.0),
    scored(0.6, answerable=False),
    scored(0.1, answerable=False),
]


@pytest.mark.parametrize(
    ("threshold", "answered", "refused", "hit"),
    [(0.0, 1.0, 0.0, 2 / 3), (0.5, 2 / 3, 0.5, 0.5), (0.8, 1 / 3, 1.0, 1.0)],
)
def test_a_higher_threshold_answers_less_and_refuses_more(
    threshold: float, answered: float, refused: float, hit: float
) -> None:
    assert at(CASES, threshold) == pytest.approx((answered, refused, hit, hit))


def test_where_nothing_is_answered_there_is_nothing_to_score() -> None:
    assert at(CASES, 1.0) == (0.0, 1.0, None, None)


def test_between_the_thresholds_is_what_would_be_uncertain() -> None:
    assert uncertain_at(CASES, 0.8, 0.3) == pytest.approx((2 / 3, 0.5))
    assert uncertain_at(CASES, 0.2, 0.3) == (0.0, 0.0)
    assert uncertain_at([], 0.8, 0.3) == (None, None)
