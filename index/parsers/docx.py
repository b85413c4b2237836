"""Parse Word documents (.docx): paragraphs and tables in order, with headers, footers, notes and text boxes."""

import io
import re
import zipfile
from collections.abc import Iterator, Sequence

import docx
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml
from lxml import etree

from index.parsers.content import MAX_CELL, Content, Grid, TextBlock, assemble, iso_date
from rag.errors import DocumentError

MAX_UNPACKED = 400_000_000  # bytes of all parts, pictures included
MAX_XML = 64_000_000  # bytes of one XML part; its tree takes ten times as much memory
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BREAKS = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "\u2011"}
_NOTES = {qn("w:footnoteReference"): "footnotes", qn("w:endnoteReference"): "endnotes"}
_SKIPPED = {
    *map(qn, ("w:del", "w:moveFrom", "w:pPr", "w:rPr", "w:delText", "w:instrText")),
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",  # repeats its Choice
}


def parse_docx(data: bytes) -> Content:
    """Parse a Word document; tracked changes count as accepted.

    Raises DocumentError where the file is not a .docx file, is encrypted, or is too large when it is unpacked.
    """
    _check(data)
    document = docx.Document(io.BytesIO(data))
    text, headings = assemble(_Story(document).blocks())
    properties = document.core_properties
    stated = properties.created or properties.modified
    return Content(text, (), headings, properties.title, iso_date(stated.isoformat()) if stated else None)


def _check(data: bytes) -> None:
    if data.startswith(_OLE):
        raise DocumentError("it is encrypted or in the old .doc format: save it as .docx without a password")
    if not zipfile.is_zipfile(io.BytesIO(data)):
        raise DocumentError(
            "it is not a Word document: a .docx file is a zip archive and this is not; save it anew as .docx"
        )
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)
    largest = max((part.file_size for part in parts if part.filename.endswith((".xml", ".rels"))), default=0)
    if unpacked > MAX_UNPACKED or largest > MAX_XML or len(parts) > 10_000:
        raise DocumentError(
            f"it would unpack to {unpacked:,} bytes in {len(parts):,} parts, which is too much: split it"
        )


class _Story:
    """The text of a document in the order in which it is read."""

    def __init__(self, document: WordDocument):
        self._document = document
        self._levels = _style_levels(document)
        self._lists = {
            style.get(qn("w:styleId")) for style in document.styles.element.iter(qn("w:style")) if _is_numbered(style)
        }
        self._notes = {kind: _notes(document, kind) for kind in ("footnotes", "endnotes")}

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
        for child in parent.iterchildren(etree.Element):
            if child.tag == qn("w:p"):
                yield from self._paragraph(child)
            elif child.tag == qn("w:tbl"):
                yield from self._table(child)
            elif child.tag not in _SKIPPED:
                yield from self._children(child)  # content controls, tracked insertions

    def _paragraph(self, paragraph: etree._Element) -> Iterator[TextBlock]:
        parts: list[str] = []
        extra: list[TextBlock] = []
        self._gather(paragraph, parts, extra)
        text = "".join(parts).strip()
        style = _value(paragraph, "w:pPr", "w:pStyle")
        level = _outline_level(paragraph) or self._levels.get(style, 0)
        if text and not level and (_is_numbered(paragraph) or style in self._lists):
            yield TextBlock(f"• {text}", tight=True)
        else:
            yield TextBlock(text, level)
        yield from extra

    def _gather(self, node: etree._Element, parts: list[str], extra: list[TextBlock]) -> None:
        """The words of a paragraph into `parts`, its notes and text boxes into `extra`."""
        for child in node.iterchildren(etree.Element):
            if child.tag == qn("w:t"):
                parts.append(child.text or "")
            elif child.tag in _BREAKS:
                parts.append(_BREAKS[child.tag])
            elif child.tag in _NOTES:
                note = self._notes[_NOTES[child.tag]].pop(
                    child.get(qn("w:id"), ""), ""
                )  # once, however often it is named
                extra.append(TextBlock(f"Note: {note}" if note else ""))
            elif child.tag == qn("w:txbxContent"):
                extra.extend(self._children(child))
            elif child.tag not in _SKIPPED:
                self._gather(child, parts, extra)

    def _table(self, table: etree._Element) -> Iterator[TextBlock]:
        """A row of short cells is one line; in a table that is the layout of a form, every paragraph is a block."""
        for row in _nearest(table, qn("w:tr")):
            found = list(_nearest(row, qn("w:tc")))
            cells = [list(self._children(cell)) for cell in found]
            texts = [_line(cell) for cell in cells]
            if None in texts or any(block.level for cell in cells for block in cell):
                yield from (block for cell in cells for block in cell)
            else:
                spans = [(text or "", _columns(cell), 1) for text, cell in zip(texts, found, strict=True)]
                yield TextBlock(Grid().line(spans), tight=True)


