"""Nearest vectors of one ledger: exact where it is small, Chroma where it is large, right answers in any case.

Whatever is wrong with Chroma, a search falls back on the ledger's own vectors, and the vector store is made anew in the
background as soon as nobody else writes. Rows that Chroma does not hold yet are scored exactly and merged.
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
from rag.store.growth import sync
from rag.store.ledger import Ledger
from rag.store.ledger_writer import LedgerWriter
from rag.store.lock import WriterLock
from rag.store.matrix import Hit, Matrix, scored
from rag.store.records import View
from rag.store.snapshots import open_generation

RETRY_SECONDS = 30.0
MOST_GONE = 2000  # more rows to skip than this, and exact scoring is quicker
SPARE = 16  # hits asked for beyond those wanted, for those that have left or are not to be seen
NEAR = 8  # and for those that the ledger finds nearer than Chroma does
ONCE = 200_000  # up to so many rows, comparing all of them once takes less time than importing Chroma

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Opened:
    """A checked generation as of one commit, with the rows (and vectors) that came after it."""

    view: View
    collection: Collection
    rows: np.ndarray
    vectors: np.ndarray


class VectorStore:
    """Searches the vectors of a ledger; safe to use from many threads.

    Raises IndexMismatch where the vectors come from another encoder. `note` is "" or says, for the user, why Chroma is
    not in use at the moment. `once`: there will be one search, for which Chroma is opened only if that pays.
    """

    def __init__(self, ledger: Ledger, settings: Settings, encoder: Encoder, *, once: bool = False):
        ledger.expect(encoder.digest)
        self.note = ""
        self._ledger, self._once = ledger, once
        self._matrix = Matrix(ledger)
        self._url = settings.chroma_url.rstrip("/")
        self._lock = threading.RLock()
        self._opened: _Opened | None = None
        self._retry_at = 0.0
        self._healer: threading.Thread | None = None

    def search(self, vector: np.ndarray, k: int, sources: Sequence[str] | None = None) -> list[Hit]:
        """The `k` rows nearest to a vector of unit length with their cosine, best first; only of `sources` if given."""
        found = self._matrix.search(vector, k, sources)
        if found is not None:
            return _best(k, found)
        if sources is None and not (self._once and self._ledger.view().rows <= ONCE):
            with self._lock:
                found = self._by_chroma(vector, k) if time.monotonic() >= self._retry_at else None
            if found is not None:
                return found
        best: list[Hit] = []
        for rows, vectors in self._ledger.vector_blocks(sources=sources):  # filters are slow in Chroma, so not there
            best = _best(k, best, scored(k, vector, rows, vectors))
        return best

    def check(self) -> str:
        """What is wrong with the vector store, "" where nothing is."""
        try:
            open_generation(self._ledger, self._ledger.view(), self._url).close()
        except CollectionError as error:
            return str(error)
        return ""

    def heal(self) -> bool:
        """Bring the vector store up to the ledger, unless another process is writing; whether that was done."""
        data_dir = self._ledger.data_dir
        try:
            with WriterLock(data_dir), LedgerWriter.open(data_dir) as ledger:
                sync(ledger, self._url)
        except RagError as error:
            log.info("the vector store is not healed: %s", error)
            return False
        with self._lock:
            self._retry_at, self.note = 0.0, ""
        return True

    def close(self) -> None:
        """Wait for a healing that is under way, and let go of Chroma."""
        if self._healer:
            self._healer.join()
        with self._lock:
            self._let_go()

    def _by_chroma(self, vector: np.ndarray, k: int) -> list[Hit] | None:
        while True:
            known = self._opened and self._opened.view
            view = known if known and known.revision == self._ledger.revision else self._ledger.view()
            try:
                opened = self._as_of(view)
                kept = self._exactly(vector, self._kept(opened, vector, k))
            except CollectionError as error:
                self._let_go()
                if self._ledger.view().generation == view.generation:
                    self._fall_back(error)
                    return None
                continue  # the writer replaced the generation while it was in use
            return _best(k, kept, scored(k, vector, opened.rows, opened.vectors))

    def _kept(self, opened: _Opened, vector: np.ndarray, k: int) -> list[Hit]:
        """The `k` best that Chroma holds and that are there for who asks, or all where there are fewer."""
        gone, held = opened.view.gone, opened.view.held
        wanted = k + NEAR + min(len(gone), SPARE)
        while True:
            hits = opened.collection.search(vector, wanted)
            if len(hits) < min(wanted, held):
                raise CollectionError(f"it found {len(hits)!r} of {wanted!r} vectors")
            kept = [hit for hit in hits if hit[0] not in gone]
            if self._ledger.owner is not None:
                seen = self._ledger.seen([row for row, _ in kept])
                kept = [hit for hit in kept if hit[0] in seen]
            if len(kept) >= k or len(hits) < wanted:
                return kept
            wanted *= 4

    def _exactly(self, vector: np.ndarray, hits: list[Hit]) -> list[Hit]:
        """The hits with their cosine by the ledger's vectors: those in Chroma are a hair beside them."""
        rows = np.array([row for row, _ in hits], np.int64)
        return scored(len(rows), vector, rows, self._ledger.vectors_of(rows.tolist()))

    def _as_of(self, view: View) -> _Opened:
        """The generation of a commit, opened and checked, and the rows that came after it."""
        if self._opened and self._opened.view.revision == view.revision:
            return self._opened
        if len(view.gone) > MOST_GONE:
            raise CollectionError(f"{len(view.gone)!r} rows have left since it was built")
        if self._opened and self._opened.view.generation == view.generation:
            collection = self._opened.collection
        else:
            self._let_go()
            collection = open_generation(self._ledger, view, self._url)
        rows, vectors = self._ledger.vectors(after_row=view.generation.row if view.generation else 0)
        self._opened = _Opened(view, collection, rows, vectors)
        return self._opened

    def _fall_back(self, error: CollectionError) -> None:
        log.warning("the vector store cannot be used: %s", error)
        self.note = (
            f"{f'The Chroma server at {self._url}' if self._url else 'The vector store'} could not be used; "
            "every vector was compared instead: slower, and just as complete."
        )
        self._retry_at = time.monotonic() + RETRY_SECONDS
        if self._healer is None or not self._healer.is_alive():
            self._healer = threading.Thread(target=self.heal, name="heal-vector-store", daemon=True)
            self._healer.start()

    def _let_go(self) -> None:
        opened, self._opened = self._opened, None
        if opened:
            try:
                opened.collection.close()
            except CollectionError as error:
                log.info("closing Chroma: %s", error)


def _best(k: int, *found: list[Hit]) -> list[Hit]:
    """The `k` best of several lists of hits, a row once, ties by row."""
    merged = dict(hit for hits in found for hit in hits)
    return heapq.nsmallest(k, merged.items(), key=lambda hit: (-hit[1], hit[0]))
