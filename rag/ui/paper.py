"""PDF files as their pages: how large each is, its picture, and where on it the words of a span stand.

pdfium runs one call at a time in a process; what is indexed is read in another one (`rag.ui.worker`).
"""

import ctypes
import hashlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import pypdfium2
from pypdfium2 import raw

from rag.records import DocumentInfo
from rag.schema import Document

WIDTH = 1400  # pixels of a picture
MOST_PIXELS = 6_000_000  # of a page of any shape
UNITS = 1_000_000  # a page is this wide and high where places on it are told
_PDFIUM = threading.Lock()

Size = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A line of marked words on a page, from 1; the rest are shares of its width and height."""

    page: int
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """What can be drawn of a PDF: the size of each page, and the boxes around a span of its text."""

    sizes: tuple[Size, ...]
    boxes: tuple[Box, ...]


def drawing(info: DocumentInfo, document: Document, start: int, end: int) -> Drawing | None:
    """The pages with `document.text[start:end]` boxed; None where the file is no PDF or not what was indexed."""
    file = _file(info)
    if file is None:
        return None
    try:
        sizes = _sizes(str(file), info.digest)
        boxes = _boxes(str(file), document, start, end) if start < end else ()
    except pypdfium2.PdfiumError:
        return None
    return Drawing(sizes, boxes) if len(sizes) == info.pages else None


def picture(info: DocumentInfo, number: int) -> bytes | None:
    """A page (from 1) as a JPEG; None where there is none, or the file is not what was indexed."""
    file = _file(info)
    if file is None or not 1 <= number <= info.pages:
        return None
    try:
        return _picture(str(file), info.digest, number)
    except pypdfium2.PdfiumError:
        return None


def _file(info: DocumentInfo) -> Path | None:
    """The file of a document, where it is still the one that was indexed."""
    file = Path(info.file.root) / info.file.path
    try:
        status = file.stat()
        if file.suffix.lower() == ".pdf" and _digest(str(file), status.st_size, status.st_mtime_ns) == info.digest:
            return file
    except OSError:
        pass
    return None


@lru_cache(maxsize=256)
def _digest(file: str, size: int, mtime_ns: int) -> str:  # noqa: ARG001 (they tell when to look again)
    with Path(file).open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


@lru_cache(maxsize=64)
def _sizes(file: str, digest: str) -> tuple[Size, ...]:  # noqa: ARG001 (of one file there may be several versions)
    with _PDFIUM, pypdfium2.PdfDocument(file) as pdf:
        return tuple(pdf.get_page_size(number) for number in range(len(pdf)))


@lru_cache(maxsize=48)
def _picture(file: str, digest: str, number: int) -> bytes:  # noqa: ARG001
    with _PDFIUM, pypdfium2.PdfDocument(file) as pdf:
        if pdf.get_formtype():
            pdf.init_forms()
        page = pdf[number - 1]
        width, height = (max(side, 1.0) for side in page.get_size())
        scale = min(WIDTH / width, (MOST_PIXELS / (width * height)) ** 0.5)
        image = page.render(scale=scale).to_pil().convert("RGB")
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=88, subsampling=0)
    return buffer.getvalue()


def _boxes(file: str, document: Document, start: int, end: int) -> tuple[Box, ...]:
    """The lines of a span, which may run over pages."""
    found: list[Box] = []
    bounds = [*document.pages, len(document.text) + 1]
    with _PDFIUM, pypdfium2.PdfDocument(file) as pdf:
        if pdf.get_formtype():
            pdf.init_forms()
        for number in range(1, min(len(document.pages), len(pdf)) + 1):
            first, last = bounds[number - 1], bounds[number]
            if first < end and start < last:
                words = document.text[first:last]
                found += _on_page(pdf, number, words, max(start - first, 0), min(end, last) - first)
    return tuple(found)


def _on_page(pdf: pypdfium2.PdfDocument, number: int, words: str, start: int, end: int) -> Iterator[Box]:
    """The lines on one page, whose stored text is `words`."""
    page = pdf[number - 1]
    if page.formenv:  # what is filled into a form was read as text
        page.flatten()
        page = pdf[number - 1]
    textpage = page.get_textpage()
    characters = [chr(raw.FPDFText_GetUnicode(textpage, i)) for i in range(textpage.count_chars())]
    places = _aligned(words, characters, start, end)
    if places:
        for line in _lines([textpage.get_charbox(i, loose=True) for i in range(places[0], places[1] + 1)]):
            yield _box(page, number, line)


def _aligned(words: str, characters: Sequence[str], start: int, end: int) -> tuple[int, int] | None:
    """The first and last of a page's characters that are `words[start:end]`, None where they cannot be told.

    Letters and digits are compared only: the stored text has other hyphens, spaces and line breaks. Of several places
    the one that is as far into the page as the words are into the text is taken.
    """
    at = [i for i, character in enumerate(characters) if character.isalnum()]
    letters = "".join(characters[i] for i in at)
    wanted = "".join(filter(str.isalnum, words[start:end]))
    before = sum(map(str.isalnum, words[:start]))
    if not wanted:
        return None
    first = letters.find(wanted, before)
    if first != before:
        earlier = letters.rfind(wanted, 0, before + len(wanted))
        options = [option for option in (first, earlier) if option >= 0]
        if not options:
            return None
        first = min(options, key=lambda option: abs(option - before))
    return at[first], at[first + len(wanted) - 1]


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
    """A line on the page as it is drawn: turned as it says, cut as it says."""
    left, bottom, right, top = line
    (x1, y1), (x2, y2) = (_drawn(page, x, y) for x, y in ((left, top), (right, bottom)))
    return Box(number, min(x1, x2), min(y1, y2), abs(x2 - x1), abs(y2 - y1))


def _drawn(page: pypdfium2.PdfPage, x: float, y: float) -> tuple[float, float]:
    across, down = ctypes.c_int(), ctypes.c_int()
    raw.FPDF_PageToDevice(page, 0, 0, UNITS, UNITS, 0, x, y, ctypes.byref(across), ctypes.byref(down))
    return across.value / UNITS, down.value / UNITS
