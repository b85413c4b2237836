"""The documents as HTML: the list of them, how to add more, and what to search in.

Names that the page sends back are quoted as in an address: as text they would lose what cannot be seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from index.load import PARSERS
from rag.settings import MEGABYTE, Settings
from rag.store.records import DocumentInfo
from rag.ui.markup import Markup, attributes, html, icon, join, source_url

HEADS = ("Document", "Size", "Pages", "Chunks", "Date", "Indexed")
MOST_LISTED = 300  # rows at once; the filter finds the others


def matching(found: Sequence[DocumentInfo], wanted: str) -> list[DocumentInfo]:
    """The documents with these words in name or title."""
    words = wanted.lower().split()
    return [d for d in found if all(word in f"{d.source} {d.title}".lower() for word in words)]


@dataclass(frozen=True, slots=True)
class Listed:
    """A document in the list. `removable`: its owner may remove it; `uploaded`: its file goes with it."""

    info: DocumentInfo
    removable: bool = False
    uploaded: bool = False


def table(found: Sequence[Listed], wanted: str = "") -> Markup:
    """The documents with size, pages, chunks and date; `wanted`: what they were looked up by."""
    if not found and wanted.strip():
        return html('<p class="none">No document has these words in its name or title.</p>')
    if not found:
        return html('<p class="none">No documents yet.</p>')
    rows = join(map(_row, found[:MOST_LISTED]))
    more = len(found) - MOST_LISTED
    return html(
        '<table class="documents"><thead><tr>{heads}<th scope="col"><span class="unseen">Remove</span></th></tr>'
        "</thead><tbody>{rows}</tbody></table>{more}",
        heads=join(html('<th scope="col">{head}</th>', head=head) for head in HEADS),
        rows=rows,
        more=html('<p class="none">and {more} more: narrow the list down above</p>', more=more) if more > 0 else "",
    )


def _row(listed: Listed) -> Markup:
    info = listed.info
    cells = (
        ("size", size(info.size)),
        ("page-count", info.pages or ""),
        ("chunks", info.chunks),
        ("date", info.date or ""),
        ("indexed", html("<time{at}>{day}</time>", at=attributes(datetime=info.indexed_at), day=info.indexed_at[:10])),
    )
    return html(
        '<tr><td class="document-name"><a class="source-link" href="{url}">{icon}<span><b dir="auto">{title}</b>'
        '<small dir="auto">{source}</small></span></a></td>{cells}<td class="remove">{remove}</td></tr>',
        url=source_url(info.source),
        icon=icon("file"),
        title=info.title,
        source=info.source,
        cells=join(html('<td class="{name}">{value}</td>', name=name, value=value) for name, value in cells),
        remove=_remove(listed) if listed.removable else "",
    )


def _remove(listed: Listed) -> Markup:
    gone = (
        "Its uploaded file is deleted with it."
        if listed.uploaded
        else ("Its file stays; indexing its folder again brings it back.")
    )
    return html(
        '<details class="menu" name="menu"><summary class="quiet" aria-label="Remove {title}" title="Remove">{icon}'
        '</summary><div class="sheet"><p>Remove this document from the index? {gone}</p><button type="button" '
        'class="danger" data-remove{name}>Remove</button></div></details>',
        title=listed.info.title,
        icon=icon("trash"),
        gone=gone,
        name=attributes(data_name=quote(listed.info.source)),
    )


def size(count: int) -> str:
    """A number of bytes for people."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(1, round(count / 1e3))} kB"


def choices(found: Sequence[DocumentInfo]) -> Markup:
    """What a search can be restricted to."""
    return join(
        html(
            '<label><input type="checkbox" data-change="select"{value}><span><span class="name" dir="auto">{title}'
            "</span><small>{source}</small></span></label>",
            value=attributes(value=quote(info.source)),
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
        adding=_adding(tuple(PARSERS), settings.max_file_mb, folders=folders),
    )


def _adding(suffixes: Sequence[str], megabytes: float, *, folders: bool) -> Markup:
    """Where files are dropped or chosen, and a folder named."""
    folder = html(
        '<form class="folder" data-folder><label class="field">Or index a folder of this computer'
        '<span class="line"><input name="path" placeholder="/path/to/folder" autocomplete="off" spellcheck="false" '
        'required><button class="plain">Index</button></span></label></form><div id="folders"></div>'
    )
    return html(
        '<div class="drop" data-drop{limit}><label class="drop-label">{icon}<b>Drop files here, or choose them</b>'
        "<small>{suffixes}, up to {megabytes} MB each. {stay}</small>"
        '<input class="unseen" type="file" multiple{accept}></label></div>{folder}<div data-said role="status"></div>',
        limit=attributes(data_most=int(megabytes * MEGABYTE), data_suffixes=" ".join(suffixes)),
        icon=icon("upload"),
        suffixes=" ".join(suffixes),
        megabytes=f"{megabytes:g}",
        stay="They stay on this computer." if folders else "They are kept where this page runs, and shown to you only.",
        accept=attributes(accept=",".join(suffixes)),
        folder=folder if folders else "",
    )


def folders_list(roots: Sequence[str]) -> Markup:
    """The folders that are indexed as a whole, each to be brought up to date."""
    rows = join(
        html(
            '<li><span dir="auto">{path}</span><button type="button" class="quiet" data-again{value}>{icon}'
            "<span>Update</span></button></li>",
            path=path,
            value=attributes(data_path=quote(path)),
            icon=icon("retry"),
        )
        for path in roots
    )
    return html('<ul class="folders" aria-label="Indexed folders">{rows}</ul>', rows=rows) if rows else rows