def _nearest(parent: etree._Element, tag: str) -> Iterator[etree._Element]:
    """The descendants with a tag, except those inside one another or in a nested table."""
    for child in parent.iterchildren(etree.Element):
        if child.tag == tag:
            yield child
        elif child.tag != qn("w:tbl"):
            yield from _nearest(child, tag)


def _columns(cell: etree._Element) -> int:
    """How many columns a cell covers; one merged with the cell above is there, and empty."""
    stated = _value(cell, "w:tcPr", "w:gridSpan")
    return int(stated) if re.fullmatch(r"[1-9]\d{0,3}", stated) else 1


def _line(cell: Sequence[TextBlock]) -> str | None:
    """The text of a cell on one line, or None where it is too long for that."""
    if sum(len(block.text) for block in cell) > 10 * MAX_CELL:
        return None  # joining first would take quadratic time in nested tables
    line = " ".join(" ".join(block.text for block in cell).split())
    return line if len(line) <= MAX_CELL else None


def _value(element: etree._Element, *path: str) -> str:
    """The w:val of the descendant at a path, or an empty string."""
    descendant = element.find("/".join(map(qn, path)))
    return "" if descendant is None else descendant.get(qn("w:val"), "")


def _outline_level(element: etree._Element) -> int:
    """The outline level of a paragraph or style as a heading level, 1 to 9, or 0."""
    stated = _value(element, "w:pPr", "w:outlineLvl")
    return int(stated) + 1 if stated in set("012345678") else 0


def _is_numbered(element: etree._Element) -> bool:
    """Whether a paragraph or style is part of a list itself; number 0 removes it from one."""
    return _value(element, "w:pPr", "w:numPr", "w:numId") not in ("", "0")


def _style_levels(document: WordDocument) -> dict[str, int]:
    """Heading level of each style that is a heading or is based on one."""
    own: dict[str, int] = {}
    parents: dict[str, str] = {}
    for style in document.styles.element.iter(qn("w:style")):
        identity, name = style.get(qn("w:styleId"), ""), _value(style, "w:name").lower()
        number = name.removeprefix("heading ")
        own[identity] = int(number) if number in set("123456789") else int(name == "title") or _outline_level(style)
        parents[identity] = _value(style, "w:basedOn")
    levels = {}
    for identity in own:
        at, steps = identity, 0
        while at in own and not own[at] and steps < 20:  # a hostile file may base styles on each other
            at, steps = parents[at], steps + 1
        levels[identity] = own.get(at, 0)
    return levels


def _notes(document: WordDocument, kind: str) -> dict[str, str]:
    """The texts of footnotes or endnotes by their id."""
    for relation in document.part.rels.values():
        if relation.reltype.endswith(f"/{kind}") and not relation.is_external:
            root = parse_xml(relation.target_part.blob)
            return {note.get(qn("w:id"), ""): _words(note) for note in root}
    return {}


def _words(note: etree._Element) -> str:
    elements = note.iter(qn("w:p"), qn("w:t"))
    return " ".join("".join(" " if one.tag == qn("w:p") else one.text or "" for one in elements).split())
