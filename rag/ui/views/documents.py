"""The documents: the list of them, how to add more, and what to search in."""

from collections.abc import Mapping, Sequence

from index.load import PARSERS
from rag.settings import MEGABYTE, Settings
from rag.store.records import DocumentInfo
from rag.ui.document_view import Listed
from rag.ui.scope import Filters
from rag.ui.views.templates import Markup, render

MAX_LISTED = 300  # rows at once; the filter finds the others


def library(settings: Settings, *, folders: bool) -> Markup:
    """The view of the documents. `folders`: those of this computer, which is the reader's own, can be indexed."""
    return render(
        "documents.html",
        "library",
        suffixes=" ".join(PARSERS),
        megabytes=f"{settings.max_file_mb:g}",
        most_bytes=int(settings.max_file_mb * MEGABYTE),
        folders=folders,
    )


def table(found: Sequence[Listed], wanted: str = "") -> Markup:
    """The documents with size, pages, chunks and date; `wanted`: the words that they were searched for."""
    if not found:
        return render("documents.html", "no_documents", wanted=wanted)
    rows = [(listed, size(listed.info.size)) for listed in found[:MAX_LISTED]]
    return render("documents.html", "table", found=rows, more=max(0, len(found) - MAX_LISTED))


def size(count: int) -> str:
    """A number of bytes for people."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(1, round(count / 1e3))} kB"


def choices(found: Sequence[DocumentInfo]) -> Markup:
    """What a search can be restricted to."""
    return render("documents.html", "choices", found=found[:MAX_LISTED])


def filters(offered: Filters, chosen: Mapping[str, str] | None = None) -> Markup:
    """Fields for the date, type and folder of documents. `chosen`: what they hold, by name (rag.retrieve.where)."""
    return render("documents.html", "filters", offered=offered, chosen=chosen or {})


def folders(paths: Sequence[str]) -> Markup:
    """The folders that are indexed as a whole, each to be updated."""
    return render("documents.html", "folders", paths=paths)
