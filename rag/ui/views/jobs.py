"""What is being indexed: how far each file and folder is, and what could not be read, with the reason."""

from collections.abc import Sequence
from dataclasses import dataclass

from index.plan import NotIndexed
from rag.ui.indexing.jobs import Job
from rag.ui.views.templates import Markup, render

LOOKS = {"working": "at-work", "reading": "at-work", "read": "waiting"}  # a turn at work is .working
ICONS = {"failed": "warning", "done": "check"}
MAX_BUSY, MAX_FAILED, MAX_DONE = 12, 100, 5  # rows; the others are counted


@dataclass(frozen=True, slots=True)
class ShownJob:
    """A job in the list. `look`, `drawing`: CSS class and icon; `state`: in words; `measured`: its progress is known.

    `left_out`: files of a folder that could not be read, or were skipped on purpose.
    """

    job: Job
    look: str
    drawing: str
    state: str
    measured: bool
    left_out: Sequence[NotIndexed]


def jobs(found: Sequence[Job]) -> Markup:
    """The jobs that are busy, those that failed, and the last that are done; empty where there are none."""
    if not found:
        return Markup("")
    busy = [job for job in found if job.busy][::-1]
    failed = [job for job in found if job.state == "failed"]
    done = [job for job in found if job.state == "done"]
    counts = (("being done", busy), ("failed", failed), ("done", done))
    rows = [*busy[:MAX_BUSY], *failed[:MAX_FAILED], *done[:MAX_DONE]]
    return render(
        "jobs.html",
        "jobs",
        rows=[_shown(job) for job in rows],
        summary=", ".join(f"{len(some)} {name}" for name, some in counts if some),
        busy=bool(busy),
        clearable=bool(failed or done),
    )


def _shown(job: Job) -> ShownJob:
    left_out = (*job.report.failed, *job.report.skipped)[:MAX_FAILED] if job.report else ()
    return ShownJob(
        job,
        LOOKS.get(job.state, job.state),
        ICONS.get(job.state, "file"),
        _state(job),
        job.kind == "folder" and job.progress.total > 0,
        left_out,
    )


def _state(job: Job) -> str:
    """How far a job is, or what became of it."""
    if job.state == "waiting":
        return job.note or "waiting"
    if job.state == "working" and job.kind == "folder":
        at = job.progress
        return f"{at.done} of {at.total} files, {at.encoded:,} passages: {at.source}" if at.total else "looking through"
    return job.note or {"removal": "removing", "file": job.state}.get(job.kind, "")
