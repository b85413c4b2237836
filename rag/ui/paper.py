"""PDF files as their pages: how large each is, its picture, and where on it the words of a span stand.

pdfium draws them in a process of its own: a file that crashes it, or keeps it busy for ever, is shown as text instead.
"""

import hashlib
import multiprocessing
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from pypdfium2 import PdfiumError

from rag.records import DocumentInfo
from rag.schema import Document
from rag.ui import pdfium
from rag.ui.pdfium import Box, Size

PATIENCE = 20.0  # seconds that a page may take
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Drawing:
    """What can be drawn of a PDF: the size of each page, and the boxes around a span of its text."""

    sizes: tuple[Size, ...]
    boxes: tuple[Box, ...]


class NotDrawn(Exception):
    """pdfium could not do what it was asked for."""


class Paper:
    """Draws pages, one at a time; safe to use from many threads."""

    def __init__(self) -> None:
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None
        self._lock = threading.Lock()
        self._sizes = lru_cache(maxsize=64)(self._measured)
        self._pictures = lru_cache(maxsize=48)(self._drawn)

    def drawing(self, info: DocumentInfo, document: Document, start: int, end: int) -> Drawing | None:
        """The pages with `document.text[start:end]` boxed; None where the file is no PDF or not what was indexed."""
        if (file := _file(info)) is None:
            return None
        try:
            sizes = self._sizes(str(file), info.digest)
            boxes = self._ask(pdfium.boxes, str(file), _pages(document, start, end)) if start < end else ()
        except NotDrawn:
            return None
        return Drawing(sizes, boxes) if len(sizes) == info.pages else None

    def picture(self, info: DocumentInfo, number: int) -> bytes | None:
        """A page (from 1) as a JPEG; None where there is none, or the file is not what was indexed."""
        file = _file(info)
        if file is None or not 1 <= number <= info.pages:
            return None
        with suppress(NotDrawn):
            return self._pictures(str(file), info.digest, number)
        return None

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _measured(self, file: str, digest: str) -> tuple[Size, ...]:  # noqa: ARG002 (one name, many versions)
        return self._ask(pdfium.sizes, file)

    def _drawn(self, file: str, digest: str, number: int) -> bytes:  # noqa: ARG002
        return self._ask(pdfium.picture, file, number)

    def _ask(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What a function of `rag.ui.pdfium` returns. Raises NotDrawn where it cannot, crashes, or does not end."""
        with self._lock:
            with suppress(EOFError, OSError):
                connection = self._started()
                connection.send((work, args, kwargs))
                if connection.poll(PATIENCE):
                    found: R | None = connection.recv()
                    if found is None:
                        raise NotDrawn
                    return found
            self._end()
            raise NotDrawn

    def _started(self) -> Connection:
        if self._process is None or self._connection is None or not self._process.is_alive():
            self._end()
            context = multiprocessing.get_context("spawn")
            self._connection, end = context.Pipe()
            self._process = context.Process(target=_serve, args=(end,), name="rag-paper", daemon=True)
            self._process.start()
            end.close()
        return self._connection

    def _end(self) -> None:
        if self._process:
            self._process.kill()
            self._process.join()
            self._process.close()
        if self._connection:
            self._connection.close()
        self._process = self._connection = None


def _serve(connection: Connection) -> None:
    """What the process does: one piece of work after another, until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who started this
    with suppress(EOFError, OSError):
        while True:
            work, args, kwargs = connection.recv()
            connection.send(_done(work, args, kwargs))


def _done(work: Callable[..., object], args: tuple[Any, ...], kwargs: dict[str, Any]) -> object:
    try:
        return work(*args, **kwargs)
    except (PdfiumError, OSError, ValueError, IndexError):
        return None


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
def _digest(file: str, size: int, mtime_ns: int) -> str:  # noqa: ARG001 (they tell when to look again)
    with Path(file).open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
