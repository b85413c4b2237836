"""An open document: its head, and its text or drawn pages, beside the conversation or in a page of its own."""

from collections.abc import Iterator
from dataclasses import dataclass

from rag.ui.document_view import TEXT, DocumentView
from rag.ui.pdf_pages import Drawing
from rag.ui.pdfium import Box
from rag.ui.views.document_text import document_text
from rag.ui.views.links import page_url, source_url
from rag.ui.views.templates import Markup, render

MAX_PAGES = 300  # drawn pages at once; of a longer file, this many around the place


@dataclass(frozen=True, slots=True)
class DrawnPage:
    """A page, from 1, with the boxes of what is marked on it. `picture`: its address; `words`: what is marked.

    `is_open`: the document opens at it.
    """

    number: int
    width: float
    height: float
    is_open: bool
    picture: str
    boxes: tuple[Box, ...]
    words: str


def source(view: DocumentView) -> Markup:
    """Head and body of an open document."""
    return render(
        "source.html",
        "source",
        view=view,
        facts=[fact for fact in (view.info.source, _paged(view), view.info.date) if fact],
        notes=list(_notes(view)),
        body=_drawn(view, view.drawing) if view.drawing else document_text(view),
        same_form=_address(view, view.place.form),
        other_form=_address(view, TEXT if view.drawing else ""),
    )


def _notes(view: DocumentView) -> Iterator[str]:
    """What a reader has to know before reading."""
    if not view.is_intact:
        yield (
            "This document has changed since; the words that were cited no longer stand at their place, so nothing is "
            "marked."
        )
    yield from view.info.notes
    if view.drawing:
        if view.marked[1] and not view.drawing.boxes:
            yield "The words could not be found on the drawn page; in the text they are marked."
    elif view.is_pdf and view.place.form != TEXT:
        yield "The file is no longer what was indexed, so its text is shown instead of its pages."


def _paged(view: DocumentView) -> str:
    """The page of the mark; where pages are drawn, a field that leads to another."""
    pages = view.info.pages
    if not pages:
        return ""
    if view.drawing:
        return render("source.html", "page_field", page=view.page, pages=pages, address=_address(view, ""))
    return f"page {view.page} of {pages}" if view.marked[1] else f"{pages} pages"


def _address(view: DocumentView, form: str) -> str:
    """Where the document opens at the same place, as text or as pages."""
    place = view.place
    more = {"form": form} if form else {}
    return source_url(view.info.source, start=place.start, end=place.end, check=place.check, **more)


def _drawn(view: DocumentView, drawing: Drawing) -> Markup:
    """The drawn pages with the marked span boxed."""
    total, at = len(drawing.sizes), view.page or 1
    first = max(1, min(at - MAX_PAGES // 2, total - MAX_PAGES + 1))
    last = min(total, first + MAX_PAGES - 1)
    return render(
        "source.html",
        "drawn",
        title=view.info.title,
        pages=[_page(view, drawing, number, is_open=number == at) for number in range(first, last + 1)],
        range=(first, last, total) if (first, last) != (1, total) else None,
    )


def _page(view: DocumentView, drawing: Drawing, number: int, *, is_open: bool) -> DrawnPage:
    boxes = tuple(box for box in drawing.boxes if box.page == number)
    words = view.document.text[slice(*view.marked)] if boxes and number == drawing.boxes[0].page else ""
    picture = page_url(view.info.source, number, view.info.digest)
    return DrawnPage(number, *drawing.sizes[number - 1], is_open, picture, boxes, words)
