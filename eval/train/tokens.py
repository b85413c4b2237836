"""Tokenize training windows, find the first and last token of the answer, and label the tokens of names.

Names are labelled by the capitals of questions, which the tokenizer then removes: so they are learnt in any spelling.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from tokenizers import Tokenizer

from eval.train.data import Window
from rag.models.encoder import encoder_folder
from rag.models.reader import MAX_QUESTION, Pair, pair_tokenizer, tokenize

_WORD = re.compile(r"[\w'’.-]+")
_OPENING = frozenset(
    "what which who whom whose when where why how in on at to for by from of the a an is are was were did does do after"
    " before during under with according".split()
)


@dataclass(frozen=True)
class Labelled:
    """A padded batch [n, length]: `inside` marks the window's own tokens; `start`, `end`: the answer's, or -1.

    `names`: int8 [n, length], 1 for the tokens of a name of the question, 0 for its others, -1 where that is unknown.
    """

    ids: np.ndarray
    mask: np.ndarray
    types: np.ndarray
    inside: np.ndarray
    start: np.ndarray
    end: np.ndarray
    names: np.ndarray


@cache
def _tokenizer() -> Tokenizer:
    return pair_tokenizer(encoder_folder("bundled"))


def labelled(windows: Sequence[Window]) -> Labelled:
    """The tokens of windows; an answer beyond MAX_PAIR_TOKENS counts as none."""
    pairs = [Pair(w.question, w.title, w.text) for w in windows]
    batch = tokenize(_tokenizer(), pairs)
    start, end = np.full(len(windows), -1), np.full(len(windows), -1)
    for i, window in enumerate(windows):
        if window.start < 0:
            continue
        first, last = batch.offsets[i, :, 0], batch.offsets[i, :, 1]
        held = np.flatnonzero(batch.inside[i] & (first < window.end) & (last > window.start))
        if len(held) and last[held[-1]] >= window.end:
            start[i], end[i] = held[0], held[-1]
    names = np.full(batch.ids.shape, -1, np.int8)
    for row, window in zip(names, windows, strict=True):
        labels = _name_labels(window.question)
        encoded = _tokenizer().encode(window.question[:MAX_QUESTION], add_special_tokens=False)
        row[1 : 1 + len(encoded.offsets)] = [labels[a] for a, _ in encoded.offsets][: len(row) - 1]
    return Labelled(batch.ids, batch.mask, batch.types, batch.inside, start, end, names)


def _name_labels(question: str) -> np.ndarray:
    """A label for each character of a question (see Labelled); all unknown where it has no capitals."""
    labels = np.zeros(len(question) + 1, np.int8)
    if question == question.lower():
        return labels - 1
    opens = True
    for match in _WORD.finditer(question):
        word = match.group()
        if opens and word.lower() not in _OPENING:
            labels[match.start() : match.end()] = -1  # it has a capital in any case
        elif not opens and word[0].isupper() and word != "I":
            labels[match.start() : match.end()] = 1
        opens = question[match.end() - 1] in ".?!"
    return labels
