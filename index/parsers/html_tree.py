"""Build the element tree of an HTML page in linear time, with only the attributes that the parser reads.

libxml2's own tree builder compares each attribute with all others of its element: minutes for a few megabytes of them.
"""

import re
from collections.abc import Mapping
from typing import Any

from lxml import etree

from index.parsers.content import clean
from rag.errors import DocumentError

_ATTRIBUTES = {
    *("hidden", "aria-hidden", "style", "class", "color", "bgcolor", "start", "type", "value", "reversed"),
    *("property", "name", "itemprop", "content", "colspan", "rowspan"),
}
_PAGE = {"html", "body"}
MAX_DEPTH = 2_048  # nested elements; libxml2's own limit
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def tree(page: str) -> etree._Element | None:
    """The root of a page; None where there is no element.

    Raises DocumentError where the elements are nested deeper than MAX_DEPTH.
    """
    target: Any = _Tree()  # the stubs ask for methods for comments too, which are left out
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=True, target=target)
    page = clean(page)
    root: etree._Element | None = etree.fromstring(page.encode(), parser) if page.strip() else None
    return root


class _Tree:
    """Builds the tree from parser events; content behind the end of the page goes into its body, as in browsers."""

    def __init__(self) -> None:
        self._builder = etree.TreeBuilder()
        self._page: list[str] = []  # <html> and <body>, which stay open
        self._depth = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Open an element. Raises DocumentError where it is nested too deeply."""
        if tag in _PAGE and not self._depth:
            if tag in self._page:
                return
            self._page.append(tag)
        else:
            self._depth += 1
        if self._depth > MAX_DEPTH:
            raise DocumentError(
                f"its HTML elements are nested too deeply (over {MAX_DEPTH:,}): save the page anew from a browser"
            )
        kept: dict[str | bytes, str | bytes] = {
            name: _storable(attributes[name]) for name in _ATTRIBUTES & attributes.keys()
        }
        self._builder.start(_known(tag), kept)

    def end(self, tag: str) -> None:
        """Close an element."""
        if self._depth:
            self._depth -= 1
            self._builder.end(_known(tag))

    def data(self, text: str) -> None:
        """Add text to the open element."""
        self._builder.data(_storable(text))

    def close(self) -> etree._Element | None:
        """The root; None where there is no element, and where `start` has raised."""
        if not self._page or self._depth > MAX_DEPTH:
            return None
        for tag in reversed(self._page):
            self._builder.end(tag)
        return self._builder.close()


def _known(tag: str) -> str:
    """The tag, or "other" where lxml does not allow it as a name; no tag with a meaning here is affected."""
    return tag if tag.isascii() and tag.isalnum() else "other"


def _storable(text: str) -> str:
    """Text without the characters that lxml does not allow."""
    return _FORBIDDEN.sub("", text.replace("\f", " ").replace("\v", " "))
