"""Parsed documents -> vectors -> ledger and vector store, overlapping: while one window is written the next is encoded.

A window is as many whole documents as fill the encoder's batches. It is written in one transaction; what a crash costs
is the windows under way, and their number bounds the memory.
"""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from types import TracebackType
from typing import Self

import numpy as np

from index.parse import Parsed
from rag.models.encoder import Encoder
from rag.store.ledger_writer import LedgerWriter
from rag.store.records import FileStamp
from rag.store.snapshot_writer import SnapshotWriter
from rag.store.snapshots import is_due

BATCH = 512  # chunks that are sorted by length and encoded together
AHEAD = 5  # windows between parsing and the disk


@dataclass(frozen=True, slots=True)
class Item:
    """A document to be put, and what its file looked like."""

    parsed: Parsed
    stamp: FileStamp


class Pipeline:
    """One thread that encodes, one that writes; leaving it by an exception drops what is not written yet.

    `on_put` hears of each item, in the order given, once it is on the disk.
    """

    def __init__(
        self, ledger: LedgerWriter, snapshots: SnapshotWriter, encoder: Encoder, on_put: Callable[[Item], None]
    ):
        self._ledger, self._snapshots, self._encoder, self._on_put = ledger, snapshots, encoder, on_put
        self._encoding = ThreadPoolExecutor(1, thread_name_prefix="encode")
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="write")
        self._waiting: list[Item] = []
        self._under_way: deque[tuple[Sequence[Item], Future[None]]] = deque()

    def add(self, item: Item) -> None:
        """Take a document; waits while there is enough under way. Raises what encoding or writing raised."""
        self._waiting.append(item)
        if sum(len(one.parsed.chunks) for one in self._waiting) >= BATCH:
            self._send()

    def remove(self, source: str) -> None:
        """Take a document out of the ledger, after what was added before."""
        self._send()
        self._under_way.append(((), self._writing.submit(self._ledger.remove, source)))

    def finish(self) -> None:
        """Wait until all is on the disk."""
        self._send()
        while self._under_way:
            self._take()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._encoding.shutdown(wait=False, cancel_futures=True)
        self._writing.shutdown(wait=True, cancel_futures=True)
        self._encoding.shutdown(wait=True)

    def _send(self) -> None:
        items, self._waiting = self._waiting, []
        if not items:
            return
        texts = [text for item in items for text in item.parsed.texts]
        parts = max(1, round(len(texts) / BATCH))
        bounds = [len(texts) * part // parts for part in range(parts + 1)]
        vectors = [self._encoding.submit(self._encoder.encode, texts[low:high]) for low, high in pairwise(bounds)]
        self._under_way.append((items, self._writing.submit(self._write, items, vectors)))
        while len(self._under_way) > AHEAD:
            self._take()

    def _take(self) -> None:
        items, written = self._under_way.popleft()
        written.result()
        for item in items:
            self._on_put(item)

    def _write(self, items: Sequence[Item], encoded: Sequence[Future[np.ndarray]]) -> None:
        vectors = np.concatenate([part.result() for part in encoded])
        at = 0
        with self._ledger.transaction():
            for item in items:
                end = at + len(item.parsed.chunks)
                self._ledger.put(item.parsed.document, item.parsed.chunks, vectors[at:end], item.stamp)
                at = end
        self._snapshots.add_committed()
        if is_due(self._ledger):
            self._snapshots.publish()
