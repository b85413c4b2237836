"""The pages of PDF files: how large each is, its picture, and where on it the words of a span are.

pdfium draws them in child processes: a file that crashes it, or takes too long, is shown as text instead.
"""

import hashlib
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import pairwise
from pathlib import Path
from typing import ParamSpec, TypeVar

from rag.errors import DocumentError, ProcessEnded
from rag.process import Limits, ProcessPool
from rag.schema import Document
from rag.settings import MEGABYTE
from rag.store.records import DocumentInfo
from rag.ui import pdfium
from rag.ui.pdfium import Box, Size

LIMITS = Limits(seconds=20.0, memory=1000 * MEGABYTE)  # of a page
PROCESSES = 2  # pages that are drawn at a time
REST = 600.0  # seconds for which a file is not drawn again after it went over the limits, for it keeps others waiting
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Drawing:
    """What can be drawn of a PDF: the size of each page, and the boxes around a span of its text."""

    sizes: tuple[Size, ...]
    boxes: tuple[Box, ...]


class PdfPages:
    """Draws pages, a few at a time; safe to use from many threads."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self._processes = ProcessPool(PROCESSES, "rag.ui.pdfium", limits)
        self._resting: dict[str, float] = {}  # until when, by digest
        self._sizes = lru_cache(maxsize=64)(self._measure)
        self._pictures = lru_cache(maxsize=48)(self._draw)

    def drawing(self, info: DocumentInfo, document: Document, start: int, end: int) -> Drawing | None:
        """The pages with `document.text[start:end]` boxed; None where the file is no PDF or not what was indexed."""
        if (file := _file(info)) is None:
            return None
        boxes: tuple[Box, ...] = ()
        try:
            sizes = self._sizes(str(file), info.digest)
            if start < end:
                boxes = self._call(info.digest, pdfium.boxes, str(file), _pages(document, start, end))
        except DocumentError:
            return None
        return Drawing(sizes, boxes) if len(sizes) == info.pages else None

    def picture(self, info: DocumentInfo, number: int) -> bytes | None:
        """A page (from 1) as a JPEG; None where there is none, or the file is not what was indexed."""
        file = _file(info)
        if file is None or not 1 <= number <= info.pages:
            return None
        with suppress(DocumentError):
            return self._pictures(str(file), info.digest, number)
        return None

    def close(self) -> None:
        """End the processes."""
        self._processes.end()

    def _measure(self, file: str, digest: str) -> tuple[Size, ...]:
        return self._call(digest, pdfium.sizes, file)

    def _draw(self, file: str, digest: str, number: int) -> bytes:
        return self._call(digest, pdfium.picture, file, number)

    def _call(self, digest: str, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The result of a function of `rag.ui.pdfium`. Raises DocumentError where it fails or goes over a limit."""
        if time.monotonic() < self._resting.get(digest, 0):
            raise DocumentError("drawing it took too much before")
        try:
            return self._processes.call(pdfium.attempt, partial(work, *args, **kwargs))
        except ProcessEnded as ended:
            self._resting[digest] = time.monotonic() + REST
            raise DocumentError(f"drawing it was stopped ({ended.cause})") from None


def _pages(document: Document, start: int, end: int) -> list[tuple[int, str, int, int]]:
    """The pages that a span is on: number, text, and where in the text the span is."""
    bounds = [*document.pages, len(document.text) + 1]
    return [
        (number, document.text[first:last], max(start - first, 0), min(end, last) - first)
        for number, (first, last) in enumerate(pairwise(bounds), 1)
        if first < end and start < last
    ]


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
def _digest(file: str, size: int, mtime_ns: int) -> str:  # noqa: ARG001 (another size or time is another file)
    with Path(file).open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
