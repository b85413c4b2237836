"""BERT as a graph built from the weights in a folder: its shape, its weights, its forward pass; knows no runtime.

Devlin et al. 2019, "BERT", as transformers computes it. Models that are not plain BERT are left to
sentence-transformers. Positions, attention bias and pooling weights are computed outside (`graph_inputs`,
`pooling_weights`), so that a graph needs few kinds of operation.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import numpy as np
from safetensors import SafetensorError, safe_open

T = TypeVar("T")
Weights = Mapping[str, np.ndarray]
Pooling = Literal["mean", "cls"]
WEIGHTS_FILE = "model.safetensors"
MODULES = ["Transformer", "Pooling", "Normalize"]  # of sentence-transformers; the last may be missing
LAYER = "encoder.layer.{}.{}"
LAYER_PARTS = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "attention.output.LayerNorm",
    "intermediate.dense",
    "output.dense",
    "output.LayerNorm",
)
EMBEDDING_TABLES = ("word_embeddings", "position_embeddings", "token_type_embeddings")
GRAPH_INPUTS: dict[str, tuple[Literal["int64", "float32"], int]] = {
    "ids": ("int64", 2),  # [n, length]
    "types": ("int64", 2),  # [n, length]
    "positions": ("int64", 2),  # [1, length]
    "bias": ("float32", 4),  # [n, 1, 1, length]
    "pool": ("float32", 3),  # [n, 1, length]
}
"""Type and rank of every input of a graph."""
MASKED_LOGIT = -1e4  # minus infinity to a softmax, and still finite in 16 bits


@dataclass(frozen=True, slots=True)
class BertShape:
    """The hyperparameters of a graph. `max_tokens` counts [CLS] and [SEP]."""

    layers: int
    heads: int
    width: int
    epsilon: float
    max_tokens: int
    pooling: Pooling

    def weight_names(self) -> list[str]:
        """The name of every weight of the body, without heads."""
        parts = [LAYER.format(layer, part) for layer in range(self.layers) for part in LAYER_PARTS]
        pairs = [f"{part}.{kind}" for part in ("embeddings.LayerNorm", *parts) for kind in ("weight", "bias")]
        return [f"embeddings.{table}.weight" for table in EMBEDDING_TABLES] + pairs


def read_shape(folder: Path) -> BertShape | None:
    """The shape of a sentence-transformers model; None unless it is plain BERT with mean or CLS pooling."""
    try:
        config, modules = _json(folder / "config.json"), _json(folder / "modules.json")
        pooling = _pooling(_json(folder / next(m["path"] for m in modules if "Pooling" in m["type"]) / "config.json"))
        limits = folder / "sentence_bert_config.json"
        length = _json(limits).get("max_seq_length") if limits.is_file() else None
        prompts = folder / "config_sentence_transformers.json"
        prompt = _json(prompts).get("default_prompt_name") if prompts.is_file() else None
        plain = (
            config["model_type"] == "bert"
            and config["hidden_act"] == "gelu"
            and config.get("position_embedding_type", "absolute") == "absolute"
            and [m["type"].rsplit(".", 1)[-1] for m in modules] in (MODULES, MODULES[:2])
            and prompt is None
        )
        if not plain or pooling is None:
            return None
        shape = BertShape(
            layers=config["num_hidden_layers"],
            heads=config["num_attention_heads"],
            width=config["hidden_size"],
            epsilon=config["layer_norm_eps"],
            max_tokens=min(length or config["max_position_embeddings"], config["max_position_embeddings"]),
            pooling=pooling,
        )
        with safe_open(folder / WEIGHTS_FILE, "np") as file:
            prefix = _prefix(file)
            numeric = all(file.get_slice(prefix + name).get_dtype() in ("F32", "F16") for name in shape.weight_names())
        return shape if numeric else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, StopIteration, SafetensorError):
        return None  # sentence-transformers may still load the folder, and says what is wrong where it cannot


def read_weights(folder: Path, shape: BertShape) -> dict[str, np.ndarray]:
    """The weights of a folder of this shape, as float32."""
    with safe_open(folder / WEIGHTS_FILE, "np") as file:
        prefix = _prefix(file)
        return {name: file.get_tensor(prefix + name).astype(np.float32, copy=False) for name in shape.weight_names()}


class Ops(Protocol[T]):
    """The operations from which a graph is built on a runtime; T is the runtime's node."""

    def input(self, name: str) -> T:
        """One of GRAPH_INPUTS; the same node at every call."""
        ...

    def embedding(self, table: np.ndarray, index: T) -> T:
        """Rows of a table."""
        ...

    def linear(self, x: T, weight: np.ndarray, bias: np.ndarray) -> T:
        """`x @ weight.T + bias`."""
        ...

    def feed_forward(self, x: T, weight: np.ndarray, bias: np.ndarray) -> T:
        """`linear` in the feed-forward layers: two thirds of the work, and the least sensitive to low precision."""
        ...

    def layer_norm(self, x: T, weight: np.ndarray, bias: np.ndarray, epsilon: float) -> T:
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
        """GELU, computed with erf."""
        ...

    def tanh(self, x: T) -> T:
        """The hyperbolic tangent."""
        ...

    def first_token(self, x: T) -> T:
        """[n, length, width] -> [n, width] of the first token."""
        ...


