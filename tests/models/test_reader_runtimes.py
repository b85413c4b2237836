"""The reader on every runtime: the same logits as torch, and what is said where its weights are missing or damaged."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from rag.errors import ConfigError
from rag.models.bert import read_shape, read_weights
from rag.models.encoder import encoder_folder
from rag.models.quantize import load_weights, save_weights
from rag.models.reader import Pair, Reading, load_reader
from rag.settings import Runtime, Settings

GRAPHS: list[Runtime] = [r for r in get_args(Runtime) if not r.startswith("torch")]
PAIRS = [
    Pair("when did the ferry sail?", "Timetable", "The ferry sailed from Port Wendle at ten past six on 3 May 2019."),
    Pair("who signed it?", "", "Signed: Mara Ellison, harbour master. " * 12),
    Pair("why?", "Minutes", "Because the lamp was out."),
]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The encoder's body under random heads, saved as the reader's weights are."""
    folder = encoder_folder("bundled")
    shape = read_shape(folder)
    assert shape is not None
    chance = np.random.default_rng(3)
    weights = {f"bert.{name}": value for name, value in read_weights(folder, shape).items()}
    for name, rows in (("span", 2), ("dense", shape.width), ("relevance", 1)):
        weights[f"{name}.weight"] = chance.normal(0, 0.1, (rows, shape.width)).astype(np.float32)
        weights[f"{name}.bias"] = chance.normal(0, 0.1, rows).astype(np.float32)
    path = tmp_path_factory.mktemp("reader") / "reader.safetensors"
    save_weights(weights, path)
    return path


def read(runtime: str, weights: Path) -> list[Reading]:
    reader = load_reader(Settings(encoder_runtime=runtime), weights)
    assert reader is not None
    return reader.read(PAIRS)


def test_every_runtime_reads_what_torch_reads(trained: Path) -> None:
    exact = read("torch", trained)
    for runtime in GRAPHS:
        for ours, theirs in zip(read(runtime, trained), exact, strict=True):
            near = {"openvino-bf16": 0.1, "openvino-int8": 0.5}.get(runtime, 1e-3)
            assert ours.span == pytest.approx(theirs.span, abs=near)
            assert ours.relevance == pytest.approx(theirs.relevance, abs=near)
            if near < 0.01:
                assert (ours.start, ours.end) == (theirs.start, theirs.end)


@pytest.mark.parametrize("runtime", GRAPHS)
def test_a_reading_does_not_depend_on_what_is_read_beside_it(runtime: Runtime, trained: Path) -> None:
    reader = load_reader(Settings(encoder_runtime=runtime), trained)
    assert reader is not None
    with ThreadPoolExecutor(4) as pool:
        alone = list(pool.map(lambda pair: reader.read([pair])[0], PAIRS * 3))
    near = {"openvino-bf16": 0.1, "openvino-int8": 0.2}.get(runtime, 1e-4)
    for one, other in zip(alone, reader.read(PAIRS * 3), strict=True):
        assert one.relevance == pytest.approx(other.relevance, abs=near)


def test_weights_come_back_within_half_a_step(tmp_path: Path) -> None:
    matrix = np.random.default_rng(0).normal(size=(5, 7)).astype(np.float32)
    matrix[2] = 0
    save_weights({"m": matrix, "v": matrix[0]}, tmp_path / "w.safetensors")
    back = load_weights(tmp_path / "w.safetensors")
    assert (np.abs(back["m"] - matrix) <= np.abs(matrix).max(axis=1, keepdims=True) / 254 + 1e-7).all()
    assert (back["v"] == matrix[0]).all()
    save_weights(back, tmp_path / "again.safetensors")
    assert np.allclose(load_weights(tmp_path / "again.safetensors")["m"], back["m"], atol=1e-6)


def test_without_weights_there_is_no_reader(tmp_path: Path) -> None:
    assert load_reader(Settings(), tmp_path / "none.safetensors") is None


def test_damaged_weights_are_said_so(tmp_path: Path) -> None:
    (tmp_path / "reader.safetensors").write_bytes(b"\x08\0\0\0\0\0\0\0garbage!")
    with pytest.raises(ConfigError, match="install again"):
        load_reader(Settings(), tmp_path / "reader.safetensors")
    save_weights({"span.weight": np.ones((2, 384), np.float32)}, tmp_path / "reader.safetensors")
    with pytest.raises(ConfigError, match="install again"):
        load_reader(Settings(), tmp_path / "reader.safetensors")
