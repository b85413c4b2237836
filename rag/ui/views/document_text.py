"""The text of a document in paragraphs, with headings, page numbers and one span marked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from rag.ui.document_view import DocumentView
from rag.ui.views.templates import Markup, render, text

MAX_SHOWN = 400_000  # characters at once; of a longer document, this many around the place
MAX_BLOCK = 20_000  # characters; a longer paragraph is shown in pieces: no browser lays out a line of 10 MB
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or a heading of a `level`; `page`: the page that begins with it."""

    page: int | None
    level: int | None
    content: Markup


def document_text(view: DocumentView) -> Markup:
    """The text, or of a long document the part around the place."""
    first, last = _shown(view)
    is_part = (first, last) != (0, len(view.document.text))
    return render("source.html", "text", blocks=_blocks(view, first, last), is_part=is_part)


def _shown(view: DocumentView) -> tuple[int, int]:
    """The part of the text that is shown: all of it, or MAX_SHOWN characters around the place."""
    length = len(view.document.text)
    if length <= MAX_SHOWN:
        return 0, length
    first = max(0, min(view.place.start - MAX_SHOWN // 2, length - MAX_SHOWN))
    return first, first + MAX_SHOWN


def _blocks(view: DocumentView, first: int, last: int) -> Iterator[Block]:
    """The paragraphs and headings of `text[first:last]`."""
    document = view.document
    levels = {h.start: min(h.level + 2, 6) for h in document.headings if first <= h.start < last}
    pages = {start: number for number, start in enumerate(document.pages, 1) if first <= start < last}
    for start, end in _cut(document.text, first, last, [*levels, *pages]):
        yield Block(pages.get(start), levels.get(start), _content(view, start, end))


def _cut(text: str, first: int, last: int, places: list[int]) -> Iterator[tuple[int, int]]:
    """Where paragraphs begin and end; a heading is one line."""
    starts = {first, *places, *(m.end() for m in _PARAGRAPH.finditer(text, first, last))}
    starts |= {end + 1 for start in places if first <= (end := text.find("\n", start, last))}
    ordered = [*sorted(start for start in starts if start < last), last]
    for start, end in pairwise(ordered):
        for piece in range(start, end, MAX_BLOCK):
            yield piece, min(piece + MAX_BLOCK, end)


def _content(view: DocumentView, start: int, end: int) -> Markup:
    """`text[start:end]`, with what is marked of it in a <mark>."""
    first, last = (min(max(at, start), end) for at in view.marked)
    if first == last:
        return text(view.text[start:end].strip("\n"))
    before, after = view.text[start:first].lstrip("\n"), view.text[last:end].rstrip("\n")
    return render("source.html", "marked", before=before, words=view.text[first:last], after=after)
