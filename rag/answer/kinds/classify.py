"""What kind of question is asked, learned from labelled examples (examples.jsonl).

A question is encoded twice: as it is, and with every word that few examples have replaced by MASK, so that its form
counts and not its subject. A linear classifier by ridge regression (Hoerl and Kennard 1970) tells the kind from both
vectors; where its best score is below MIN_SCORE the question is a "fact", answered from passages as any other.
`python -m eval.studies.kinds` cross-validates the constants.
"""

import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Self, cast, get_args
from zipfile import BadZipFile

import numpy as np

from rag.models.encoder import Encoder
from rag.text.question import Kind
from rag.text.words import FUNCTION_WORDS

EXAMPLES = Path(__file__).parent / "examples.jsonl"
KINDS: tuple[Kind, ...] = get_args(Kind)
MASK, FREQUENT = "thing", 4  # a word of so many examples tells of a question's form
RIDGE = 2.0
MIN_SCORE = 0.3
UNSEARCHED: tuple[Kind, ...] = ("talk", "vague")
MIN_COSINE = 0.36
Example = tuple[str, Kind]
_TOKEN = re.compile(r"\w+|\?")


@cache
def load_examples(path: Path = EXAMPLES) -> tuple[Example, ...]:
    """The labelled examples of a file: objects with `question` and `kind`. Raises ValueError on an unknown kind."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    if wrong := {row["kind"] for row in rows} - set(KINDS):
        raise ValueError(f"unknown kinds {sorted(wrong)!r} in {str(path)!r}; rag.text.question.Kind has all")
    return tuple((row["question"], cast(Kind, row["kind"])) for row in rows)


class Features:
    """The vectors of questions, and of their masked forms: float32 [n, 2 * dimension + 1], the last column ones."""

    def __init__(self, encoder: Encoder, examples: Sequence[Example]):
        counts = Counter(word for question, _ in examples for word in set(_words(question)))
        self._encoder = encoder
        self._known = {word for word, n in counts.items() if n >= FREQUENT} | FUNCTION_WORDS

    def of(self, questions: Sequence[str]) -> np.ndarray:
        """Encode questions."""
        masked = [" ".join(w if w in self._known else MASK for w in _words(question)) for question in questions]
        vectors = self._encoder.encode([*questions, *masked])
        n = len(questions)
        return np.hstack([vectors[:n], vectors[n:], np.ones((n, 1), np.float32)])


def fit(features: np.ndarray, kinds: Sequence[Kind]) -> np.ndarray:
    """The weights float32 [columns, len(KINDS)] of a ridge regression on one column for each kind."""
    target = np.eye(len(KINDS))[[KINDS.index(kind) for kind in kinds]]
    gram = features.T @ features + RIDGE * np.eye(features.shape[1])
    return np.linalg.solve(gram, features.T @ target).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Fitted:
    """What was learned from examples: the `weights` of `fit`, and the vectors of the examples of UNSEARCHED kinds."""

    weights: np.ndarray
    near: Mapping[Kind, np.ndarray]

    @classmethod
    def to(cls, features: np.ndarray, kinds: Sequence[Kind]) -> Self:
        """Fit to the features of examples."""
        plain = _plain(features)
        near = {kind: plain[[i for i, one in enumerate(kinds) if one == kind]] for kind in UNSEARCHED}
        return cls(fit(features, kinds), near)

    def kind(self, features: np.ndarray) -> Kind:
        """The kind of one question by its features."""
        scores = features @ self.weights
        best = int(scores.argmax())
        kind = KINDS[best] if scores[best] >= MIN_SCORE else "fact"
        if kind in self.near and not (self.near[kind] @ _plain(features) >= MIN_COSINE).any():
            return "fact"
        return kind


def _plain(features: np.ndarray) -> np.ndarray:
    """Of features, the vectors of the questions as they are."""
    return features[..., : features.shape[-1] // 2]


class KindClassifier:
    """Tells the kind of a question; safe to use from many threads.

    The weights are fitted at the first question, a second's work, and kept in `cache_dir` for each encoder.
    """

    def __init__(self, encoder: Encoder, cache_dir: Path, path: Path = EXAMPLES):
        self._encoder, self._cache_dir, self._path = encoder, cache_dir, path

    def kind(self, question: str) -> Kind:
        """The kind of a question as it reads without the conversation."""
        return self._fitted.kind(self._features.of([question])[0])

    @cached_property
    def _features(self) -> Features:
        return Features(self._encoder, load_examples(self._path))

    @cached_property
    def _fitted(self) -> Fitted:
        recipe = f"{self._encoder.digest} {MASK} {FREQUENT} {RIDGE} {UNSEARCHED}".encode()
        digest = hashlib.sha256(self._path.read_bytes() + recipe).hexdigest()[:16]
        file = self._cache_dir / f"question-kinds-{digest}.npz"
        try:
            with np.load(file, allow_pickle=False) as kept:
                return Fitted(kept["weights"], {kind: kept[kind] for kind in UNSEARCHED})
        except (OSError, ValueError, KeyError, BadZipFile):
            questions, kinds = zip(*load_examples(self._path), strict=True)
            fitted = Fitted.to(self._features.of(questions), kinds)
        _save(file, fitted)
        return fitted


def _words(question: str) -> list[str]:
    return _TOKEN.findall(question.lower())


def _save(file: Path, fitted: Fitted) -> None:
    """Write what was fitted so that nobody reads half a file; an unwritable folder only means fitting each time."""
    part = file.with_suffix(f".{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as out:
            np.savez(out, allow_pickle=False, weights=fitted.weights, **{str(k): v for k, v in fitted.near.items()})
        part.replace(file)
    except OSError:
        part.unlink(missing_ok=True)
