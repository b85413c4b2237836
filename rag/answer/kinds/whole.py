"""The whole of a reason or a conclusion: the paragraph of the best sentence, with the list that it announces.

A reader marks the sentence that speaks of the reason ("There were three reasons."); the reasons stand around it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.answer.kinds.furniture import ENDS, Furniture
from rag.answer.kinds.listing.marks import Mark, mark_of
from rag.answer.quotes import MAX_WORDS, Quote, Range, candidates, quotes_for
from rag.models.reader import Pair, Reader
from rag.schema import Document, Passage
from rag.store.ledger import Ledger
from rag.text.normalize import searchable
from rag.text.question import Kind, Question
from rag.text.sentences import sentences, units
from rag.text.tables import SEPARATOR

REACH = 3000  # characters on either side of a sentence in which its paragraph lies
TOGETHER: dict[Kind, int] = {"reason": 2, "conclusion": 3}  # sentences of a paragraph that count together
FLOOR = 4.0  # a sentence that scores so much less than the best one counts nothing
MIN_ITEMS = 2
PROBE = "What was ruled, found or decided?"
SPAN = 0.25  # weight of the logits of a span relative to the relevance, as in eval.studies.reading
MIN_TOLD = -3.0  # of the reader for PROBE


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or a list with the sentence that announces it; offsets of the document."""

    source: str
    start: int
    end: int
    items: tuple[Range, ...] = ()

    def overlaps(self, quote: Quote) -> bool:
        """Whether they share a character."""
        return quote.source == self.source and self.start < quote.end and quote.start < self.end

    def holds(self, quote: Quote) -> bool:
        """Whether a quote lies in it."""
        return quote.source == self.source and self.start <= quote.start and quote.end <= self.end


@dataclass(frozen=True, slots=True)
class Chosen:
    """The sentences that answer best, by which the evidence is judged, and what is shown: these or all around them."""

    best: Sequence[Quote]
    shown: Sequence[Quote]


class WholeQuotes:
    """Chooses what is quoted: for a reason or a conclusion its whole paragraph; safe to use from many threads."""

    def __init__(self, ledger: Ledger, reader: Reader | None = None):
        self._ledger, self._reader, self._furniture = ledger, reader, Furniture(ledger)

    def of(self, question: Question, passages: Sequence[Passage]) -> Chosen:
        """What is quoted for a question; no title or running line where anything else answers as well."""
        passages = self._furniture.without(question, passages)
        quotes = quotes_for(question, passages)
        if question.kind not in TOGETHER or not quotes or quotes[0].answer is None:
            return Chosen(quotes, quotes)
        found = list(candidates(question, [passage for passage in passages if passage.spans]))
        if question.kind == "conclusion":  # what another document concludes is none of it
            found = [quote for quote in found if quote.source == quotes[0].source]
        block = self._best(found, TOGETHER[question.kind])
        if block is None:
            return Chosen(quotes, quotes)
        best = max((quote for quote in found if block.holds(quote)), key=lambda quote: quote.score)
        shown = self._widened(block, best)
        if question.kind == "conclusion":
            shown += self._ruling(found, block, MAX_WORDS - sum(_length(quote) for quote in shown))
        return Chosen([best], shown)

    def _ruling(self, found: Sequence[Quote], block: Block, room: int) -> list[Quote]:
        """The sentence outside of a block that tells best what was decided, with its paragraph where there is room."""
        near = _near(found)
        if self._reader is None or not near:
            return []
        read = self._reader.read([Pair(PROBE, "", searchable(quote.text)) for quote in near])
        told, ruling = max(
            ((one.relevance + SPAN * one.span, quote) for one, quote in zip(read, near, strict=True)),
            key=lambda pair: pair[0],
        )
        if told < MIN_TOLD or block.overlaps(ruling):
            return []
        around = _block(self._ledger.document(ruling.source), ruling)
        whole = self._widened(around, ruling) if around else []
        return next((q for q in (whole, [ruling]) if q and sum(map(_length, q)) <= room), [])

    def _best(self, found: Sequence[Quote], together: int) -> Block | None:
        """The paragraph whose best sentences score most together, above what is FLOOR below the best of all."""
        near = _near(found)
        floor = max((quote.score for quote in near), default=0.0) - FLOOR
        documents = {source: self._ledger.document(source) for source in {quote.source for quote in near}}
        scores = {block: 0.0 for quote in near if (block := _block(documents[quote.source], quote))}
        for block in scores:
            worth = sorted({quote.answer: quote.score - floor for quote in near if block.holds(quote)}.values())
            scores[block] = sum(worth[-together:])
        return max(scores, key=scores.__getitem__, default=None)

    def _widened(self, block: Block, best: Quote) -> list[Quote]:
        """The block as quotes of at most MAX_WORDS words together, around the best one."""
        start, end = min(block.start, best.start), max(block.end, best.end)
        text = self._ledger.text(block.source, start, end)
        page = self._ledger.page(block.source, start)
        passage = replace(best.passage, start=start, end=end, text=text, page=page)
        answer = best.answer if ENDS.search(best.text) else None  # a heading tells where the reason is, it is none
        whole = replace(best, passage=passage, start=start, end=end, answer=answer, cut=(False, False))
        if block.items:
            return [whole] if _length(whole) <= MAX_WORDS else list(_shortened(whole, block))
        start, end = _window(whole, best)
        return [replace(whole, start=start, end=end)]


