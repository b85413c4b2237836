"""Read a page of a PDF: its text, where each part of it is from, and what of the page was left out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pypdfium2

from index.parsers.page.fields import fields, placed
from index.parsers.page.layout import in_order
from index.parsers.page.seen import seen
from index.parsers.page.words import Box, Reader, Word, with_raised

_HYPHENS = "\x02\ufffe"


@dataclass(frozen=True, slots=True)
class PageText:
    """The text of a page, with pdfium's sign where a line end broke a word.

    `parts`: (text, number of its first character in the text page; -1 for white space and bars, -2 for what is filled
    into the first field, -3 ...), which make up the text. `fields`: the boxes of the fields.
    """

    parts: tuple[tuple[str, int], ...]
    fields: tuple[Box, ...] = ()
    hidden: tuple[str, ...] = ()
    watermarks: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The parts, joined."""
        return "".join(text for text, _ in self.parts)


def read_page(page: pypdfium2.PdfPage, textpage: pypdfium2.PdfTextPage) -> PageText:
    """Read a page; the fields of a form need the form environment of the document (`init_forms`)."""
    found = seen(page, list(Reader(textpage).words()))
    filled, boxes = fields(page)
    words = with_raised(_upright(placed(found.words, filled)))
    parts: list[tuple[str, int]] = []
    for line in in_order(words):
        if parts and parts[-1][0][-1] not in _HYPHENS:
            parts.append(("\n", -1))
        parts += line
    return PageText(tuple(parts), tuple(boxes), tuple(found.hidden), tuple(found.watermarks))


def _upright(words: Sequence[Word]) -> list[Word]:
    """The words as they are when the page is turned so that most of them are upright; fields turn with the page."""
    angles = Counter(word.angle for word in words if word.first >= 0)
    quarters = angles.most_common(1)[0][0] if angles else 0
    if not quarters:
        return list(words)
    return [
        word._replace(
            box=_turned(word.box, quarters),
            angle=0 if word.first < 0 else None if word.angle is None else (word.angle - quarters) % 4,
        )
        for word in words
    ]


def _turned(box: Box, quarters: int) -> Box:
    left, bottom, right, top = box
    if quarters == 1:
        return bottom, -right, top, -left
    return (-right, -top, -left, -bottom) if quarters == 2 else (-top, left, -bottom, right)
