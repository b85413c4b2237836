"""int8: weights with a scale for each row, and the measured ranges of activations that fixed scales need.

The reader's weights are stored in int8. Running a matrix product in int8 also takes the range of its input:
`python -m eval.fit.ranges --write` measures it once for the weights of an encoder. Its files are in activations/, named
by the SHA-256 of these weights; a model without one is quantised dynamically.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load, load_file, save

ACTIVATIONS = Path(__file__).parent / "activations"
SCALE_SUFFIX = ".scale"  # the scales of matrix "x" are in the tensor "x.scale"
INPUT_OF_MATRIX = (0, 0, 0, 1, 2, 3)  # a layer's six matrices in the order of the graph: query, key, value share theirs
SMOOTHING = 0.8  # SmoothQuant's alpha; 0.7 to 0.9 are equally exact, 0.5 has five times the error
EPSILON = 1e-5

ActivationRange = tuple[np.ndarray, np.ndarray]
"""The minimum and the maximum of each channel: float32 [width] each."""


@dataclass(frozen=True, slots=True)
class ActivationRanges:
    """The range of the input of each matrix, in the order of the graph, and the digest of the file."""

    digest: str
    matrices: tuple[ActivationRange, ...]


def quantise(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Float32 [rows, columns] -> int8 of the same shape and float32 scales [rows, 1].

    A row is stored as round(row / scale) with scale = max|row| / 127.
    """
    scale = np.maximum(np.abs(matrix).max(axis=1, keepdims=True) / 127, 1e-12).astype(np.float32)
    return np.round(matrix / scale).astype(np.int8), scale


def save_quantised(weights: Mapping[str, np.ndarray], path: Path) -> None:
    """Write float32 weights to a safetensors file, matrices in int8 and vectors in float32; all of it or nothing."""
    stored: dict[str, np.ndarray] = {}
    for name, value in weights.items():
        if value.ndim < 2:
            stored[name] = np.ascontiguousarray(value, np.float32)
            continue
        stored[name], stored[name + SCALE_SUFFIX] = quantise(value)
    _save(stored, path)


def load_quantised(path: Path) -> dict[str, np.ndarray]:
    """The weights of such a file as float32, each number within half a step of what was saved."""
    stored = load_file(path)
    return {
        name: value.astype(np.float32) * stored[name + SCALE_SUFFIX] if name + SCALE_SUFFIX in stored else value
        for name, value in stored.items()
        if not name.endswith(SCALE_SUFFIX)
    }


def load_ranges(sha256: str) -> ActivationRanges | None:
    """The ranges measured for the weights of this SHA-256, or None."""
    path = _ranges_file(sha256)
    if not path.is_file():
        return None
    data = path.read_bytes()
    stored = load(data)
    inputs = [tuple(stored[str(n)].astype(np.float32)) for n in range(len(stored))]
    layers = range(0, len(inputs), max(INPUT_OF_MATRIX) + 1)
    matrices = tuple((inputs[first + n][0], inputs[first + n][1]) for first in layers for n in INPUT_OF_MATRIX)
    return ActivationRanges(hashlib.sha256(data).hexdigest()[:4], matrices)


def save_ranges(sha256: str, matrices: Sequence[ActivationRange]) -> Path:
    """Write the ranges of all matrices for the weights of this SHA-256; returns the file."""
    distinct = [matrices[i] for i in range(len(matrices)) if i % len(INPUT_OF_MATRIX) not in (1, 2)]
    path = _ranges_file(sha256)
    path.parent.mkdir(exist_ok=True)
    _save({str(n): np.stack(one).astype(np.float16) for n, one in enumerate(distinct)}, path)
    return path


def smoothing_scales(weight: np.ndarray, channels: ActivationRange) -> tuple[np.ndarray, float, float]:
    """The scale of each channel, float32 [width], and the range of the whole input once it is divided by them.

    The matrix is multiplied by the scales, so that no product changes. Xiao et al. 2022, "SmoothQuant": a few channels
    are so large that the others would share few of the 256 steps.
    """
    minimum, maximum = channels
    magnitude = np.maximum(np.maximum(-minimum, maximum), EPSILON) ** SMOOTHING
    scales = magnitude / np.maximum(np.abs(weight).max(axis=0), EPSILON) ** (1 - SMOOTHING)
    scales = (scales / np.exp(np.log(scales).mean())).astype(np.float32)
    return scales, float((minimum / scales).min()), float((maximum / scales).max())


def _ranges_file(sha256: str) -> Path:
    return ACTIVATIONS / f"{sha256[:16]}.safetensors"


def _save(tensors: dict[str, np.ndarray], path: Path) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_bytes(save(tensors))  # save_file lets nobody but the owner read what is shipped to everybody
    temporary.replace(path)
