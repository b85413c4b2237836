"""Texts -> vectors on a compiled graph: tokenise, sort by length, pad, run in batches; knows no runtime."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

import numpy as np
from tokenizers import Encoding, Tokenizer

from rag.models.bert import BertShape, CompiledGraph, graph_inputs, pooling_weights

PAD_MULTIPLE = 8  # tokens; a runtime prepares itself anew for each length it meets, so there should be few
BATCH_TOKENS = 1024  # tokens of a batch, padding included; larger batches are no faster
TEXTS_TOKENISED = 4096  # at a time; bounds the memory of a long list

Batch = tuple[list[int], int]
"""The rows that run together, and the length they are padded to."""


class GraphEncoder:
    """A BERT-shaped sentence-transformers model without torch; safe to call from many threads.

    The graph is compiled at the first text, so that a run with nothing to encode does not wait for it.
    """

    def __init__(self, folder: Path, shape: BertShape, compile_graph: Callable[[], CompiledGraph], digest: str):
        self._shape, self._compile, self.digest = shape, compile_graph, digest
        self.dimension = shape.width
        self._lock = Lock()
        self._compiled: CompiledGraph | None = None
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()  # the file sets a padding and a truncation of its own
        self._tokenizer.enable_truncation(shape.max_tokens)

    def prepare(self) -> None:
        """Compile the graph now."""
        self._graph()

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Encode texts to float32 [len(texts), dimension], each row of unit length."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for first in range(0, len(texts), TEXTS_TOKENISED):
            encoded = self._tokenizer.encode_batch_fast(list(texts[first : first + TEXTS_TOKENISED]))

            def run(batch: Batch, first: int = first, encoded: Sequence[Encoding] = encoded) -> None:
                rows, length = batch
                vectors[[first + row for row in rows]] = self._run([encoded[row] for row in rows], length)

            self._run_each(run, list(batches([len(e.ids) for e in encoded])))
        return vectors

    def _run_each(self, run: Callable[[Batch], None], several: Sequence[Batch]) -> None:
        threads = min(self._graph().streams, len(several))
        if threads < 2:
            for batch in several:
                run(batch)
            return
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(run, several))

    def _graph(self) -> CompiledGraph:
        with self._lock:
            self._compiled = self._compiled or self._compile()
            return self._compiled

    def _run(self, encoded: Sequence[Encoding], length: int) -> np.ndarray:
        ids, mask = (np.zeros((len(encoded), length), np.int64) for _ in range(2))
        for row, e in enumerate(encoded):
            ids[row, : len(e.ids)], mask[row, : len(e.ids)] = e.ids, 1
        inputs = graph_inputs(ids, mask, np.zeros_like(ids)) | {"pool": pooling_weights(mask, self._shape.pooling)}
        vectors = self._graph().run(inputs)[0][:, 0]
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return vectors


def batches(lengths: Sequence[int], max_tokens: int = BATCH_TOKENS) -> Iterator[Batch]:
    """Batches of rows of like length: at most `max_tokens` tokens with padding, but at least one row.

    Longest first, so that memory peaks at the beginning and not at the end.
    """
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    while order:
        length = -(-lengths[order[0]] // PAD_MULTIPLE) * PAD_MULTIPLE
        size = max(max_tokens // length, 1)
        yield order[:size], length
        order = order[size:]
