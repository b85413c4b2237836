"""A document cut into units: sentences' blocks, list items, rows and headings, each with its mark."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from rag.answer.kinds.listing.marks import Mark, mark_of
from rag.schema import Document
from rag.text.sentences import units
from rag.text.tables import SEPARATOR

Range = tuple[int, int]
MAX_HEADING_WORDS = 12
ENDS = re.compile(r"[.!?;:]['\"”’)]*$")
_NUMBERED_HEADING = re.compile(r"\d{1,2}\.(?:\d{1,2}\.?){0,3}\s+[^\W\d_a-z]")
_REFERENCE_LINE = re.compile(r"(?<=\n)(?=[^\W_]*\d[^\W_]*(?:[-/][^\W_]+)+\s)")
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")


class Outline:
    """A document cut into units (see rag.text.sentences), each with its mark and the heading above it."""

    def __init__(self, document: Document):
        self.text = document.text
        self.units = list(_units(document.text))
        self._marked = {h.start for h in document.headings}
        starts = [h.start for h in document.headings]
        self.is_heading = [start in self._marked for start, _ in self.units]
        marks = [mark_of(self.text[start:end]) for start, end in self.units]
        if not starts:
            self.is_heading = [self._numbered_heading(i, marks) for i in range(len(self.units))]
        self.marks = [None if heading else mark for mark, heading in zip(marks, self.is_heading, strict=True)]
        self.pages = document.pages

    def heading(self, at: int) -> str:
        """The text of the last heading before an offset."""
        i = bisect_right(self.units, (at, -1)) - 1
        while i >= 0 and not self.is_heading[i]:
            i -= 1
        return " ".join(self.text[slice(*self.units[i])].split()) if i >= 0 else ""

    def new_paragraph(self, i: int) -> bool:
        """Whether a blank line stands before a unit."""
        return i == 0 or bool(_BLANK_LINE.search(self.text, self.units[i - 1][1], self.units[i][0]))

    def is_row(self, i: int) -> bool:
        """Whether a unit is a row of a table."""
        return SEPARATOR in self.text[slice(*self.units[i])]

    def goes_on(self, i: int) -> bool:
        """Whether the mark of the next unit follows that of a unit: they are items of a list with marks."""
        one, other = self.marks[i], self.marks[i + 1]
        return bool(one and other and other.follows(one))

    def words(self, start: int, end: int) -> int:
        """The number of words between two offsets."""
        return len(self.text[start:end].split())

    def _numbered_heading(self, i: int, marks: Sequence[Mark | None]) -> bool:
        """Whether a unit is a heading like "2.1 Conditions", in a text whose format has no headings."""
        line, mark = self.text[slice(*self.units[i])], marks[i]
        if not _NUMBERED_HEADING.match(line) or ENDS.search(line) or len(line.split()) > MAX_HEADING_WORDS:
            return False
        beside = [m for j in (i - 1, i + 1) if 0 <= j < len(marks) and (m := marks[j])]
        return not any(mark and (mark.follows(m) or m.follows(mark)) for m in beside)  # those are items


def _units(text: str) -> Iterator[Range]:
    """The units of a text, cut before each line that begins with a reference ("23/0417/FUL")."""
    for start, end in units(text):
        cuts = [start, *(m.start() for m in _REFERENCE_LINE.finditer(text, start + 1, end)), end]
        for a, b in pairwise(cuts):
            yield a, a + len(text[a:b].rstrip())
