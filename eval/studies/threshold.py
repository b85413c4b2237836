"""Measure answered, refused and right answers at each threshold: `python -m eval.studies.threshold SET...`.

Each SET is a folder with cases.jsonl and documents/, or seeds. Every question is answered without a threshold; a row
says what would be answered, refused and uncertain at one. `--plots DIR` draws reliability, and risk against coverage.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval.console import one_line_errors, plain_table
from eval.fit.calibrate import best_answers, is_right
from eval.metrics.answer import answer_hit, citation_precision
from eval.metrics.calibration import Outcome, reliability, risk_coverage
from eval.report.plots import reliability_plot, risk_coverage_plot
from rag.export.terminal import console
from rag.settings import Settings, load_settings

GREY = "#6b7280"
COLUMNS = ("threshold", "answered", "refused or uncertain", "answer hit", "citation precision")
STEPS = np.round(np.arange(0.40, 0.86, 0.05), 2)


@dataclass(frozen=True, slots=True)
class ScoredAnswer:
    """An answer given without a threshold: its evidence (0..1), and its scores, None where one does not apply."""

    evidence: float
    outcome: Outcome
    hit: float | None
    precision: float | None


def main() -> None:
    """Print a table for each set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", type=Path, help="folders with cases.jsonl and documents/")
    parser.add_argument(
        "--plots", type=Path, help="folder for a reliability and a risk-coverage plot of each set, as SVG"
    )
    args, settings = parser.parse_args(), load_settings()
    upper, lower = settings.answer_threshold, settings.uncertain_threshold
    thresholds = sorted({*STEPS.tolist(), upper, lower})
    for folder in args.sets:
        scored = list(scored_answers(folder, settings))
        table = plain_table(folder.name)
        for name in (*COLUMNS, f"uncertain from {lower:.2f}: answerable", "unanswerable"):
            table.add_column(name)
        for threshold in thresholds:
            shown = f"{threshold:.2f}{' (set)' if threshold == upper else ''}"
            values = (*at(scored, threshold), *uncertain_at(scored, threshold, lower))
            table.add_row(shown, *("–" if v is None else f"{v:.3f}" for v in values))
        console().print(table)
        console().print()
        if args.plots:
            draw(args.plots, folder.name, [one.outcome for one in scored])


def scored_answers(folder: Path, settings: Settings) -> Iterator[ScoredAnswer]:
    """Answer every case of a set without a threshold."""
    for case, question, answer, quotes, model in best_answers(folder, (), settings):
        evidence = model.estimate(question, answer.passages, quotes).evidence
        outcome = Outcome(answer.confidence, case.answerable, True, is_right(case, answer))
        yield ScoredAnswer(evidence, outcome, answer_hit(case, answer).value, citation_precision(case, answer).value)


def at(scored: Sequence[ScoredAnswer], threshold: float) -> tuple[float | None, ...]:
    """Share of the answerable that is answered, of the unanswerable not; hit and precision of what is answered."""
    answered = [w for w in scored if w.outcome.answerable and w.evidence >= threshold]
    return (
        _mean([float(w.evidence >= threshold) for w in scored if w.outcome.answerable]),
        _mean([float(w.evidence < threshold) for w in scored if not w.outcome.answerable]),
        _mean([w.hit for w in answered if w.hit is not None]),
        _mean([w.precision for w in answered if w.precision is not None]),
    )


def uncertain_at(scored: Sequence[ScoredAnswer], threshold: float, lower: float) -> tuple[float | None, ...]:
    """Share of the answerable and of the unanswerable whose evidence lies from `lower` up to the threshold."""
    return tuple(
        _mean([float(lower <= w.evidence < threshold) for w in scored if w.outcome.answerable == answerable])
        for answerable in (True, False)
    )


def draw(folder: Path, name: str, outcomes: Sequence[Outcome]) -> None:
    """Write reliability-NAME.svg and risk-coverage-NAME.svg, in a colour that is legible on light and dark pages."""
    plots = {
        "reliability": reliability_plot(reliability(outcomes)),
        "risk-coverage": risk_coverage_plot(risk_coverage(outcomes)),
    }
    for kind, svg in plots.items():
        (folder / f"{kind}-{name}.svg").write_text(svg.replace("currentColor", GREY) + "\n", encoding="utf-8")


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


if __name__ == "__main__":
    with one_line_errors():
        main()
