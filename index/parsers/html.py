"""Parse HTML (.html, .htm): the visible text of a page; nothing is ever fetched.

Scripts, styles, forms, menus and hidden elements are left out; headings are recorded; a table row is one line.
"""

import re
from collections.abc import Iterator

from lxml import etree

from index.parsers.content import MAX_CELL, Content, Grid, TextBlock, assemble, iso_date
from index.parsers.decode import decode
from index.parsers.html_tree import tree

_CHARSET = re.compile(rb"""<(?:meta|\?xml)\s[^>]*?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
_DROPPED = {
    *(
        "script",
        "style",
        "template",
        "noscript",
        "head",
        "title",
        "svg",
        "iframe",
        "frame",
        "object",
        "embed",
        "canvas",
    ),
    *("nav", "button", "select", "textarea", "input", "dialog", "datalist", "audio", "video", "map"),
}
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
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_DATES = ("article:published_time", "datepublished", "dcterms.created", "dcterms.date", "dc.date", "date")


def parse_html(data: bytes) -> Content:
    """Parse a page in its declared encoding, else in the likeliest one.

    Raises DocumentError where the bytes are not text or the elements are nested too deeply.
    """
    root = tree(_declared(data) or decode(data))
    if root is None:
        return Content("")
    text, headings = assemble(_Page().read(root))
    return Content(text, (), headings, root.findtext(".//title"), iso_date(_stated_date(root)))


def html_blocks(fragment: str) -> Iterator[TextBlock]:
    """The blocks of an HTML fragment in another format."""
    root = tree(fragment)
    if root is not None:
        yield from _Page().read(root)


def _declared(data: bytes) -> str | None:
    """The page decoded as it declares, or None where it declares no encoding or a wrong one."""
    match = _CHARSET.search(data[:4096])
    try:
        return data.decode(match[1].decode("ascii")) if match else None
    except (LookupError, UnicodeDecodeError):
        return None


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
        self._grid = Grid()
        self._lists: list[int | None] = []  # the number of the last item; None in a list without numbers

    def read(self, root: etree._Element) -> Iterator[TextBlock]:
        """The blocks of the page in the order of its source."""
        walk = etree.iterwalk(root, events=("start", "end"))
        dropped: etree._Element | None = None
        for event, element in walk:
            if event == "start":
                if _is_dropped(element):
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
        if tag in ("ul", "menu"):
            self._lists.append(None)
        elif tag == "ol":
            start = element.get("start") or ""
            self._lists.append(int(start) - 1 if re.fullmatch(r"\d{1,6}", start) else 0)
        elif tag == "li":
            self._marker = self._next_marker()
        elif tag == "pre":
            self._preformatted += 1
        elif tag == "table":
            self._grid = Grid()
        elif tag == "br":
            self._parts.append("\n")
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

    def _next_marker(self) -> str:
        if not self._lists or self._lists[-1] is None:
            return "• "
        self._lists[-1] += 1
        return f"{self._lists[-1]}. "

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
            yield TextBlock(
                self._marker + text.strip(" " if self._preformatted else None), self._level, bool(self._marker)
            )
            self._marker = ""


def _is_dropped(element: etree._Element) -> bool:
    hidden = element.get("hidden") is not None or element.get("aria-hidden") == "true"
    return element.tag in _DROPPED or hidden or bool(_HIDDEN.search(element.get("style") or ""))


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
    if any(child.tag not in ("td", "th") for child in row):
        return None
    cells = [" ".join(block.text for block in _Page().read(cell)) for cell in row]
    if max(map(len, cells), default=0) > MAX_CELL:
        return None
    spans = ((_span(cell, "colspan"), _span(cell, "rowspan")) for cell in row)
    return [(" ".join(text.split()), *span) for text, span in zip(cells, spans, strict=True)]
