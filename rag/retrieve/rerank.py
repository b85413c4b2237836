"""Chunks -> sentences: the reader marks the best span of every sentence, and the sentences are ranked.

A chunk is read once; its logits tell the best span in each of its sentences. The most promising sentences are then read
again by themselves, which the reader finds easier.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rag.models.reader import Pair, Reader, heading
from rag.retrieve.features import load_weights, rank_score
from rag.retrieve.wording import Wording
from rag.schema import Span
from rag.store.ledger import Ledger
from rag.store.records import StoredChunk
from rag.text.normalize import fold_map, searchable, sentences
from rag.text.question import Question, has_reference
from rag.text.tables import told

ALONE = 12  # sentences that are read by themselves, at most; docs/quality.md, "Re-ranking"
WITHIN = 4.0  # only those whose score is less than the best one's by at most this: no other came first afterwards
LOOKED_UP = 50.0  # by this much, a sentence that has all that is looked up comes before one that has not
REFERRED = 4.0  # the same for one with the reference that is asked for, whose answer may stand beside it
BEHIND = 9.0  # by this much, what was not read comes after what was


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk on its way to become part of a passage, with one score per stage so far.

    Once it was read, one stands for each `sentence` of the chunk, with the best `span` in it.
    """

    stored: StoredChunk
    scores: dict[str, float]
    span: Span | None = None
    sentence: str = ""

    @property
    def source(self) -> str:
        """The document it is of."""
        return self.stored.chunk.source

    @property
    def score(self) -> float:
        """What it is ranked by: the latest stage that scored it."""
        return self.scores.get("reader", self.scores["fused"])


class Reranker:
    """Ranks candidates by what is read in them; safe to use from many threads."""

    def __init__(self, reader: Reader, ledger: Ledger):
        self._reader, self._ledger = reader, ledger
        self._weights = load_weights()

    def rank(self, question: Question, candidates: Sequence[Candidate], windows: int) -> list[Candidate]:
        """The best sentences of the first `windows` candidates, best first, then the candidates that were not read."""
        read = self._sentences(question, candidates[:windows])
        read = sorted(read, key=lambda c: -c.score)[:ALONE]
        ranked = self._alone(question, [c for c in read if c.score >= read[0].score - WITHIN])
        floor = min((c.score for c in ranked), default=0.0) - BEHIND
        kept = {c.stored.row for c in ranked}
        rest = [
            replace(c, scores=c.scores | {"reader": floor + c.scores["fused"]})
            for c in candidates
            if c.stored.row not in kept
        ]
        return sorted(ranked, key=lambda c: -c.score) + rest

    def _sentences(self, question: Question, top: Sequence[Candidate]) -> list[Candidate]:
        """A candidate for each sentence of each chunk, ranked by what the chunk says."""
        asked, wording = question.subjects, Wording.of(question)
        named = self._named(asked, top)
        folded = [fold_map(c.stored.chunk.text) for c in top]
        cut = [sentences(c.stored.chunk.text) for c in top]
        pairs = [
            Pair(question.standalone, heading(c.stored.title, named[c.source]), text)
            for c, (text, _) in zip(top, folded, strict=True)
        ]
        parts = [_folded(spans, at) for spans, (_, at) in zip(cut, folded, strict=True)]
        found = []
        for c, (_, at), spans, readings in zip(top, folded, cut, self._reader.read_parts(pairs, parts), strict=True):
            more = {"subjects": len(named[c.source]) / len(asked) if asked else 1.0, "sentence": 0.0}
            for reading in readings:
                start, end = at[reading.start], at[max(reading.end, 1) - 1] + 1
                scores = c.scores | more | {"relevance": reading.relevance, "span": reading.span}
                found.append(self._scored(wording, c, scores, (start, end), _around(spans, start, end)))
        return found

    def _alone(self, question: Question, read: Sequence[Candidate]) -> list[Candidate]:
        """The same candidates, each with what is read in its sentence by itself."""
        pairs = [Pair(question.standalone, "", searchable(_told(c))) for c in read]
        ranked = []
        for c, again in zip(read, self._reader.read(pairs), strict=True):
            scores = c.scores | {"sentence": again.span, "sentence_relevance": again.relevance}
            scores["reader"] = self._score(scores)
            ranked.append(replace(c, scores=scores, span=replace(c.span, score=scores["reader"]) if c.span else None))
        return ranked

    def _scored(
        self, wording: Wording, c: Candidate, scores: dict[str, float], at: tuple[int, int], sentence: tuple[int, int]
    ) -> Candidate:
        """A candidate for one sentence of its chunk; `at`: the span in it."""
        chunk, question = c.stored.chunk, wording.question
        said = chunk.text[sentence[0] : sentence[1]]
        scores = scores | wording.features(chunk.text, *at, searchable(said))
        scores["looked_up"] = LOOKED_UP * bool(question.lookup and question.lookup.matches(said))
        scores["referred"] = REFERRED * any(has_reference(said, one) for one in question.references)
        scores["reader"] = self._score(scores)
        start, end = chunk.start + at[0], chunk.start + at[1]
        span = Span(start, end, scores["span"], scores["relevance"], scores["reader"])
        return Candidate(c.stored, scores, span, said)

    def _score(self, scores: Mapping[str, float]) -> float:
        return rank_score(self._weights, scores) + scores["looked_up"] + scores["referred"]

    def _named(self, asked: Sequence[str], candidates: Sequence[Candidate]) -> dict[str, list[str]]:
        """Which of the subjects asked for each candidate's document names."""
        named: dict[str, list[str]] = {c.source: [] for c in candidates}
        for subject in asked:
            for source in self._ledger.keywords.documents_with(subject, list(named)):
                named[source].append(subject)
        return named


def _told(c: Candidate) -> str:
    """The sentence of a candidate, a row of a table with its columns named."""
    text = c.stored.chunk.text
    start = text.find(c.sentence)
    return told(text, start, start + len(c.sentence)) if start >= 0 else c.sentence


def _folded(spans: Sequence[tuple[int, int]], at: Sequence[int]) -> list[tuple[int, int]]:
    """Sentences of a text as ranges of its searched copy; `at`: where each character of the copy stands in the text."""
    return [(bisect_left(at, start), bisect_left(at, end)) for start, end in spans]


def _around(spans: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int]:
    """The sentence or sentences that text[start:end] touches."""
    inside = [(a, b) for a, b in spans if a < end and b > start]
    return (inside[0][0], inside[-1][1]) if inside else (start, end)
