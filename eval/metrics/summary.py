"""Figures of a run from the scores of its answers: means, percentiles and 95 % intervals, overall and by tag.

Intervals are percentile bootstraps over cases with a fixed seed, so that a run file always gives the same table.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from eval.cases.gold import Case
from eval.metrics import calibration
from eval.metrics.answer import Score, answered
from eval.metrics.calibration import Outcome
from eval.metrics.result import Result

RESAMPLES = 1000
SEED = 20240601
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a run: `value` with its 95 % interval, or None with the reason; `scored`: number of cases in it.

    `unscored` counts the reasons of the cases that are not in it.
    """

    name: str
    value: float | None
    interval: tuple[float, float] | None
    scored: int
    reason: str = ""
    unscored: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Summary:
    """All figures of the cases with one tag, or of the whole run (`tag` None); `crashed` cases have no scores.

    Calibration is measured over the whole run only: a tag has too few cases for it.
    """

    tag: str | None
    cases: int
    crashed: int
    figures: dict[str, Figure]


def summarize(cases: Sequence[Case], results: Sequence[Result]) -> list[Summary]:
    """The whole run first, then each tag in order of its number of cases; a result belongs to the case of its id."""
    paired = pair(cases, results)
    counts = Counter(tag for case, _ in paired for tag in dict.fromkeys(case.tags))
    tags = sorted(counts, key=lambda tag: (-counts[tag], tag))
    return [_summary(None, paired), *(_summary(tag, [p for p in paired if tag in p[0].tags]) for tag in tags)]


def pair(cases: Sequence[Case], results: Sequence[Result]) -> list[tuple[Case, Result]]:
    """Each result with its case."""
    by_id = {case.id: case for case in cases}
    return [(by_id[r.id], r) for r in results if r.id in by_id]


def _summary(tag: str | None, paired: Sequence[tuple[Case, Result]]) -> Summary:
    scored = [r for _, r in paired if r.answer is not None]
    names = dict.fromkeys(name for r in scored for name in r.scores)
    figures = [mean_figure(name, [r.scores[name] for r in scored if name in r.scores]) for name in names]
    figures += [
        _figure("seconds_mean", [r.seconds for r in scored], _mean, "no answers"),
        _figure("seconds_p50", [r.seconds for r in scored], _percentile(50), "no answers"),
        _figure("seconds_p95", [r.seconds for r in scored], _percentile(95), "no answers"),
    ]
    if tag is None:
        figures += confidence_figures(outcomes_of(paired))
    return Summary(tag, len(paired), len(paired) - len(scored), {f.name: f for f in figures})


def confidence_figures(outcomes: Sequence[Outcome]) -> list[Figure]:
    """Brier score, both AUROCs and the area under the risk-coverage curve."""
    known = [j for j in outcomes if j.right is not None]
    return [
        _figure("brier", known, calibration.brier, "no answer is known to be right or wrong"),
        _figure("auroc_answerable", outcomes, calibration.auroc_answerable, "needs answerable and unanswerable cases"),
        _figure("auroc_right", known, calibration.auroc_right, "needs right and wrong answers"),
        _figure("aurc", outcomes, calibration.aurc, "nothing was answered"),
    ]


def outcomes_of(paired: Sequence[tuple[Case, Result]]) -> list[Outcome]:
    """The answers that did not fail, as calibration scores them."""
    outcomes = []
    for case, result in paired:
        if result.answer is None or result.answer.status == "failed":
            continue
        hit = result.scores["answer_hit"].value if "answer_hit" in result.scores else None
        right = (None if hit is None else hit == 1.0) if case.answerable else False
        outcomes.append(Outcome(result.answer.confidence, case.answerable, answered(result.answer), right))
    return outcomes


def mean_figure(name: str, scores: Sequence[Score]) -> Figure:
    """Mean of the scores that have a value, with its interval."""
    values = np.array([s.value for s in scores if s.value is not None], np.float64)
    unscored = dict(Counter(s.reason for s in scores if s.value is None))
    if not len(values):
        return Figure(name, None, None, 0, ", ".join(unscored) or "no answers", unscored)
    draws = np.random.default_rng(SEED).integers(0, len(values), (RESAMPLES, len(values)))
    return Figure(name, float(values.mean()), _interval(values[draws].mean(axis=1)), len(values), "", unscored)


def _figure(name: str, items: Sequence[T], of: Callable[[Sequence[T]], float | None], missing: str) -> Figure:
    value = of(items)
    if value is None:
        return Figure(name, None, None, 0, missing)
    draws = np.random.default_rng(SEED).integers(0, len(items), (RESAMPLES, len(items)))
    resampled = [v for row in draws if (v := of([items[i] for i in row])) is not None]
    return Figure(name, value, _interval(np.array(resampled)), len(items))


def _interval(resampled: np.ndarray) -> tuple[float, float]:
    low, high = np.percentile(resampled, [2.5, 97.5])
    return float(low), float(high)


def _mean(seconds: Sequence[float]) -> float | None:
    return float(np.mean(seconds)) if seconds else None


def _percentile(share: float) -> Callable[[Sequence[float]], float | None]:
    return lambda seconds: float(np.percentile(seconds, share)) if len(seconds) else None