class CompiledGraph(Protocol):
    """A graph ready to run; safe to call from many threads."""

    @property
    def streams(self) -> int:
        """How many calls run at the same time; further ones wait."""
        ...

    def run(self, inputs: Mapping[str, np.ndarray]) -> list[np.ndarray]:
        """The outputs, float32, in the order of the graph."""
        ...


def encoder_graph(ops: Ops[T], weights: Weights, shape: BertShape) -> list[T]:
    """Inputs ids, types, positions, bias, pool -> one output [n, 1, width], not normalised."""
    return [ops.matmul(ops.input("pool"), _body(ops, weights, shape))]


def reader_graph(ops: Ops[T], weights: Weights, shape: BertShape) -> list[T]:
    """Inputs ids, types, positions, bias -> logits: spans [n, length, 2], relevance [n, 1], names [n, length, 1]."""

    def head(name: str, x: T) -> T:
        return ops.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"])

    hidden = _body(ops, weights, shape, "bert.")
    relevance = head("relevance", ops.tanh(head("dense", ops.first_token(hidden))))
    return [head("span", hidden), relevance, head("names", hidden)]


def reader_weight_names(shape: BertShape) -> set[str]:
    """The name of every weight that `reader_graph` reads."""
    heads = {f"{head}.{kind}" for head in ("span", "dense", "relevance", "names") for kind in ("weight", "bias")}
    return heads | {f"bert.{name}" for name in shape.weight_names()}


def graph_inputs(ids: np.ndarray, mask: np.ndarray, types: np.ndarray) -> dict[str, np.ndarray]:
    """The inputs of a graph, less `pool`, for int64 [n, length] tokens; `mask` is 0 for padding."""
    bias = np.where(mask[:, None, None, :] > 0, np.float32(0), np.float32(MASKED_LOGIT))
    return {"ids": ids, "types": types, "positions": np.arange(ids.shape[1])[None, :], "bias": bias}


def pooling_weights(mask: np.ndarray, pooling: Pooling) -> np.ndarray:
    """The weight of each token in the vector of its text: float32 [n, 1, length]."""
    weights = mask.astype(np.float32)
    if pooling == "cls":
        weights[:, 1:] = 0
    weights /= weights.sum(axis=1, keepdims=True)
    return weights[:, None, :]


def _body(ops: Ops[T], weights: Weights, shape: BertShape, prefix: str = "") -> T:
    def table(name: str, index: T) -> T:
        return ops.embedding(weights[f"{prefix}embeddings.{name}_embeddings.weight"], index)

    def norm(x: T, name: str) -> T:
        return ops.layer_norm(x, weights[f"{prefix}{name}.weight"], weights[f"{prefix}{name}.bias"], shape.epsilon)

    token = ops.add(table("word", ops.input("ids")), table("token_type", ops.input("types")))
    x = norm(ops.add(token, table("position", ops.input("positions"))), "embeddings.LayerNorm")
    bias = ops.input("bias")
    for layer in range(shape.layers):

        def part(name: str, layer: int = layer) -> tuple[np.ndarray, np.ndarray]:
            full = prefix + LAYER.format(layer, name)
            return weights[f"{full}.weight"], weights[f"{full}.bias"]

        query, key, value = (ops.linear(x, *part(f"attention.self.{name}")) for name in ("query", "key", "value"))
        attended = ops.linear(ops.attention(query, key, value, bias, shape.heads), *part("attention.output.dense"))
        x = norm(ops.add(x, attended), LAYER.format(layer, "attention.output.LayerNorm"))
        inner = ops.gelu(ops.feed_forward(x, *part("intermediate.dense")))
        outer = ops.feed_forward(inner, *part("output.dense"))
        x = norm(ops.add(x, outer), LAYER.format(layer, "output.LayerNorm"))
    return x


def _prefix(file: Any) -> str:
    """The prefix of the body's weights: "bert." in a model that was saved with a head."""
    return "bert." if any(name.startswith("bert.") for name in file.keys()) else ""  # noqa: SIM118 (no mapping)


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _pooling(config: dict[str, Any]) -> Pooling | None:
    """The pooling mode, from either form of the file: one name, or a boolean for each mode."""
    old = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls"}
    modes = [old.get(key, key) for key, on in config.items() if key.startswith("pooling_mode_") and on is True]
    match config.get("pooling_mode", modes):
        case "mean" | ["mean"]:
            return "mean"
        case "cls" | ["cls"]:
            return "cls"
    return None
