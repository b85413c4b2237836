"""Every vector of a small index in memory, compared one by one: exact, and quicker than a graph of so few."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rag.store.ledger import Ledger

LARGEST = 65_536  # rows; docs/performance.md, "Exact or HNSW"

Hit = tuple[int, float]


@dataclass(frozen=True, slots=True)
class _Held:
    """All rows of one commit with their vectors, ascending."""

    revision: int
    rows: np.ndarray
    vectors: np.ndarray


class Matrix:
    """The vectors of a ledger of at most LARGEST rows, kept up with its commits; safe to use from many threads."""

    def __init__(self, ledger: Ledger):
        self._ledger = ledger
        self._lock = threading.Lock()
        self._held = _nothing()
        self._large = -1  # the revision at which there were too many rows

    def search(self, vector: np.ndarray, k: int, sources: Sequence[str] | None = None) -> list[Hit] | None:
        """The `k` best rows with their cosine, in no order; None where there are too many to hold."""
        held = self._newest()
        if held is None:
            return None
        if sources is None:
            return scored(k, vector, held.rows, held.vectors)
        asked = np.isin(held.rows, self._ledger.rows(sources), assume_unique=True)
        return scored(k, vector, held.rows[asked], held.vectors[asked])

    def _newest(self) -> _Held | None:
        with self._lock:
            revision = self._ledger.revision
            if revision == self._large:
                return None
            if self._held.revision != revision:
                rows = self._ledger.rows()
                if len(rows) > LARGEST:
                    self._large, self._held = revision, _nothing()
                    return None
                self._held = self._followed(revision, rows)
            return self._held

    def _followed(self, revision: int, rows: np.ndarray) -> _Held:
        """What is held, brought up to these rows: a row number is never given twice, so that only new ones are read."""
        kept = np.isin(self._held.rows, rows, assume_unique=True)
        last = int(self._held.rows[-1]) if len(self._held.rows) else 0
        newer, vectors = self._ledger.vectors(after_row=last)
        if not kept.any():
            return _Held(revision, newer, vectors)
        if not len(newer):
            return _Held(revision, self._held.rows[kept], self._held.vectors[kept])
        return _Held(
            revision,
            np.concatenate([self._held.rows[kept], newer]),
            np.concatenate([self._held.vectors[kept], vectors]),
        )


def scored(k: int, vector: np.ndarray, rows: np.ndarray, vectors: np.ndarray) -> list[Hit]:
    """The `k` best of some rows with their cosine, in no order."""
    if not len(rows):
        return []
    similarity = vectors @ vector
    top = np.argpartition(-similarity, min(k, len(rows)) - 1)[:k]
    return list(zip(rows[top].tolist(), similarity[top].tolist(), strict=True))


def _nothing() -> _Held:
    return _Held(-1, np.zeros(0, np.int64), np.zeros((0, 0), np.float32))
