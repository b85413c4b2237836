"""How like the sentences of two documents are: by their words and by their meaning."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from rag.answer.kinds.comparing.units import Unit
from rag.models.encoder import Encoder
from rag.text.normalize import searchable

MAX_ENCODED = 500  # units; more are compared by their words alone
SURE = 0.8  # likeness by words
SAME_LABEL = 0.8  # likeness of two rows whose first cells are equal


def likeness_of(ours: Sequence[Unit], theirs: Sequence[Unit], encoder: Encoder) -> np.ndarray:
    """How like units are, 0..1, by their words and by their meaning: float32 [ours, theirs].

    What has a partner that is SURE by its words is not encoded.
    """
    words: np.ndarray = (_shared(ours, theirs, lambda word: word) + _shared(ours, theirs, _without_figures)) / 2
    rows, columns = (np.flatnonzero(words.max(axis=axis) < SURE).tolist() for axis in (1, 0))
    if rows and columns and len(rows) + len(columns) <= MAX_ENCODED:
        unsure = [ours[i] for i in rows] + [theirs[j] for j in columns]
        vectors = encoder.encode([searchable(unit.text) for unit in unsure])
        at = np.ix_(rows, columns)
        words[at] = (words[at] + vectors[: len(rows)] @ vectors[len(rows) :].T) / 2
    labels: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for j, unit in enumerate(theirs):
        labels[unit.label].append(j)
    for i, unit in enumerate(ours):
        if unit.label:
            words[i, labels[unit.label]] = np.maximum(words[i, labels[unit.label]], SAME_LABEL)
    return words


def _without_figures(word: str) -> str:
    return "0" if word.isdigit() else word


def _shared(ours: Sequence[Unit], theirs: Sequence[Unit], form: Callable[[str], str]) -> np.ndarray:
    """The share of the words that two units have in common (Dice): float32 [ours, theirs]."""
    column: dict[str, int] = {}
    counts = [Counter(map(form, unit.words)) for unit in (*ours, *theirs)]
    for count in counts:
        for word in count:
            column.setdefault(word, len(column))
    held = np.zeros((len(counts), len(column)), np.float32)
    for row, count in zip(held, counts, strict=True):
        row[[column[word] for word in count]] = 1
    one, other = held[: len(ours)], held[len(ours) :]
    shared: np.ndarray = 2 * one @ other.T / (one.sum(1)[:, None] + other.sum(1)[None])
    return shared
