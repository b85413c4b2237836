"""How a run of a Word document looks: raised, or not to be read at all, being struck out, deleted or hidden."""

from dataclasses import dataclass

from docx.oxml.ns import qn
from lxml import etree

from index.parsers.word.elements import is_on, number, value
from index.parsers.word.styles import Style, Styles, is_shading
from index.parsers.word.unread import Lost

_PROPERTIES, _FONTS, _ASCII = qn("w:rPr"), qn("w:rFonts"), qn("w:ascii")
_WHITE = "ffffff"
_SMALLEST = 3  # half points; smaller letters are dots


@dataclass(frozen=True, slots=True)
class Look:
    """`lost`: why a text is left out, None where it is not."""

    lost: Lost | None = None
    is_raised: bool = False
    font: str = ""


def look_of(run: etree._Element, around: Look, paragraph: Style, styles: Styles) -> Look:
    """The look of a run by its own properties, else by its style and that of its paragraph."""
    stated = run.find(_PROPERTIES)
    if stated is None:
        lost = around.lost or _lost(paragraph.is_hidden, paragraph.is_struck)
        return Look(lost, paragraph.is_raised, "")
    own = styles.named(value(stated, "w:rStyle"))
    states = [is_on(stated, name) for name in ("w:strike", "w:dstrike")]
    # where both styles switch it on, Word shows it switched off
    struck = any(states) if any(state is not None for state in states) else own.is_struck != paragraph.is_struck
    told = is_on(stated, "w:vanish")
    hidden = told if told is not None else own.is_hidden != paragraph.is_hidden
    hidden = hidden or _is_tiny(stated) or (_is_white(stated) and _is_on_white(run, stated, styles))
    position = value(stated, "w:vertAlign")
    is_raised = position == "superscript" if position else own.is_raised or paragraph.is_raised
    fonts = stated.find(_FONTS)
    font = "" if fonts is None else fonts.get(_ASCII, "")
    return Look(around.lost or _lost(hidden, struck), is_raised, font)


def _lost(hidden: bool, struck: bool) -> Lost | None:
    return "hidden" if hidden else "struck" if struck else None


def _is_tiny(properties: etree._Element) -> bool:
    size = number(properties, "w:sz")
    return size is not None and size < _SMALLEST


def _is_white(properties: etree._Element) -> bool:
    return value(properties, "w:color").lower() == _WHITE


def _is_on_white(run: etree._Element, properties: etree._Element, styles: Styles) -> bool:
    """Whether nothing that the file says of the background makes white letters visible."""
    if value(properties, "w:highlight") not in ("", "none", "white") or _is_shaded(properties):
        return False
    return not any(_is_coloured(above, styles) for above in run.iterancestors(etree.Element))


def _is_coloured(element: etree._Element, styles: Styles) -> bool:
    """Whether an element has a background of its own, or one of which nothing is known, as a text box has."""
    name = etree.QName(element).localname
    if name == "p":
        return _is_shaded(element.find(qn("w:pPr"))) or styles.of_paragraph(element).is_shaded
    if name in ("tc", "tbl") and _is_shaded(element.find(qn(f"w:{name}Pr"))):
        return True
    if name == "tbl":
        return styles.named(value(element, "w:tblPr", "w:tblStyle")).is_shaded
    return name == "txbxContent" or (name == "document" and element.find(qn("w:background")) is not None)


def _is_shaded(properties: etree._Element | None) -> bool:
    shading = None if properties is None else properties.find(qn("w:shd"))
    return shading is not None and is_shading(shading)
