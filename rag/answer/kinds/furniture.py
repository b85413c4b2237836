"""What says nothing by itself: the title and the headings of a document, and the running lines of its pages."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from rag.answer.quotes import Quote, candidates
from rag.schema import Document, Passage, Span
from rag.store.ledger import Ledger
from rag.text.normalize import searchable
from rag.text.question import Question
from rag.text.tables import SEPARATOR
from rag.text.words import words

REPEATED, REPEATED_LONG, LONG_LINE = 3, 2, 4  # times that a line of the pages stands in a text; a long one, of words
ENDS = re.compile(r"[.!…。][\"'”’)\]]*$")  # a whole sentence does
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


def without_furniture(question: Question, passages: Sequence[Passage], ledger: Ledger) -> list[Passage]:
    """The passages without the spans in furniture, where a span elsewhere scores at most MARGIN less than the best.

    A passage with nothing else to quote is left out. A question that is looked up may be answered by a heading.
    """
    read = [passage for passage in passages if passage.spans]
    found = [(span, quote) for p in read for span, quote in zip(p.spans, candidates(question, [p]), strict=True)]
    best = max((span.score for span, _ in found), default=0.0)
    close = [(span, quote) for span, quote in found if best - span.score <= MARGIN]
    dropped = {(quote.source, span) for span, quote in close if _is_furniture(quote, ledger)}
    if question.lookup is not None or not 0 < len(dropped) < len(close):
        return list(passages)
    cleared = ((p, tuple(s for s in p.spans if (p.source, s) not in dropped)) for p in passages)
    return [_with(passage, spans) for passage, spans in cleared if spans or not passage.spans]


def _with(passage: Passage, spans: tuple[Span, ...]) -> Passage:
    """A passage with these of its spans; what its scores say of the best one is that of the first of these."""
    if spans == passage.spans:
        return passage
    scores = passage.scores | {"reader": spans[0].score, "span": spans[0].span, "relevance": spans[0].relevance}
    return replace(passage, spans=spans, scores=scores)


def _is_furniture(quote: Quote, ledger: Ledger) -> bool:
    """Whether a quote is nothing but title, headings or running lines; a whole sentence or a row never is."""
    if ENDS.search(quote.text) or SEPARATOR in quote.text:
        return False
    document = ledger.document(quote.source)
    if set(words(quote.text)) <= set(words(document.title)):
        return True
    known = furniture(document)
    lines = [line for line in quote.text.split("\n") if line.strip()]
    return all(bare(line) in known or _is_joined(line, document.text) for line in lines)


def _is_joined(line: str, text: str) -> bool:
    """Whether a line is made of parts that each stand elsewhere too ("Title · Version 3"), as page headers are."""
    parts = [bare(part) for part in _PIECE.split(line)]
    whole = _FIGURES.sub("0", searchable(text)).casefold()
    return len(parts) > 1 and all(whole.count(part) > 1 for part in parts)
