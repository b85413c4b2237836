"""The marks of the items of HTML lists, as a browser draws them."""

import re

from lxml import etree

BULLET = "• "
_STYLES = {"1": "decimal", "a": "lower-alpha", "A": "upper-alpha", "i": "lower-roman", "I": "upper-roman"}
_STYLE = re.compile(
    r"list-style(?:-type)?\s*:[^;]{0,100}?(?<![\w-])"
    r"(none|(?:lower|upper)-(?:alpha|latin|roman)|decimal|disc|circle|square)(?![\w-])"
)
_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x")),
    *((9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_INTEGER = re.compile(r"\s*(-?\d{1,6})\s*")


class ListMarks:
    """Counts the items of one list."""

    def __init__(self, element: etree._Element):
        style = _STYLE.search((element.get("style") or "").lower())
        drawn = style[1] if style else _STYLES.get(element.get("type") or "", "decimal")
        self._drawn = drawn if element.tag == "ol" else "disc"
        self._step = 1 if element.get("reversed") is None else -1
        first = _integer(element.get("start"))
        if first is None:
            first = 1 if self._step > 0 else sum(child.tag == "li" for child in element)
        self._next = first

    def mark(self, item: etree._Element) -> str:
        """The mark of the next item with the space behind it: "3. ", "c. ", "• "."""
        stated = _integer(item.get("value"))
        number = self._next if stated is None else stated
        self._next = number + self._step
        if self._drawn in ("none", "disc", "circle", "square"):
            return BULLET
        return f"{_drawn(number, self._drawn)}. "


def _integer(stated: str | None) -> int | None:
    match = _INTEGER.fullmatch(stated or "")
    return int(match[1]) if match else None


def _drawn(number: int, style: str) -> str:
    """A number in letters or Roman numerals; in digits where they have no such number."""
    drawn = str(number)
    if style.endswith("roman") and 0 < number < 4000:
        drawn = ""
        for value, letters in _ROMAN:
            drawn += letters * (number // value)
            number %= value
    elif style.endswith(("alpha", "latin")) and number > 0:
        drawn = ""
        while number:
            number, letter = divmod(number - 1, 26)
            drawn = chr(ord("a") + letter) + drawn
    return drawn.upper() if style.startswith("upper") else drawn
