"""A whole measurement with an engine that is already open: ask, score, print, write, judge by the thresholds."""

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
SHOWN_WARNINGS = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to do with the cases: where the run file and the page go, and the thresholds that have to hold."""

    run: Path | None = None
    html: Path | None = None
    thresholds: Sequence[Threshold] = field(default_factory=tuple)


def measure(
    engine: Engine, cases: Sequence[Case], header: Header, wanted: Wanted, *, out: Console, judge: Judge | None = None
) -> int:
    """Ask every case, print the tables, write what is wanted; the exit status.

    0; 4 where a threshold is broken; 1 where every case crashed.
    """
    for problem in header.warnings[:SHOWN_WARNINGS]:
        out.print(printable(f"warning: {problem}"))
    if len(header.warnings) > SHOWN_WARNINGS:
        out.print(f"warning: {len(header.warnings) - SHOWN_WARNINGS} more; the run file has them all")
    results = []
    with progress_bar("asking") as bar:
        task = bar.add_task("", total=len(cases))
        for result in run_cases(cases, engine, header, wanted.run, judge):
            results.append(result)
            bar.advance(task)
    paired = pair(cases, results)
    summaries = summarize(cases, results)
    title = str(header.cases.get("file", "cases"))
    print_report(out, title, summaries, paired)
    verdicts = check(wanted.thresholds, summaries[0]) if wanted.thresholds else []
    if verdicts:
        out.print(gate_table(verdicts))
    if wanted.html:
        from eval.report.html import render  # noqa: PLC0415 (matplotlib, a second to import: only where a page is wanted)

        page = render(f"Evaluation of {title}", header, summaries, paired, verdicts)
        write_page(wanted.html, page)
    if not all(v.passed for v in verdicts):
        return BELOW_GATE
    return 1 if summaries[0].crashed == len(cases) else 0


def write_page(path: Path, page: str) -> None:
    """Write an HTML page. Raises ConfigError where that cannot be done."""
    try:
        path.write_text(page, encoding="utf-8", errors="replace")
    except OSError as error:
        raise ConfigError(f"the page {str(path)!r} cannot be written: {error}; give another path") from None


def documents_identity(engine: Engine) -> dict[str, object]:
    """Number of the documents and a hash of their names and contents, the same on every machine."""
    rows = sorted((d.source, d.digest) for d in engine.sources())
    return {"count": len(rows), "digest": hashlib.sha256(repr(rows).encode()).hexdigest()[:16]}
