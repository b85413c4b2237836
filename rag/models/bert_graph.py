"""The networks as graphs: BERT's body, with the encoder's pooling or the reader's heads on top; knows no runtime.

Devlin et al. 2019, "BERT", as transformers computes it. What is cheaper outside stays outside: the caller passes
positions, the attention bias and the pooling weights in (`inputs`), so that a graph is a dozen kinds of operation.
"""

from collections.abc import Mapping
from typing import Literal, Protocol, TypeVar

import numpy as np

from rag.models.bert import BLOCK, BertShape, Weights

T = TypeVar("T")
INPUTS: dict[str, tuple[Literal["int64", "float32"], int]] = {
    "ids": ("int64", 2),  # [n, length]
    "types": ("int64", 2),  # [n, length]
    "positions": ("int64", 2),  # [1, length]
    "bias": ("float32", 4),  # [n, 1, 1, length]
    "pool": ("float32", 3),  # [n, 1, length]
}
"""Type and rank of every input."""
MASKED = -1e4  # as good as minus infinity to a softmax, and still a number in 16 bits


class Ops(Protocol[T]):
    """The operations that a runtime offers for drawing a graph; T is its handle of a value."""

    def input(self, name: str) -> T:
        """One of INPUTS."""
        ...

    def look_up(self, table: np.ndarray, index: T) -> T:
        """Rows of a table."""
        ...

    def linear(self, x: T, weight: np.ndarray, bias: np.ndarray) -> T:
        """`x @ weight.T + bias`."""
        ...

    def feed_forward(self, x: T, weight: np.ndarray, bias: np.ndarray) -> T:
        """`linear`, which may be coarser: two thirds of the work, and the part that bears it best."""
        ...

    def norm(self, x: T, weight: np.ndarray, bias: np.ndarray, epsilon: float) -> T:
        """Layer normalisation over the last axis."""
        ...

    def attention(self, query: T, key: T, value: T, bias: T, heads: int) -> T:
        """Scaled dot-product attention, [n, length, width] each."""
        ...

    def add(self, a: T, b: T) -> T:
        """The sum."""
        ...

    def matmul(self, a: T, b: T) -> T:
        """The matrix product."""
        ...

    def gelu(self, x: T) -> T:
        """GELU, the exact one."""
        ...

    def tanh(self, x: T) -> T:
        """The hyperbolic tangent."""
        ...

    def first(self, x: T) -> T:
        """[n, length, width] -> [n, width] of the first token."""
        ...


class Net(Protocol):
    """A graph that runs; safe to call from many threads."""

    @property
    def streams(self) -> int:
        """How many runs go on at the same time; more of them wait."""
        ...

    def run(self, inputs: Mapping[str, np.ndarray]) -> list[np.ndarray]:
        """The outputs, float32, in the order in which they were drawn."""
        ...


def encoder(ops: Ops[T], weights: Weights, shape: BertShape) -> list[T]:
    """Inputs ids, types, positions, bias, pool -> one output [n, 1, width], not yet of unit length."""
    return [ops.matmul(ops.input("pool"), _body(ops, weights, shape))]


def reader(ops: Ops[T], weights: Weights, shape: BertShape) -> list[T]:
    """Inputs ids, types, positions, bias -> span logits [n, length, 2] and relevance logits [n, 1]."""

    def head(name: str, x: T) -> T:
        return ops.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"])

    hidden = _body(ops, weights, shape, "bert.")
    return [head("span", hidden), head("relevance", ops.tanh(head("dense", ops.first(hidden))))]


def reader_names(shape: BertShape) -> set[str]:
    """Every weight that `reader` reads."""
    heads = {f"{head}.{kind}" for head in ("span", "dense", "relevance") for kind in ("weight", "bias")}
    return heads | {f"bert.{name}" for name in shape.names()}


def _body(ops: Ops[T], weights: Weights, shape: BertShape, prefix: str = "") -> T:
    def table(name: str, index: T) -> T:
        return ops.look_up(weights[f"{prefix}embeddings.{name}_embeddings.weight"], index)

    def norm(x: T, name: str) -> T:
        return ops.norm(x, weights[f"{prefix}{name}.weight"], weights[f"{prefix}{name}.bias"], shape.epsilon)

    token = ops.add(table("word", ops.input("ids")), table("token_type", ops.input("types")))
    x = norm(ops.add(token, table("position", ops.input("positions"))), "embeddings.LayerNorm")
    bias = ops.input("bias")
    for layer in range(shape.layers):

        def part(name: str, layer: int = layer) -> tuple[np.ndarray, np.ndarray]:
            full = prefix + BLOCK.format(layer, name)
            return weights[f"{full}.weight"], weights[f"{full}.bias"]

        query, key, value = (ops.linear(x, *part(f"attention.self.{name}")) for name in ("query", "key", "value"))
        mixed = ops.linear(ops.attention(query, key, value, bias, shape.heads), *part("attention.output.dense"))
        x = norm(ops.add(x, mixed), BLOCK.format(layer, "attention.output.LayerNorm"))
        inner = ops.gelu(ops.feed_forward(x, *part("intermediate.dense")))
        outer = ops.feed_forward(inner, *part("output.dense"))
        x = norm(ops.add(x, outer), BLOCK.format(layer, "output.LayerNorm"))
    return x


def inputs(ids: np.ndarray, mask: np.ndarray, types: np.ndarray) -> dict[str, np.ndarray]:
    """The body's inputs for int64 [n, length] tokens, of which `mask` marks the real ones with 1."""
    bias = np.where(mask[:, None, None, :] > 0, np.float32(0), np.float32(MASKED))
    return {"ids": ids, "types": types, "positions": np.arange(ids.shape[1])[None, :], "bias": bias}


def pool(mask: np.ndarray, pooling: Literal["mean", "cls"]) -> np.ndarray:
    """What each token adds to the vector of its text: float32 [n, 1, length]."""
    weights = mask.astype(np.float32)
    if pooling == "cls":
        weights[:, 1:] = 0
    weights /= weights.sum(axis=1, keepdims=True)
    return weights[:, None, :]
