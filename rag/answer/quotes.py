"""Passages -> the sentences to quote: the one around the best span, and others where the question needs them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.retrieve.features import Features
from rag.schema import Passage, Span
from rag.text.markers import unmarked
from rag.text.normalize import searchable
from rag.text.question import Question
from rag.text.quotation import balanced
from rag.text.sentences import lines, sentences
from rag.text.tables import SEPARATOR, with_headers
from rag.text.words import words

MAX_WORDS = 60  # of all quotes of an answer
MAX_QUOTES, LIST_QUOTES = 3, 6
FRAGMENT_WORDS = 4  # a sentence of fewer words is quoted with the one before it
CONTEXT_WORDS = 45  # up to so many words, a sentence that points back is quoted with the one before it
# by how much less than the best one a sentence may score: where they stand side by side and become one quote, as
# another item of a list, as another reason, and as another source on the same point
ADJACENT_MARGIN, LIST_MARGIN, REASON_MARGIN, SOURCE_MARGIN = 2.5, 4.0, 1.5, 3.0
SAME_STATEMENT = 0.6  # share of common words from which two sentences count as saying the same
POINTS_BACK = re.compile(
    r"(?:He|She|It|They|His|Her|Hers|Its|Their|This|That|These|Those|Both|Neither|The (?:former|latter|same))\b"
)
_CLAUSE = re.compile(r"[;:,–—]\s+|\s+(?=\()")
Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Quote:
    """A verbatim stretch of a passage; offsets of the document: `text == document.text[start:end]`.

    `answer`: where the answer is in it, None without a reader. `score`: what it was ranked by. `cut`: whether it begins
    and ends inside a sentence.
    """

    passage: Passage
    start: int
    end: int
    answer: Range | None
    score: float
    cut: tuple[bool, bool] = (False, False)

    @property
    def source(self) -> str:
        """The document it is from."""
        return self.passage.source

    @property
    def text(self) -> str:
        """Its words."""
        return self.passage.text[self.start - self.passage.start : self.end - self.passage.start]

    @property
    def short(self) -> str | None:
        """The answer itself, in one line."""
        if self.answer is None:
            return None
        line = searchable(self.text[self.answer[0] - self.start : self.answer[1] - self.start])
        return line if line and SEPARATOR not in line else None  # an answer does not run over the cells of a table

    def answering(self) -> tuple[str, Range | None]:
        """The sentence with the answer and where the answer is in it; the whole text where none is marked."""
        if self.answer is None:
            return self.text, None
        start, end = self.answer[0] - self.start, self.answer[1] - self.start
        first, last = next(((a, b) for a, b in sentences(self.text) if a <= start < b), (0, len(self.text)))
        return self.text[first:last], (start - first, end - first)

    @property
    def shown(self) -> str:
        """The quote in one line, but for headings, items and rows in it, with its quotation marks in pairs.

        A row of a table has the names of its columns. A bracketed number of the source must not look like a marker of
        ours.
        """
        text = "\n".join(filter(None, map(searchable, lines(balanced(self._with_headers())))))
        text = unmarked(text)
        return f"{'… ' if self.cut[0] else ''}{text}{' …' if self.cut[1] else ''}"

    def _with_headers(self) -> str:
        """The text, that of a single row of a table with the names of its columns."""
        if SEPARATOR not in self.text or "\n" in self.text:
            return self.text
        return with_headers(self.passage.text, self.start - self.passage.start, self.end - self.passage.start)


def quotes_for(question: Question, passages: Sequence[Passage]) -> list[Quote]:
    """The sentences to quote, best first; none where the passages hold no text."""
    ranked = sorted(candidates(question, passages), key=lambda quote: -quote.score)
    if not ranked:
        return []
    most = LIST_QUOTES if question.kind == "list" else MAX_QUOTES
    best = _with_adjacent(ranked[0], ranked[1:])
    chosen = [best]
    for quote in ranked[1:]:
        if len(chosen) == most or sum(len(q.text.split()) for q in chosen) + len(quote.text.split()) > MAX_WORDS:
            break
        if not any(_overlap(quote, q) for q in chosen) and _belongs(question, best, quote):
            chosen.append(quote)
    return chosen


def _with_adjacent(best: Quote, others: Sequence[Quote]) -> Quote:
    """The best quote with the first of the others that stands right before or after it, as one stretch."""
    passage = best.passage
    for other in others:
        if best.score - other.score >= ADJACENT_MARGIN:
            break
        if SEPARATOR in best.text or SEPARATOR in other.text:
            continue  # a row is whole by itself
        if other.passage is not passage or _overlap(best, other) or any((*best.cut, *other.cut)):
            continue
        merged = replace(best, start=min(best.start, other.start), end=max(best.end, other.end))
        if other.start < best.start and other.text in map(str.strip, lines(merged.text)):
            continue  # a heading before it, or an item, is no part of a sentence
        between = passage.text[min(best.end, other.end) - passage.start : max(best.start, other.start) - passage.start]
        if not between.strip() and len(merged.text.split()) <= MAX_WORDS:
            return merged
    return best


def looked_up(question: Question, quotes: Sequence[Quote]) -> bool:
    """Whether a question is a lookup, and the first of its quotes has all that is looked up."""
    if question.lookup is None or not quotes:
        return False
    text = quotes[0].text
    return any(question.lookup.matches(text[start:end]) for start, end in sentences(text))


def _belongs(question: Question, best: Quote, quote: Quote) -> bool:
    """Whether a further quote is part of the answer: more of a list, or another source on the same point."""
    behind = best.score - quote.score
    if looked_up(question, [best]):
        return looked_up(question, [quote])
    if question.kind in ("list", "reason"):
        margin = LIST_MARGIN if question.kind == "list" else REASON_MARGIN
        return quote.source == best.source and behind < margin
    return (
        quote.source != best.source and behind < SOURCE_MARGIN and similarity(best.text, quote.text) >= SAME_STATEMENT
    )


def similarity(one: str, other: str) -> float:
    """Share of the words two texts have in common (Jaccard), 0..1."""
    ours, theirs = set(words(one)), set(words(other))
    return len(ours & theirs) / len(ours | theirs) if ours and theirs else 0.0


def _overlap(one: Quote, other: Quote) -> bool:
    return one.source == other.source and one.start < other.end and other.start < one.end


def candidates(question: Question, passages: Sequence[Passage]) -> Iterator[Quote]:
    """A quote for each span of the reader, or for each sentence of a passage that it did not read."""
    for passage in passages:
        spans = sentences(passage.text)
        if passage.spans:
            yield from (_around(passage, spans, span) for span in passage.spans)
        else:
            yield from _by_words(question, passage, spans)


def _by_words(question: Question, passage: Passage, spans: Sequence[Range]) -> Iterator[Quote]:
    """Without a reader: sentences scored by their share of the question's words and by their passage's rank."""
    asked, fused = set(question.terms), Features.from_scores(passage.scores).fused
    for start, end in spans:
        share = len(asked & set(words(passage.text[start:end]))) / len(asked) if asked else 0.0
        yield Quote(passage, passage.start + start, passage.start + end, None, share + fused - 0.02 * passage.rank)


def _around(passage: Passage, spans: Sequence[Range], best: Span) -> Quote:
    """The sentence or sentences around a span, at most MAX_WORDS long."""
    low, high = best.start - passage.start, best.end - passage.start
    inside = [i for i, (a, b) in enumerate(spans) if a < high and b > low]
    whole = (low, high)
    if inside:
        first, last = inside[0], inside[-1]
        if _needs_the_one_before(passage.text, spans, first, last):
            first -= 1
        whole = spans[first][0], spans[last][1]
    start, end = whole
    if inside and len(passage.text[start:end].split()) > MAX_WORDS:
        start, end = _clauses(passage.text, start, end, low, high)
    cut = (start != whole[0], end != whole[1])
    return Quote(passage, passage.start + start, passage.start + end, (best.start, best.end), best.score, cut)


def _needs_the_one_before(text: str, spans: Sequence[Range], first: int, last: int) -> bool:
    """Whether a quote is too short without the sentence before it, or opens with a word that refers to it."""
    if first == 0:
        return False
    quote = text[spans[first][0] : spans[last][1]]
    if len(quote.split()) < FRAGMENT_WORDS:
        return True
    before, gap = text[slice(*spans[first - 1])], text[spans[first - 1][1] : spans[first][0]]
    together = len(before.split()) + len(quote.split())
    return bool(POINTS_BACK.match(quote)) and "\n\n" not in gap and together <= CONTEXT_WORDS


def _clauses(text: str, start: int, end: int, low: int, high: int) -> Range:
    """The part of an over-long sentence around text[low:high]: whole clauses, at most MAX_WORDS where they allow it."""
    cuts = [start, *(start + m.end() for m in _CLAUSE.finditer(text[start:end])), end]
    begin, stop = max(c for c in cuts if c <= low), min(c for c in cuts if c >= high)
    for cut in (*(c for c in reversed(cuts) if c < begin), *(c for c in cuts if c > stop)):
        wider = (min(begin, cut), max(stop, cut))
        if len(text[wider[0] : wider[1]].split()) <= MAX_WORDS:
            begin, stop = wider
    return begin, begin + len(text[begin:stop].rstrip())
