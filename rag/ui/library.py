"""The documents as HTML: the list of them, how to add more, what is being indexed, and what to search in."""

from collections.abc import Sequence

from index.build import BuildReport
from index.load import READERS
from rag.records import DocumentInfo
from rag.settings import Settings
from rag.ui.indexer import Job
from rag.ui.markup import Markup, attributes, html, icon, join, source_url

HEADS = ("Document", "Size", "Pages", "Chunks", "Date", "Indexed")
MOST_LISTED = 300  # rows at once; the filter finds the others


def matching(found: Sequence[DocumentInfo], wanted: str) -> list[DocumentInfo]:
    """The documents with these words in name or title."""
    words = wanted.lower().split()
    return [d for d in found if all(word in f"{d.source} {d.title}".lower() for word in words)]


def table(found: Sequence[DocumentInfo], removable: set[str]) -> Markup:
    """The documents with size, pages, chunks and date; those in `removable` can be removed."""
    if not found:
        return html('<p class="none">No documents match.</p>')
    rows = join(_row(info, info.source in removable) for info in found[:MOST_LISTED])
    more = len(found) - MOST_LISTED
    return html(
        '<table class="documents"><thead><tr>{heads}<th scope="col"><span class="unseen">Remove</span></th></tr>'
        "</thead>"
        "<tbody>{rows}</tbody></table>{more}",
        heads=join(html('<th scope="col">{head}</th>', head=head) for head in HEADS),
        rows=rows,
        more=html('<p class="none">and {more} more: narrow the list down above</p>', more=more) if more > 0 else "",
    )


def _row(info: DocumentInfo, removable: bool) -> Markup:
    remove = html(
        '<details class="menu" name="menu"><summary class="quiet" aria-label="Remove {title}">{icon}</summary>'
        '<div class="sheet"><p>Remove this document from the index?</p><button type="button" class="danger" '
        "data-remove{name}>Remove</button></div></details>",
        title=info.title,
        icon=icon("trash"),
        name=attributes(data_name=info.source),
    )
    return html(
        '<tr><td><a class="source-link" href="{url}">{icon}<span><b dir="auto">{title}</b><small>{source}</small>'
        "</span></a></td><td>{size}</td><td>{pages}</td><td>{chunks}</td><td>{date}</td><td>{indexed}</td><td>{remove}</td>"
        "</tr>",
        url=source_url(info.source),
        icon=icon("file"),
        title=info.title,
        source=info.source,
        size=size(info.size),
        pages=info.pages or "",
        chunks=info.chunks,
        date=info.date or "",
        indexed=info.indexed_at[:10],
        remove=remove if removable else "",
    )


def size(count: int) -> str:
    """A number of bytes for people."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(1, round(count / 1e3))} kB"


def working(jobs: Sequence[Job]) -> Markup:
    """What is being indexed and how far it is; what could not be read, with the reason."""
    return join(map(_job, jobs))


def _job(job: Job) -> Markup:
    if job.busy:
        said = f"{job.done} of {job.total}: {job.at}" if job.total else "waiting"
        return html(
            '<div class="job" data-busy><b dir="auto">{name}</b><progress{done}></progress><small>{said}</small></div>',
            name=job.name,
            done=attributes(value=job.done, max=job.total) if job.total else "",
            said=said,
        )
    failed = join(
        html('<li dir="auto">{source}: {reason}</li>', source=left.source, reason=left.reason)
        for left in (job.report.failed if job.report else ())
    )
    return html(
        '<div class="job"><b dir="auto">{name}</b><small>{said}</small>{failed}</div>',
        name=job.name,
        said=job.error or _did(job.report),
        failed=html('<ul class="failed" role="alert">{failed}</ul>', failed=failed) if failed else "",
    )


def _did(report: BuildReport | None) -> str:
    if report is None:
        return ""
    counts = [
        f"{len(found)} {name}"
        for name in ("added", "updated", "deleted", "unchanged", "failed")
        if (found := getattr(report, name))
    ]
    return ", ".join(counts) or "nothing to index"


def choices(found: Sequence[DocumentInfo]) -> Markup:
    """What a search can be restricted to."""
    return join(
        html(
            '<label><input type="checkbox" data-change="select"{value}><span><span class="name" dir="auto">{title}'
            "</span><small>{source}</small></span></label>",
            value=attributes(value=info.source),
            title=info.title,
            source=info.source,
        )
        for info in found[:MOST_LISTED]
    )


def view(settings: Settings, *, folders: bool) -> Markup:
    """The view of the documents; the page fetches the list and what is being indexed."""
    return html(
        '<div class="library"><h2>Documents</h2>{adding}<div id="jobs"></div><label class="field">'
        '<span class="unseen">Find a document</span><input type="search" id="filter" placeholder="Find a document">'
        '</label><div id="library"><p class="none">Loading …</p></div></div>',
        adding=_adding(tuple(READERS), settings.max_file_mb, folders=folders),
    )


def _adding(suffixes: Sequence[str], megabytes: float, *, folders: bool) -> Markup:
    """Where files are dropped or chosen, and a folder named."""
    folder = html(
        '<form class="folder" data-folder><label class="field">Or follow a folder on this computer'
        '<span class="line"><input name="path" placeholder="/path/to/folder" autocomplete="off" spellcheck="false">'
        '<button class="plain">Index</button></span></label></form>'
    )
    return html(
        '<div class="drop" data-drop><label class="drop-label">{icon}<b>Drop files here, or choose them</b>'
        "<small>{suffixes}, up to {megabytes} MB each. They stay on this computer.</small>"
        '<input class="unseen" type="file" multiple{accept}></label></div>{folder}<div data-said role="status"></div>',
        icon=icon("upload"),
        suffixes=" ".join(suffixes),
        megabytes=f"{megabytes:g}",
        accept=attributes(accept=",".join(suffixes)),
        folder=folder if folders else "",
    )
