"""An encoder without weights, for tests."""

import hashlib
import re
from collections.abc import Sequence

import numpy as np

_WORD = re.compile(r"\w+")


class HashEncoder:
    """Bag of words: each word adds to one dimension, chosen by its hash. Deterministic and instant."""

    digest = "hash-v1"
    dimension = 64

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Encode texts to float32 [len(texts), dimension], each row of unit length."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            for word in _WORD.findall(text.lower()) or [""]:
                at = hashlib.blake2b(word.encode(), digest_size=2).digest()
                vector[at[0] % self.dimension] += 1 if at[1] % 2 else -1
            if not vector.any():  # words that cancelled each other out
                vector[0] = 1
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors
