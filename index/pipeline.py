"""Encode parsed documents and write them to the index; while one batch is written the next is encoded.

A batch is as many whole documents as fill the encoder, and is written in one transaction. A crash costs the batches
that are not written yet; their number is limited, which bounds the memory.
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

BATCH_CHUNKS = 512  # chunks that are encoded together
MAX_PENDING = 5  # batches between parsing and the disk


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A parsed document with the stamp of its file."""

    parsed: Parsed
    stamp: FileStamp


class Pipeline:
    """One thread encodes, one writes; leaving the context by an exception drops what is not written yet.

    `on_put` is called with each item, in the order given, once it is on the disk.
    """

    def __init__(
        self, ledger: LedgerWriter, snapshots: SnapshotWriter, encoder: Encoder, on_put: Callable[[ParsedFile], None]
    ):
        self._ledger, self._snapshots, self._encoder, self._on_put = ledger, snapshots, encoder, on_put
        self._encoding = ThreadPoolExecutor(1, thread_name_prefix="encode")
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="write")
        self._batch: list[ParsedFile] = []
        self._pending: deque[tuple[Sequence[ParsedFile], Future[None]]] = deque()

    def add(self, item: ParsedFile) -> None:
        """Add a document; blocks while enough are pending. Raises what encoding or writing raised."""
        self._batch.append(item)
        if sum(len(one.parsed.chunks) for one in self._batch) >= BATCH_CHUNKS:
            self._send()

    def remove(self, source: str) -> None:
        """Remove a document from the ledger, after what was added before."""
        self._send()
        self._pending.append(((), self._writing.submit(self._ledger.remove, source)))

    def finish(self) -> None:
        """Wait until everything is on the disk."""
        self._send()
        while self._pending:
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
        items, self._batch = self._batch, []
        if not items:
            return
        texts = [text for item in items for text in item.parsed.texts]
        parts = max(1, round(len(texts) / BATCH_CHUNKS))
        bounds = [len(texts) * part // parts for part in range(parts + 1)]
        vectors = [self._encoding.submit(self._encoder.encode, texts[low:high]) for low, high in pairwise(bounds)]
        self._pending.append((items, self._writing.submit(self._write, items, vectors)))
        while len(self._pending) > MAX_PENDING:
            self._take()

    def _take(self) -> None:
        items, written = self._pending.popleft()
        written.result()
        for item in items:
            self._on_put(item)

    def _write(self, items: Sequence[ParsedFile], encoded: Sequence[Future[np.ndarray]]) -> None:
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
