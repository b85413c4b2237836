"""int8 weights: how matrices are stored, and the measured ranges of what enters them.

The reader's weights are stored by rows, each as round(row / scale) with scale = max|row| / 127; vectors stay float32.
The range of what enters a matrix is measured once, by channel (`python -m eval.fit.ranges`): with it, matrix and
input are multiplied in 8 bits on fixed scales; without it they are quantised as they run. The ranges are in
activations/, named by the SHA-256 of the weights that they belong to.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load, load_file, save_file

SCALE = ".scale"


def quantise(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Float32 [rows, columns] -> int8 of the same shape and the float32 scale [rows, 1] of each row."""
    scale = np.maximum(np.abs(matrix).max(axis=1, keepdims=True) / 127, 1e-12).astype(np.float32)
    return np.round(matrix / scale).astype(np.int8), scale


def save_weights(weights: Mapping[str, np.ndarray], path: Path) -> None:
    """Quantise float32 weights and write them, under another name first so that no half file is left."""
    stored: dict[str, np.ndarray] = {}
    for name, value in weights.items():
        if value.ndim < 2:
            stored[name] = np.ascontiguousarray(value, np.float32)
            continue
        stored[name], stored[name + SCALE] = quantise(value)
    save_file(stored, path.with_suffix(".tmp"))
    path.with_suffix(".tmp").replace(path)


def load_weights(path: Path) -> dict[str, np.ndarray]:
    """Read weights back as float32, within half a step of what was saved."""
    stored = load_file(path)
    return {
        name: value.astype(np.float32) * stored[name + SCALE] if name + SCALE in stored else value
        for name, value in stored.items()
        if not name.endswith(SCALE)
    }


FOLDER = Path(__file__).parent / "activations"
INPUTS = (0, 0, 0, 1, 2, 3)  # of the six matrices of a layer, as they are drawn: query, key and value share theirs
SMOOTHING = 0.8  # 0.7 to 0.9 of SmoothQuant's scale are as exact; at 0.5 the vectors are five times as far off
TINY = 1e-5

Range = tuple[np.ndarray, np.ndarray]
"""The least and the greatest of each channel: float32 [width] each."""


@dataclass(frozen=True, slots=True)
class Ranges:
    """The range of what enters each matrix, in the order in which the graph draws them, and the file's digest."""

    digest: str
    matrices: tuple[Range, ...]


def ranges_of(weights: str) -> Ranges | None:
    """The ranges measured for weights of this SHA-256, or None."""
    path = _path(weights)
    if not path.is_file():
        return None
    data = path.read_bytes()
    stored = load(data)
    inputs = [tuple(stored[str(n)].astype(np.float32)) for n in range(len(stored))]
    layers = range(0, len(inputs), max(INPUTS) + 1)
    matrices = tuple((inputs[low + n][0], inputs[low + n][1]) for low in layers for n in INPUTS)
    return Ranges(hashlib.sha256(data).hexdigest()[:4], matrices)


def save_ranges(weights: str, matrices: Sequence[Range]) -> Path:
    """Write the ranges of all matrices; the file."""
    kept = [at for at in range(len(matrices)) if at % len(INPUTS) not in (1, 2)]
    stored = {str(n): np.stack(matrices[at]).astype(np.float16) for n, at in enumerate(kept)}
    path = _path(weights)
    path.parent.mkdir(exist_ok=True)
    save_file(stored, path.with_suffix(".tmp"))
    path.with_suffix(".tmp").replace(path)
    return path


def smoothed(weight: np.ndarray, entering: Range) -> tuple[np.ndarray, float, float]:
    """By what each channel of the input is divided, and the matrix multiplied; then the range of the whole input.

    Xiao et al. 2022, "SmoothQuant": a few channels are large, and would leave the others few of the 256 steps.
    """
    least, greatest = entering
    large = np.maximum(np.maximum(-least, greatest), TINY) ** SMOOTHING
    spread = large / np.maximum(np.abs(weight).max(axis=0), TINY) ** (1 - SMOOTHING)
    spread = (spread / np.exp(np.log(spread).mean())).astype(np.float32)
    return spread, float((least / spread).min()), float((greatest / spread).max())


def _path(weights: str) -> Path:
    return FOLDER / f"{weights[:16]}.safetensors"
