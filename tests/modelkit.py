"""A sentence-transformers model of two small layers with random weights, for tests of what runs models."""

import json
from pathlib import Path
from typing import Any, get_args

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from rag.models.encoder import Encoder
from rag.models.runtimes import open_encoder
from rag.settings import Runtime, Settings

WORDS = [
    "the",
    "coroner",
    "found",
    "that",
    "bridge",
    "lamp",
    "ferry",
    "harbour",
    "was",
    "not",
    "lit",
    "when",
    "crew",
    "left",
    "and",
    "nobody",
    "knew",
    "why",
]
WIDTH, INNER, LAYERS, MAX_TOKENS = 32, 64, 2, 24
CONFIG: dict[str, Any] = {
    "model_type": "bert",
    "hidden_act": "gelu",
    "hidden_size": WIDTH,
    "intermediate_size": INNER,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": 4,
    "layer_norm_eps": 1e-12,
    "max_position_embeddings": 40,
    "type_vocab_size": 2,
    "vocab_size": 4 + len(WORDS),
}
MODULES = [
    {"path": "", "type": "sentence_transformers.models.Transformer"},
    {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    {"path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
]
MEAN = {"pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True}
TEXTS = [
    "the coroner found that the bridge was not lit",
    "ferry",
    "",
    "nobody knew why the crew left " * 9,
    "lamp lamp",
]
GRAPHS: list[Runtime] = [r for r in get_args(Runtime) if not r.startswith("torch")]


def save_model(folder: Path, pooling: dict[str, Any] = MEAN, prefix: str = "", seed: int = 7) -> Path:
    """Write such a model to `folder`; `prefix` goes in front of the weights' names."""
    (folder / "1_Pooling").mkdir(parents=True)
    put(folder / "config.json", CONFIG)
    put(folder / "modules.json", MODULES)
    put(folder / "1_Pooling" / "config.json", pooling)
    put(folder / "sentence_bert_config.json", {"max_seq_length": MAX_TOKENS})
    save_file({prefix + name: value for name, value in weights(seed).items()}, folder / "model.safetensors")
    vocabulary = {word: i for i, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.enable_padding(length=12)  # as in the bundled encoder's file
    tokenizer.enable_truncation(12)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def put(path: Path, value: object) -> None:
    path.write_text(json.dumps(value))


def weights(seed: int) -> dict[str, np.ndarray]:
    chance = np.random.default_rng(seed)
    found = {}

    def matrix(name: str, *shape: int) -> None:
        found[f"{name}.weight"] = chance.normal(0, 0.3, shape).astype(np.float32)

    def linear(name: str, rows: int, columns: int) -> None:
        matrix(name, rows, columns)
        found[f"{name}.bias"] = chance.normal(0, 0.1, rows).astype(np.float32)

    def norm(name: str) -> None:
        found[f"{name}.weight"] = chance.normal(1, 0.1, WIDTH).astype(np.float32)
        found[f"{name}.bias"] = chance.normal(0, 0.1, WIDTH).astype(np.float32)

    for table, rows in (("word", 4 + len(WORDS)), ("position", 40), ("token_type", 2)):
        matrix(f"embeddings.{table}_embeddings", rows, WIDTH)
    norm("embeddings.LayerNorm")
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}"
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            linear(f"{at}.attention.{part}", WIDTH, WIDTH)
        linear(f"{at}.intermediate.dense", INNER, WIDTH)
        linear(f"{at}.output.dense", WIDTH, INNER)
        norm(f"{at}.attention.output.LayerNorm")
        norm(f"{at}.output.LayerNorm")
    return found


def opened(folder: Path, runtime: str, tmp_path: Path) -> Encoder:
    return open_encoder(Settings(encoder=str(folder), encoder_runtime=runtime, cache_dir=tmp_path / "cache"))


def closeness(some: np.ndarray, others: np.ndarray) -> float:
    """The lowest cosine between vectors in the same place."""
    return float((some * others).sum(axis=1).min())
