"""The text of a Word document in the order in which it is read."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from lxml import etree

from index.parsers.content import TextBlock
from index.parsers.word.asides import Asides
from index.parsers.word.elements import is_on, related
from index.parsers.word.looks import Look
from index.parsers.word.numbering import BULLET, Numbering
from index.parsers.word.rows import Rows, line_of
from index.parsers.word.styles import Styles, outline_level
from index.parsers.word.unread import Lost, Unread
from index.parsers.word.words import SKIPPED, Words

# an item with a number of one level ("2.", "(a)", "•") is of a list; "2.1" begins a paragraph of its own
_ITEM = re.compile(
    rf"(?:{BULLET}|\d{{1,3}}[.)]|[a-zA-Z][.)]|[ivxIVX]{{1,5}}[.)]|\((?:\d{{1,3}}|[a-zA-Z]|[ivxIVX]+)\))\s"
)
_P, _TBL, _FILE, _DEL = map(qn, ("w:p", "w:tbl", "w:altChunk", "w:del"))


@dataclass(frozen=True, slots=True)
class _Beside(TextBlock):
    """A note or comment, which stands after its paragraph, or after the table that it is in."""


@dataclass(frozen=True, slots=True)
class _Table(TextBlock):
    """The rows of a table, a line each, with its caption above them."""


class Story:
    """The body of a document with its notes, comments, text boxes, headers and footers; the rest goes to `unread`."""

    def __init__(self, document: WordDocument):
        self.unread = Unread()
        self._document = document
        self._styles = Styles(document)
        self._asides = Asides(document)
        self._numbering = Numbering(related(document, "numbering"))

    def blocks(self) -> Iterator[TextBlock]:
        """Headers, body with each note after its paragraph, footers."""
        yield from self._margins("header")
        yield from self._children(self._document.element.body)
        yield from self._margins("footer")

    def _margins(self, kind: str) -> Iterator[TextBlock]:
        """The different headers or footers of all sections, once each."""
        seen: set[object] = set()  # parts, for thousands of sections may share one, and texts
        for section in self._document.sections:
            for name in (kind, f"first_page_{kind}", f"even_page_{kind}"):
                margin = getattr(section, name)
                if margin.is_linked_to_previous or margin.part in seen:
                    continue
                seen.add(margin.part)
                blocks = self._children(margin._element)
                text = "\n".join(block.text for block in blocks if any(map(str.isalpha, block.text)))
                if text and text not in seen:
                    seen.add(text)
                    yield TextBlock(text)

    def _children(self, parent: etree._Element) -> Iterator[TextBlock]:
        caption: list[TextBlock] = []
        for child in parent.iterchildren(etree.Element):
            if child.tag == _P:
                blocks = self._paragraph(child)
                if self._styles.of_paragraph(child).is_caption and _is_above_table(child):
                    caption = list(blocks)
                else:
                    yield from blocks
            elif child.tag == _TBL:
                yield from self._table(child, caption)
                caption = []
            elif child.tag == _FILE:
                self.unread.parts["file"] += 1
            elif child.tag == _DEL:
                self._leave_out(child, "deleted")
            elif child.tag not in SKIPPED:
                yield from self._children(child)  # content controls, tracked insertions

    def _paragraph(self, paragraph: etree._Element) -> Iterator[TextBlock]:
        style = self._styles.of_paragraph(paragraph)
        words = self._words(paragraph, Look())
        text = words.text()
        marker = self._numbering.marker(paragraph, style) if text or not _is_unmarked(paragraph) else None
        level = outline_level(paragraph) or style.level
        if text and marker and not (level and marker.startswith(BULLET)):
            text = f"{marker}{text}"
        yield TextBlock(text, level, tight=not level and marker is not None and bool(_ITEM.match(text)))
        yield from (TextBlock(line, tight=True) for line in words.diagrams)
        for box in words.boxes:
            yield from self._children(box)
        for aside in words.beside:
            said = " ".join(block.text for block in self._children(aside.element)).split()
            yield _Beside(f"{aside.lead}{' '.join(said)}" if said else "")

    def _table(self, table: etree._Element, caption: Sequence[TextBlock]) -> Iterator[TextBlock]:
        """A row of short cells is one line; in a table that is the layout of a form, every paragraph is a block."""
        lines = [" ".join(block.text.split()) for block in caption if not isinstance(block, _Beside)]
        after: list[TextBlock] = [block for block in caption if isinstance(block, _Beside)]
        rows = Rows(table)
        for row in rows:
            for cell in row.cells:
                if lost := row.lost or ("hidden" if cell.is_continued else None):
                    self._leave_out(cell.element, lost)
            if row.lost:
                continue
            cells = [[] if cell.is_continued else list(self._children(cell.element)) for cell in row.cells]
            texts = [line_of([block.text for block in cell if not isinstance(block, _Beside)]) for cell in cells]
            if None in texts or any(block.level or isinstance(block, _Table) for cell in cells for block in cell):
                yield from _written(lines, after)
                lines, after = [], []
                yield from (block for cell in cells for block in cell)
            else:
                lines.append(rows.line(row, [text or "" for text in texts]).strip())
                after += [block for cell in cells for block in cell if isinstance(block, _Beside)]
        yield from _written(lines, after)

    def _leave_out(self, element: etree._Element, lost: Lost) -> None:
        """All words below an element, as words that are not read."""
        for paragraph in element.iter(qn("w:p")):
            self._words(paragraph, Look(lost))

    def _words(self, paragraph: etree._Element, look: Look) -> Words:
        words = Words(self._styles, self._asides, self.unread, self._styles.of_paragraph(paragraph))
        words.gather(paragraph, look)
        return words


def _written(lines: Sequence[str], after: Sequence[TextBlock]) -> Iterator[TextBlock]:
    yield _Table("\n".join(line for line in lines if line))
    yield from after


def _is_above_table(paragraph: etree._Element) -> bool:
    others = (qn("w:bookmarkStart"), qn("w:bookmarkEnd"))
    following = next((one for one in paragraph.itersiblings(etree.Element) if one.tag not in others), None)
    return following is not None and following.tag == qn("w:tbl")


def _is_unmarked(paragraph: etree._Element) -> bool:
    """Whether the end of a paragraph is deleted or hidden: without words it is no paragraph, and is not counted."""
    mark = paragraph.find(f"{qn('w:pPr')}/{qn('w:rPr')}")
    return mark is not None and (mark.find(qn("w:del")) is not None or bool(is_on(mark, "w:vanish")))
