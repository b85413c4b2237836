"""What kind of question is asked, learned from labelled examples (examples.jsonl).

A linear classifier by ridge regression (Hoerl and Kennard 1970) tells the kind from `features.Features`; where its best
score is below MIN_SCORE the question is a "fact", answered from passages as any other. The weights for the bundled
encoder ship with the package. `python -m eval.studies.kinds` cross-validates the constants.
"""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Self, cast, get_args
from zipfile import BadZipFile

import numpy as np

from rag.answer.kinds.features import FREQUENT, MASK, MASKS, REPEATED, Features
from rag.models.encoder import Encoder
from rag.text.question import Kind

EXAMPLES = Path(__file__).parent / "examples.jsonl"
SHIPPED = Path(__file__).parent / "fitted.npz"
KINDS: tuple[Kind, ...] = get_args(Kind)
RIDGE = 2.0
BALANCE = 0.5  # 0: each example weighs the same; 1: each kind does, whatever the number of its examples
MIN_SCORE = 0.3
UNSEARCHED: tuple[Kind, ...] = ("talk", "vague")
MIN_UNSEARCHED, MIN_COSINE = 0.45, 0.36  # the score of these, and the likeness to one of their examples
Example = tuple[str, Kind]


@cache
def load_examples(path: Path = EXAMPLES) -> tuple[Example, ...]:
    """The labelled examples of a file: objects with `question` and `kind`. Raises ValueError on an unknown kind."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    if wrong := {row["kind"] for row in rows} - set(KINDS):
        raise ValueError(f"unknown kinds {sorted(wrong)!r} in {str(path)!r}; rag.text.question.Kind has all")
    return tuple((row["question"], cast(Kind, row["kind"])) for row in rows)


@dataclass(frozen=True, slots=True)
class Fitted:
    """What was learned from examples: `weights` [columns, len(KINDS)], and the vectors of those of UNSEARCHED kinds."""

    weights: np.ndarray
    near: Mapping[Kind, np.ndarray]

    @classmethod
    def to(cls, features: Features, examples: Sequence[Example]) -> Self:
        """Fit to examples."""
        questions, kinds = zip(*examples, strict=True)
        rows, plain = features.of(questions)
        near = {kind: plain[[one == kind for one in kinds]] for kind in UNSEARCHED}
        return cls(_ridge(rows, kinds), near)

    def kinds(self, features: Features, questions: Sequence[str]) -> list[Kind]:
        """The kinds of questions."""
        rows, plain = features.of(questions)
        return [self._kind(scores, vector) for scores, vector in zip(rows @ self.weights, plain, strict=True)]

    def _kind(self, scores: np.ndarray, plain: np.ndarray) -> Kind:
        best = int(scores.argmax())
        kind = KINDS[best]
        if kind in self.near and not (self.near[kind] @ plain >= MIN_COSINE).any():
            return "fact"
        return kind if scores[best] >= (MIN_UNSEARCHED if kind in self.near else MIN_SCORE) else "fact"

    def save(self, file: Path, digest: str) -> None:
        """Write in float16, so that nobody reads half a file. Raises OSError where the folder cannot be written."""
        part = file.with_suffix(f".{os.getpid()}.part")
        near = {str(kind): vectors.astype(np.float16) for kind, vectors in self.near.items()}
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as out:
                np.savez(out, allow_pickle=False, digest=digest, weights=self.weights.astype(np.float16), **near)
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)

    @classmethod
    def load(cls, file: Path, digest: str) -> Self | None:
        """What `save` wrote; None where there is no such file or it is of another digest."""
        try:
            with np.load(file, allow_pickle=False) as kept:
                if str(kept["digest"]) != digest:
                    return None
                near = {kind: kept[str(kind)].astype(np.float32) for kind in UNSEARCHED}
                return cls(kept["weights"].astype(np.float32), near)
        except (OSError, ValueError, KeyError, BadZipFile):
            return None


def fitted_digest(encoder: Encoder, path: Path = EXAMPLES) -> str:
    """The digest of all that weights are fitted to: encoder, examples and constants."""
    weights = encoder.digest.partition("-")[0]  # the runtimes of one encoder tell the same kinds
    recipe = f"{weights} {MASK} {MASKS} {FREQUENT} {REPEATED} {RIDGE} {BALANCE} {KINDS} {UNSEARCHED}\n"
    return hashlib.sha256((recipe + path.read_text(encoding="utf-8")).encode()).hexdigest()[:16]


class KindClassifier:
    """Tells the kind of a question; safe to use from many threads.

    Where the weights in `shipped` are of another encoder or other examples, they are fitted at the first question, some
    seconds' work, and kept in `cache_dir`.
    """

    def __init__(self, encoder: Encoder, cache_dir: Path, path: Path = EXAMPLES, shipped: Path = SHIPPED):
        self._encoder, self._cache_dir, self._path, self._shipped = encoder, cache_dir, path, shipped

    def kind(self, question: str) -> Kind:
        """The kind of a question as it reads without the conversation."""
        return self._fitted.kinds(self._features, [question])[0]

    @cached_property
    def _features(self) -> Features:
        return Features(self._encoder, [question for question, _ in load_examples(self._path)])

    @cached_property
    def _fitted(self) -> Fitted:
        digest = fitted_digest(self._encoder, self._path)
        kept = self._cache_dir / f"question-kinds-{digest}.npz"
        for file in (self._shipped, kept):
            if fitted := Fitted.load(file, digest):
                return fitted
        fitted = Fitted.to(self._features, load_examples(self._path))
        with suppress(OSError):  # where the folder cannot be written it is fitted each time
            fitted.save(kept, digest)
        return fitted


def _ridge(features: np.ndarray, kinds: Sequence[Kind]) -> np.ndarray:
    """The weights float32 [columns, len(KINDS)] of a ridge regression on one column for each kind."""
    counts = Counter(kinds)
    rarity = np.array([len(kinds) / len(counts) / counts[kind] for kind in kinds], np.float32) ** BALANCE
    target = np.eye(len(KINDS), dtype=np.float32)[[KINDS.index(kind) for kind in kinds]]
    weighted = features.T * rarity
    gram = weighted @ features + RIDGE * np.eye(features.shape[1], dtype=np.float32)
    return np.linalg.solve(gram, weighted @ target)
