"""What says nothing by itself: the title and the headings of a document, and the running lines of its pages."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rag.answer.quotes import candidates
from rag.schema import Document, Passage, Span
from rag.store.ledger import Ledger
from rag.text.normalize import searchable
from rag.text.question import Question
from rag.text.tables import SEPARATOR
from rag.text.words import words

REPEATED, REPEATED_LONG, LONG_LINE = 3, 2, 4  # times that a line of the pages stands in a text; a long one, of words
ENDS = re.compile(r"[.!…。][\"'”’)\]]*$")  # a whole sentence does
CACHED_DOCUMENTS = 32
MARGIN = 3.0  # by so much less another sentence may score and is still quoted in place of furniture
_PIECE = re.compile(r"\s[·•–—]\s")
_FIGURES = re.compile(r"\d+")


def furniture(document: Document) -> frozenset[str]:
    """The title, the headings and the lines of page headers and footers of a document, each as `bare` has it."""
    counts = Counter(bare(line) for line in document.text.split("\n") if line.strip() and SEPARATOR not in line)
    running = {
        line for line, n in counts.items() if n >= (REPEATED_LONG if len(line.split()) >= LONG_LINE else REPEATED)
    }
    return frozenset(running | {bare(heading.text) for heading in document.headings} | {bare(document.title)})


def bare(line: str) -> str:
    """A line as it is compared: page numbers and the like do not count."""
    return _FIGURES.sub("0", searchable(line)).casefold().strip(" .:|*-_#")


class Furniture:
    """Knows the furniture of the documents of an index; safe to use from many threads."""

    def __init__(self, ledger: Ledger):
        self._ledger = ledger
        self._lines = lru_cache(CACHED_DOCUMENTS)(self._lines_of)

    def without(self, question: Question, passages: Sequence[Passage]) -> list[Passage]:
        """The passages without the spans in furniture, where a span elsewhere scores at most MARGIN less than the best.

        A passage with nothing else to quote is left out. A question that is looked up may be answered by a heading.
        """
        if question.lookup is not None:
            return list(passages)
        read = [passage for passage in passages if passage.spans]
        found = [(span, quote) for p in read for span, quote in zip(p.spans, candidates(question, [p]), strict=True)]
        best = max((span.score for span, _ in found), default=0.0)
        close = [(span, quote) for span, quote in found if best - span.score <= MARGIN]
        dropped = {(quote.source, span) for span, quote in close if self._is(quote.source, quote.text)}
        if not 0 < len(dropped) < len(close):
            return list(passages)
        cleared = ((p, tuple(s for s in p.spans if (p.source, s) not in dropped)) for p in passages)
        return [_with(passage, spans) for passage, spans in cleared if spans or not passage.spans]

    def _is(self, source: str, text: str) -> bool:
        """Whether a text of a document is furniture: a whole sentence or the row of a table never is."""
        if ENDS.search(text) or SEPARATOR in text:
            return False
        return self._lines(self._ledger.revision, source).hold(text)

    def _lines_of(self, _revision: int, source: str) -> "_Lines":
        document = self._ledger.document(source)
        lines = "\n".join(map(bare, document.text.split("\n")))
        return _Lines(frozenset(words(document.title)), furniture(document), lines)


def _with(passage: Passage, spans: tuple[Span, ...]) -> Passage:
    """A passage with these of its spans; what its scores say of the best one is that of the first of these."""
    if spans == passage.spans or not spans:
        return passage
    scores = passage.scores | {"reader": spans[0].score, "span": spans[0].span, "relevance": spans[0].relevance}
    return replace(passage, spans=spans, scores=scores)


@dataclass(frozen=True, slots=True)
class _Lines:
    """The furniture of a document. `title`: its words; `text`: all of it, each line as `bare` has it."""

    title: frozenset[str]
    known: frozenset[str]
    text: str

    def hold(self, text: str) -> bool:
        """Whether a text is nothing but furniture."""
        lines = [line for line in text.split("\n") if line.strip()]
        return set(words(text)) <= self.title or all(bare(line) in self.known or self._joins(line) for line in lines)

    def _joins(self, line: str) -> bool:
        """Whether a line is made of parts that each stand elsewhere too ("Title · Version 3"), as page headers are."""
        parts = [bare(part) for part in _PIECE.split(line)]
        return len(parts) > 1 and all(self.text.count(part) > 1 for part in parts)
