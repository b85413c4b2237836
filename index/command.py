"""What `rag index` prints: a progress bar while it works, then what was done and what could not be, file by file."""

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

from index.build import BuildReport, build_index, remove
from index.build import Progress as OnProgress
from index.load import READERS
from index.watch import watch
from rag.export import terminal as render
from rag.retrieve.suggest import require
from rag.settings import Settings
from rag.store.ledger import Ledger

MOST_SHOWN = 20  # skipped files named one by one; failures are all named


def run_index(paths: Sequence[Path], settings: Settings, *, follow: bool, verify: bool) -> bool:
    """Index with a progress bar on the terminal; with `follow` until Ctrl-C. Whether any file failed."""
    out = render.console()
    if follow:
        out.print("Following changes; Ctrl-C ends it.")
        with _bar(out) as progress:
            watch(paths, settings, progress=progress, on_report=lambda r: show(r, out), on_locked=out.print)
    with _bar(out) as progress:
        report = build_index(paths, settings, verify=verify, progress=progress)
    show(report, out)
    return bool(report.failed)


def run_remove(sources: Sequence[str], settings: Settings) -> None:
    """Take documents out of the index. Raises SourceMissing, with the nearest names, before anything is removed."""
    with Ledger.open(settings.data_dir) as ledger:
        require(ledger, sources)
    remove(sources, settings)


def show(report: BuildReport, out: Console) -> None:
    """Print a report: counts, then each failure with its reason, then what was passed over."""
    counts = (
        f"{len(getattr(report, name))} {name}"
        for name in ("added", "updated", "deleted", "unchanged", "failed", "skipped")
        if getattr(report, name) or name in ("added", "unchanged")
    )
    out.print(", ".join(counts))
    if not any((report.added, report.updated, report.deleted, report.unchanged, report.failed)):
        out.print(
            f"Nothing that can be indexed is there: {', '.join(READERS)} are read; convert other files to one of them."
        )
    for left in report.failed:
        out.print(f"not indexed: {render.printable(left.source)}: {render.printable(left.reason)}", style="red")
    for left in report.skipped[:MOST_SHOWN]:
        out.print(f"passed over: {render.printable(left.source)}: {left.reason}", style="dim")
    if len(report.skipped) > MOST_SHOWN:
        reasons = Counter(left.reason for left in report.skipped[MOST_SHOWN:])
        rest = "; ".join(f"{count} × {reason}" for reason, count in reasons.most_common())
        out.print(f"passed over as well: {rest}", style="dim")


class _Rate(ProgressColumn):
    """Files a second, once there is a speed."""

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
    with Progress(*columns, console=out, transient=True) as bar:
        task = bar.add_task("", total=None, name="")

        def report(done: int, total: int, source: str) -> None:
            name = render.printable(source)
            if not total:  # what is being prepared before anything is counted
                bar.update(task, name=name)
            else:
                bar.update(task, completed=done, total=total, name=name[-40:])

        yield report
