"""The words of a PDF page with the boxes around them, in the order in which the page draws them, by pdfium.

pdfium joins what stands in one word. A word is taken apart here where its characters stand apart on the page.
"""

import ctypes
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import pypdfium2
from pypdfium2 import raw

from index.parsers.content import raised

WIDE = 0.5  # mean width of a character, in font sizes, from which a word may have gaps
GAP = 0.6  # font sizes between two characters of one word
FIGURE_GAP = 0.25  # the same between two digits, which are never spaced out
SMALL = 0.8  # of the font size beside it: figures above the line are at most as large
ABOVE = 0.2  # font sizes by which they stand above the line
DESCENT = 0.21  # share of a character's box that is below its line, in most fonts
_WORD = re.compile(r"[^\s\x02\ufffe]+[\x02\ufffe]?|[\x02\ufffe]")
_FIGURE = re.compile(r"\d")
_BREAKS = ("\n", "\r")
_HYPHENS = "\x02\ufffe"
_RAISED = re.compile(r"[\d+\-=(),*]*\d[\d+\-=(),*]*")

Box = tuple[float, float, float, float]  # left, bottom, right, top in points from the lower left


class Word(NamedTuple):
    """Characters of a page without white space. `first`: number of the first in the text page, negative for a field.

    `before`: what pdfium has in front of it: "", " " or a line break. `angle`: quarters that it is turned to the left,
    None where it stands askew. `key`: of the text object that its first character is in.
    """

    text: str
    first: int
    box: Box
    before: str = " "
    angle: int | None = 0
    key: int = 0

    @property
    def size(self) -> float:
        """The font size."""
        return self.box[3] - self.box[1]

    @property
    def line(self) -> float:
        """The height of the line that it stands on."""
        return self.box[1] + DESCENT * self.size


def quick(function: Any, result: Any, *arguments: Any) -> Callable[..., Any]:
    """A function of pdfium on plain addresses: half the time of a call by pypdfium2, which makes typed pointers."""
    return ctypes.CFUNCTYPE(result, *arguments)(ctypes.cast(function, ctypes.c_void_p).value or 0)


_box_of = quick(raw.FPDFText_GetLooseCharBox, ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
_object_of = quick(raw.FPDFText_GetTextObject, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)
_angle_of = quick(raw.FPDFText_GetCharAngle, ctypes.c_float, ctypes.c_void_p, ctypes.c_int)


def address(pointer: Any) -> int:
    """The address that `quick` functions take."""
    return ctypes.cast(pointer, ctypes.c_void_p).value or 0


class Reader:
    """The characters of one text page."""

    def __init__(self, textpage: pypdfium2.PdfTextPage) -> None:
        self._page = address(textpage.raw)
        self._rectangle = raw.FS_RECTF()
        self._at = ctypes.addressof(self._rectangle)
        self.text = _text(textpage)

    def words(self) -> Iterator[Word]:
        """The words; those that pdfium made of several cells or lines are taken apart."""
        end = 0
        angle: int | None = 0
        seen = -1  # the text object whose angle it is
        text_of, page, box_of = self.text, self._page, self.box
        for match in _WORD.finditer(text_of):
            first, last = match.span()
            before = text_of[end:first]
            if len(before) > 1 or before in _BREAKS:
                before = "\n" if "\n" in before or "\r" in before else before[:1]
            end = last
            text = match.group()
            key = _object_of(page, first) or 0
            box = left, bottom, right, top = box_of(first)
            length = last - first - (text[-1] in _HYPHENS)
            if length > 1:
                _, low, over, high = box_of(first + length - 1)
                size = top - bottom
                if (
                    abs(low - bottom) + abs(high - top) < 0.1 * size
                    and left < right < over < left + WIDE * length * size
                    and not _FIGURE.search(text)
                ):
                    yield Word(text, first, (left, bottom, over, top), before, 0, key)
                    continue
            if key != seen:
                angle, seen = _quarters(_angle_of(page, first)), key
            word = Word(text, first, box, before, angle, key)
            if length > 1 and angle is not None:
                yield from self._apart(word, length)
            else:
                yield word

    def box(self, index: int) -> Box:
        """The box of a character: as wide as it moves the line on, as high as the font."""
        _box_of(self._page, index, self._at)
        found = self._rectangle
        return found.left, found.bottom, found.right, found.top

    def _apart(self, word: Word, length: int) -> Iterator[Word]:
        """The parts of a word of several characters; `word` has the box of its first character so far."""
        text, first = word.text, word.first
        if word.angle:
            yield word._replace(box=_around((word.box, self.box(first + length - 1))))
            return
        boxes = [word.box, *(self.box(first + i) for i in range(1, length))]
        cuts = [0, *(i for i in range(1, length) if _is_gap(text[i - 1 : i + 1], boxes[i - 1], boxes[i])), length]
        for start, stop in pairwise(cuts):
            part = text[start : len(text) if stop == length else stop]
            before = "" if start else word.before
            yield Word(part, first + start, _around(boxes[start:stop]), before, 0, word.key)


def _is_gap(pair: str, left: Box, right: Box) -> bool:
    """Whether two neighbours stand apart, or on different lines, or are of different sizes."""
    size = max(left[3] - left[1], right[3] - right[1])
    gap = (right[0] - left[2]) / size if size else 0.0
    return (
        gap > GAP
        or (gap > FIGURE_GAP and pair.isdigit())
        or gap < -2
        or abs(left[1] - right[1]) > 0.15 * size
        or abs(left[3] - right[3]) > 0.15 * size
    )


def _around(boxes: Sequence[Box]) -> Box:
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    return min(lefts), min(bottoms), max(rights), max(tops)


def _text(textpage: pypdfium2.PdfTextPage) -> str:
    """The text, a character for each that pdfium counts."""
    count = textpage.count_chars()
    text = textpage.get_text_range(0, count) if count else ""
    if len(text) == count:
        return text
    codes = (raw.FPDFText_GetUnicode(textpage, i) for i in range(count))
    return "".join(chr(code) if code < 0x110000 else "\ufffd" for code in codes)


def _quarters(angle: float) -> int | None:
    """Quarter turns in an angle in radians, None between two of them."""
    quarters = angle / 1.5707963
    return round(quarters) % 4 if abs(quarters - round(quarters)) < 0.1 else None


def is_raised(word: Word, beside: Word) -> bool:
    """Whether a word is a small figure above the line of its neighbour: the mark of a note, or a power."""
    size = beside.size
    return (
        word.size <= SMALL * size
        and word.line - beside.line >= ABOVE * size
        and word.box[1] < beside.box[3]
        and word.box[0] - beside.box[2] < 0.5 * size
        and beside.box[0] - word.box[2] < 0.5 * size
        and _RAISED.fullmatch(word.text) is not None
    )


def with_raised(words: Sequence[Word]) -> list[Word]:
    """The words, with figures above the line in superscript characters at the word that they belong to."""
    found = list(words)
    for i, word in enumerate(found):
        if i and is_raised(word, found[i - 1]):
            found[i] = word._replace(text=raised(word.text), before="", box=_on_line(word, found[i - 1]))
        elif i + 1 < len(found) and is_raised(word, found[i + 1]):
            found[i] = word._replace(text=raised(word.text), box=_on_line(word, found[i + 1]))
            found[i + 1] = found[i + 1]._replace(before=" ")
    return found


def _on_line(word: Word, beside: Word) -> Box:
    """The box of a raised word, as high as its neighbour, so that it is on its line."""
    return word.box[0], beside.box[1], word.box[2], beside.box[3]