def _block(document: Document, quote: Quote) -> Block | None:
    """The paragraph or list around a quote, in its section."""
    if SEPARATOR in quote.text:
        return None
    low, high = _section(document, quote.start)
    spans = [(low + a, low + b) for a, b in units(document.text[low:high])]
    touched = [i for i, (a, b) in enumerate(spans) if a < quote.end and b > quote.start]
    if not touched:
        return None
    first, last = touched[0], touched[-1]
    items = _items(document.text, spans, first, last)
    if items:
        start = min(spans[items[0] - 1][0], quote.start)
        return Block(quote.source, start, spans[items[-1]][1], tuple(spans[i] for i in items))
    return Block(quote.source, min(spans[first][0], quote.start), max(spans[last][1], quote.end))


def _section(document: Document, offset: int) -> Range:
    """The text under the heading above an offset, or REACH characters of it on either side, in whole lines."""
    text = document.text
    above = [heading for heading in document.headings if heading.start <= offset]
    low = text.find("\n", above[-1].start) if above else 0
    low = above[-1].start if above and not above[-1].start <= low <= offset else max(low, 0)
    high = next((heading.start for heading in document.headings if heading.start > offset), len(text))
    if offset - low > REACH:
        low = text.find("\n", offset - REACH, offset)
        low = offset - REACH if low < 0 else low
    if high - offset > REACH:
        high = max(text.rfind("\n", offset, offset + REACH), offset)
        high = high if high > offset else offset + REACH
    return low, high


def _items(text: str, spans: Sequence[Range], first: int, last: int) -> range:
    """Which of the units are the items of the list that unit `last` announces, or of which `first` is one."""
    begin = last + 1
    if _mark(text, spans[first]):
        begin = first
        while begin and (before := _mark(text, spans[begin - 1])) and _follows(text, spans[begin], before):
            begin -= 1
    end = begin
    while end < len(spans) and (mark := _mark(text, spans[end])):
        if end > begin and not mark.follows(_mark(text, spans[end - 1]) or mark):
            break
        end += 1
    announced = begin > 0 and _announces(text[slice(*spans[begin - 1])])
    return range(begin, end) if announced and end - begin >= MIN_ITEMS else range(0)


def _mark(text: str, span: Range) -> Mark | None:
    """The mark of an item of a list; the number of a paragraph ("4.2") is none."""
    mark = mark_of(text[slice(*span)])
    return mark if mark and "9" not in mark.style else None


def _follows(text: str, span: Range, before: Mark) -> bool:
    mark = _mark(text, span)
    return mark is not None and mark.follows(before)


def _announces(text: str) -> bool:
    return SEPARATOR not in text and (text.endswith(":") or bool(ENDS.search(text)))


def _shortened(whole: Quote, block: Block) -> Iterator[Quote]:
    """A list that is too long: what announces it, and of each item the first sentence, as far as there is room."""
    room = MAX_WORDS
    for number, (start, end) in enumerate([(whole.start, block.items[0][0]), *block.items]):
        part = whole.text[start - whole.start : end - whole.start].rstrip()
        stop = start + (sentences(part)[0][1] if number else len(part))
        answer = whole.answer if whole.answer and start <= whole.answer[0] and whole.answer[1] <= stop else None
        quote = replace(whole, start=start, end=stop, answer=answer)
        room -= _length(quote)
        if room < 0:
            return
        yield quote


def _window(whole: Quote, best: Quote) -> Range:
    """The sentences around the best one, of at most MAX_WORDS: those that follow it first, as reasons do."""
    spans = [(whole.start + a, whole.start + b) for a, b in sentences(whole.text)]
    inside = [i for i, (a, b) in enumerate(spans) if a < best.end and b > best.start]
    low, high = inside[0], inside[-1]

    def words(low: int, high: int) -> int:
        return len(whole.text[spans[low][0] - whole.start : spans[high][1] - whole.start].split())

    while high + 1 < len(spans) and words(low, high + 1) <= MAX_WORDS:
        high += 1
    while low and words(low - 1, high) <= MAX_WORDS:
        low -= 1
    return min(best.start, spans[low][0]), max(best.end, spans[high][1])


def _near(found: Sequence[Quote]) -> list[Quote]:
    """The quotes that score at most FLOOR less than the best one."""
    floor = max((quote.score for quote in found), default=0.0) - FLOOR
    return [quote for quote in found if quote.score > floor]


def _length(quote: Quote) -> int:
    return len(quote.text.split())
