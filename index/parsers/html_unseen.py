"""Take out of an HTML page what no reader sees: struck-out, hidden and tiny text, and text in its background's colour.

What styles say is told from the `style` attributes, and from the classes that a style sheet in the page strikes out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from index.parsers.content import left_out

DROPPED = {
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
"""Elements without text of the page: programs, menus and forms."""
_STRUCK = {"del", "s", "strike"}
_CELLS = {"td", "th"}
_PAGE = {"html", "body"}
_APART = {"p", "div", "li", "td", "th", "tr", "br", "h1", "h2", "h3", "h4", "dt", "dd"}
_LINE_THROUGH = re.compile(r"text-decoration(?:-line)?\s*:[^;]{0,100}line-through", re.IGNORECASE)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|(?<![\w-])opacity\s*:\s*0?\.?0{1,9}(?![.\d])"
    r"|(?<![\w-])(?:left|top|text-indent)\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
_SIZE = re.compile(r"(?<![\w-])font-size\s*:\s*(\d*\.?\d+)\s*(px|pt)?", re.IGNORECASE)
_COLOUR = re.compile(r"(?<![\w-])(?P<ground>background(?:-color)?|color)\s*:\s*(?P<value>[^;!]+)", re.IGNORECASE)
_HEX = re.compile(r"#(?:([\da-f])([\da-f])([\da-f])|([\da-f]{2})([\da-f]{2})([\da-f]{2}))")
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})\s*\)")
_CLASS = re.compile(r"[a-z]*\.([\w-]+)", re.IGNORECASE)
_NAMED = {"white": (255, 255, 255), "black": (0, 0, 0)}
_ALIKE = 16  # between the levels 0..255 of two colours that no reader tells apart
Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Look:
    """How text looks; a colour is None where it is not known."""

    colour: Colour | None = (0, 0, 0)
    ground: Colour | None = (255, 255, 255)
    tiny: bool = False

    @property
    def seen(self) -> bool:
        """Whether text of this look can be read."""
        alike = self.colour and self.ground and max(map(_distance, self.colour, self.ground)) <= _ALIKE
        return not (self.tiny or alike)


@dataclass(slots=True)
class Unseen:
    """What was taken out of one or more pages, a text each."""

    struck: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)

    def take_out(self, root: etree._Element) -> None:
        """Empty the elements under a root that no reader sees."""
        emptied = []
        struck_classes = _struck_classes(root)
        for element, kind in self._found(root, struck_classes):
            text = " ".join("".join(_texts(element)).split())
            if any(map(str.isalnum, text)):
                (self.struck if kind == "struck" else self.hidden).append(text)
            emptied.append(element)
        for element in emptied:
            tail = element.tail
            element.clear()
            element.tail = tail
            if element.tag not in _CELLS:  # an empty cell keeps its column
                element.tag = "template"

    def notes(self, text: str) -> tuple[str, ...]:
        """The notes on what was taken out; hidden text that `text` has as a line of its own is not lost."""
        lines = {" ".join(line.split()) for line in text.split("\n")} if self.hidden else set()
        hidden = [part for part in self.hidden if part not in lines]
        notes = []
        if self.struck:
            notes.append(left_out("struck-out part", "struck-out parts", self.struck))
        if hidden:
            notes.append(left_out("hidden part", "hidden parts", hidden))
        return tuple(notes)

    def _found(self, root: etree._Element, struck: frozenset[str]) -> Iterator[tuple[etree._Element, str]]:
        """The outermost elements that are struck out or hidden; text that only looks hidden is taken out at once."""
        walk = etree.iterwalk(root, events=("start", "end"))
        looks = [_Look()]
        for event, element in walk:
            if event == "end":
                looks.pop()
                if not looks[-1].seen:
                    element.tail = self._faint(element.tail)
                continue
            kind = "" if element.tag in DROPPED else _kind(element, struck)
            looks.append(_look(element, looks[-1]))
            if kind or element.tag in DROPPED:
                walk.skip_subtree()
                if kind:
                    yield element, kind
            elif not looks[-1].seen:
                element.text = self._faint(element.text)

    def _faint(self, text: str | None) -> str | None:
        """Record text that cannot be seen; white space is left of it."""
        if not text or not any(map(str.isalnum, text)):
            return text
        self.hidden.append(" ".join(text.split()))
        return " "


def _kind(element: etree._Element, struck: frozenset[str]) -> str:
    """Whether an element is struck out or hidden as a whole; "" where it is neither."""
    if element.tag in _PAGE:
        return ""  # scripts hide a whole page until it is loaded; and with all of it left out nothing would be said
    style = element.get("style") or ""
    if element.tag in _STRUCK or _LINE_THROUGH.search(style) or (struck and _has_class(element, struck)):
        return "struck"
    hidden = element.get("hidden") is not None or element.get("aria-hidden") == "true"
    return "hidden" if hidden or _HIDDEN.search(style) else ""


def _has_class(element: etree._Element, struck: frozenset[str]) -> bool:
    return not struck.isdisjoint((element.get("class") or "").split())


def _struck_classes(root: etree._Element) -> frozenset[str]:
    """The classes that a style sheet in the page strikes out, as word processors save it."""
    found: set[str] = set()
    for sheet in root.iter("style"):
        for rule in (sheet.text or "").split("}"):
            selectors, _, body = rule.rpartition("{")
            if _LINE_THROUGH.search(body):
                matches = (_CLASS.fullmatch(one.strip()) for one in selectors.split(","))
                found |= {match[1] for match in matches if match}
    return frozenset(found)


def _look(element: etree._Element, above: _Look) -> _Look:
    """How the text of an element looks, by its own attributes and those of the elements around it."""
    style = element.get("style") or ""
    colour, ground, tiny = above.colour, above.ground, above.tiny
    if stated := element.get("color"):
        colour = _colour(stated)
    if stated := element.get("bgcolor"):
        ground = _colour(stated)
    if style:
        for match in _COLOUR.finditer(style):
            if match["ground"].lower() == "color":
                colour = _colour(match["value"])
            elif match["value"].strip().lower() not in ("transparent", "none", "inherit"):
                ground = _colour(match["value"])
        if size := _SIZE.search(style):
            tiny = float(size[1]) <= (1 if size[2] else 0)
    if (colour, ground, tiny) == (above.colour, above.ground, above.tiny):
        return above
    return _Look(colour, ground, tiny)


def _colour(stated: str) -> Colour | None:
    """The levels of a colour; None where it is no plain one."""
    stated = stated.strip().lower()
    if stated in _NAMED:
        return _NAMED[stated]
    if match := _HEX.fullmatch(stated):
        levels = [int(level * (2 // len(level)), 16) for level in match.groups() if level]
    elif match := _RGB.fullmatch(stated):
        levels = [int(level) for level in match.groups()]
    else:
        return None
    return levels[0], levels[1], levels[2]


def _distance(one: int, other: int) -> int:
    return abs(one - other)


def _texts(element: etree._Element) -> Iterator[str]:
    """The texts in an element, apart where another element begins, without programs."""
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, inner in walk:
        if event == "start":
            if inner.tag in DROPPED:
                walk.skip_subtree()
            elif inner.text:
                yield inner.text
        elif inner is not element:
            if inner.tag in _APART:
                yield " "
            if inner.tail:
                yield inner.tail
