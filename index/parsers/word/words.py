"""The words of one paragraph of a Word document, and what stands beside them: text boxes, notes, comments.

Struck-out, deleted and hidden words are handed to `Unread`; a form's boxes are written as ticked or not.
"""

from dataclasses import dataclass, field, replace

from docx.oxml.ns import qn
from lxml import etree

from index.parsers.content import raised
from index.parsers.word.asides import Asides
from index.parsers.word.elements import is_on, number, path_of
from index.parsers.word.formula import linear
from index.parsers.word.looks import Look, look_of
from index.parsers.word.styles import Style, Styles
from index.parsers.word.symbols import TICKED, UNTICKED, signs
from index.parsers.word.unread import Lost, Unread

MAX_ANCHOR = 60  # characters of the words that a comment is about
MAX_ANCHOR_PARTS = 40
_BREAKS = {qn("w:tab"): "\t", qn("w:ptab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "\u2011"}
_NOTES = {qn("w:footnoteReference"): "footnotes", qn("w:endnoteReference"): "endnotes"}
SKIPPED = {
    *map(qn, ("w:moveFrom", "w:pPr", "w:rPr", "w:sdtPr", "w:instrText", "w:delInstrText", "w:rt")),
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",  # repeats its Choice
}

_T, _R, _DEL, _DEL_TEXT, _ID, _VAL = map(qn, ("w:t", "w:r", "w:del", "w:delText", "w:id", "w:val"))
_SYM, _FONT, _CHAR, _MATH = map(qn, ("w:sym", "w:font", "w:char", "m:oMath"))
_SDT, _FF_DATA, _CHECK_BOX, _DD_LIST, _ENTRY = map(qn, ("w:sdt", "w:ffData", "w:checkBox", "w:ddList", "w:listEntry"))
_TXBX_CONTENT, _OBJECT = map(qn, ("w:txbxContent", "w:object"))
_RANGE_START, _RANGE_END, _REFERENCE = map(qn, ("w:commentRangeStart", "w:commentRangeEnd", "w:commentReference"))


@dataclass(frozen=True, slots=True)
class Aside:
    """A note or comment: what it begins with, and the element that its words are in."""

    lead: str
    element: etree._Element


@dataclass(slots=True)
class Words:
    """The words of a paragraph as they are gathered, element by element in the order of the file."""

    styles: Styles
    asides: Asides
    unread: Unread
    style: Style
    parts: list[str] = field(default_factory=list)
    boxes: list[etree._Element] = field(default_factory=list)
    beside: list[Aside] = field(default_factory=list)
    diagrams: list[str] = field(default_factory=list)
    _marked: dict[str, int] = field(default_factory=dict)  # where the words that a comment is about begin
    _anchors: dict[str, str] = field(default_factory=dict)
    _lost: Lost | None = None

    def text(self) -> str:
        """All words that are read."""
        return "".join(self.parts).strip()

    def gather(self, node: etree._Element, look: Look) -> None:
        """Take up everything below an element that looks so."""
        for child in node.iterchildren(etree.Element):
            tag = child.tag
            if tag == _T or (tag == _DEL_TEXT and look.lost):
                self._add(signs(child.text or "", look.font), look)
            elif tag == _R:
                self.gather(child, look_of(child, look, self.style, self.styles))
            elif tag in _BREAKS:
                self._add(_BREAKS[tag], look)
            elif tag == _DEL:
                self.gather(child, replace(look, lost="deleted"))
            elif tag not in SKIPPED and not self._special(child, look):
                self.gather(child, look)

    def _add(self, text: str, look: Look) -> None:
        if look.lost:
            texts = self.unread.texts[look.lost]
            if self._lost == look.lost:
                texts.append(texts.pop() + text)
            else:
                texts.append(text)
        elif text:
            gap = self._lost and self.parts and self.parts[-1].endswith(" ")  # the space on either side of lost words
            self.parts.append((raised(text) if look.is_raised else text).removeprefix(" " if gap else ""))
        self._lost = look.lost

    def _special(self, element: etree._Element, look: Look) -> bool:
        """Take up an element that is no run of words; False where what is in it is to be gathered."""
        tag, name = element.tag, element.tag.rpartition("}")[2]
        if tag == _SYM:
            self._add(_sign(element), look)
        elif tag == _MATH:
            self._add(linear(element), look)
        elif tag == _SDT and (box := element.find(path_of("w:sdtPr", "w14:checkbox"))) is not None:
            self._add(TICKED if is_on(box, "w14:checked") else UNTICKED, look)
        elif tag == _FF_DATA:
            self._add(_filled_in(element), look)
        elif tag == _TXBX_CONTENT:
            self.boxes.append(element)
        elif tag == _OBJECT:
            self.unread.parts[_object(element)] += 1
            return False
        elif name in ("chart", "relIds"):
            self._drawn(element, name)
        else:
            return self._reference(element, look)
        return True

    def _reference(self, element: etree._Element, look: Look) -> bool:
        tag, identity = element.tag, element.get(_ID, "")
        if tag in _NOTES:
            note = None if look.lost else self.asides.note(_NOTES[tag], identity)
            if note is not None:
                self.beside.append(Aside("Note: ", note))
        elif tag == _RANGE_START:
            self._marked[identity] = len(self.parts)
        elif tag == _RANGE_END:
            begin = self._marked.pop(identity, len(self.parts))
            self._anchors[identity] = "".join(self.parts[begin : min(len(self.parts), begin + MAX_ANCHOR_PARTS)])
        elif tag == _REFERENCE:
            if (comment := self.asides.comment(identity)) is not None:
                anchor = _shortened(self._anchors.get(identity, ""))
                self.beside.append(Aside(self.asides.lead(comment, anchor), comment))
        else:
            return False
        return True

    def _drawn(self, element: etree._Element, name: str) -> None:
        """A chart is counted; the words of a diagram are in a part of their own."""
        if name == "chart":
            self.unread.parts["chart"] += 1
        else:
            self.diagrams += self.asides.diagram(element.get(qn("r:dm"), ""))


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= MAX_ANCHOR else f"{text[:MAX_ANCHOR].rpartition(' ')[0] or text[:MAX_ANCHOR]} …"


def _sign(element: etree._Element) -> str:
    """A sign by the number of its letter; nothing where it is unknown, for the number says nothing to a reader."""
    try:
        letter = chr(int(element.get(_CHAR, ""), 16))
    except (ValueError, OverflowError):
        return ""
    sign = signs(letter, element.get(_FONT, ""))
    return "" if "\ue000" <= sign <= "\uf8ff" else sign


def _filled_in(field_data: etree._Element) -> str:
    """What an old form field shows that has no words of its own: a box, or the choice from a list."""
    box = field_data.find(_CHECK_BOX)
    if box is not None:
        ticked = is_on(box, "w:checked")
        return TICKED if (is_on(box, "w:default") if ticked is None else ticked) else UNTICKED
    choices = field_data.find(_DD_LIST)
    if choices is None:
        return ""
    entries = [entry.get(_VAL, "") for entry in choices.iterchildren(_ENTRY)]
    chosen = number(choices, "w:result") or number(choices, "w:default") or 0
    return entries[chosen] if chosen < len(entries) else ""


def _object(element: etree._Element) -> str:
    """Whether an embedded object is an equation of an old editor or something else."""
    programs = (one.get("ProgID", "") for one in element.iterdescendants(etree.Element))
    return "equation" if any(program.startswith("Equation") for program in programs) else "object"
