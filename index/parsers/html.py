"""Parse HTML (.html, .htm, .xhtml): the visible text of a page; nothing is ever fetched.

Scripts, styles, forms and menus are left out; headings are recorded; a table row is one line.
"""

import re
from collections.abc import Iterator, Sequence

from lxml import etree

from index.parsers.content import MAX_CELL, Content, Grid, TextBlock, assemble, iso_date, lowered, raised
from index.parsers.html_decode import page_text
from index.parsers.html_list import BULLET, ListMarks
from index.parsers.html_tree import tree
from index.parsers.html_unseen import DROPPED, Unseen

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = {
    *("html", "body", "p", "div", "section", "article", "aside", "header", "footer", "main", "address", "blockquote"),
    *(
        "center",
        "figure",
        "figcaption",
        "form",
        "fieldset",
        "legend",
        "hr",
        "pre",
        "ul",
        "ol",
        "menu",
        "dl",
        "dt",
        "dd",
    ),
    *("li", "table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th", "details", "summary", *_HEADINGS),
}
_OFF_LINE = re.compile(r"vertical-align\s*:\s*(super|sub)(?![\w-])", re.IGNORECASE)
_DATES = ("article:published_time", "datepublished", "dcterms.created", "dcterms.date", "dc.date", "date")


def parse_html(data: bytes) -> Content:
    """Parse a page in its declared encoding, else in the likeliest one.

    Raises DocumentError where the bytes are not text or the elements are nested too deeply.
    """
    root = tree(page_text(data))
    if root is None:
        return Content("")
    title, date = root.findtext(".//title"), iso_date(_stated_date(root))
    unseen = Unseen()
    unseen.take_out(root)
    text, headings = assemble(_Page().read(root))
    return Content(text, (), headings, title, date, unseen.notes(text))


def html_blocks(fragment: str, unseen: Unseen) -> Iterator[TextBlock]:
    """The blocks of an HTML fragment in another format; `unseen` gets what its reader does not see."""
    root = tree(fragment)
    if root is not None:
        unseen.take_out(root)
        yield from _Page().read(root)


def _stated_date(root: etree._Element) -> str | None:
    stated = {
        str(meta.get("property") or meta.get("name") or meta.get("itemprop")).lower(): str(meta.get("content"))
        for meta in root.iter("meta")
    }
    return next((stated[name] for name in _DATES if name in stated), None)


