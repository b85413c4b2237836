"""What the styles of a Word document say of the paragraphs and runs that use them: headings, lists, and how they look.

Table styles are asked only whether they shade a background.
"""

from dataclasses import dataclass

from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from lxml import etree

from index.parsers.word.elements import is_on, value

_MOST_BASES = 20  # a hostile file may base styles on each other


@dataclass(frozen=True, slots=True)
class Style:
    """A style with what it inherits. `level`: of a heading, or 0; `list_id` and `list_level`: as the file has them."""

    identity: str = ""
    level: int = 0
    is_caption: bool = False
    is_struck: bool = False
    is_hidden: bool = False
    is_raised: bool = False
    is_shaded: bool = False
    list_id: str = ""
    list_level: str = ""


class Styles:
    """The styles of a document by their ids; an unknown id is the default style of paragraphs."""

    def __init__(self, document: WordDocument):
        found = list(document.styles.element.iter(qn("w:style")))
        self._elements = {one.get(qn("w:styleId"), ""): one for one in found}
        standard = (one for one in found if one.get(qn("w:type")) == "paragraph" and one.get(qn("w:default")) == "1")
        self._standard = next((one.get(qn("w:styleId"), "") for one in standard), "")
        self._known: dict[str, Style] = {}

    def of_paragraph(self, paragraph: etree._Element) -> Style:
        """The style of a paragraph."""
        stated = value(paragraph, "w:pPr", "w:pStyle")
        return self.named(stated if stated in self._elements else self._standard)

    def named(self, identity: str) -> Style:
        """The style with an id; an empty one where there is none."""
        if identity not in self._known:
            self._known[identity] = _style(identity, self._chain(identity))
        return self._known[identity]

    def _chain(self, identity: str) -> list[etree._Element]:
        """A style and those it is based on, from the nearest up."""
        chain: list[etree._Element] = []
        while identity in self._elements and len(chain) < _MOST_BASES:
            chain.append(self._elements[identity])
            identity = value(chain[-1], "w:basedOn")
        return chain


def outline_level(element: etree._Element) -> int:
    """The outline level of a paragraph or style as a heading level, 1 to 9, or 0."""
    stated = value(element, "w:pPr", "w:outlineLvl")
    return int(stated) + 1 if stated in set("012345678") else 0


def is_shading(shading: etree._Element) -> bool:
    """Whether a w:shd colours the background."""
    fill = shading.get(qn("w:fill"), "auto").lower()
    return fill not in ("auto", "ffffff", "") or shading.get(qn("w:val"), "clear") not in ("clear", "nil")


def _style(identity: str, chain: list[etree._Element]) -> Style:
    def first(*path: str) -> str:
        return next(filter(None, (value(one, *path) for one in chain)), "")

    def switched(name: str) -> bool:
        states = (is_on(one, "w:rPr", name) for one in chain)
        return next((state for state in states if state is not None), False)

    return Style(
        identity,
        level=next(filter(None, map(_own_level, chain)), 0),
        is_caption=any(value(one, "w:name").lower() == "caption" for one in chain),
        is_struck=switched("w:strike") or switched("w:dstrike"),
        is_hidden=switched("w:vanish"),
        is_raised=first("w:rPr", "w:vertAlign") == "superscript",
        is_shaded=any(is_shading(shading) for one in chain for shading in one.iter(qn("w:shd"))),
        list_id=first("w:pPr", "w:numPr", "w:numId"),
        list_level=first("w:pPr", "w:numPr", "w:ilvl"),
    )


def _own_level(style: etree._Element) -> int:
    name = value(style, "w:name").lower()
    rank = name.removeprefix("heading ")
    return int(rank) if rank in set("123456789") else int(name == "title") or outline_level(style)
