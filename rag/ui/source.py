"""A whole document as HTML with one span marked: what a chip opens beside the conversation, or in a page of its own."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from rag.records import DocumentInfo
from rag.schema import Document
from rag.ui.markup import Markup, fingerprint, html, icon, join, source_url

WHOLE = 400_000  # characters shown at once; of a longer document, this much around the place
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")
_LONGEST_BLOCK = 20_000  # a paragraph longer than this is shown in pieces: no browser lays out a line of 10 MB


@dataclass(frozen=True, slots=True)
class Place:
    """Where to open a document: code points of its text. `check`: fingerprint of the words that stood there."""

    start: int = 0
    end: int = 0
    check: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """What is to be shown of a document. `page`: draw this page of it instead of showing its text."""

    document: Document
    info: DocumentInfo
    place: Place
    page: int | None = None

    @property
    def intact(self) -> bool:
        """Whether the words still stand at the place; true where no words were asked for."""
        place = self.place
        return not place.check or fingerprint(self.document.text[place.start : place.end]) == place.check

    @property
    def marked(self) -> tuple[int, int]:
        """The span to mark, (0, 0) where there is none or its words have moved: nothing rather than the wrong words."""
        place, length = self.place, len(self.document.text)
        inside = 0 <= place.start < place.end <= length
        return (place.start, place.end) if inside and self.intact else (0, 0)


def pane(view: View) -> Markup:
    """Head and body of an open document."""
    moved = html(
        '<p class="moved">{icon} This document has changed since; the words that were cited no longer stand at their '
        "place, so nothing is marked.</p>",
        icon=icon("warning"),
    )
    return html(
        '<div class="source" data-name="{name}">{head}{moved}{body}</div>',
        name=view.info.source,
        head=_head(view),
        moved="" if view.intact else moved,
        body=_pictured(view) if view.page else _written(view),
    )


def page_at(document: Document, offset: int) -> int | None:
    """The page (from 1) on which an offset lies, None where the document has no pages."""
    return bisect_right(document.pages, offset) or None


def _head(view: View) -> Markup:
    info = view.info
    page = view.page or (page_at(view.document, view.marked[0]) if view.marked[1] else None)
    paged = f"page {page} of {info.pages}" if page else f"{info.pages} pages"
    facts = [info.source, *([paged] if info.pages else []), *([info.date] if info.date else [])]
    return html(
        '<header class="source-head"><div class="source-title"><h2 dir="auto">{title}</h2><p class="facts">{facts}</p>'
        '</div><div class="source-tools">{switch}{previous}{next}{close}</div></header>',
        title=info.title,
        facts=join(html("<span>{fact}</span>", fact=fact) for fact in facts),
        switch=_switch(view),
        previous=tool("previous", "left", "Previous citation (k)"),
        next=tool("next", "right", "Next citation (j)"),
        close=tool("close", "close", "Close the source (Esc)"),
    )


def tool(go: str, drawing: str, label: str) -> Markup:
    """A button of the head: what it does is in assets/page.js."""
    return html(
        '<button type="button" class="quiet" data-go="{go}" aria-label="{label}" title="{label}">{icon}</button>',
        go=go,
        label=label,
        icon=icon(drawing),
    )


def _switch(view: View) -> Markup:
    """From the drawn page of a PDF to its text and back."""
    if not view.info.source.lower().endswith(".pdf"):
        return Markup("")
    place = view.place
    form = "text" if view.page else "page"
    at = source_url(view.info.source, start=place.start, end=place.end, check=place.check, form=form)
    label = "Show text" if view.page else "Show page"
    return html('<a class="quiet swap" href="{at}">{label}</a>', at=at, label=label)


def _written(view: View) -> Markup:
    """The text in paragraphs, with headings, page numbers and the mark."""
    first, last = _shown(view)
    cut = html('<p class="cut">{icon} The document is long; this part of it is shown.</p>', icon=icon("file"))
    return html(
        '<div class="document" tabindex="0" role="region" aria-label="Text of the document">{cut}{blocks}</div>',
        cut=cut if (first, last) != (0, len(view.document.text)) else "",
        blocks=join(_blocks(view, first, last)),
    )


def _shown(view: View) -> tuple[int, int]:
    """The part of the text that is shown: all of it, or WHOLE characters around the place."""
    length = len(view.document.text)
    if length <= WHOLE:
        return 0, length
    first = max(0, min(view.place.start - WHOLE // 2, length - WHOLE))
    return first, first + WHOLE


def _blocks(view: View, first: int, last: int) -> Iterator[Markup]:
    """Each paragraph, heading and page number of `text[first:last]`."""
    document = view.document
    headings = {h.start: h for h in document.headings if first <= h.start < last}
    pages = {start: number for number, start in enumerate(document.pages, 1) if first <= start < last}
    for start, end in _cut(document.text, first, last, [*headings, *pages]):
        if start in pages:
            yield html('<p class="page-number" id="page-{n}">Page {n}</p>', n=pages[start])
        words = _words(view, start, end)
        if start in headings:
            level = min(headings[start].level + 2, 6)
            yield html('<p class="heading level-{level}" dir="auto">{words}</p>', level=level, words=words)
        elif words.strip():
            yield html('<p dir="auto">{words}</p>', words=words)


def _cut(text: str, first: int, last: int, places: list[int]) -> Iterator[tuple[int, int]]:
    """Where paragraphs begin and end; a heading is one line."""
    starts = {first, *places, *(m.end() for m in _PARAGRAPH.finditer(text, first, last))}
    starts |= {end + 1 for start in places if first <= (end := text.find("\n", start, last))}
    ordered = [*sorted(start for start in starts if start < last), last]
    for start, end in pairwise(ordered):
        for piece in range(start, end, _LONGEST_BLOCK):
            yield piece, min(piece + _LONGEST_BLOCK, end)


def _words(view: View, start: int, end: int) -> Markup:
    """`text[start:end]`, with what is marked of it in a <mark>."""
    text = view.document.text
    a, b = (min(max(at, start), end) for at in view.marked)
    if a == b:
        return html("{words}", words=text[start:end].strip("\n"))
    return html(
        '{before}<mark class="cited">{words}</mark>{after}',
        before=text[start:a].lstrip("\n"),
        words=text[a:b],
        after=text[b:end].rstrip("\n"),
    )


def _pictured(view: View) -> Markup:
    """The drawn page with the span boxed, and the cited words below it for those who cannot see it."""
    info, page = view.info, view.page or 1
    start, end = view.marked
    words = html(
        '<blockquote class="cited-words"><mark class="cited">{q}</mark></blockquote>', q=view.document.text[start:end]
    )
    picture = source_url(info.source, page=page, start=start, end=end).replace("/source?", "/page?", 1)
    boxed = " with the cited words boxed" if end else ""
    return html(
        '<div class="pictured" tabindex="0" role="region" aria-label="Page {page}">{pager}{words}'
        '<img class="page" src="{picture}" alt="Page {page} of {title}{boxed}">{pager}</div>',
        pager=_pager(view, page),
        words=words if end else "",
        picture=picture,
        page=page,
        title=info.title,
        boxed=boxed,
    )


def _pager(view: View, page: int) -> Markup:
    info, place = view.info, view.place

    def step(to: int, drawing: str, label: str) -> Markup:
        if not 1 <= to <= info.pages:
            return html('<span class="quiet off">{icon}</span>', icon=icon(drawing))
        at = source_url(info.source, start=place.start, end=place.end, check=place.check, page=to)
        return html(
            '<a class="quiet swap" href="{at}" aria-label="{label}">{icon}</a>', at=at, label=label, icon=icon(drawing)
        )

    return html(
        '<nav class="pager" aria-label="Pages">{back}<span>Page {page} of {pages}</span>{on}</nav>',
        back=step(page - 1, "left", "Previous page"),
        page=page,
        pages=info.pages,
        on=step(page + 1, "right", "Next page"),
    )
