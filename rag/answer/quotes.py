"""Passages -> the sentences to quote: the one around the best span, and more where the question asks for more."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.retrieve.features import Features
from rag.schema import Passage, Span
from rag.text.normalize import searchable, sentences
from rag.text.question import Question
from rag.text.tables import SEPARATOR
from rag.text.words import words

MAX_WORDS, LIST_WORDS = 60, 120  # of all quotes of an answer; more where a list is asked for
MAX_QUOTES, LIST_QUOTES = 3, 6
FRAGMENT = 4  # a sentence of fewer words is quoted with the one before it
CONTEXT_WORDS = 45  # up to so many words, a sentence that points back is quoted with the one before it
BESIDE = 2.5  # a sentence that scores less by at most this is quoted with the best one where they stand side by side
ALIKE = 0.6  # share of common words from which two sentences count as saying the same
_POINTS_BACK = re.compile(
    r"(?:He|She|It|They|His|Her|Hers|Its|Their|This|That|These|Those|Both|Neither|The (?:former|latter|same))\b"
)
_CLAUSE = re.compile(r"[;:,–—]\s+|\s+(?=\()")


@dataclass(frozen=True, slots=True)
class Quote:
    """A verbatim stretch of a document: `text == document.text[start:end]`.

    `span`: offsets of the answer in it, None without a reader. `cut`: it begins or ends inside a sentence.
    """

    source: str
    page: int | None
    start: int
    end: int
    text: str
    span: tuple[int, int] | None
    relevance: float
    cut: tuple[bool, bool] = (False, False)

    @property
    def short(self) -> str | None:
        """The answer itself, in one line."""
        if self.span is None:
            return None
        said = searchable(self.text[self.span[0] - self.start : self.span[1] - self.start])
        return said if said and SEPARATOR not in said else None  # an answer does not run over the cells of a table

    def answering(self) -> tuple[str, tuple[int, int] | None]:
        """The sentence with the answer and where the answer is in it; the whole text where none is marked."""
        if self.span is None:
            return self.text, None
        start, end = self.span[0] - self.start, self.span[1] - self.start
        first, last = next(((a, b) for a, b in sentences(self.text) if a <= start < b), (0, len(self.text)))
        return self.text[first:last], (start - first, end - first)

    @property
    def shown(self) -> str:
        """The quote in one line; a bracketed number of the source must not look like a marker of ours."""
        line = re.sub(r"\[(\d+)\]", r"(\1)", searchable(self.text))
        return f"{'… ' if self.cut[0] else ''}{line}{' …' if self.cut[1] else ''}"


def quotes_for(question: Question, passages: Sequence[Passage]) -> list[Quote]:
    """The sentences to quote, best first; none where the passages hold no text."""
    ranked = sorted(_candidates(question, passages), key=lambda pair: -pair[0])
    if not ranked:
        return []
    most, room = (LIST_QUOTES, LIST_WORDS) if question.kind == "list" else (MAX_QUOTES, MAX_WORDS)
    best_score, best = ranked[0]
    best = _with_beside(best, [quote for score, quote in ranked[1:] if best_score - score < BESIDE], passages)
    chosen = [best]
    for score, quote in ranked[1:]:
        if len(chosen) == most or sum(len(q.text.split()) for q in chosen) + len(quote.text.split()) > room:
            break
        if any(_overlap(quote, q) for q in chosen):
            continue
        if _belongs(question, best, quote, best_score - score):
            chosen.append(quote)
    return chosen


def _with_beside(best: Quote, others: Sequence[Quote], passages: Sequence[Passage]) -> Quote:
    """The best quote with the first of the others that stands right before or after it, as one stretch."""
    at = next(p for p in passages if p.source == best.source and p.start <= best.start and best.end <= p.end)
    for other in others:
        start, end = min(best.start, other.start), max(best.end, other.end)
        if SEPARATOR in best.text or SEPARATOR in other.text:
            continue  # a row is whole by itself
        if other.source != best.source or start < at.start or end > at.end or any((*best.cut, *other.cut)):
            continue
        between = at.text[min(best.end, other.end) - at.start : max(best.start, other.start) - at.start]
        together = at.text[start - at.start : end - at.start]
        if not _overlap(best, other) and not between.strip() and len(together.split()) <= MAX_WORDS:
            return replace(best, start=start, end=end, text=together)
    return best


def looked_up(question: Question, quotes: Sequence[Quote]) -> bool:
    """Whether a question asks nothing but for words to be looked up, and the first of its quotes has them all."""
    said = quotes[0].text if quotes else ""
    lookup = question.lookup
    return bool(lookup and any(lookup.matches(said[start:end]) for start, end in sentences(said)))


def _belongs(question: Question, best: Quote, quote: Quote, behind: float) -> bool:
    """Whether a further quote is part of the answer: more of a list, or another source on the same point."""
    if looked_up(question, [best]):
        return looked_up(question, [quote])
    if question.kind in ("list", "reason"):
        return quote.source == best.source and behind < (4.0 if question.kind == "list" else 1.5)
    return quote.source != best.source and behind < 3.0 and alike(best.text, quote.text) >= ALIKE


def alike(a: str, b: str) -> float:
    """Share of the words two texts have in common (Jaccard), 0..1."""
    ours, theirs = set(words(a)), set(words(b))
    return len(ours & theirs) / len(ours | theirs) if ours and theirs else 0.0


def _overlap(a: Quote, b: Quote) -> bool:
    return a.source == b.source and a.start < b.end and b.start < a.end


def _candidates(question: Question, passages: Sequence[Passage]) -> Iterator[tuple[float, Quote]]:
    for passage in passages:
        spans = sentences(passage.text)
        if passage.spans:
            for found in passage.spans:
                yield found.score, _around(passage, spans, found)
        else:
            yield from _by_words(question, passage, spans)


def _by_words(question: Question, passage: Passage, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[float, Quote]]:
    """Without a reader: sentences by the share of the question's words they hold, beside their passage's rank."""
    asked = set(question.terms)
    for start, end in spans:
        text = passage.text[start:end]
        share = len(asked & set(words(text))) / len(asked) if asked else 0.0
        score = share + Features.from_scores(passage.scores).fused - 0.02 * passage.rank
        quote = _quote(passage, start, end, None, share)
        yield score, quote


def _around(passage: Passage, spans: Sequence[tuple[int, int]], found: Span) -> Quote:
    """The sentence or sentences around a span, at most MAX_WORDS long."""
    low, high = found.start - passage.start, found.end - passage.start
    inside = [i for i, (a, b) in enumerate(spans) if a < high and b > low]
    if not inside:
        return _quote(passage, low, high, (found.start, found.end), found.relevance)
    first, last = inside[0], inside[-1]
    if _needs_the_one_before(passage.text, spans, first, last):
        first -= 1
    start, end = spans[first][0], spans[last][1]
    whole = (start, end)
    if len(passage.text[start:end].split()) > MAX_WORDS:
        start, end = _clause(passage.text, start, end, low, high)
    cut = (start != whole[0], end != whole[1])
    return _quote(passage, start, end, (found.start, found.end), found.relevance, cut)


def _needs_the_one_before(text: str, spans: Sequence[tuple[int, int]], first: int, last: int) -> bool:
    """Whether a quote says too little without the sentence before it, or opens with a word that points to it."""
    if first == 0:
        return False
    said = text[spans[first][0] : spans[last][1]]
    if len(said.split()) < FRAGMENT:
        return True
    before, gap = text[slice(*spans[first - 1])], text[spans[first - 1][1] : spans[first][0]]
    together = len(before.split()) + len(said.split())
    return bool(_POINTS_BACK.match(said)) and "\n\n" not in gap and together <= CONTEXT_WORDS


def _clause(text: str, start: int, end: int, low: int, high: int) -> tuple[int, int]:
    """The part of an over-long sentence around text[low:high]: whole clauses, at most MAX_WORDS where they allow it."""
    cuts = [start, *(start + m.end() for m in _CLAUSE.finditer(text[start:end])), end]
    begin, stop = max(c for c in cuts if c <= low), min(c for c in cuts if c >= high)
    for cut in (*(c for c in reversed(cuts) if c < begin), *(c for c in cuts if c > stop)):
        wider = (min(begin, cut), max(stop, cut))
        if len(text[wider[0] : wider[1]].split()) <= MAX_WORDS:
            begin, stop = wider
    return begin, begin + len(text[begin:stop].rstrip())


def _quote(
    passage: Passage,
    start: int,
    end: int,
    span: tuple[int, int] | None,
    relevance: float,
    cut: tuple[bool, bool] = (False, False),
) -> Quote:
    text = passage.text[start:end]
    place = passage.start + start, passage.start + end
    return Quote(passage.source, passage.page, *place, text, span, relevance, cut)
