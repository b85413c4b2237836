"""The encoder on torch, and the digest of its weights."""

from pathlib import Path

import numpy as np
import pytest
from modelkit import TEXTS, save_model, weights
from safetensors.numpy import save_file

from rag.errors import ConfigError
from rag.models.encoder import TorchEncoder, encoder_folder, weights_digest
from rag.models.runtimes import open_encoder
from rag.settings import Settings


def test_a_folder_without_an_encoder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="give 'bundled' or a folder"):
        encoder_folder(str(tmp_path))


def test_vectors_are_of_unit_length_whatever_torch_runs_in() -> None:
    vectors = TorchEncoder(encoder_folder("bundled"), bf16=True).encode(TEXTS)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_pickled_weights_are_never_loaded(tmp_path: Path) -> None:
    folder = save_model(tmp_path / "model")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ConfigError, match="safetensors"):
        open_encoder(Settings(encoder=str(folder)))


def test_the_digest_of_weights_in_several_files_changes_with_each(tmp_path: Path) -> None:
    folder = save_model(tmp_path / "model")
    one = weights_digest(folder)
    save_file(weights(8), folder / "second.safetensors")
    two = weights_digest(folder)
    save_file(weights(9), folder / "second.safetensors")
    assert len({one, two, weights_digest(folder)}) == 3
