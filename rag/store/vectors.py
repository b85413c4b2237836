"""Nearest vectors of a ledger: compared exactly where it is small, by Chroma's HNSW where it is large.

Rows added since the snapshot are compared exactly and merged with its hits. Whatever is wrong with Chroma, every vector
of the ledger is compared instead, and the snapshot is repaired in the background as soon as no other process writes.
"""

import heapq
import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rag.errors import CollectionError, RagError
from rag.models.encoder import Encoder
from rag.settings import Settings
from rag.store.chroma import Collection
from rag.store.data_folder import WriterLock
from rag.store.ledger import Ledger
from rag.store.ledger_writer import LedgerWriter
from rag.store.records import LedgerState
from rag.store.snapshot_writer import update_snapshot
from rag.store.snapshots import open_snapshot

MAX_EXACT_ROWS = 65_536  # docs/performance.md, "Exact or HNSW"
MAX_ROWS_ONCE = 200_000  # comparing so many rows once takes less time than importing Chroma
MAX_DELETED_ROWS = 2000  # with more deleted rows among its hits, exact comparison is quicker than the snapshot
EXTRA_DELETED, EXTRA_NEAR = 16, 8  # hits asked of Chroma beyond `k`: for deleted rows, and for its inexact distances
RETRY_SECONDS = 30.0

Hit = tuple[int, float]
"""A row and its cosine similarity."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of a commit, ascending, with their vectors."""

    revision: int
    rows: np.ndarray
    vectors: np.ndarray


_NO_ROWS = _Rows(-1, np.zeros(0, np.int64), np.zeros((0, 0), np.float32))


class ExactIndex:
    """All vectors of a ledger of at most MAX_EXACT_ROWS, in memory; safe to use from many threads."""

    def __init__(self, ledger: Ledger):
        self._ledger = ledger
        self._lock = threading.Lock()
        self._loaded = _NO_ROWS
        self._too_large = -1  # the revision with too many rows

    def search(self, vector: np.ndarray, k: int, sources: Sequence[str] | None = None) -> list[Hit] | None:
        """The `k` nearest rows in no order, only of `sources` if given; None where there are too many to hold."""
        loaded = self._newest()
        if loaded is None:
            return None
        if sources is None:
            return nearest(k, vector, loaded.rows, loaded.vectors)
        asked = np.isin(loaded.rows, self._ledger.rows(sources), assume_unique=True)
        return nearest(k, vector, loaded.rows[asked], loaded.vectors[asked])

    def _newest(self) -> _Rows | None:
        with self._lock:
            revision = self._ledger.revision
            if revision == self._too_large:
                return None
            if self._loaded.revision != revision:
                rows = self._ledger.rows()
                if len(rows) > MAX_EXACT_ROWS:
                    self._too_large, self._loaded = revision, _NO_ROWS
                    return None
                self._loaded = self._updated(revision, rows)
            return self._loaded

    def _updated(self, revision: int, rows: np.ndarray) -> _Rows:
        """These rows with their vectors, of which only new ones are read: a row number is never used again."""
        old = self._loaded
        kept = np.isin(old.rows, rows, assume_unique=True)
        added, vectors = self._ledger.vectors(after_row=int(old.rows[-1]) if len(old.rows) else 0)
        if not kept.any():
            return _Rows(revision, added, vectors)
        if not len(added):
            return _Rows(revision, old.rows[kept], old.vectors[kept])
        return _Rows(revision, np.concatenate([old.rows[kept], added]), np.concatenate([old.vectors[kept], vectors]))


@dataclass(frozen=True, slots=True)
class _OpenSnapshot:
    """A checked snapshot as of a commit, and the rows added since it was written."""

    state: LedgerState
    collection: Collection
    added: _Rows


