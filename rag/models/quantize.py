"""The reader's weights on disk: int8 by rows in a safetensors file, a quarter of their size in memory.

Each row of a matrix is stored as round(row / scale) with scale = max|row| / 127; vectors stay float32.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

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
