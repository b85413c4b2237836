"""A document as what is compared: its sentences, table rows and headings, each with its words; no running headers."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.schema import Document
from rag.text.normalize import searchable
from rag.text.sentences import sentences
from rag.text.tables import SEPARATOR

# signs count: £5 is not 5%, and -5 is not 5
_WORD = re.compile(r"[^\W_]+|[£$€¥%‰°±<>≤≥]|(?<![\w)])-(?=\d)")
_ITEM = re.compile(r"(?:[^\w\s(\"'£$€+-]|[-*])\s+|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})\)\s+|\d{1,3}\.\s+")
_NUMBERED = re.compile(r"(?P<number>\d{1,3}(?:\.\d{1,3}){1,4})\.?\s+(?=[^a-z\d])")
_HEADING_NUMBER = re.compile(r"(?:\d{1,3}(?:\.\d{1,3})*|[A-Z]|[IVX]{1,5})[.)]?\s+")
_PIECE = re.compile(r"\s[·•|–—]\s")
_DIGITS = re.compile(r"\d+")
EDGE = 3  # units at the top and bottom of a page that may be a running header or footer
RUNNING = 0.4  # share of the pages that have it


@dataclass(frozen=True, slots=True)
class Unit:
    """What is compared: `document.text[start:end] == text`. `words`: those that count, without the number of an item.

    `section`: its place in the document's sections; `heading`: whether it is one; `item`: whether it is one of a list.
    """

    start: int
    end: int
    text: str
    words: tuple[str, ...]
    section: int
    heading: bool = False
    item: bool = False

    @property
    def row(self) -> bool:
        """Whether it is a row of a table."""
        return SEPARATOR in self.text

    @property
    def label(self) -> tuple[str, ...]:
        """The words of the first cell of a row."""
        return word_list(self.text.split(SEPARATOR)[0]) if self.row else ()


@dataclass(frozen=True, slots=True)
class Outline:
    """A document and its units in reading order. `sections`: the heading of each, "" before the first."""

    document: Document
    sections: tuple[str, ...]
    starts: tuple[int, ...]
    units: tuple[Unit, ...]

    def section_at(self, offset: int) -> int:
        """The section that an offset of the document lies in."""
        return max(0, bisect_right(self.starts, offset) - 1)

    @property
    def sentences(self) -> int:
        """How many units are no headings."""
        return sum(not unit.heading for unit in self.units)


def outline(document: Document) -> Outline:
    """The units of a document, without page furniture and without lines that only repeat others."""
    names, starts = [""], [0]
    units: list[Unit] = []
    bounds = [0, *(heading.start for heading in document.headings), len(document.text)]
    for heading, (begin, end) in zip((None, *document.headings), pairwise(bounds), strict=True):
        body = begin
        if heading:
            names.append(heading.text)
            starts.append(begin)
            line_end = document.text.find("\n", begin, end)
            body = end if line_end < 0 else line_end
            units += _heading(document.text, begin, body, len(names) - 1)
        units += _sentences(document.text, body, end, len(names) - 1)
    kept = _without_repeats(_without_furniture(document, units))
    return Outline(document, tuple(names), tuple(starts), tuple(kept))


def word_list(text: str) -> tuple[str, ...]:
    """The words and signs of a text that count where two are compared: no case, no punctuation."""
    return tuple(_WORD.findall(searchable(text).casefold()))


def heading_words(text: str) -> tuple[str, ...]:
    """The words of a heading without its number."""
    return word_list(_HEADING_NUMBER.sub("", text, count=1))


def _heading(text: str, start: int, end: int, section: int) -> Iterator[Unit]:
    stripped = text[start:end].rstrip()
    if words := heading_words(stripped):
        yield Unit(start, start + len(stripped), stripped, words, section, heading=True)


def _sentences(text: str, start: int, end: int, section: int) -> Iterator[Unit]:
    """The sentences of a section; the number of an item is no word, as it changes when another is put before it."""
    last: tuple[int, ...] = ()
    for first, after in sentences(text[start:end]):
        quote = text[start + first : start + after]
        body = quote
        if SEPARATOR not in quote:
            if match := _NUMBERED.match(quote):
                number = tuple(map(int, match["number"].split(".")))
                if number[-1] == 1 or (number[:-1] == last[:-1] and number[-1] == last[-1] + 1):
                    body, last = quote[match.end() :], number  # any other figure ("1.5 GB") is what the text says
            elif match := _ITEM.match(quote):
                body = quote[match.end() :]
        if words := word_list(body):
            yield Unit(start + first, start + after, quote, words, section, item=body is not quote)


def _without_furniture(document: Document, units: Sequence[Unit]) -> list[Unit]:
    """The units without those at the edges of pages that many pages have, equal but for their numbers."""
    pages = document.pages
    if len(pages) < 2:
        return list(units)
    of_page: dict[int, list[Unit]] = {}
    for unit in units:
        of_page.setdefault(bisect_right(pages, unit.start), []).append(unit)
    edges = {page: {*several[:EDGE], *several[-EDGE:]} for page, several in of_page.items()}
    counts = Counter(key for several in edges.values() for key in {_unnumbered(unit) for unit in several})
    running = {key for key, count in counts.items() if count > 1 and count >= RUNNING * len(pages)}
    dropped = {unit for several in edges.values() for unit in several if _unnumbered(unit) in running}
    return [unit for unit in units if unit not in dropped]


def _unnumbered(unit: Unit) -> tuple[str, ...]:
    return tuple(_DIGITS.sub("0", word) for word in unit.words)


def _without_repeats(units: Sequence[Unit]) -> list[Unit]:
    """The units without lines made of parts that each stand elsewhere ("Title · Version 3"), as headers are."""
    everything = _joined(word for unit in units for word in unit.words)
    kept = []
    for unit in units:
        pieces = [] if unit.row else [_joined(word_list(piece)) for piece in _PIECE.split(unit.text)]
        repeats = len(pieces) > 1 and all(everything.count(piece) > 1 for piece in pieces)
        if not repeats:
            kept.append(unit)
    return kept


def _joined(words: Iterator[str] | Sequence[str]) -> str:
    return f" {' '.join(words)} "
