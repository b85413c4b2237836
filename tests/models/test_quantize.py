"""int8: weights come back within half a step, and the activation ranges belong to the weights that ship."""

from pathlib import Path

import numpy as np
import pytest

from rag.models.encoder import BUNDLED_SHA256, encoder_folder
from rag.models.quantize import (
    ACTIVATIONS,
    INPUT_OF_MATRIX,
    load_quantised,
    load_ranges,
    save_quantised,
    save_ranges,
    smoothing_scales,
)
from rag.models.runtimes import Checkpoint


def test_the_ranges_are_of_the_weights_that_ship() -> None:
    names = {path.stem for path in ACTIVATIONS.glob("*.safetensors")}
    assert names == {BUNDLED_SHA256[:16]}, "new weights: run `python -m eval.fit.ranges --write`"
    ranges = load_ranges(BUNDLED_SHA256)
    assert ranges
    assert len(ranges.matrices) == 6 * len(INPUT_OF_MATRIX)
    assert [len(minimum) for minimum, _ in ranges.matrices[:6]] == [384, 384, 384, 384, 384, 1536]
    assert all((minimum <= maximum).all() for minimum, maximum in ranges.matrices)


def test_vectors_of_other_scales_have_another_digest() -> None:
    checkpoint = Checkpoint.of(encoder_folder("bundled"))
    ranges = load_ranges(checkpoint.sha256)
    assert ranges
    assert checkpoint.digest("openvino-int8").endswith(f"-int8-{ranges.digest}")
    assert checkpoint.digest("openvino") == checkpoint.sha256[:16]


def test_ranges_come_back_as_they_were_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.models.quantize.ACTIVATIONS", tmp_path)
    chance = np.random.default_rng(1)
    inputs = [np.sort(chance.normal(size=(2, 5)).astype(np.float32), axis=0) for _ in range(4)]
    matrices = [(inputs[n][0], inputs[n][1]) for n in INPUT_OF_MATRIX] * 2
    save_ranges("ab" * 32, matrices)
    ranges = load_ranges("ab" * 32)
    assert ranges
    for ours, kept in zip(matrices, ranges.matrices, strict=True):
        assert np.allclose(ours, kept, atol=1e-2)
    assert load_ranges("cd" * 32) is None


def test_smoothing_changes_no_product() -> None:
    chance = np.random.default_rng(1)
    x, weight = chance.normal(size=(7, 5)) * [1, 1, 40, 1, 0.1], chance.normal(size=(3, 5))
    scales, low, high = smoothing_scales(weight, (x.min(axis=0), x.max(axis=0)))
    assert np.allclose((x / scales) @ (weight * scales).T, x @ weight.T)
    assert low == pytest.approx((x / scales).min(), rel=1e-5)
    assert high == pytest.approx((x / scales).max(), rel=1e-5)
    assert high - low < x.max() - x.min()


def test_weights_come_back_within_half_a_step(tmp_path: Path) -> None:
    matrix = np.random.default_rng(0).normal(size=(5, 7)).astype(np.float32)
    matrix[2] = 0
    save_quantised({"m": matrix, "v": matrix[0]}, tmp_path / "w.safetensors")
    (tmp_path / "plain").touch()
    assert (tmp_path / "w.safetensors").stat().st_mode == (tmp_path / "plain").stat().st_mode
    back = load_quantised(tmp_path / "w.safetensors")
    assert (np.abs(back["m"] - matrix) <= np.abs(matrix).max(axis=1, keepdims=True) / 254 + 1e-7).all()
    assert (back["v"] == matrix[0]).all()
    save_quantised(back, tmp_path / "again.safetensors")
    assert np.allclose(load_quantised(tmp_path / "again.safetensors")["m"], back["m"], atol=1e-6)
