"""The text of a document as HTML, with one span marked."""

import re
from collections.abc import Iterator
from itertools import pairwise

from rag.ui.document_view import DocumentView
from rag.ui.markup import Markup, html, icon, join

WHOLE = 400_000  # characters shown at once; of a longer document, this much around the place
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")
_LONGEST_BLOCK = 20_000  # a paragraph longer than this is shown in pieces: no browser lays out a line of 10 MB


def written(view: DocumentView) -> Markup:
    """The text in paragraphs, with headings, page numbers and the mark."""
    first, last = _shown(view)
    cut = html('<p class="cut">{icon} The document is long; this part of it is shown.</p>', icon=icon("file"))
    return html(
        '<div class="document" tabindex="0" role="region" aria-label="Text of the document">{cut}{blocks}</div>',
        cut=cut if (first, last) != (0, len(view.document.text)) else "",
        blocks=join(_blocks(view, first, last)),
    )


def _shown(view: DocumentView) -> tuple[int, int]:
    """The part of the text that is shown: all of it, or WHOLE characters around the place."""
    length = len(view.document.text)
    if length <= WHOLE:
        return 0, length
    first = max(0, min(view.place.start - WHOLE // 2, length - WHOLE))
    return first, first + WHOLE


def _blocks(view: DocumentView, first: int, last: int) -> Iterator[Markup]:
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


def _words(view: DocumentView, start: int, end: int) -> Markup:
    """`text[start:end]`, with what is marked of it in a <mark>."""
    text = view.text
    a, b = (min(max(at, start), end) for at in view.marked)
    if a == b:
        return html("{words}", words=text[start:end].strip("\n"))
    return html(
        '{before}<mark class="cited">{words}</mark>{after}',
        before=text[start:a].lstrip("\n"),
        words=text[a:b],
        after=text[b:end].rstrip("\n"),
    )
