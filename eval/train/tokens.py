"""Tokenize training windows and find the first and last token of the answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from tokenizers import Tokenizer

from eval.train.data import Window
from rag.models.encoder import encoder_folder
from rag.models.reader import Pair, pair_tokenizer, tokenize


@dataclass(frozen=True)
class Labelled:
    """A padded batch [n, length]: `inside` marks the window's own tokens; `start`, `end`: the answer's, or -1."""

    ids: np.ndarray
    mask: np.ndarray
    types: np.ndarray
    inside: np.ndarray
    start: np.ndarray
    end: np.ndarray


@cache
def _tokenizer() -> Tokenizer:
    return pair_tokenizer(encoder_folder("bundled"))


def labelled(windows: Sequence[Window]) -> Labelled:
    """The tokens of windows; an answer beyond MAX_PAIR_TOKENS counts as none."""
    batch = tokenize(_tokenizer(), [Pair(w.question, w.title, w.text) for w in windows])
    start, end = np.full(len(windows), -1), np.full(len(windows), -1)
    for i, window in enumerate(windows):
        if window.start < 0:
            continue
        first, last = batch.offsets[i, :, 0], batch.offsets[i, :, 1]
        held = np.flatnonzero(batch.inside[i] & (first < window.end) & (last > window.start))
        if len(held) and last[held[-1]] >= window.end:
            start[i], end[i] = held[0], held[-1]
    return Labelled(batch.ids, batch.mask, batch.types, batch.inside, start, end)