class VectorStore:
    """Searches the vectors of a ledger; safe to use from many threads.

    Raises IndexMismatch where the vectors were made by another encoder. `note` is "" or tells the user why Chroma is
    not in use at the moment. `once`: there will be one search, for which Chroma is opened only if that is quicker.
    """

    def __init__(self, ledger: Ledger, settings: Settings, encoder: Encoder, *, once: bool = False):
        ledger.require_encoder(encoder.digest)
        self.note = ""
        self._ledger, self._once = ledger, once
        self._exact = ExactIndex(ledger)
        self._url = settings.chroma_url.rstrip("/")
        self._lock = threading.RLock()
        self._opened: _OpenSnapshot | None = None
        self._retry_at = 0.0
        self._repairing: threading.Thread | None = None

    def search(self, vector: np.ndarray, k: int, sources: Sequence[str] | None = None) -> list[Hit]:
        """The `k` rows nearest to a vector of unit length with their cosine, best first; only of `sources` if given."""
        hits = self._exact.search(vector, k, sources)
        if hits is not None:
            return _best(k, hits)
        if sources is None and not (self._once and self._ledger.state().chunks <= MAX_ROWS_ONCE):
            with self._lock:
                hits = self._search_snapshot(vector, k) if time.monotonic() >= self._retry_at else None
            if hits is not None:
                return hits
        best: list[Hit] = []
        for rows, vectors in self._ledger.vector_blocks(sources=sources):  # Chroma is slow with a filter
            best = _best(k, best, nearest(k, vector, rows, vectors))
        return best

    def check(self) -> str:
        """What is wrong with the vector store, "" if nothing is."""
        try:
            open_snapshot(self._ledger, self._ledger.state(), self._url).close()
        except CollectionError as error:
            return str(error)
        return ""

    def repair(self) -> bool:
        """Publish a snapshot of the ledger, unless another process is writing; whether that was done."""
        data_dir = self._ledger.data_dir
        try:
            with WriterLock(data_dir), LedgerWriter.open(data_dir) as ledger:
                update_snapshot(ledger, self._url)
        except RagError as error:
            log.info("the vector store is not repaired: %s", error)
            return False
        with self._lock:
            self._retry_at, self.note = 0.0, ""
        return True

    def close(self) -> None:
        """Wait for a repair that is under way, and close Chroma."""
        if self._repairing:
            self._repairing.join()
        with self._lock:
            self._close_snapshot()

    def _search_snapshot(self, vector: np.ndarray, k: int) -> list[Hit] | None:
        while True:
            known = self._opened and self._opened.state
            state = known if known and known.revision == self._ledger.revision else self._ledger.state()
            try:
                opened = self._open(state)
                hits = self._rescored(vector, self._snapshot_hits(opened, vector, k))
            except CollectionError as error:
                self._close_snapshot()
                if self._ledger.state().snapshot == state.snapshot:
                    self._fall_back(error)
                    return None
                continue  # the writer published another snapshot meanwhile
            return _best(k, hits, nearest(k, vector, opened.added.rows, opened.added.vectors))

    def _snapshot_hits(self, opened: _OpenSnapshot, vector: np.ndarray, k: int) -> list[Hit]:
        """The `k` nearest rows of the snapshot that still exist and are visible to the owner, or all if fewer are."""
        deleted, size = opened.state.deleted, opened.state.in_snapshot
        wanted = k + EXTRA_NEAR + min(len(deleted), EXTRA_DELETED)
        while True:
            hits = opened.collection.search(vector, wanted)
            if len(hits) < min(wanted, size):
                raise CollectionError(f"it found {len(hits)!r} of {wanted!r} vectors")
            kept = [hit for hit in hits if hit[0] not in deleted]
            if self._ledger.owner is not None:
                visible = self._ledger.visible([row for row, _ in kept])
                kept = [hit for hit in kept if hit[0] in visible]
            if len(kept) >= k or len(hits) < wanted:
                return kept
            wanted *= 4

    def _rescored(self, vector: np.ndarray, hits: list[Hit]) -> list[Hit]:
        """The hits with their cosine by the ledger's vectors: those in Chroma have noise added to them."""
        rows = np.array([row for row, _ in hits], np.int64)
        return nearest(len(rows), vector, rows, self._ledger.vectors_of(rows.tolist()))

    def _open(self, state: LedgerState) -> _OpenSnapshot:
        """The snapshot as of a commit, opened and checked if it is not yet."""
        if self._opened and self._opened.state.revision == state.revision:
            return self._opened
        if len(state.deleted) > MAX_DELETED_ROWS:
            raise CollectionError(f"{len(state.deleted)!r} rows were deleted since it was built")
        if self._opened and self._opened.state.snapshot == state.snapshot:
            collection = self._opened.collection
        else:
            self._close_snapshot()
            collection = open_snapshot(self._ledger, state, self._url)
        added = self._ledger.vectors(after_row=state.snapshot.last_row if state.snapshot else 0)
        self._opened = _OpenSnapshot(state, collection, _Rows(state.revision, *added))
        return self._opened

    def _fall_back(self, error: CollectionError) -> None:
        """Do without Chroma for a while, and repair the snapshot in the background."""
        log.warning("the vector store cannot be used: %s", error)
        self.note = (
            f"{f'The Chroma server at {self._url}' if self._url else 'The vector store'} could not be used; "
            "every vector was compared instead: slower, and just as complete."
        )
        self._retry_at = time.monotonic() + RETRY_SECONDS
        if self._repairing is None or not self._repairing.is_alive():
            self._repairing = threading.Thread(target=self.repair, name="repair-vector-store", daemon=True)
            self._repairing.start()

    def _close_snapshot(self) -> None:
        opened, self._opened = self._opened, None
        if opened:
            try:
                opened.collection.close()
            except CollectionError as error:
                log.info("closing Chroma: %s", error)


def nearest(k: int, vector: np.ndarray, rows: np.ndarray, vectors: np.ndarray) -> list[Hit]:
    """The `k` nearest of some rows with their cosine, in no order."""
    if not len(rows):
        return []
    similarity = vectors @ vector
    top = np.argpartition(-similarity, min(k, len(rows)) - 1)[:k]
    return list(zip(rows[top].tolist(), similarity[top].tolist(), strict=True))


def _best(k: int, *lists: list[Hit]) -> list[Hit]:
    """The `k` best of several lists of hits, each row once, ties by row."""
    merged = dict(hit for hits in lists for hit in hits)
    return heapq.nsmallest(k, merged.items(), key=lambda hit: (-hit[1], hit[0]))
