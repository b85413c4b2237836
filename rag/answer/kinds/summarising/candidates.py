"""The sentences of a document that may stand in a summary; knows no vector.

Left out are headings, lines that stand on page after page and pieces of sentences. Rows of tables are offered only
where the text has hardly anything else: a row says little without its head.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from rag.answer.kinds.furniture import ENDS, bare, furniture
from rag.schema import Document
from rag.store.records import StoredChunk
from rag.text.sentences import sentences
from rag.text.tables import SEPARATOR

MIN_SENTENCE, MIN_LINE, MAX_SENTENCE = 4, 6, 45  # words
MIN_PROSE = 3  # sentences and lines of a text, from which on no row of a table is offered
RUNNING = 0.4  # share of the words of a sentence that begin with a small letter, unlike those of a title or an index
STRETCHES, MIN_STRETCH = 9, 3  # a text without headings is cut into so many sections, of so many chunks at least
Form = Literal["sentence", "line", "row"]
_NUMBER = re.compile(r"^\(?\w{1,3}[.)]\s+")  # of a list item
_BULLET = re.compile(r"[^\w\s\"'“‘(£$€]\s+")
_QUOTES = {"“": "”", '"': '"'}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of a document: `document.text[start:end] == text`.

    `section`: its number in the text. `first`: whether it counts as the first one there. `form`: a whole sentence, a
    line without a full stop, or a row of a table.
    """

    chunk: StoredChunk
    start: int
    end: int
    text: str
    section: int
    first: bool
    form: Form

    @property
    def length(self) -> int:
        """Its number of words."""
        return len(self.text.split())


def candidates(document: Document, chunks: Sequence[StoredChunk]) -> list[Candidate]:
    """The sentences of these chunks of a document that may stand in a summary, in order."""
    known = furniture(document)
    found: list[Candidate] = []
    for section, members in enumerate(sections(chunks)):
        own: list[Candidate] = []
        for chunk in members:
            for start, end in _spans(chunk.chunk.text):
                text = chunk.chunk.text[start:end]
                form = _form(text)
                if form is None or known & {bare(text), *map(bare, text.split("\n"))}:
                    continue
                first = form == "sentence" and bool(chunk.chunk.headings) and not any(each.first for each in own)
                at = chunk.chunk.start
                own.append(Candidate(chunk, at + start, at + end, text, section, first, form))
        found += own
    prose = [each for each in found if each.form != "row"]
    found = prose if len(prose) >= MIN_PROSE else found
    # lines above the first whole sentence are the title of the text
    return found[next((i for i, each in enumerate(found) if each.form == "sentence"), 0) :]


def sections(chunks: Sequence[StoredChunk]) -> list[list[StoredChunk]]:
    """The chunks under each heading of the highest level that tells them apart; stretches where there are none."""
    deepest = max((len(chunk.chunk.headings) for chunk in chunks), default=0)
    for depth in range(1, deepest + 1):
        groups = [list(group) for _, group in groupby(chunks, key=lambda chunk: chunk.chunk.headings[:depth])]
        if len(groups) > 2:  # more than a title, and what stands above it
            return groups
    size = max(MIN_STRETCH, -(-len(chunks) // STRETCHES))
    return [list(chunks[i : i + size]) for i in range(0, len(chunks), size)]


def _spans(text: str) -> list[tuple[int, int]]:
    return [_trimmed(text, start, end) for start, end in sentences(text)]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without its bullet, and without a quotation mark at either end whose partner is not in it."""
    if bullet := _BULLET.match(text, start, end):
        start = bullet.end()
    for opening, closing in _QUOTES.items():
        marks = sum(text.count(mark, start, end) for mark in {opening, closing})
        if marks % 2 and text[start] == opening:
            start += 1
        elif marks % 2 and text[end - 1] == closing:
            end -= 1
    return start, end


def _form(text: str) -> Form | None:
    """What a text is; None where it is a piece of a sentence, a title or a row of figures."""
    words = text.split()
    if not MIN_SENTENCE <= len(words) <= MAX_SENTENCE:
        return None
    if SEPARATOR in text:
        cells = text.split(SEPARATOR)
        return "row" if 2 * sum(any(map(str.isalpha, cell)) for cell in cells) > len(cells) else None
    cased = text.lower() != text.upper()  # not every script has small letters
    if _NUMBER.sub("", text)[:1].islower() or (
        cased and sum(word[0].islower() for word in words) < RUNNING * len(words)
    ):
        return None
    if text.count('"') % 2 or text.count("“") != text.count("”"):
        return None
    return "sentence" if ENDS.search(text) else "line" if len(words) >= MIN_LINE else None
