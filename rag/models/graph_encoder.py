"""Texts -> vectors on a compiled graph: tokenise, sort by length, pad, run in batches; knows no runtime."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

import numpy as np
from tokenizers import Encoding, Tokenizer

from rag.models.bert import BertShape, CompiledGraph, graph_inputs, pooling_weights

PAD_MULTIPLE = 8  # tokens; few different lengths, because a runtime prepares itself for each new one
BATCH_TOKENS = 1024  # tokens of a batch, padding included; larger batches are no faster
TEXTS_TOKENISED = 4096  # at a time; bounds the memory of a long list

BatchRows = tuple[list[int], int]
"""The rows of a batch, and the length in tokens to which they are padded."""


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
        for start in range(0, len(texts), TEXTS_TOKENISED):
            end = start + TEXTS_TOKENISED
            self._encode_into(vectors[start:end], self._tokenizer.encode_batch_fast(list(texts[start:end])))
        return vectors

    def _encode_into(self, vectors: np.ndarray, encoded: Sequence[Encoding]) -> None:
        def run(batch: BatchRows) -> None:
            rows, length = batch
            vectors[rows] = self._run([encoded[row] for row in rows], length)

        planned = list(batches([len(e.ids) for e in encoded], BATCH_TOKENS))
        threads = min(self._graph().streams, len(planned))
        if threads < 2:
            for batch in planned:
                run(batch)
            return
        with ThreadPoolExecutor(threads) as executor:
            list(executor.map(run, planned))

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


def batches(lengths: Sequence[int], max_tokens: int) -> Iterator[BatchRows]:
    """Batches of rows of like length: at most `max_tokens` tokens with padding, but at least one row.

    Longest first, so that memory peaks at the beginning and not at the end.
    """
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    while order:
        length = padded_length(lengths[order[0]])
        size = max(max_tokens // length, 1)
        yield order[:size], length
        order = order[size:]


def padded_length(tokens: int) -> int:
    """The next multiple of PAD_MULTIPLE."""
    return -(-tokens // PAD_MULTIPLE) * PAD_MULTIPLE
