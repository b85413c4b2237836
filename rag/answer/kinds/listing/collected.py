"""A list over many documents: each of them is read by itself, and what answers in it is quoted."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from rag.answer.answerer import cited_lines
from rag.answer.confidence import ON_SUBJECT_COSINE, ConfidenceModel, Estimate
from rag.answer.guards import unfounded_charge
from rag.answer.kinds.handler import Resources
from rag.answer.kinds.listing.written import MAX_TEXT_WORDS
from rag.answer.notes import commanding, language_warning, time_warning
from rag.answer.quotes import Quote, quotes_for
from rag.schema import Answer, Citation, Passage, Status, Trace
from rag.text.question import Question

READ_DOCUMENTS = 12  # at most, a second each on two cores
SPREAD, SPREAD_MARGIN = 3, 3.0  # so many documents must have a sentence by at most this behind the best one


class Collected:
    """Quotes what each of the closest documents says where a list is spread over several."""

    def __init__(self, resources: Resources):
        self._resources = resources
        self._model = ConfidenceModel(resources.ledger, resources.checker)

    def answer(self, question: Question, sources: Sequence[str] | None, passages: Sequence[Passage]) -> Answer | None:
        """One quote of each document that answers; None where fewer than SPREAD do.

        What no document answers when all are searched, none is taken to answer when it is read by itself.
        """
        if self._best(question, passages) is None:
            return None
        known = list(sources) if sources is not None else self._resources.ledger.sources()
        read = self._closest(question, known, passages)
        found = [answered for source in read if (answered := self._read(question, source))]
        if len(found) < SPREAD:
            return None
        return _written(question, found, passages, len(read), len(known))

    def _closest(self, question: Question, known: Sequence[str], passages: Sequence[Passage]) -> list[str]:
        """The documents to read: those of the passages first, then those with the question's words."""
        if len(known) <= READ_DOCUMENTS:
            return list(known)
        by_words = self._resources.ledger.keywords.documents(question.normalized, READ_DOCUMENTS, known)
        closest = dict.fromkeys([*(p.source for p in passages), *(source for source, _ in by_words)])
        return list(closest)[:READ_DOCUMENTS]

    def _read(self, question: Question, source: str) -> tuple[Quote, Estimate] | None:
        """The best quote of one document, where the evidence reaches the threshold."""
        return self._best(question, self._resources.retriever.search(question, [source]))

    def _best(self, question: Question, passages: Sequence[Passage]) -> tuple[Quote, Estimate] | None:
        """The best quote of passages, where the evidence reaches the threshold."""
        quotes = quotes_for(question, passages)
        if not quotes or unfounded_charge(question, *quotes[0].answering()):
            return None
        if question.references_missing_in(quotes[0].passage.full_text):
            return None
        one = replace(question, kind="fact")  # one statement of each is enough
        estimate = self._model.estimate(one, passages, quotes)
        if self._cosine(question, quotes[0]) < ON_SUBJECT_COSINE:
            return None
        return (quotes[0], estimate) if estimate.evidence >= self._resources.settings.answer_threshold else None

    def _cosine(self, question: Question, quote: Quote) -> float:
        one, other = self._resources.encoder.encode([question.normalized, quote.shown])
        return float(one @ other)


def spread(passages: Sequence[Passage]) -> bool:
    """Whether several documents have a sentence that comes close to the best one."""
    best: dict[str, float] = {}
    for passage in passages:
        for span in passage.spans:
            best[passage.source] = max(span.score, best.get(passage.source, span.score))
    return sum(score >= max(best.values()) - SPREAD_MARGIN for score in best.values()) >= SPREAD if best else False


def _written(
    question: Question, found: Sequence[tuple[Quote, Estimate]], passages: Sequence[Passage], read: int, known: int
) -> Answer:
    found = sorted(found, key=lambda pair: -pair[1].evidence)
    quotes = _fitting([quote for quote, _ in found])
    citations = tuple(Citation(n, q.source, q.passage.page, q.start, q.end, q.text) for n, q in enumerate(quotes, 1))
    text, sentences = cited_lines([(q.shown, (n,)) for n, q in enumerate(quotes, 1)])
    said = f"Found in {len(found)} of {read} documents; read: "
    said += f"all {read}." if read == known else f"the {read} closest. The other {known - read} were not read."
    if len(quotes) < len(found):
        said += f" … and {len(found) - len(quotes)} more; an answer has at most {MAX_TEXT_WORDS} words."
    offered = [q.passage for q in quotes]
    offered += [p for p in passages if all((p.source, p.start) != (q.source, q.start) for q in offered)]
    notes = (*language_warning(question), *time_warning(question), said, *commanding([q.passage for q in quotes]))
    status: Status = "answered" if read == known and len(quotes) == len(found) else "partial"
    return Answer(
        question.text, question.standalone, text, None, status,
        found[0][1].confidence, citations, sentences, tuple(offered), trace=Trace(notes=notes),
    )  # fmt: skip


def _fitting(quotes: Sequence[Quote]) -> list[Quote]:
    """As many quotes as an answer has room for."""
    total = accumulate(len(quote.shown.split()) for quote in quotes)
    return [quote for quote, words in zip(quotes, total, strict=True) if words <= MAX_TEXT_WORDS]
