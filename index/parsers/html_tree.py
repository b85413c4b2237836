"""HTML -> a tree of its elements with the few attributes that are read, in time that is in proportion to the page.

libxml2, left to build the tree, looks through all attributes of an element for each that it adds: minutes for a few
megabytes of them.
"""

import re
from collections.abc import Mapping
from typing import Any

from lxml import etree

from index.parsers.content import clean
from rag.errors import DocumentError

_ATTRIBUTES = {"hidden", "aria-hidden", "style", "start", "property", "name", "itemprop", "content"}
_PAGE = {"html", "body"}
DEEPEST = 2_048  # elements inside each other, as libxml2 has it
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def tree(page: str) -> etree._Element | None:
    """The root of a page; None where there is no element.

    Raises DocumentError where the elements are nested beyond DEEPEST.
    """
    target: Any = _Tree()  # the stubs want methods for comments too, which are left out
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=True, target=target)
    page = clean(page)
    root: etree._Element | None = etree.fromstring(page.encode(), parser) if page.strip() else None
    return root


class _Tree:
    """Builds the tree from the events of the parser.

    What stands behind the end of the page is in its body, as browsers have it.
    """

    def __init__(self) -> None:
        self._builder = etree.TreeBuilder()
        self._page: list[str] = []  # <html> and <body>, which stay open
        self._depth = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins. Raises DocumentError where it is nested too deeply."""
        if tag in _PAGE and not self._depth:
            if tag in self._page:
                return
            self._page.append(tag)
        else:
            self._depth += 1
        if self._depth > DEEPEST:
            raise DocumentError("its HTML elements are nested too deeply to be read: save the page anew from a browser")
        kept: dict[str | bytes, str | bytes] = {
            name: _storable(attributes[name]) for name in _ATTRIBUTES & attributes.keys()
        }
        self._builder.start(_known(tag), kept)

    def end(self, tag: str) -> None:
        """An element ends."""
        if self._depth:
            self._depth -= 1
            self._builder.end(_known(tag))

    def data(self, text: str) -> None:
        """Text of the element."""
        self._builder.data(_storable(text))

    def close(self) -> etree._Element | None:
        """The root; None where there is no element, and where `start` has raised."""
        if not self._page or self._depth > DEEPEST:
            return None
        for tag in reversed(self._page):
            self._builder.end(tag)
        return self._builder.close()


def _known(tag: str) -> str:
    """A name that an element of lxml can have; no name that means anything here is another one."""
    return tag if tag.isascii() and tag.isalnum() else "other"


def _storable(text: str) -> str:
    """Text without what an element of lxml cannot hold."""
    return _FORBIDDEN.sub("", text.replace("\f", " ").replace("\v", " "))
