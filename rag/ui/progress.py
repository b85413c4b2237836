"""What is being indexed, as HTML: how far each file and folder is, and what could not be read, with the reason."""

from collections.abc import Sequence

from rag.ui.jobs import Job
from rag.ui.markup import Markup, attributes, html, icon, join

LOOKS = {"working": "at-work", "reading": "at-work", "read": "waiting"}  # a turn at work is .working
MOST_BUSY, MOST_FAILED, MOST_DONE = 12, 100, 5  # rows; the rest is counted


def working(jobs: Sequence[Job]) -> Markup:
    """The jobs that are busy, those that failed, and the last that are done."""
    busy = [job for job in jobs if job.busy][::-1]
    failed = [job for job in jobs if job.state == "failed"]
    done = [job for job in jobs if job.state == "done"]
    if not jobs:
        return Markup("")
    counts = (("being done", busy), ("failed", failed), ("done", done))
    summary = ", ".join(f"{len(found)} {name}" for name, found in counts if found)
    clear = html('<button type="button" class="quiet" data-clear>{icon}<span>Clear</span></button>', icon=icon("close"))
    rows = join(map(_job, [*busy[:MOST_BUSY], *failed[:MOST_FAILED], *done[:MOST_DONE]]))
    return html(
        '<section class="jobs" aria-label="Indexing"{busy}><header><span role="status">{summary}</span>{clear}</header>'
        "<ul>{rows}</ul></section>",
        busy=attributes(data_busy="") if busy else "",
        summary=summary,
        clear=clear if failed or done else "",
        rows=rows,
    )


def _job(job: Job) -> Markup:
    at = job.progress
    bar = html("<progress{done}></progress>", done=attributes(value=at.done, max=at.total) if _measured(job) else "")
    stop = html(
        '<button type="button" class="quiet" data-stop{number} aria-label="Stop {name}">{icon}</button>',
        number=attributes(data_number=job.number),
        name=job.name,
        icon=icon("close"),
    )
    return html(
        '<li class="job {state}">{icon}<b dir="auto">{name}</b>{bar}<small dir="auto">{said}</small>{stop}{failed}'
        "</li>",
        state=LOOKS.get(job.state, job.state),
        icon=icon({"failed": "warning", "done": "check"}.get(job.state, "file")),
        name=job.name,
        bar=bar if job.state in ("reading", "working") else "",
        said=_said(job),
        stop=stop if job.busy else "",
        failed=_failed(job),
    )


def _measured(job: Job) -> bool:
    return job.kind == "folder" and job.progress.total > 0


def _said(job: Job) -> str:
    if job.state == "waiting":
        return job.said or "waiting"
    if job.state == "working" and job.kind == "folder":
        at = job.progress
        return f"{at.done} of {at.total} files, {at.encoded:,} passages: {at.source}" if at.total else "looking through"
    return job.said or {"removal": "removing", "file": job.state}.get(job.kind, "")


def _failed(job: Job) -> Markup:
    """The files of a folder that could not be read, or were passed over on purpose."""
    report = job.report
    if report is None or not (report.failed or report.skipped):
        return Markup("")
    rows = join(
        html('<li dir="auto"><b>{source}</b>: {reason}</li>', source=left.source, reason=left.reason)
        for left in (*report.failed, *report.skipped)[:MOST_FAILED]
    )
    return html('<ul class="left">{rows}</ul>', rows=rows)
