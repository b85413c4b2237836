"""The features by which the kind of a question is told: what it says, and in which words it asks.

A question is encoded twice: as it is, and with every word that few examples have replaced by MASK (MASKS, where it ends
like a plural), so that its form counts and not its subject. The words and pairs of words of the masked question are
columns of their own: an encoder hardly tells "which" from "which of the".
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from rag.models.encoder import Encoder
from rag.text.words import FUNCTION_WORDS

MASK, MASKS = "thing", "things"
FREQUENT = 6  # a word of so many examples tells of a question's form
REPEATED = 3  # words and pairs of words of so many masked examples have a column
_TOKEN = re.compile(r"\w+|\?")


class Features:
    """The vectors of questions and of their masked forms, and the columns of words, each of unit length; then a one."""

    def __init__(self, encoder: Encoder, questions: Sequence[str]):
        counts = _examples_with(_words(question) for question in questions)
        self._encoder = encoder
        self._known = {word for word, n in counts.items() if n >= FREQUENT} | FUNCTION_WORDS
        forms = _examples_with(_phrases(self._masked(question)) for question in questions)
        columns = sorted(form for form, n in forms.items() if n >= REPEATED)
        self._columns = {form: column for column, form in enumerate(columns)}

    def of(self, questions: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """The features of questions, float32 [n, columns], and of these the vectors of the questions as they are."""
        masked = [self._masked(question) for question in questions]
        vectors = self._encoder.encode([*questions, *(" ".join(words) for words in masked)])
        n = len(questions)
        phrases = np.zeros((n, len(self._columns)), np.float32)
        for row, words in zip(phrases, masked, strict=True):
            found = [self._columns[phrase] for phrase in set(_phrases(words)) & self._columns.keys()]
            row[found] = len(found) ** -0.5 if found else 0
        return np.hstack([vectors[:n], vectors[n:], phrases, np.ones((n, 1), np.float32)]), vectors[:n]

    def _masked(self, question: str) -> list[str]:
        return [word if word in self._known else _mask(word) for word in _words(question)]


def _words(question: str) -> list[str]:
    return _TOKEN.findall(question.lower())


def _mask(word: str) -> str:
    return MASKS if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else MASK


def _phrases(words: Sequence[str]) -> list[str]:
    """The words and the pairs of words, with a mark at the start and the end."""
    marked = ["^", *words, "$"]
    return [*marked, *(" ".join(pair) for pair in pairwise(marked))]


def _examples_with(parts: Iterable[Sequence[str]]) -> Counter[str]:
    """How many of the examples have each of their parts."""
    return Counter(part for example in parts for part in set(example))