class _Page:
    """A walk through the elements of a page by events, since recursion would overflow on hostile nesting."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._marker = ""
        self._level = 0
        self._preformatted = 0
        self._tight = False
        self._grid = Grid()
        self._lists: list[ListMarks] = []
        self._off_line: list[int] = []  # where the text of each open raised or lowered element begins in the parts

    def read(self, root: etree._Element) -> Iterator[TextBlock]:
        """The blocks of the page in the order of its source."""
        walk = etree.iterwalk(root, events=("start", "end"))
        dropped: etree._Element | None = None
        for event, element in walk:
            if event == "start":
                if element.tag in DROPPED:
                    dropped = element
                elif element.tag == "tr" and (cells := _cells(element)) is not None:
                    yield from self._block()
                    yield TextBlock(self._grid.line(cells), tight=True)
                    dropped = element
                else:
                    yield from self._start(element)
                if dropped is not None:
                    walk.skip_subtree()
            else:
                if element is dropped:
                    dropped = None
                else:
                    yield from self._end(element)
                self._add(element.tail)
        yield from self._block()

    def _start(self, element: etree._Element) -> Iterator[TextBlock]:
        tag = element.tag
        if tag in _BLOCKS:
            yield from self._block()
        if tag in ("ul", "ol", "menu"):
            self._lists.append(ListMarks(element))
        elif tag == "li":
            self._marker = self._lists[-1].mark(element) if self._lists else BULLET
        elif tag == "pre":
            self._preformatted += 1
        elif tag == "table":
            self._grid = Grid()
        elif tag == "caption":
            self._tight = True
        elif tag == "br":
            self._parts.append("\n")
        elif _off_line(element):
            self._off_line.append(len(self._parts))
        self._level = _HEADINGS.get(str(tag), self._level)
        self._add(element.text)

    def _end(self, element: etree._Element) -> Iterator[TextBlock]:
        tag = element.tag
        if tag in _BLOCKS:
            yield from self._block()
        if tag in ("ul", "ol", "menu") and self._lists:
            self._lists.pop()
        elif tag == "pre":
            self._preformatted -= 1
        elif tag in _HEADINGS:
            self._level = 0
        elif tag == "li":
            self._marker = ""
        elif tag == "caption":
            self._tight = False
        elif way := _off_line(element):
            self._move_off(way)
        if _is_numerator(element):
            self._parts.append("/")

    def _move_off(self, way: str) -> None:
        """Write the text of the raised or lowered element that ends in characters that stand so."""
        start = min(self._off_line.pop(), len(self._parts))
        text = "".join(self._parts[start:])
        before = next((part for part in reversed(self._parts[:start]) if part), "")[-1:]
        if way == "super":
            text = raised(text)
        elif text.strip():
            text = " " * before.isdigit() + lowered(text)
        self._parts[start:] = [text]

    def _add(self, text: str | None) -> None:
        if text:
            self._parts.append(text if self._preformatted else re.sub(r"[ \t\r\n\f]+", " ", text))

    def _block(self) -> Iterator[TextBlock]:
        """What has been gathered since the last block."""
        text = "".join(self._parts)
        self._parts = []
        if not self._preformatted:
            text = re.sub(r" *\n *", "\n", re.sub(r" {2,}", " ", text))
        if text.strip():
            text = text.strip(" " if self._preformatted else None)
            yield TextBlock(self._marker + text, self._level, self._tight or bool(self._marker))
            self._marker = ""


def _off_line(element: etree._Element) -> str:
    """Whether text is raised ("super") or lowered ("sub"); "" where it stands on the line."""
    tag, above = element.tag, element.getparent()
    if tag in ("sup", "sub"):
        return "super" if tag == "sup" else "sub"
    if tag in _BLOCKS:
        return ""
    if above is not None and above.tag in ("msup", "msub") and element.getprevious() is not None:
        return "super" if above.tag == "msup" else "sub"
    style = _OFF_LINE.search(element.get("style") or "")
    return style[1].lower() if style else ""


def _is_numerator(element: etree._Element) -> bool:
    above = element.getparent()
    return above is not None and above.tag == "mfrac" and element.getprevious() is None


def _span(cell: etree._Element, name: str) -> int:
    """How many columns or rows a cell covers."""
    stated = cell.get(name) or ""
    return int(stated) if re.fullmatch(r"[1-9]\d{0,3}", stated) else 1


def _cells(row: etree._Element) -> list[tuple[str, int, int]] | None:
    """The cells of a table row as text, columns and rows; None where it is there for the layout.

    It is that where a cell is long, or has a table or list inside. With a row inside as well: reading each twice, once
    as a cell, would double the time from level to level.
    """
    if next(row.iterdescendants("table", "tr", "ul", "ol", *_HEADINGS), None) is not None:
        return None
    if any(child.tag not in ("td", "th", "template") for child in row):
        return None
    cells = [child for child in row if child.tag != "template"]
    texts = [" ".join(block.text for block in _Page().read(cell)) for cell in cells]
    if max(map(len, texts), default=0) > MAX_CELL:
        return None
    if _is_group(cells, texts):
        return [(" ".join("".join(texts).split()), 1, 1)]
    spans = ((_span(cell, "colspan"), _span(cell, "rowspan")) for cell in cells)
    return [(" ".join(text.split()), *span) for text, span in zip(texts, spans, strict=True)]


def _is_group(cells: Sequence[etree._Element], texts: Sequence[str]) -> bool:
    """Whether a row names the group of those below: only its first cell has text, and is set apart by its looks."""
    if not texts or not texts[0].strip() or any(map(str.strip, texts[1:])) or _span(cells[0], "rowspan") > 1:
        return False
    bold = next(cells[0].iter("b", "strong"), None)
    whole = bold is not None and "".join(map(str, bold.itertext())).split() == texts[0].split()
    return whole or texts[0].rstrip().endswith(":") or (cells[0].tag == "th" and cells[-1].tag == "th")
