"""What goes into each matrix of a network, channel by channel: measured once by `python -m eval.fit.ranges`, for int8.

With it a matrix and what it is multiplied with are both in 8 bits on fixed scales; weights without it are quantised as
they run. The files are in ranges/, named by the SHA-256 of the weights they belong to.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load, save_file

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
