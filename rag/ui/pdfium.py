"""The pages of a PDF by pdfium: their sizes, their pictures, and where the words of a span are on them.

pdfium is written in C++, and the files are anybody's: `rag.ui.pdf_pages` calls these functions in child processes.
"""

import ctypes
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TypeVar

import pypdfium2
from pypdfium2 import raw

from index.parsers.page.fields import open_forms
from index.parsers.page.reading import read_page
from rag.errors import DocumentError

WIDTH = 1400  # pixels of a picture
MAX_PIXELS = 6_000_000  # of a page of any shape
UNITS = 1_000_000  # width and height of a page where places on it are computed

Size = tuple[float, float]
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Box:
    """A line of marked words on a page, from 1; all else is in shares of the page's width and height."""

    page: int
    left: float
    top: float
    width: float
    height: float


def attempt(work: Callable[[], R]) -> R:
    """What one of the functions here returns. Raises DocumentError where this file does not allow it."""
    try:
        return work()
    except (pypdfium2.PdfiumError, OSError, ValueError, IndexError) as error:
        raise DocumentError(f"its pages cannot be drawn: {error}") from None


def sizes(file: str) -> tuple[Size, ...]:
    """Width and height of each page."""
    with pypdfium2.PdfDocument(file) as pdf:
        return tuple(pdf.get_page_size(number) for number in range(len(pdf)))


def picture(file: str, number: int) -> bytes:
    """A page (from 1) as a JPEG."""
    with pypdfium2.PdfDocument(file) as pdf:
        open_forms(pdf)
        page = pdf[number - 1]
        width, height = (max(side, 1.0) for side in page.get_size())
        scale = min(WIDTH / width, (MAX_PIXELS / (width * height)) ** 0.5)
        image = page.render(scale=scale).to_pil().convert("RGB")
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=88, subsampling=0)
    return buffer.getvalue()


def boxes(file: str, pages: Sequence[tuple[int, str, int, int]]) -> tuple[Box, ...]:
    """The lines of a span: of each page that it is on the number, the stored text, and where in it the span is."""
    with pypdfium2.PdfDocument(file) as pdf:
        open_forms(pdf)
        return tuple(box for number, words, start, end in pages for box in _on_page(pdf, number, words, start, end))


def _on_page(pdf: pypdfium2.PdfDocument, number: int, words: str, start: int, end: int) -> Iterator[Box]:
    """The lines on one page, whose stored text is `words`."""
    page = pdf[number - 1]
    textpage = page.get_textpage()
    read = read_page(page, textpage)
    # each letter of the page as it is read, and where it is drawn
    drawn = [
        (letter, first + i if first >= 0 else first)
        for text, first in read.parts
        for i, letter in enumerate(text)
        if letter.isalnum()
    ]
    found = _aligned(words, "".join(letter for letter, _ in drawn), start, end)
    if found is None:
        return
    places = dict.fromkeys(place for _, place in drawn[slice(*found)])  # a field is one place
    for line in _lines([read.fields[-2 - at] if at < 0 else textpage.get_charbox(at, loose=True) for at in places]):
        yield _box(page, number, line)


def _aligned(words: str, letters: str, start: int, end: int) -> tuple[int, int] | None:
    """Where in the letters of a page `words[start:end]` are, None where they are not found.

    Letters and digits are compared only: the stored text has other hyphens, spaces and line breaks, and has no running
    headers. Of several places the one that is as far into the page as the words are into the text is taken.
    """
    wanted = "".join(filter(str.isalnum, words[start:end]))
    if not wanted:
        return None
    whole = letters.find("".join(filter(str.isalnum, words)))
    before = sum(map(str.isalnum, words[:start])) + max(whole, 0)
    first = letters.find(wanted, before)
    if first != before:
        earlier = letters.rfind(wanted, 0, before + len(wanted))
        options = [option for option in (first, earlier) if option >= 0]
        if not options:
            return None
        first = min(options, key=lambda option: abs(option - before))
    return first, first + len(wanted)


def _lines(boxes: Sequence[tuple[float, ...]]) -> Iterator[tuple[float, ...]]:
    """Boxes of characters (left, bottom, right, top), joined where they stand on one line."""
    line: tuple[float, ...] | None = None
    for box in boxes:
        left, bottom, right, top = box
        if right <= left or top <= bottom:
            continue  # a space that the reader put in
        if line and min(top, line[3]) - max(bottom, line[1]) > 0.3 * min(top - bottom, line[3] - line[1]):
            line = (min(left, line[0]), min(bottom, line[1]), max(right, line[2]), max(top, line[3]))
        else:
            if line:
                yield line
            line = box
    if line:
        yield line


def _box(page: pypdfium2.PdfPage, number: int, line: tuple[float, ...]) -> Box:
    """A line on the page as it is drawn, rotated and cropped."""
    left, bottom, right, top = line
    (x1, y1), (x2, y2) = (_drawn(page, x, y) for x, y in ((left, top), (right, bottom)))
    return Box(number, min(x1, x2), min(y1, y2), abs(x2 - x1), abs(y2 - y1))


def _drawn(page: pypdfium2.PdfPage, x: float, y: float) -> tuple[float, float]:
    across, down = ctypes.c_int(), ctypes.c_int()
    raw.FPDF_PageToDevice(page, 0, 0, UNITS, UNITS, 0, x, y, ctypes.byref(across), ctypes.byref(down))
    return across.value / UNITS, down.value / UNITS
