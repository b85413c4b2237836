"""Documents as the page shows them: in a list, opened at a place as text or as drawn pages, and in excerpts."""

import hashlib
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from rag.schema import Document, Passage
from rag.store.records import DocumentInfo
from rag.ui.pdf_pages import Drawing

TEXT = "text"
EXCERPT = 180  # characters shown before and after some words
FULL = 0.7  # of the longest line near it
NEAR = 8  # lines
SHORTEST = 45  # characters of a line that can be full
_SPACE = re.compile(r"\s+")
_OWN_LINE = re.compile(r"[•‣▪–—*-]\s|\(?[\divxa-z]{1,4}[.)]\s|\d+(?:\.\d+)*\s|.* \| ")


@dataclass(frozen=True, slots=True)
class Listed:
    """A document in the list. `removable`: its owner may remove it; `uploaded`: its file is deleted with it."""

    info: DocumentInfo
    removable: bool = False
    uploaded: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where to open a document: code points of its text. `check`: fingerprint of the words that stood there.

    `page`: open it there, whatever is marked. `form`: TEXT for the text of a file whose pages can be drawn.
    """

    start: int = 0
    end: int = 0
    check: str = ""
    page: int = 0
    form: str = ""


@dataclass(frozen=True)
class DocumentView:
    """A document to be shown at a place. `drawing`: its pages, to be shown instead of its text."""

    document: Document
    info: DocumentInfo
    place: Place
    drawing: Drawing | None = None

    @cached_property
    def text(self) -> str:
        """The text of the document as it is shown: offset for offset the stored one."""
        return shown_text(self.info.file.path, self.document.text)

    @property
    def page(self) -> int | None:
        """The page to open it at, None where it has no pages."""
        if self.place.page and self.info.pages:
            return min(max(self.place.page, 1), self.info.pages)
        return bisect_right(self.document.pages, self.marked[0]) or None

    @property
    def is_intact(self) -> bool:
        """Whether the words still stand at the place; true where no words were asked for."""
        place = self.place
        return not place.check or fingerprint(self.document.text[place.start : place.end]) == place.check

    @cached_property
    def marked(self) -> tuple[int, int]:
        """The span to mark, (0, 0) where there is none or its words have moved: nothing rather than the wrong words."""
        place, length = self.place, len(self.document.text)
        inside = 0 <= place.start < place.end <= length
        return (place.start, place.end) if inside and self.is_intact else (0, 0)

    @property
    def is_pdf(self) -> bool:
        """Whether the document has pages that can be drawn."""
        return is_pdf(self.info.file.path)


def matching(found: Sequence[DocumentInfo], wanted: str) -> list[DocumentInfo]:
    """The documents with these words in name or title."""
    words = wanted.lower().split()
    return [d for d in found if all(word in f"{d.source} {d.title}".lower() for word in words)]


def is_pdf(name: str) -> bool:
    """Whether a file name is that of a PDF."""
    return name.lower().endswith(".pdf")


def fingerprint(words: str) -> str:
    """A short hash by which a link notices that other words stand at its place now."""
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:12]


def shown_text(source: str, text: str) -> str:
    """A stretch of a document as it is shown: that of a PDF in paragraphs."""
    return reflowed(text) if is_pdf(source) else text


def reflowed(text: str) -> str:
    """The text with spaces for the line breaks that the width of the paper made; every offset stays.

    A line nearly as long as the longest near it was full, so the next one continues it, unless that is a list or table.
    """
    lines = text.split("\n")
    lengths = [len(line) for line in lines]
    parts = [lines[0]]
    for at, (before, line) in enumerate(pairwise(lines)):
        longest = max(lengths[max(0, at - NEAR) : at + NEAR])
        full = len(before) >= max(SHORTEST, FULL * longest) and " | " not in before
        runs_on = full and line.strip() and not line.startswith(" ") and not _OWN_LINE.match(line)
        parts += [" " if runs_on else "\n", line]
    return "".join(parts)


def excerpt_around(passage: Passage, start: int, end: int) -> tuple[str, str]:
    """The text before and after `document.text[start:end]` in a passage, cut between words."""
    text = shown_text(passage.source, passage.text)
    before, after = text[: max(start - passage.start, 0)], text[max(end - passage.start, 0) :]
    if len(before) > EXCERPT:
        before = f"… {_SPACE.split(before[-EXCERPT:], maxsplit=1)[-1]}"
    if len(after) > EXCERPT:
        after = f"{after[:EXCERPT].rsplit(maxsplit=1)[0]} …"
    return before, after
