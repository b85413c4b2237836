"""Texts -> vectors through a drawn network: tokenise, sort by length, pad, run in batches; knows no runtime's name."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from tokenizers import Encoding, Tokenizer

from rag.runtimes.bert import BertShape
from rag.runtimes.network import Net, inputs, pool

STEP = 16  # tokens; batches are padded to a multiple, for a runtime prepares itself anew for each shape it meets
BATCH_TOKENS = 2048  # tokens run together, padding included
SLICE = 4096  # texts tokenised together; bounds the memory of a long list


class GraphEncoder:
    """A BERT-shaped sentence-transformers model without torch; safe to call from many threads."""

    def __init__(self, folder: Path, shape: BertShape, net: Net, digest: str):
        self._shape, self._net, self.digest = shape, net, digest
        self.dimension = shape.width
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()  # the file has a padding and a truncation baked in
        self._tokenizer.enable_truncation(shape.max_tokens)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Encode texts to float32 [len(texts), dimension], each row of unit length."""
        found = np.zeros((len(texts), self.dimension), np.float32)
        for low in range(0, len(texts), SLICE):
            encoded = self._tokenizer.encode_batch_fast(list(texts[low : low + SLICE]))
            for rows, length in batches([len(e.ids) for e in encoded]):
                found[[low + row for row in rows]] = self._run([encoded[row] for row in rows], length)
        return found

    def _run(self, encoded: Sequence[Encoding], length: int) -> np.ndarray:
        ids, mask = (np.zeros((len(encoded), length), np.int64) for _ in range(2))
        for row, e in enumerate(encoded):
            ids[row, : len(e.ids)], mask[row, : len(e.ids)] = e.ids, 1
        given = inputs(ids, mask, np.zeros_like(ids)) | {"pool": pool(mask, self._shape.pooling)}
        vectors = self._net.run(given)[0][:, 0]
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return vectors


def batches(lengths: Sequence[int]) -> Iterator[tuple[list[int], int]]:
    """Rows that run together, and the length they are padded to: BATCH_TOKENS at most, one row at least.

    Longest first: memory peaks at once rather than at the end.
    """
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    while order:
        length = -(-lengths[order[0]] // STEP) * STEP
        size = max(BATCH_TOKENS // length, 1)
        yield order[:size], length
        order = order[size:]
