"""What is to be indexed or removed from the page: one job for each file, folder or removal, and its result."""

from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Literal

from index.build import BuildReport
from index.parse import Parsed
from index.workers import ParseResult
from rag.ui.indexing.worker import Progress

Kind = Literal["file", "folder", "removal"]
State = Literal["waiting", "reading", "read", "working", "done", "failed"]  # the second and third of files only
_numbers = count(1)


@dataclass(slots=True, eq=False)
class Job:
    """One thing to do. `path`: the file or folder; `source`: of a removal; `note`: its progress or result, in words.

    `found`: what was parsed of a file, until it is written to the index.
    `stopped`: its owner has stopped it; `alone`: it is done by itself, because a run with others crashed.
    """

    owner: str
    kind: Kind
    name: str
    path: Path
    source: str = ""
    state: State = "waiting"
    note: str = ""
    progress: Progress = field(default_factory=Progress)
    report: BuildReport | None = None
    found: ParseResult | None = None
    stopped: bool = False
    alone: bool = False
    number: int = field(default_factory=lambda: next(_numbers))

    @property
    def busy(self) -> bool:
        """Whether it waits or is being done."""
        return self.state not in ("done", "failed")

    @property
    def files_left(self) -> int | None:
        """Files that it still has to read, None where that is not known yet."""
        if not self.busy or self.kind == "removal":
            return 0
        if self.kind == "file":
            return 1
        return self.progress.total - self.progress.done if self.progress.total else None

    @property
    def length(self) -> int:
        """Characters that it holds in memory."""
        return len(self.found.document.text) if isinstance(self.found, Parsed) else 0

    def fail(self, reason: str) -> None:
        """Note that it has failed."""
        self.state, self.note, self.found = "failed", reason, None

    def retry(self) -> None:
        """Note that it is to be written once more."""
        self.state = "read" if self.kind == "file" else "waiting"

    def finish(self, report: BuildReport) -> None:
        """Note that it is done. A file has failed where the report says so; of a folder the report is kept."""
        if self.kind == "folder":
            self.report = report
        mine = [left for left in report.failed if is_named(left.source, self.path.name)]
        if self.kind == "file" and mine:
            self.fail(mine[0].reason)
            return
        self.state, self.found = "done", None
        self.note = {"file": self._indexed(report), "folder": counted(report), "removal": "removed"}[self.kind]

    def show_progress(self, progress: Progress, *, is_alone: bool) -> None:
        """Note the progress of the run that it is in, `is_alone` or together with others."""
        self.progress = progress
        if self.kind == "file" and is_named(progress.source, self.path.name) and progress.encoded and is_alone:
            self.note = f"{progress.encoded:,} passages so far"

    def _indexed(self, report: BuildReport) -> str:
        known = any(is_named(source, self.path.name) for source in report.unchanged)
        return "was there already" if known else "indexed"


def is_named(source: str, name: str) -> bool:
    """Whether a source is the file of this name, in whatever folder."""
    return source.rpartition("/")[2] == name


def counted(report: BuildReport) -> str:
    """What a run did, in numbers."""
    counts = [
        f"{len(found)} {name}"
        for name in ("added", "updated", "deleted", "unchanged", "failed", "skipped")
        if (found := getattr(report, name))
    ]
    return ", ".join(counts) or "nothing to index"
