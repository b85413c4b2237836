"""Question -> passages: dense and keyword search, fused, reranked by the reader, neighbours merged.

Three scores are fused: cosine of the chunk, BM25 of the chunk, BM25 of its whole document (the name that makes a
report the right one often stands on its first page only). The two BM25 scores are divided by their best.
"""

import time
from collections.abc import Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar

import numpy as np

from rag.models.encoder import Encoder
from rag.models.reader import Reader
from rag.models.tokens import Tokens
from rag.retrieve.features import Features
from rag.retrieve.passages import assemble
from rag.retrieve.rerank import Candidate, Reranker
from rag.schema import Passage
from rag.settings import Settings
from rag.store.ledger import Ledger
from rag.store.vectors import VectorStore
from rag.text.question import Question

K = TypeVar("K", bound=Hashable)
KEYWORD_WEIGHT, DOCUMENT_WEIGHT = 0.5, 0.3  # against a cosine weight of 1; docs/quality.md, "Fusion"
DOCUMENT_TOP_K = 50  # documents that keyword search returns
KEYWORD_THREADS = 4  # keyword searches run in parallel with vector searches
CACHED_SEARCHES = 256
WHOLE_DOCUMENTS, DOCUMENT_CHUNKS = 3, 40  # the best documents, and how many chunks of each become candidates


@dataclass(slots=True)
class Timings:
    """Seconds per stage, filled as the stages run."""

    seconds: dict[str, float] = field(default_factory=dict)
    _since: float = field(default_factory=time.perf_counter)

    def stop(self, stage: str) -> None:
        """Add the time since the last call to `stage`."""
        now = time.perf_counter()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self._since
        self._since = now


@dataclass(frozen=True, slots=True)
class _Search:
    """A search, equal to one for the same words in the same documents at the same revision of the index."""

    revision: int
    standalone: str
    sources: tuple[str, ...] | None
    question: Question = field(compare=False)
    timings: Timings = field(compare=False)


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
        self._settings = settings
        self._reranker = Reranker(reader, ledger) if reader else None
        self._threads = ThreadPoolExecutor(KEYWORD_THREADS, thread_name_prefix="keyword-search")
        self._cached = lru_cache(CACHED_SEARCHES)(self._passages)
        self._vector = lru_cache(CACHED_SEARCHES)(self._encoded)  # one question may be asked of many documents

    def search(
        self, question: Question, sources: Sequence[str] | None = None, timings: Timings | None = None
    ) -> list[Passage]:
        """The passages for a question, best first; `sources` restricts the search to these documents.

        At least ten where the index has as many; each at most 320 tokens of the encoder. The latest searches are
        cached, until the index changes.
        """
        timings = timings or Timings()
        within = None if sources is None else tuple(sources)
        passages = self._cached(_Search(self._ledger.revision, question.standalone, within, question, timings))
        if "assemble" not in timings.seconds:
            timings.stop("remembered")
        return list(passages)

    def _passages(self, search: _Search) -> tuple[Passage, ...]:
        passages = self.assembled(self.ranked(search.question, search.sources, search.timings))
        search.timings.stop("assemble")
        return tuple(passages)

    def assembled(self, ranked: Sequence[Candidate]) -> list[Passage]:
        """Ranked candidates as passages."""
        return assemble(ranked, self._ledger, self._tokens, self._settings.top_k)

    def ranked(
        self, question: Question, sources: Sequence[str] | None = None, timings: Timings | None = None
    ) -> list[Candidate]:
        """The candidates that passages are made of, best first, with the features of each stage."""
        timings = timings or Timings()
        candidates = self._candidates(question, sources, timings)
        if self._reranker is None:
            return candidates
        ranked = self._reranker.rank(question, candidates, self._settings.rerank_top_k)
        timings.stop("read")
        return ranked

    def _candidates(self, question: Question, sources: Sequence[str] | None, timings: Timings) -> list[Candidate]:
        text, n = question.normalized, self._settings.retrieve_top_k
        vector = self._vector(text)
        timings.stop("encode")
        words = self._threads.submit(self._by_words, text, n, sources)  # not earlier: the encoder needs every core
        dense = dict(self._store.search(vector, n, sources))
        timings.stop("dense")
        keyword, documents = words.result()
        timings.stop("keyword")  # what was left of it after the dense search
        rows = list(dense | keyword)
        for source in list(documents)[:WHOLE_DOCUMENTS]:
            rows += self._ledger.rows_of(source, DOCUMENT_CHUNKS)
        rows = list(dict.fromkeys(rows))
        cosine = dense | self._cosines(vector, [row for row in rows if row not in dense])
        candidates = [
            Candidate(c, _fused(cosine[c.row], _share(keyword, c.row), _share(documents, c.chunk.source)))
            for c in self._ledger.chunks(rows)
        ]
        timings.stop("fuse")
        return sorted(candidates, key=lambda c: -c.score)

    def _encoded(self, text: str) -> np.ndarray:
        vector: np.ndarray = self._encoder.encode([text])[0]
        return vector

    def _by_words(self, text: str, n: int, sources: Sequence[str] | None) -> tuple[dict[int, float], dict[str, float]]:
        """Rows of chunks and sources of documents with their BM25 scores."""
        keyword = dict(self._ledger.keywords.chunks(text, n, sources))
        return keyword, dict(self._ledger.keywords.documents(text, DOCUMENT_TOP_K, sources))

    def _cosines(self, vector: np.ndarray, rows: Sequence[int]) -> dict[int, float]:
        """The cosine of a question with the chunks of these rows."""
        return dict(zip(rows, (self._ledger.vectors_of(rows) @ vector).tolist(), strict=True)) if rows else {}


def _fused(cosine: float, keyword: float, document: float) -> Features:
    fused = cosine + KEYWORD_WEIGHT * keyword + DOCUMENT_WEIGHT * document
    return Features(dense=cosine, bm25=keyword, document=document, fused=fused)


def _share(scores: dict[K, float], key: K) -> float:
    """A score as a share of the best one, 0 where there is none."""
    return scores.get(key, 0.0) / max(scores.values()) if scores else 0.0
