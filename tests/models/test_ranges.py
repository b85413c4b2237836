"""int8 on measured scales: the files belong to the weights that ship, and what comes out is near."""

from pathlib import Path

import numpy as np
import pytest

from rag.models.encoder import BUNDLED_SHA256, encoder_folder
from rag.models.quantize import FOLDER, INPUTS, ranges_of, save_ranges, smoothed
from rag.models.runtime_choice import Model


def test_the_ranges_are_of_the_weights_that_ship() -> None:
    names = {path.stem for path in FOLDER.glob("*.safetensors")}
    assert names == {BUNDLED_SHA256[:16]}, "new weights: run `python -m eval.fit.ranges`"
    found = ranges_of(BUNDLED_SHA256)
    assert found
    assert len(found.matrices) == 6 * len(INPUTS)
    assert [len(least) for least, _ in found.matrices[:6]] == [384, 384, 384, 384, 384, 1536]
    assert all((least <= greatest).all() for least, greatest in found.matrices)


def test_vectors_of_other_scales_have_another_digest() -> None:
    model = Model.of(encoder_folder("bundled"))
    found = ranges_of(model.weights)
    assert found
    assert model.digest("openvino-int8").endswith(f"-int8-{found.digest}")
    assert model.digest("openvino") == model.weights[:16]


def test_ranges_come_back_as_they_were_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.models.quantize.FOLDER", tmp_path)
    chance = np.random.default_rng(1)
    inputs = [np.sort(chance.normal(size=(2, 5)).astype(np.float32), axis=0) for _ in range(4)]
    matrices = [(inputs[n][0], inputs[n][1]) for n in INPUTS] * 2
    save_ranges("ab" * 32, matrices)
    found = ranges_of("ab" * 32)
    assert found
    for ours, kept in zip(matrices, found.matrices, strict=True):
        assert np.allclose(ours, kept, atol=1e-2)
    assert ranges_of("cd" * 32) is None


def test_smoothing_changes_no_product() -> None:
    chance = np.random.default_rng(1)
    x, weight = chance.normal(size=(7, 5)) * [1, 1, 40, 1, 0.1], chance.normal(size=(3, 5))
    spread, low, high = smoothed(weight, (x.min(axis=0), x.max(axis=0)))
    assert np.allclose((x / spread) @ (weight * spread).T, x @ weight.T)
    assert low == pytest.approx((x / spread).min(), rel=1e-5)
    assert high == pytest.approx((x / spread).max(), rel=1e-5)
    assert high - low < x.max() - x.min()
