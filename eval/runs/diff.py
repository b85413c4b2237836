"""Compare two runs over the same cases: differences, their significance, and the cases that flipped.

Only cases that both runs scored are compared, each with itself. Binary metrics get McNemar's exact test, the others a
permutation test of the signs of the differences; intervals are paired bootstraps. P values are not adjusted for the
number of metrics: with twenty of them, one below .05 is expected by chance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from eval.console import plain_table
from eval.metrics.labels import LABELS
from eval.metrics.result import Result
from eval.metrics.summary import RESAMPLES, SEED
from eval.runs.runfile import Run
from rag.export.terminal import printable

PERMUTATIONS = 20_000


@dataclass(frozen=True, slots=True)
class Difference:
    """One metric over the cases scored in both runs: means, B - A with its 95 % interval, and the p value."""

    name: str
    a: float
    b: float
    interval: tuple[float, float]
    p: float
    cases: int

    @property
    def change(self) -> float:
        """B minus A."""
        return self.b - self.a


@dataclass(frozen=True, slots=True)
class Flip:
    """A case that was right in one run only."""

    id: str
    question: str
    better: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """All differences of two runs; `warnings` say why the figures may not be comparable."""

    warnings: tuple[str, ...]
    changed: tuple[tuple[str, str, str], ...]
    differences: tuple[Difference, ...]
    flips: tuple[Flip, ...]


def compare(a: Run, b: Run) -> Comparison:
    """Compare two runs case by case."""
    of_b = {r.id: r for r in b.results}
    both = [(r, of_b[r.id]) for r in a.results if r.id in of_b]
    names = dict.fromkeys([*LABELS, *(name for x, _ in both for name in x.scores)])
    differences = [d for name in names if (d := _difference(name, both))]
    seconds = [(x.seconds, y.seconds) for x, y in both if x.answer and y.answer]
    if seconds:
        differences.append(difference("seconds_mean", seconds))
    return Comparison(_warnings(a, b, both), _changed(a, b), tuple(differences), tuple(_flips(both)))


def _difference(name: str, both: Sequence[tuple[Result, Result]]) -> Difference | None:
    pairs = []
    for x, y in both:
        if name in x.scores and name in y.scores:
            one, other = x.scores[name].value, y.scores[name].value
            if one is not None and other is not None:
                pairs.append((one, other))
    return difference(name, pairs) if pairs else None


def difference(name: str, pairs: Sequence[tuple[float, float]]) -> Difference:
    """Means, interval and p value of paired values (a, b); `pairs` is not empty."""
    values = np.array(pairs, np.float64)
    gaps = values[:, 1] - values[:, 0]
    draws = np.random.default_rng(SEED).integers(0, len(gaps), (RESAMPLES, len(gaps)))
    low, high = np.percentile(gaps[draws].mean(axis=1), [2.5, 97.5])
    binary = bool(np.isin(values, (0.0, 1.0)).all())
    p = mcnemar(int((gaps < 0).sum()), int((gaps > 0).sum())) if binary else sign_flip(gaps)
    a, b = values.mean(axis=0)
    return Difference(name, float(a), float(b), (float(low), float(high)), p, len(pairs))


def mcnemar(lost: int, won: int) -> float:
    """Two-sided exact McNemar test: the binomial chance of flips at least this uneven (McNemar 1947)."""
    flips = lost + won
    tail = sum(comb(flips, k) for k in range(min(lost, won) + 1)) / (1 << flips)
    return min(1.0, 2 * tail)


def sign_flip(gaps: np.ndarray) -> float:
    """Two-sided permutation test: the share of random signs that give a mean at least as far from zero."""
    moved = gaps[gaps != 0]
    if not len(moved):
        return 1.0
    generator = np.random.default_rng(SEED)
    observed = abs(moved.sum()) - 1e-12
    extreme = 0
    for _ in range(PERMUTATIONS // 1000):  # in parts, so that thousands of cases fit into memory
        signs = generator.choice((-1.0, 1.0), (1000, len(moved)))
        extreme += int((np.abs(signs @ moved) >= observed).sum())
    return (extreme + 1) / (PERMUTATIONS + 1)


def _flips(both: Sequence[tuple[Result, Result]]) -> list[Flip]:
    flips = []
    for x, y in both:
        one, other = _right(x), _right(y)
        answer = y.answer or x.answer
        if one is not None and other is not None and one != other:
            flips.append(Flip(x.id, answer.question if answer else "", other))
    return flips


def _right(result: Result) -> bool | None:
    """Whether the case was answered rightly; a crash was not, and None where that is not scored."""
    if result.answer is None:
        return False
    right = result.scores["right"].value if "right" in result.scores else None
    return None if right is None else right == 1.0


def _warnings(a: Run, b: Run, both: Sequence[tuple[Result, Result]]) -> tuple[str, ...]:
    warnings = []
    if a.header.cases.get("digest") != b.header.cases.get("digest"):
        warnings.append(f"the runs were made with different gold cases; {len(both)} ids are in both")
    if a.header.documents != b.header.documents:
        warnings.append("the runs were made over different documents")
    for name, run in (("A", a), ("B", b)):
        expected = run.header.cases.get("count")
        if expected is not None and expected != len(run.results):
            warnings.append(f"run {name} holds {len(run.results)} of {expected} cases: it was interrupted")
        crashed = sum(r.answer is None for r in run.results)
        if crashed:
            warnings.append(f"{crashed} cases of run {name} crashed and are not in the figures")
        if run.header.dirty:
            warnings.append(f"run {name} was made with uncommitted changes")
    return tuple(warnings)


def _changed(a: Run, b: Run) -> tuple[tuple[str, str, str], ...]:
    one, other = (
        {"commit": r.header.commit, **r.header.settings, **r.header.digests, **r.header.versions} for r in (a, b)
    )
    keys = dict.fromkeys([*one, *other])
    return tuple((k, str(one.get(k)), str(other.get(k))) for k in keys if one.get(k) != other.get(k))


def print_comparison(console: Console, found: Comparison) -> None:
    """Print the differences of the headers, the metrics, and the cases that flipped."""
    for warning in found.warnings:
        console.print(Text(f"warning: {printable(warning)}", "yellow"))
    if found.changed:
        console.print(_table("What differs", ["", "A", "B"], [list(row) for row in found.changed]))
    rows = [
        [
            LABELS.get(d.name, d.name),
            f"{d.a:.3f}",
            f"{d.b:.3f}",
            f"{d.change:+.3f}",
            f"{d.interval[0]:+.3f} to {d.interval[1]:+.3f}",
            f"{d.p:.3f}",
            str(d.cases),
        ]
        for d in found.differences
    ]
    console.print(
        _table(
            "Figures over the cases scored in both", ["figure", "A", "B", "B - A", "95 % interval", "p", "cases"], rows
        )
    )
    flips = [["better" if f.better else "worse", f.id, f.question] for f in found.flips]
    console.print(
        _table(f"{len(flips)} cases flipped", ["in B", "case", "question"], flips) if flips else "No case flipped."
    )


def _table(title: str, columns: list[str], rows: list[list[str]]) -> Table:
    table = plain_table(title)
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    return table
