"""Run `rag index` and `rag remove`, and print their progress and report."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from index.build import BuildReport, OnProgress, build_index, remove
from index.folders import sources_in
from index.load import PARSERS
from index.watch import watch
from rag.export import terminal as render
from rag.retrieve.suggest import require_sources
from rag.settings import Settings
from rag.store.ledger import Ledger

MAX_SKIPPED = 20  # skipped files named one by one; failures are all named


def run_index(paths: Sequence[Path], settings: Settings, *, follow: bool, verify: bool) -> bool:
    """Index with a progress bar on the terminal; with `follow` until Ctrl-C. Returns whether any file failed."""
    out = render.console()
    if follow:
        out.print("Watching for changes; Ctrl-C ends it.")
        with _bar(out) as progress:
            watch(paths, settings, progress=progress, on_report=lambda r: show(r, out), on_locked=out.print)
    with _bar(out) as progress:
        report = build_index(paths, settings, verify=verify, progress=progress)
    show(report, out)
    return bool(report.failed)


def run_remove(names: Sequence[str], settings: Settings) -> list[str]:
    """Remove documents, named by their sources or by a folder that they were indexed from; returns their sources.

    Raises SourceMissing, with the closest names, before anything is removed.
    """
    with Ledger.open(settings.data_dir) as ledger:
        known = ledger.sources()
        found = [[] if name in known else sources_in(Path(name), ledger) for name in names]
        sources = [source for name, inside in zip(names, found, strict=True) for source in inside or [name]]
        require_sources(ledger, sources)
    sources = list(dict.fromkeys(sources))
    remove(sources, settings)
    return sources


def show(report: BuildReport, out: Console) -> None:
    """Print a report: counts, each failure with its reason, what was not read of other files, the skipped files."""
    counts = (
        f"{len(getattr(report, name))} {name}"
        for name in ("added", "updated", "deleted", "unchanged", "failed", "skipped")
        if getattr(report, name) or name in ("added", "unchanged")
    )
    out.print(", ".join(counts))
    if not any((report.added, report.updated, report.deleted, report.unchanged, report.failed)):
        out.print(f"There is nothing to index: {', '.join(PARSERS)} are supported; convert other files to one of them.")
    for one in report.failed:
        out.print(f"not indexed: {render.printable(one.source)}: {render.printable(one.reason)}", style="red")
    for one in report.partly[:MAX_SKIPPED]:
        out.print(f"read in part: {render.printable(one.source)}: {render.printable(one.reason)}", style="yellow")
    if len(report.partly) > MAX_SKIPPED:
        out.print(
            f"and {len(report.partly) - MAX_SKIPPED} more such notes: `rag sources --details FILE`", style="yellow"
        )
    for one in report.skipped[:MAX_SKIPPED]:
        out.print(f"skipped: {render.printable(one.source)}: {one.reason}", style="dim")
    if len(report.skipped) > MAX_SKIPPED:
        reasons = Counter(one.reason for one in report.skipped[MAX_SKIPPED:])
        rest = "; ".join(f"{count} × {reason}" for reason, count in reasons.most_common())
        out.print(f"also skipped: {rest}", style="dim")


class _Rate(ProgressColumn):
    """Files a second, once the speed is known."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.1f}/s" if task.speed else "", style="progress.data.speed")


@contextmanager
def _bar(out: Console) -> Iterator[OnProgress]:
    columns = (
        TextColumn("Indexing"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[name]}"),
    )
    bar = Progress(*columns, console=out, transient=True)
    with render.shown_on_terminal(bar):
        task = bar.add_task("", total=None, name="")

        def report(done: int, total: int, source: str) -> None:
            name = render.printable(source)
            if not total:  # a preparation step, before the files are counted
                bar.update(task, name=name)
            else:
                bar.update(task, completed=done, total=total, name=name[-40:])

        yield report
