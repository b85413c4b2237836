"""What is to be indexed or removed from the page: one job for each file, folder or removal, and what became of it."""

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
    """One thing to do. `path`: the file or folder; `source`: of a removal; `said`: how far it is, or what became of it.

    `found`: what was read of a file, until it is written to the index.
    `stopped`: its owner wants it no more; `alone`: it is done by itself, because a run with others crashed.
    """

    owner: str
    kind: Kind
    name: str
    path: Path
    source: str = ""
    state: State = "waiting"
    said: str = ""
    progress: Progress = field(default_factory=Progress)
    report: BuildReport | None = None
    found: ParseResult | None = None
    stopped: bool = False
    alone: bool = False
    number: int = field(default_factory=lambda: next(_numbers))

    @property
    def busy(self) -> bool:
        """Whether it is still waiting or at work."""
        return self.state not in ("done", "failed")

    @property
    def length(self) -> int:
        """Characters that it holds."""
        return len(self.found.document.text) if isinstance(self.found, Parsed) else 0

    def fail(self, reason: str) -> None:
        """It came to nothing, for a reason."""
        self.state, self.said, self.found = "failed", reason, None

    def finish(self, report: BuildReport) -> None:
        """It is done. A file has failed where the report says so; of a folder the report is kept."""
        if self.kind == "folder":
            self.report = report
        mine = [left for left in report.failed if is_named(left.source, self.path.name)]
        if self.kind == "file" and mine:
            self.fail(mine[0].reason)
            return
        self.state, self.found = "done", None
        self.said = {"file": self._found(report), "folder": counted(report), "removal": "removed"}[self.kind]

    def _found(self, report: BuildReport) -> str:
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
