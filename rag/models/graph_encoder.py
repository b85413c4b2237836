"""Texts -> vectors through a network graph: tokenise, sort by length, pad, run in batches; knows no runtime's name."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

import numpy as np
from tokenizers import Encoding, Tokenizer

from rag.models.bert import BertShape
from rag.models.bert_graph import Net, inputs, pool

STEP = 8  # tokens; batches are padded to a multiple, for a runtime prepares itself anew for each shape it meets
BATCH_TOKENS = 1024  # tokens run together, padding included; more is no faster
SLICE = 4096  # texts tokenised together; bounds the memory of a long list


class GraphEncoder:
    """A BERT-shaped sentence-transformers model without torch; safe to call from many threads.

    The network is opened at the first use: whoever finds nothing to encode does not wait for it.
    """

    def __init__(self, folder: Path, shape: BertShape, open_net: Callable[[], Net], digest: str):
        self._shape, self._open_net, self.digest = shape, open_net, digest
        self.dimension = shape.width
        self._lock = Lock()
        self._opened: Net | None = None
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()  # the file has a padding and a truncation baked in
        self._tokenizer.enable_truncation(shape.max_tokens)

    def ready(self) -> "GraphEncoder":
        """This encoder with its network open."""
        with self._lock:
            self._opened = self._opened or self._open_net()
        return self

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Encode texts to float32 [len(texts), dimension], each row of unit length."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for low in range(0, len(texts), SLICE):
            encoded = self._tokenizer.encode_batch_fast(list(texts[low : low + SLICE]))

            def run(batch: tuple[list[int], int], low: int = low, encoded: Sequence[Encoding] = encoded) -> None:
                rows, length = batch
                vectors[[low + row for row in rows]] = self._run([encoded[row] for row in rows], length)

            self._each(run, list(batches([len(e.ids) for e in encoded])))
        return vectors

    def _each(self, run: Callable[[tuple[list[int], int]], None], several: Sequence[tuple[list[int], int]]) -> None:
        threads = min(self._net.streams, len(several))
        if threads < 2:
            for batch in several:
                run(batch)
            return
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(run, several))

    @property
    def _net(self) -> Net:
        net = self._opened or self.ready()._opened
        assert net
        return net

    def _run(self, encoded: Sequence[Encoding], length: int) -> np.ndarray:
        ids, mask = (np.zeros((len(encoded), length), np.int64) for _ in range(2))
        for row, e in enumerate(encoded):
            ids[row, : len(e.ids)], mask[row, : len(e.ids)] = e.ids, 1
        given = inputs(ids, mask, np.zeros_like(ids)) | {"pool": pool(mask, self._shape.pooling)}
        vectors = self._net.run(given)[0][:, 0]
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return vectors


def batches(lengths: Sequence[int], most: int = BATCH_TOKENS) -> Iterator[tuple[list[int], int]]:
    """Rows that run together, and the length they are padded to: `most` tokens at most, one row at least.

    Longest first: memory peaks at once rather than at the end.
    """
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    while order:
        length = -(-lengths[order[0]] // STEP) * STEP
        size = max(most // length, 1)
        yield order[:size], length
        order = order[size:]
