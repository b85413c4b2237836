"""Render a run as one self-contained HTML page: figures, plots, tags, and every failed case with its passages.

The template escapes all text of documents, questions and models; the page loads nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from eval.cases.gold import Case
from eval.metrics.answer import carries_evidence, evidence_hits, recall_at
from eval.metrics.calibration import reliability, risk_coverage
from eval.metrics.labels import BY_TAG, LABELS
from eval.metrics.result import Result
from eval.metrics.stages import STAGES, Stage, stage
from eval.metrics.summary import Summary, outcomes_of
from eval.report import plots
from eval.report.tables import interval_text, value_text
from eval.runs.gate import GateResult
from eval.runs.runfile import Header

MAX_K = 10  # an answer has at least ten passages where the index has them


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed case. `hits[i]`: whether passage i covers a gold quote; `carries[i]`: whether citation i does."""

    case: Case
    result: Result
    stage: Stage
    hits: tuple[bool, ...]
    carries: tuple[bool, ...]


def render(
    title: str,
    header: Header,
    summaries: Sequence[Summary],
    paired: Sequence[tuple[Case, Result]],
    gate: Sequence[GateResult] = (),
) -> str:
    """The page as HTML text."""
    failed = failures(paired)
    return _template().render(
        title=title,
        header=header,
        whole=summaries[0],
        figures=[(LABELS[n], summaries[0].figures[n]) for n in LABELS if n in summaries[0].figures],
        tags=summaries[1:],
        by_tag=BY_TAG,
        plots=draw(summaries[0], paired),
        stages=[(name, meaning, [f for f in failed if f.stage == name]) for name, meaning in STAGES.items()],
        failed=len(failed),
        gate=gate,
        value_text=value_text,
        interval_text=interval_text,
    )


def draw(whole: Summary, paired: Sequence[tuple[Case, Result]]) -> list[tuple[str, str]]:
    """The four plots of a run as (caption, SVG)."""
    outcomes = outcomes_of(paired)
    hit, recall = hit_curve(paired)
    seconds = [r.seconds for _, r in paired if r.answer is not None]
    p50, p95 = (whole.figures[name].value for name in ("seconds_p50", "seconds_p95"))
    return [
        ("Risk and coverage: answering only above a confidence", plots.risk_coverage_plot(risk_coverage(outcomes))),
        ("Reliability: confidence and share of right answers", plots.reliability_plot(reliability(outcomes))),
        ("Gold evidence among the first k passages", plots.recall_plot(hit, recall)),
        ("Seconds for an answer", plots.latency_plot(seconds, p50, p95)),
    ]


def hit_curve(paired: Sequence[tuple[Case, Result]]) -> tuple[list[float], list[float]]:
    """hit@k and recall@k for k = 1..10, mean over the cases with gold quotes; empty where there are none."""
    covered = [(evidence_hits(c, r.answer.passages), len(c.evidence)) for c, r in paired if r.answer and c.evidence]
    ranks = range(1, MAX_K + 1)
    if not covered:
        return [], []
    hit = [mean(float(any(hits[:k])) for hits, _ in covered) for k in ranks]
    return hit, [mean(recall_at(hits, quotes, k) for hits, quotes in covered) for k in ranks]


def failures(paired: Sequence[tuple[Case, Result]]) -> list[Failure]:
    """The cases that failed, each with its stage."""
    failed = []
    for case, result in paired:
        name = stage(case, result)
        if name:
            answer = result.answer
            hits = tuple(bool(h) for h in evidence_hits(case, answer.passages)) if answer else ()
            carries = tuple(carries_evidence(case, c) for c in answer.citations) if answer else ()
            failed.append(Failure(case, result, name, hits, carries))
    return failed


def _template() -> Template:
    folder = FileSystemLoader(Path(__file__).parent)
    return Environment(
        loader=folder, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    ).get_template("report.html")
