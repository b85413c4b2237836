import pytest

from eval.metrics.calibration import (
    Outcome,
    aurc,
    auroc,
    auroc_answerable,
    auroc_right,
    brier,
    reliability,
    risk_coverage,
)


def given(confidence, right, *, answerable=True):
    return Outcome(confidence, answerable, True, right)


def refused(confidence, *, answerable):
    return Outcome(confidence, answerable, False, None if answerable else False)


def test_brier_is_the_mean_squared_distance():
    assert brier([given(1.0, True), given(0.0, False)]) == 0.0
    assert brier([given(1.0, False), given(0.0, True)]) == 1.0
    assert brier([given(0.5, True), given(0.5, False)]) == 0.25


def test_a_refused_answerable_question_has_no_known_rightness():
    assert brier([refused(0.3, answerable=True)]) is None
    assert brier([refused(0.3, answerable=False)]) == pytest.approx(0.09)


@pytest.mark.parametrize(
    ("positive", "negative", "expected"),
    [([0.9, 0.8], [0.1], 1.0), ([0.1], [0.9], 0.0), ([0.5], [0.5], 0.5), ([0.2, 0.8], [0.5], 0.5)],
)
def test_auroc_is_the_chance_of_the_right_order(positive, negative, expected):
    assert auroc(positive, negative) == expected


def test_auroc_needs_both_sides():
    assert auroc([], [0.1]) is None
    assert auroc_answerable([given(0.9, True)]) is None
    assert auroc_right([given(0.9, True)]) is None
    assert auroc_right([given(0.9, True), refused(0.2, answerable=False)]) == 1.0
    assert auroc_answerable([refused(0.4, answerable=True), refused(0.2, answerable=False)]) == 1.0


def test_reliability_bins_hold_mean_confidence_and_share_right():
    low, high = reliability([given(0.02, False), given(0.04, False), given(1.0, True)])
    assert (low.low, low.high, low.count, low.right) == (0.0, 0.1, 2, 0.0)
    assert low.confidence == pytest.approx(0.03)
    assert (high.low, high.high, high.count, high.right) == (0.9, 1.0, 1, 1.0)
    assert reliability([]) == []


def test_risk_rises_with_coverage_where_the_last_answers_are_wrong():
    points = risk_coverage([given(0.9, True), given(0.5, False), given(0.7, True)])
    assert [(p.confidence, round(p.coverage, 2), round(p.risk, 2)) for p in points] == [
        (0.9, 0.33, 0.0),
        (0.7, 0.67, 0.0),
        (0.5, 1.0, 0.33),
    ]
    assert aurc([given(0.9, True), given(0.5, False), given(0.7, True)]) == pytest.approx(1 / 9)


def test_the_curve_ends_at_the_coverage_of_the_run():
    points = risk_coverage([given(0.9, True), refused(0.2, answerable=True), refused(0.1, answerable=False)])
    assert [p.coverage for p in points] == [pytest.approx(1 / 3)]
    assert risk_coverage([refused(0.2, answerable=True)]) == []
    assert aurc([]) is None


def test_equal_confidences_are_one_point():
    assert len(risk_coverage([given(0.5, True), given(0.5, False)])) == 1
