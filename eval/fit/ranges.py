"""Measure the encoder's activation ranges for int8: `python -m eval.fit.ranges`; to be run again for new weights.

The texts are the chunks of seeds/, synthetic paragraphs, the first words of these, and the questions of the seeds'
cases. The minimum and maximum of each input channel of each matrix are stored (rag/models/quantize.py).
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from tokenizers import Tokenizer

from eval.cases.gold import load_cases
from eval.cases.synthetic import synthetic_paragraphs
from eval.runs.corpus import SEEDS_CASES
from eval.runs.run import ROOT
from index.parse import ParseTask, parse
from rag.models import bert_graph as network
from rag.models.bert import BertShape, read_weights
from rag.models.encoder import encoder_folder
from rag.models.openvino import OpenVinoOps
from rag.models.quantize import INPUTS, Range, save_ranges
from rag.models.runtime_choice import Model

SYNTHETIC = 200  # paragraphs, and the first words of each: short texts have other activations than long ones
ODD = ["", "?", "who?", "1", "2023-11-24", "Ünïcode — and numbers: 1,200 m", "£45.00", "a b c d e", "AB-1234/5", "。？"]
TOGETHER = 8
Batch = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Tokens, mask and types, int64 [n, length] each."""


class Tapped(OpenVinoOps):
    """Builds the graph in fp32 and records the input of each matrix."""

    def __init__(self) -> None:
        super().__init__(int8=False)
        self.entering: list[ov.Node] = []

    def linear(self, x: ov.Node, weight: np.ndarray, bias: np.ndarray) -> ov.Node:
        """As of the graph."""
        self.entering.append(x)
        return super().linear(x, weight, bias)

    def feed_forward(self, x: ov.Node, weight: np.ndarray, bias: np.ndarray) -> ov.Node:
        """As of the graph."""
        self.entering.append(x)
        return super().feed_forward(x, weight, bias)


def measured(draw: Callable[[Any], list[Any]], shape: BertShape, batches: Sequence[Batch]) -> list[Range]:
    """The range of the inputs of each matrix of the layers, over the tokens of all batches without padding."""
    ops = Tapped()
    draw(ops)
    taps = ops.entering[: shape.layers * len(INPUTS)]
    model = ov.Model(taps, [ops.inputs[name] for name in ("ids", "types", "positions", "bias")], "tapped")
    request = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"}).create_infer_request()
    found: list[Range] = []
    for ids, mask, types in batches:
        given = network.inputs(ids, mask, types)
        values = request.infer([given[name] for name in ("ids", "types", "positions", "bias")]).values()
        real = [np.asarray(value)[mask > 0] for value in values]
        now = [(value.min(axis=0), value.max(axis=0)) for value in real]
        found = [_wider(*pair) for pair in zip(found, now, strict=True)] if found else now
    return found


def _wider(one: Range, other: Range) -> Range:
    return np.minimum(one[0], other[0]), np.maximum(one[1], other[1])


def encoder_batches(folder: Path, texts: Sequence[str]) -> list[Batch]:
    """Tokenized batches, as the encoder gets them."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(256)
    tokenizer.enable_padding()
    found = []
    for low in range(0, len(texts), TOGETHER):
        encoded = tokenizer.encode_batch(list(texts[low : low + TOGETHER]))
        ids, mask = (np.array([getattr(e, name) for e in encoded], np.int64) for name in ("ids", "attention_mask"))
        found.append((ids, mask, np.zeros_like(ids)))
    return found


def main() -> None:
    """Measure the ranges and write them."""
    model = Model.of(encoder_folder("bundled"))
    assert model.shape
    paths = sorted(path for path in (ROOT / "seeds").iterdir() if path.suffix == ".txt")
    parsed = [parse(ParseTask(path, path.name, 10**7, model.folder, 120)) for path in paths]
    more = synthetic_paragraphs(SYNTHETIC)
    short = [part for text in more for part in (text.split(".")[0], " ".join(text.split()[:3]), text.split()[0])]
    asked = [case.question for case in load_cases(SEEDS_CASES)]
    texts = [*(text for one in parsed for text in one.texts), *more, *short, *asked, *ODD]
    texts.sort(key=len)
    draw = partial(network.encoder, weights=read_weights(model.folder, model.shape), shape=model.shape)
    print(save_ranges(model.weights, measured(draw, model.shape, encoder_batches(model.folder, texts))))


if __name__ == "__main__":
    main()
