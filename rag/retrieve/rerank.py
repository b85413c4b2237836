"""Chunks -> sentences: the reader marks the best span of every sentence, and the sentences are ranked.

A chunk is read once; its logits give the best span in each of its sentences. The best sentences are then read again by
themselves, on which the reader is more accurate.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.models.reader import Pair, Prediction, Reader, heading
from rag.retrieve.features import Features, Wording, load_weights, rank_score
from rag.retrieve.row_words import row_words
from rag.schema import Span
from rag.store.ledger import Ledger
from rag.store.records import StoredChunk
from rag.text.normalize import fold_map, searchable
from rag.text.question import Question, has_reference
from rag.text.sentences import sentences
from rag.text.tables import with_headers

RERANK_SENTENCES = 12  # that are read by themselves, at most; docs/quality.md, "Re-ranking"
RERANK_MARGIN = (
    4.0  # only those whose score is less than the best one's by at most this: no other came first afterwards
)
LOOKUP_BONUS = 50.0  # of a sentence that has all that is looked up: it comes before every other
REFERENCE_BONUS = 4.0  # of one with a reference of the question; the answer may stand beside it
UNREAD_PENALTY = 9.0  # of what was not read, below the lowest score of what was
Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk that may become part of a passage, with its features.

    After reading there is one for each `sentence` (offsets in the chunk's text), with the best `span` in it.
    """

    stored: StoredChunk
    features: Features
    span: Span | None = None
    sentence: Range | None = None

    @property
    def source(self) -> str:
        """The document it is of."""
        return self.stored.chunk.source

    @property
    def text(self) -> str:
        """The text of its sentence, of its chunk where that was not read."""
        return self.stored.chunk.text[slice(*self.sentence)] if self.sentence else self.stored.chunk.text

    @property
    def score(self) -> float:
        """What it is ranked by: the latest stage that scored it."""
        return self.features.fused if self.features.reader is None else self.features.reader


class Reranker:
    """Ranks the sentences of candidates; safe to use from many threads."""

    def __init__(self, reader: Reader, ledger: Ledger):
        self._reader, self._ledger = reader, ledger
        self._weights = load_weights()

    def rank(self, question: Question, candidates: Sequence[Candidate], windows: int) -> list[Candidate]:
        """The best sentences of the first `windows` candidates, best first, then the candidates that were not read."""
        read = self._sentences(question, candidates[:windows])
        read = sorted(read, key=lambda c: -c.score)[:RERANK_SENTENCES]
        ranked = self._by_themselves(question, [c for c in read if c.score >= read[0].score - RERANK_MARGIN])
        floor = min((c.score for c in ranked), default=0.0) - UNREAD_PENALTY
        kept = {c.stored.row for c in ranked}
        rest = [
            replace(c, features=replace(c.features, reader=floor + c.features.fused))
            for c in candidates
            if c.stored.row not in kept
        ]
        return sorted(ranked, key=lambda c: -c.score) + rest

    def _sentences(self, question: Question, top: Sequence[Candidate]) -> list[Candidate]:
        """A candidate for each sentence of each chunk, scored as part of the chunk."""
        wording = Wording.of(question)
        named = self._named(question.subjects, top)
        folded = [fold_map(c.stored.chunk.text) for c in top]
        cut = [sentences(c.stored.chunk.text) for c in top]
        pairs = [
            Pair(question.standalone, heading(c.stored.title, named[c.source]), text)
            for c, (text, _) in zip(top, folded, strict=True)
        ]
        parts = [_folded(spans, at) for spans, (_, at) in zip(cut, folded, strict=True)]
        read = [
            _sentence(
                c, len(named[c.source]) / len(question.subjects) if question.subjects else 1.0, spans, at, reading
            )
            for c, (_, at), spans, readings in zip(top, folded, cut, self._reader.read_parts(pairs, parts), strict=True)
            for reading in readings
        ]
        shares = row_words(question, [c.text for c in read], list(map(_serialised, read)))
        return [self._scored(wording, c, share) for c, share in zip(read, shares, strict=True)]

    def _by_themselves(self, question: Question, read: Sequence[Candidate]) -> list[Candidate]:
        """The same candidates, each with its sentence read by itself."""
        pairs = [Pair(question.standalone, "", searchable(_serialised(c))) for c in read]
        ranked = []
        for c, again in zip(read, self._reader.read(pairs), strict=True):
            features = replace(c.features, sentence=again.span, sentence_relevance=again.relevance)
            score = self._score(features)
            span = replace(c.span, score=score) if c.span else None
            ranked.append(replace(c, features=replace(features, reader=score), span=span))
        return ranked

    def _scored(self, wording: Wording, c: Candidate, share: float) -> Candidate:
        """The candidate for a sentence with the features of its wording; `share`: as `row_words` gives it."""
        chunk, question, span = c.stored.chunk, wording.question, c.span
        lookup = question.lookup is not None and question.lookup.matches(c.text)
        reference = any(has_reference(c.text, reference) for reference in question.references)
        at = (span.start - chunk.start, span.end - chunk.start) if span else (0, 0)
        features = replace(
            wording.add(c.features, chunk.text, *at, searchable(c.text)),
            row_words=0.0 if lookup else share,  # what is looked up is in every such sentence
            looked_up=LOOKUP_BONUS * lookup,
            referred=REFERENCE_BONUS * reference,
        )
        score = self._score(features)
        return replace(c, features=replace(features, reader=score), span=span and replace(span, score=score))

    def _score(self, features: Features) -> float:
        """What a sentence is ranked by."""
        return rank_score(self._weights, features) + features.looked_up + features.referred

    def _named(self, subjects: Sequence[str], candidates: Sequence[Candidate]) -> dict[str, list[str]]:
        """The subjects that each candidate's document names."""
        named: dict[str, list[str]] = {c.source: [] for c in candidates}
        for subject in subjects:
            for source in self._ledger.keywords.documents_with(subject, list(named)):
                named[source].append(subject)
        return named


def _sentence(
    c: Candidate, subjects: float, spans: Sequence[Range], at: Sequence[int], reading: Prediction
) -> Candidate:
    """The candidate for the sentence of a chunk that a reading is of; `at`: as in `_folded`."""
    start, end = at[reading.start], at[max(reading.end, 1) - 1] + 1
    offset = c.stored.chunk.start
    features = replace(c.features, subjects=subjects, relevance=reading.relevance, span=reading.span, read=True)
    span = Span(offset + start, offset + end, reading.span, reading.relevance, 0.0)
    return Candidate(c.stored, features, span, _around(spans, start, end))


def _serialised(c: Candidate) -> str:
    """The sentence of a candidate, a table row with its column headers."""
    return with_headers(c.stored.chunk.text, *c.sentence) if c.sentence else c.text


def _folded(spans: Sequence[Range], at: Sequence[int]) -> list[Range]:
    """Sentences of a text as ranges of its searched copy; `at`: where each character of the copy stands in the text."""
    return [(bisect_left(at, start), bisect_left(at, end)) for start, end in spans]


def _around(spans: Sequence[Range], start: int, end: int) -> Range:
    """The sentence or sentences that text[start:end] touches."""
    inside = [(a, b) for a, b in spans if a < end and b > start]
    return (inside[0][0], inside[-1][1]) if inside else (start, end)
