"""The checker: one small model that scores whether a passage supports a sentence written about it.

It has the shape of the reader, and reads sentence and passage in one pass: the question in front of the sentence, title
and headings in front of the passage. Trained by `python -m eval.train.checker`; MODEL_CARD.md has data, figures and
limits. Without its weights, sentences are checked by the words that they share with the passage.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tokenizers import Encoding, Tokenizer

from rag.models.encoder import encoder_folder
from rag.models.graph_encoder import batches, padded_length
from rag.models.network import Backend, open_backend
from rag.models.reader import pair_tokenizer
from rag.settings import Settings

WEIGHTS = Path(__file__).parent / "checker.safetensors"
MAX_TOKENS = 384  # of question, sentence, heading and passage together; a passage has at most 320
MAX_CLAIM, MAX_HEADING = 800, 160  # characters
_BATCH_TOKENS = 1024


class ClaimPair(NamedTuple):
    """A sentence with the question that it answers (may be empty), and a passage with its heading (may be empty)."""

    question: str
    claim: str
    heading: str
    passage: str

    @property
    def texts(self) -> tuple[str, str]:
        """What the network reads as the first and the second text."""
        claim = f"{self.question} {self.claim}" if self.question else self.claim
        passage = f"{self.heading[:MAX_HEADING]}: {self.passage}" if self.heading else self.passage
        return claim[-MAX_CLAIM:], passage


class Checker:
    """Scores claims; as thread-safe as its backend."""

    def __init__(self, backend: Backend, tokenizer: Tokenizer):
        self._backend, self._tokenizer = backend, tokenizer

    def probabilities(self, pairs: Sequence[ClaimPair]) -> np.ndarray:
        """The probability 0..1 that the passage of each pair supports its claim: float32 [n]."""
        return 1 / (1 + np.exp(-np.clip(self.logits(pairs), -30, 30)))  # type: ignore[no-any-return]

    def logits(self, pairs: Sequence[ClaimPair]) -> np.ndarray:
        """The log-odds of these probabilities: float32 [n]. Pairs of like length run together."""
        encoded = self._tokenizer.encode_batch([pair.texts for pair in pairs])
        scores = np.zeros(len(pairs), np.float32)
        for rows, length in batches([len(e.ids) for e in encoded], _BATCH_TOKENS):
            tokens = claim_tokens([encoded[i] for i in rows], length)
            scores[rows] = self._backend.run(*tokens).relevance
        return scores


def load_checker(settings: Settings, path: Path = WEIGHTS) -> Checker | None:
    """The checker on the runtime of the encoder, or None where its weights are missing.

    Raises ConfigError where the weights are damaged, or the runtime of the settings cannot run them.
    """
    backend = open_backend(settings, path)
    return Checker(backend, pair_tokenizer(encoder_folder("bundled"), MAX_TOKENS)) if backend else None


def claim_tokens(encoded: Sequence[Encoding], length: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Padded ids, mask and types of encoded pairs: int64 [n, length] each."""
    length = length or padded_length(max(len(e.ids) for e in encoded))
    ids, mask, types = (np.zeros((len(encoded), length), np.int64) for _ in range(3))
    for i, e in enumerate(encoded):
        k = len(e.ids)
        ids[i, :k], mask[i, :k], types[i, :k] = e.ids, 1, e.type_ids
    return ids, mask, types
