"""The lists, tables and sections of a stored document: their items with offsets, and what stands above them.

Found by the form of the text alone: marks and numbers in front of lines, cells, headings, blank lines.
Knows no question.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from rag.answer.kinds.listing.marks import Mark
from rag.answer.kinds.listing.outline import ENDS, MAX_HEADING_WORDS, Outline, Range
from rag.schema import Document
from rag.text.sentences import sentences

Form = Literal["list", "table", "section"]
MAX_ITEM_WORDS = 80  # a longer "item" is a numbered section
MAX_LIST_GAP = 300  # characters between two items: the head and foot of a page
MAX_SECTION_WORDS = 300
MIN_LINES, MAX_LINE_WORDS = 3, 30  # of a list whose lines have no mark
_LINE = re.compile(r"\S[^\n]*")


@dataclass(frozen=True, slots=True)
class Structure:
    """A list, table or section of a document; every range is of its text.

    `items`: in order. `lead`: the sentence or caption right above, None where there is none. `heading`: the one it
    stands under, "" where there is none. `header`: the first row of a table. `end`: where its last item ends.
    """

    form: Form
    items: tuple[Range, ...]
    heading: str
    lead: Range | None = None
    header: Range | None = None

    @property
    def start(self) -> int:
        """Where it begins, with the line that leads in."""
        return min(r[0] for r in (self.lead, self.header, self.items[0]) if r)

    @property
    def end(self) -> int:
        """Where its last item ends."""
        return self.items[-1][1]


def structures(document: Document) -> list[Structure]:
    """All lists, tables and sections of a document, each form in the order of the text."""
    outline = Outline(document)
    return [*_tables(outline), *_lists(outline), *_unmarked_lists(outline), *_sections(outline)]


def _tables(o: Outline) -> Iterator[Structure]:
    """Runs of rows; the first one is the header."""
    i = 0
    while i < len(o.units):
        first = i
        while i < len(o.units) and o.is_row(i) and (i == first or not o.new_paragraph(i)):
            i += 1
        if i - first > 1:
            rows = o.units[first:i]
            yield Structure("table", tuple(rows[1:]), o.heading(rows[0][0]), _lead(o, first), rows[0])
        i = max(i, first + 1)


def _lists(o: Outline) -> Iterator[Structure]:
    """Runs of items whose marks go on from each other."""
    taken: set[int] = set()
    for first, mark in enumerate(o.marks):
        if first in taken or mark is None or o.is_row(first):
            continue
        run = _run(o, first, mark)
        if len(run) < 2:
            continue
        ranges = [*((o.units[a][0], o.units[_last_of(o, a, b)][1]) for a, b in pairwise(run)), _last_item(o, run)]
        if max(o.words(*r) for r in ranges) <= MAX_ITEM_WORDS:
            taken |= set(run)
            yield Structure("list", tuple(ranges), _heading_above(o, first), _lead(o, first))


def _run(o: Outline, first: int, mark: Mark) -> list[int]:
    """The units that begin the items of the list which begins at a unit."""
    run, last = [first], mark
    for i in range(first + 1, len(o.units)):
        found = o.marks[i]
        if found and not o.is_row(i) and found.follows(last):
            if _broken(o, run[-1], i):
                break
            run.append(i)
            last = found
        elif o.units[i][0] - o.units[run[-1]][1] > MAX_LIST_GAP + 6 * MAX_ITEM_WORDS:
            break
    return run


def _broken(o: Outline, before: int, item: int) -> bool:
    """Whether what stands between two items does not belong to a list: a heading, a paragraph of another kind."""
    between = range(before + 1, item)
    if not between:
        return False
    if o.words(o.units[before][0], o.units[item][0]) > MAX_ITEM_WORDS + MAX_HEADING_WORDS:
        return True
    over_page = any(o.units[before][0] < page <= o.units[item][0] for page in o.pages)
    return not over_page and any(o.is_row(i) or (o.new_paragraph(i) and not _continues(o, i)) for i in between)


def _continues(o: Outline, i: int) -> bool:
    """Whether a paragraph can be the rest of an item."""
    return o.text[o.units[i][0]].islower()


def _last_of(o: Outline, item: int, following: int) -> int:
    """The last unit of an item; what stands above the next item on a new page is not part of it."""
    last = item
    for i in range(item + 1, following):
        if any(o.units[i - 1][0] < page <= o.units[i][0] for page in o.pages):
            break
        last = i
    return last


def _last_item(o: Outline, run: Sequence[int]) -> Range:
    """The last item of a list: its unit, with the units after it while it is no finished sentence."""
    first, i = run[-1], run[-1]
    longest = max((o.words(o.units[a][0], o.units[b][0]) for a, b in pairwise(run)), default=0)
    wrapped = any(b - a > 1 for a, b in pairwise(run))
    while wrapped and i + 1 < len(o.units) and not ENDS.search(o.text[slice(*o.units[i])]):
        if o.marks[i + 1] or o.is_heading[i + 1] or o.new_paragraph(i + 1):
            break
        if o.words(o.units[first][0], o.units[i + 1][1]) > longest:
            break
        i += 1
    return o.units[first][0], o.units[i][1]


def _unmarked_lists(o: Outline) -> Iterator[Structure]:
    """Paragraphs of at least three short lines, each a unit or a sentence: addresses of people, dates of lectures."""
    for first, end in _paragraphs(o):
        if any(o.is_row(i) or o.is_heading[i] for i in range(first, end)) or any(map(o.goes_on, range(first, end - 1))):
            continue
        start, stop = o.units[first][0], o.units[end - 1][1]
        lines = [(start + m.start(), start + m.end()) for m in _LINE.finditer(o.text[start:stop])]
        finished = all(ENDS.search(o.text[a:b]) for a, b in lines)
        short = len(lines) >= MIN_LINES and all(o.words(a, b) <= MAX_LINE_WORDS for a, b in lines)
        if short and (finished or len(lines) == end - first):
            yield Structure("list", tuple(lines), _heading_above(o, first), _lead(o, first))


def _paragraphs(o: Outline) -> Iterator[tuple[int, int]]:
    """(first, end) of the units of each paragraph."""
    first = 0
    for i in range(1, len(o.units) + 1):
        if i == len(o.units) or o.new_paragraph(i):
            yield first, i
            first = i


def _sections(o: Outline) -> Iterator[Structure]:
    """What stands between two headings: its paragraphs, or its sentences where it is one paragraph."""
    heads = [i for i, heading in enumerate(o.is_heading) if heading]
    for head, after in pairwise([*heads, len(o.units)]):
        if after - head < 2 or any(o.is_row(i) for i in range(head + 1, after)):
            continue
        start, end = o.units[head + 1][0], o.units[after - 1][1]
        if o.words(start, end) > MAX_SECTION_WORDS:
            continue
        starts = [i for i in range(head + 1, after) if o.new_paragraph(i)]
        if len(starts) > 1:
            ends = [*(i - 1 for i in starts[1:]), after - 1]
            items = [(o.units[a][0], o.units[b][1]) for a, b in zip(starts, ends, strict=True)]
        else:
            items = [(start + a, start + b) for a, b in sentences(o.text[start:end])]
        yield Structure("section", tuple(items), " ".join(o.text[slice(*o.units[head])].split()), o.units[head])


def _heading_above(o: Outline, first: int) -> str:
    return o.heading(o.units[first][0])


def _lead(o: Outline, first: int) -> Range | None:
    """The last sentence of the unit above, unless that is a heading or a row."""
    if first == 0 or o.is_heading[first - 1] or o.is_row(first - 1):
        return None
    start, end = o.units[first - 1]
    last = sentences(o.text[start:end])[-1]
    return start + last[0], start + last[1]
