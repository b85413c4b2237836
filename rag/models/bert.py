"""The shape of a BERT model in a folder, and its weights; knows no runtime (`network.py` draws the graph).

What is not plain BERT is left to sentence-transformers.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from safetensors import SafetensorError, safe_open

WEIGHTS = "model.safetensors"
Weights = Mapping[str, np.ndarray]
MODULES = ["Transformer", "Pooling", "Normalize"]
BLOCK = "encoder.layer.{}.{}"
BLOCK_PARTS = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "attention.output.LayerNorm",
    "intermediate.dense",
    "output.dense",
    "output.LayerNorm",
)
TABLES = ("word_embeddings", "position_embeddings", "token_type_embeddings")


@dataclass(frozen=True, slots=True)
class BertShape:
    """What the graph needs to know beside the weights. `max_tokens` counts [CLS] and [SEP]."""

    layers: int
    heads: int
    width: int
    epsilon: float
    max_tokens: int
    pooling: Literal["mean", "cls"]

    def names(self) -> list[str]:
        """Every weight the body of the graph reads."""
        parts = [BLOCK.format(layer, part) for layer in range(self.layers) for part in BLOCK_PARTS]
        pairs = [f"{part}.{kind}" for part in ("embeddings.LayerNorm", *parts) for kind in ("weight", "bias")]
        return [f"embeddings.{table}.weight" for table in TABLES] + pairs


def read_shape(folder: Path) -> BertShape | None:
    """The shape of the sentence-transformers model in `folder`, or None where it is not plain BERT with mean or CLS."""
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
        with safe_open(folder / WEIGHTS, "np") as file:
            prefix = _prefix(file)
            numeric = all(file.get_slice(prefix + name).get_dtype() in ("F32", "F16") for name in shape.names())
        return shape if numeric else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, StopIteration, SafetensorError):
        return None  # whatever it is, sentence-transformers may know it, and says what is wrong where it does not


def read_weights(folder: Path, shape: BertShape) -> dict[str, np.ndarray]:
    """The weights of a folder that has this shape, as float32."""
    with safe_open(folder / WEIGHTS, "np") as file:
        prefix = _prefix(file)
        return {name: file.get_tensor(prefix + name).astype(np.float32, copy=False) for name in shape.names()}


def _prefix(file: Any) -> str:
    """Models saved with a head have their body under a name of its own."""
    return "bert." if any(name.startswith("bert.") for name in file.keys()) else ""  # noqa: SIM118 (no mapping)


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _pooling(config: dict[str, Any]) -> Literal["mean", "cls"] | None:
    """The one way of pooling, from either form of the file: a name, or one boolean a way."""
    old = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls"}
    modes = [old.get(key, key) for key, on in config.items() if key.startswith("pooling_mode_") and on is True]
    match config.get("pooling_mode", modes):
        case "mean" | ["mean"]:
            return "mean"
        case "cls" | ["cls"]:
            return "cls"
    return None
