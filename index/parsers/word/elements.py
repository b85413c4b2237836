"""Values in the elements of a Word document, and the other parts that the main one names."""

import re
from collections.abc import Iterator
from functools import lru_cache

from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml
from lxml import etree

_VALUE = qn("w:val")
_OFF = ("0", "false", "off", "none")


@lru_cache(maxsize=1024)
def path_of(*names: str) -> str:
    """The path of names with prefixes, as lxml finds it."""
    return "/".join(map(qn, names))


def value(element: etree._Element, *path: str) -> str:
    """The w:val of the descendant at a path, or an empty string."""
    descendant = element.find(path_of(*path))
    return "" if descendant is None else descendant.get(_VALUE, "")


def number(element: etree._Element, *path: str) -> int | None:
    """The whole number at a path, of at most six digits, or None."""
    stated = value(element, *path)
    return int(stated) if re.fullmatch(r"\d{1,6}", stated) else None


def is_on(element: etree._Element, *path: str) -> bool | None:
    """Whether the switch at a path is on; None where it is not there."""
    switch = element.find(path_of(*path))
    if switch is None:
        return None
    return next((str(stated) for name, stated in switch.items() if str(name).endswith("}val")), "1") not in _OFF


def nearest(parent: etree._Element, tag: str) -> Iterator[etree._Element]:
    """The descendants with a tag, except those inside one another or in a nested table."""
    for child in parent.iterchildren(etree.Element):
        if child.tag == tag:
            yield child
        elif child.tag != qn("w:tbl"):
            yield from nearest(child, tag)


def related(document: WordDocument, kind: str) -> etree._Element | None:
    """The root of the part of a kind ("footnotes", "numbering"), or None where there is none that can be read."""
    for relation in document.part.rels.values():
        if relation.reltype.endswith(f"/{kind}") and not relation.is_external:
            return parse_xml(relation.target_part.blob)
    return None
