"""Run a whole evaluation with an open engine: ask, score, print, write, compare with thresholds."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from eval.cases.gold import Case
from eval.console import progress_bar
from eval.engine import Engine
from eval.metrics.summary import pair, summarize
from eval.report.tables import gate_table, print_report
from eval.runs.gate import Threshold, check
from eval.runs.run import Judge, run_cases
from eval.runs.runfile import Header
from rag.errors import ConfigError
from rag.export.terminal import printable

BELOW_GATE = 4
MAX_WARNINGS = 5  # printed; the run file has all


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where the run file and the HTML report are written, and the thresholds that have to hold."""

    run: Path | None = None
    html: Path | None = None
    thresholds: Sequence[Threshold] = field(default_factory=tuple)


def measure(
    engine: Engine, cases: Sequence[Case], header: Header, outputs: Outputs, *, out: Console, judge: Judge | None = None
) -> int:
    """Ask every case, print the tables and write the outputs; returns the exit status.

    0; 4 where a threshold does not hold; 1 where every case crashed.
    """
    for problem in header.warnings[:MAX_WARNINGS]:
        out.print(printable(f"warning: {problem}"))
    if len(header.warnings) > MAX_WARNINGS:
        out.print(f"warning: {len(header.warnings) - MAX_WARNINGS} more; the run file has them all")
    results = []
    with progress_bar("asking") as bar:
        task = bar.add_task("", total=len(cases))
        for result in run_cases(cases, engine, header, outputs.run, judge):
            results.append(result)
            bar.advance(task)
    paired = pair(cases, results)
    summaries = summarize(cases, results)
    title = str(header.cases.get("file", "cases"))
    print_report(out, title, summaries, paired)
    gate = check(outputs.thresholds, summaries[0]) if outputs.thresholds else []
    if gate:
        out.print()
        out.print(gate_table(gate))
    if outputs.html:
        from eval.report.html import render  # noqa: PLC0415 (matplotlib takes a second to import)

        page = render(f"Evaluation of {title}", header, summaries, paired, gate)
        write_page(outputs.html, page)
    if not all(one.passed for one in gate):
        return BELOW_GATE
    return 1 if summaries[0].crashed == len(cases) else 0


def write_page(path: Path, page: str) -> None:
    """Write an HTML page. Raises ConfigError where the path cannot be written to."""
    try:
        path.write_text(page, encoding="utf-8", errors="replace")
    except OSError as error:
        raise ConfigError(f"the page {str(path)!r} cannot be written: {error}; give another path") from None


def documents_identity(engine: Engine) -> dict[str, object]:
    """Number of the documents and a hash of their names and contents, the same on every machine."""
    rows = sorted((d.source, d.digest) for d in engine.sources())
    return {"count": len(rows), "digest": hashlib.sha256(repr(rows).encode()).hexdigest()[:16]}
