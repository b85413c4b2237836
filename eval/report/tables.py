"""Print the figures of a run as tables on the terminal."""

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from eval.cases.gold import Case
from eval.console import plain_table
from eval.metrics.labels import BY_TAG, LABELS
from eval.metrics.result import Result
from eval.metrics.stages import STAGES, Stage, stage
from eval.metrics.summary import Figure, Summary
from eval.runs.gate import GateResult
from rag.export.terminal import printable


def print_report(out: Console, title: str, summaries: Sequence[Summary], paired: Sequence[tuple[Case, Result]]) -> None:
    """Print the tables of a run: all figures, the main ones by tag, and the number of failed cases by stage."""
    whole = summaries[0]
    out.print(figure_table(title, whole))
    if len(summaries) > 1:
        out.print()
        out.print(tag_table(summaries))
    counts = Counter(failed for case, result in paired if (failed := stage(case, result)))
    if counts:
        out.print()
        out.print(stage_table(counts))


def figure_table(title: str, whole: Summary) -> Table:
    """One row per figure: value, 95 % interval, number of scored cases."""
    crashed = f", {whole.crashed} crashed" if whole.crashed else ""
    table = plain_table(f"{title}: {whole.cases} cases{crashed}")
    table.add_column("figure")
    table.add_column("value", justify="right")
    table.add_column("95 % interval", justify="right")
    table.add_column("scored", justify="right")
    ordered = [whole.figures[n] for n in LABELS if n in whole.figures]
    for figure in ordered:
        table.add_row(LABELS[figure.name], Text(value_text(figure)), interval_text(figure), str(figure.scored))
    return table


def tag_table(summaries: Sequence[Summary]) -> Table:
    """One row per tag with the main figures, without intervals."""
    table = plain_table("By tag")
    table.add_column("tag", no_wrap=True)
    table.add_column("cases", justify="right")
    for label in BY_TAG.values():
        table.add_column(label, justify="right", no_wrap=True)
    for summary in summaries[1:]:
        cells = [_cell(summary.figures.get(name)) for name in BY_TAG]
        crashed = f" ({summary.crashed} crashed)" if summary.crashed else ""
        table.add_row(Text(printable(str(summary.tag))), f"{summary.cases}{crashed}", *cells)
    return table


def stage_table(counts: Counter[Stage]) -> Table:
    """The number of cases that failed at each stage, and what the stage means."""
    table = plain_table("Failed cases by stage")
    table.add_column("cases", justify="right")
    table.add_column("stage")
    table.add_column("what it means")
    for name, meaning in STAGES.items():
        if counts[name]:
            table.add_row(str(counts[name]), name, meaning)
    return table


def gate_table(gate: Sequence[GateResult]) -> Table:
    """Each threshold with the figure's value and the result."""
    table = plain_table("Gate")
    for name in ("figure", "value", "threshold", "result"):
        table.add_column(name, justify="left" if name == "figure" else "right")
    for one in gate:
        sign = "≥" if one.threshold.bound == "at_least" else "≤"
        value = f"{one.value:.3f}" if one.value is not None else f"n/a ({one.reason})"
        result = Text("passed", "green") if one.passed else Text("FAILED", "bold red")
        table.add_row(Text(one.threshold.name), Text(value), f"{sign} {one.threshold.limit:g}", result)
    return table


def value_text(figure: Figure) -> str:
    """The value with three digits, or the reason why there is none."""
    return f"{figure.value:.3f}" if figure.value is not None else f"n/a: {figure.reason}"


def interval_text(figure: Figure) -> str:
    """The interval, or nothing."""
    return f"{figure.interval[0]:.3f}–{figure.interval[1]:.3f}" if figure.interval else ""


def _cell(figure: Figure | None) -> str:
    return "n/a" if figure is None or figure.value is None else f"{figure.value:.2f}"
