"""Question -> passages: dense and keyword search, fused, re-ranked by the reader, neighbours merged.

Three scores are fused: cosine of the chunk, BM25 of the chunk, BM25 of its whole document (the name that makes a
report the right one often stands on its first page only). The two BM25 scores are divided by their best.
"""

import time
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from rag.encoder import Encoder, Tokens
from rag.ledger import Ledger
from rag.passages import assemble
from rag.question import subjects
from rag.ranking import load_weights, rank_score
from rag.reader import Pair, Reader, Reading, heading
from rag.records import StoredChunk
from rag.schema import Passage, Span
from rag.settings import Settings
from rag.store import VectorStore
from rag.text import fold_map, searchable
from rag.wording import around, wording

K = TypeVar("K", bound=Hashable)
KEYWORD_WEIGHT, DOCUMENT_WEIGHT = 0.5, 0.3  # against a cosine weight of 1; docs/quality.md, "Fusion"
DOCUMENTS, DOCUMENT_CHUNKS = 3, 40  # whose chunks are candidates because their document is


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk on its way to become part of a passage, with one score per stage so far."""

    stored: StoredChunk
    scores: dict[str, float]
    span: Span | None = None

    @property
    def source(self) -> str:
        """The document it is of."""
        return self.stored.chunk.source

    @property
    def score(self) -> float:
        """What it is ranked by: the latest stage that scored it."""
        return self.scores.get("reader", self.scores["fused"])


@dataclass(slots=True)
class Timings:
    """Seconds per stage, filled as the stages run."""

    seconds: dict[str, float] = field(default_factory=dict)
    _since: float = field(default_factory=time.perf_counter)

    def stop(self, stage: str) -> None:
        """Book the time since the last call on `stage`."""
        now = time.perf_counter()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self._since
        self._since = now


class Retriever:
    """Searches one index; safe to use from many threads."""

    def __init__(
        self,
        ledger: Ledger,
        store: VectorStore,
        encoder: Encoder,
        tokens: Tokens,
        settings: Settings,
        reader: Reader | None = None,
    ):
        self._ledger, self._store, self._encoder, self._tokens = ledger, store, encoder, tokens
        self._settings, self._reader = settings, reader
        self._weights = load_weights() if reader else {}

    def search(
        self, question: str, sources: Sequence[str] | None = None, timings: Timings | None = None
    ) -> list[Passage]:
        """The passages for a question, best first; `sources` restricts the search to these documents.

        At least ten where the index has as many; each at most 320 tokens of the encoder.
        """
        timings = timings or Timings()
        ranked = self.ranked(question, sources, timings)
        passages = assemble(ranked, self._ledger, self._tokens, self._settings.passages)
        timings.stop("assemble")
        return passages

    def ranked(
        self, question: str, sources: Sequence[str] | None = None, timings: Timings | None = None
    ) -> list[Candidate]:
        """The chunks that passages are made of, best first, with what each stage says of them."""
        timings = timings or Timings()
        return self._rerank(question, self._candidates(question, sources, timings), timings)

    def _candidates(self, question: str, sources: Sequence[str] | None, timings: Timings) -> list[Candidate]:
        text, n = searchable(question), self._settings.candidates
        vector = self._encoder.encode([text])[0]
        timings.stop("encode")
        dense = dict(self._store.search(vector, n, sources))
        timings.stop("dense")
        keyword = dict(self._ledger.keyword_search(text, n, sources))
        documents = dict(self._ledger.document_search(text, 50, sources))
        timings.stop("keyword")
        rows = list(dense | keyword)
        for source in list(documents)[:DOCUMENTS]:
            rows += self._ledger.rows_of(source, DOCUMENT_CHUNKS)
        rows = list(dict.fromkeys(rows))
        cosine = dict(zip(rows, (self._ledger.vectors_of(rows) @ vector).tolist(), strict=True)) if rows else {}
        candidates = [
            Candidate(c, _fused(cosine[c.row], _share(keyword, c.row), _share(documents, c.chunk.source)))
            for c in self._ledger.chunks(rows)
        ]
        timings.stop("fuse")
        return sorted(candidates, key=lambda c: -c.score)

    def _rerank(self, question: str, candidates: list[Candidate], timings: Timings) -> list[Candidate]:
        if self._reader is None:
            return candidates
        top = candidates[: self._settings.reader_windows]
        asked = subjects(question)
        named = self._named(asked, top)
        folded = [fold_map(c.stored.chunk.text) for c in top]
        pairs = [
            Pair(question, heading(c.stored.title, named[c.source]), text)
            for c, (text, _) in zip(top, folded, strict=True)
        ]
        readings = self._reader.read(pairs)
        spans = [_inside(reading, at) for reading, (_, at) in zip(readings, folded, strict=True)]
        said = [around(c.stored.chunk.text, *span) for c, span in zip(top, spans, strict=True)]
        alone = self._reader.read([Pair(question, "", sentence) for sentence in said])
        ranked = [
            self._scored(
                question,
                candidate,
                span,
                sentence,
                {
                    "relevance": reading.relevance,
                    "span": reading.span,
                    "sentence": again.span,
                    "sentence_relevance": again.relevance,
                    "subjects": len(named[candidate.source]) / len(asked) if asked else 1.0,
                },
            )
            for candidate, reading, span, sentence, again in zip(top, readings, spans, said, alone, strict=True)
        ]
        timings.stop("read")
        floor = min((c.score for c in ranked), default=0.0)  # what was not read comes after what was
        rest = [replace(c, scores=c.scores | {"reader": floor - 9 + c.scores["fused"]}) for c in candidates[len(top) :]]
        return sorted(ranked, key=lambda c: -c.score) + rest

    def _scored(
        self, question: str, candidate: Candidate, at: tuple[int, int], sentence: str, read: dict[str, float]
    ) -> Candidate:
        """A candidate with what was read in it and how it is worded; `at`: the span in its chunk."""
        chunk = candidate.stored.chunk
        scores = candidate.scores | read | wording(question, chunk.text, *at, sentence)
        scores["reader"] = rank_score(self._weights, scores)
        start, end = at
        span = Span(chunk.start + start, chunk.start + end, read["span"], read["relevance"], scores["reader"])
        return replace(candidate, scores=scores, span=span)

    def _named(self, asked: Sequence[str], candidates: Sequence[Candidate]) -> dict[str, list[str]]:
        """Which of the subjects asked for each candidate's document names."""
        named: dict[str, list[str]] = {c.source: [] for c in candidates}
        for subject in asked:
            for source in self._ledger.naming(subject, list(named)):
                named[source].append(subject)
        return named


def _inside(reading: Reading, at: Sequence[int]) -> tuple[int, int]:
    """A reading of a chunk's searched copy as offsets in the chunk; `at`: where each character of the copy stands."""
    return (at[reading.start], at[max(reading.end, 1) - 1] + 1) if at else (0, 0)


def _fused(cosine: float, keyword: float, document: float) -> dict[str, float]:
    fused = cosine + KEYWORD_WEIGHT * keyword + DOCUMENT_WEIGHT * document
    return {"dense": cosine, "bm25": keyword, "document": document, "fused": fused}


def _share(scores: dict[K, float], key: K) -> float:
    """A score as a share of the best one, 0 where there is none."""
    return scores.get(key, 0.0) / max(scores.values()) if scores else 0.0
