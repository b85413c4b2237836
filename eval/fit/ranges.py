"""Measure the encoder's activation ranges for int8: `python -m eval.fit.ranges [--write]`; again for new weights.

The texts are the chunks of seeds/, synthetic paragraphs, the first words of these, and the questions of the seeds'
cases. Prints the least and the greatest input of each matrix; --write stores those of every channel
(rag/models/quantize.py).
"""

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from tokenizers import Tokenizer

from eval.cases.gold import load_cases
from eval.cases.synthetic import synthetic_paragraphs
from eval.console import one_line_errors
from eval.runs.corpus import SEEDS_CASES
from eval.runs.run import ROOT
from index.parse import ParseTask, parse
from rag.models.bert import BertShape, encoder_graph, graph_inputs, read_weights
from rag.models.encoder import encoder_folder
from rag.models.openvino import OpenVinoOps
from rag.models.quantize import INPUT_OF_MATRIX, ActivationRange, save_ranges
from rag.models.runtimes import Checkpoint

SYNTHETIC = 200  # paragraphs, and the first words of each: short texts have other activations than long ones
ODD = ["", "?", "who?", "1", "2023-11-24", "Ünïcode — and numbers: 1,200 m", "£45.00", "a b c d e", "AB-1234/5", "。？"]
TOGETHER = 8
TokenBatch = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Tokens, mask and types, int64 [n, length] each."""


class RecordingOps(OpenVinoOps):
    """Builds in fp32, and records the input of each matrix."""

    def __init__(self) -> None:
        super().__init__(int8=False)
        self.matrix_inputs: list[ov.Node] = []

    def linear(self, x: ov.Node, weight: np.ndarray, bias: np.ndarray) -> ov.Node:
        """As OpenVinoOps."""
        self.matrix_inputs.append(x)
        return super().linear(x, weight, bias)

    def feed_forward(self, x: ov.Node, weight: np.ndarray, bias: np.ndarray) -> ov.Node:
        """As OpenVinoOps."""
        self.matrix_inputs.append(x)
        return super().feed_forward(x, weight, bias)


def measured(
    build: Callable[[Any], list[Any]], shape: BertShape, batches: Sequence[TokenBatch]
) -> list[ActivationRange]:
    """The range of the input of each matrix of the layers, over the tokens of all batches, without padding."""
    ops = RecordingOps()
    build(ops)
    names = ("ids", "types", "positions", "bias")
    outputs = ops.matrix_inputs[: shape.layers * len(INPUT_OF_MATRIX)]
    model = ov.Model(outputs, [ops.inputs[name] for name in names], "recording")
    request = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"}).create_infer_request()
    ranges: list[ActivationRange] = []
    for ids, mask, types in batches:
        inputs = graph_inputs(ids, mask, types)
        unpadded = [np.asarray(value)[mask > 0] for value in request.infer([inputs[name] for name in names]).values()]
        of_batch = [(value.min(axis=0), value.max(axis=0)) for value in unpadded]
        ranges = [_wider(*pair) for pair in zip(ranges, of_batch, strict=True)] if ranges else of_batch
    return ranges


def _wider(one: ActivationRange, other: ActivationRange) -> ActivationRange:
    return np.minimum(one[0], other[0]), np.maximum(one[1], other[1])


def encoder_batches(folder: Path, texts: Sequence[str]) -> list[TokenBatch]:
    """Tokenized batches, as the encoder gets them."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(256)
    tokenizer.enable_padding()
    batches = []
    for low in range(0, len(texts), TOGETHER):
        encoded = tokenizer.encode_batch(list(texts[low : low + TOGETHER]))
        ids, mask = (np.array([getattr(e, name) for e in encoded], np.int64) for name in ("ids", "attention_mask"))
        batches.append((ids, mask, np.zeros_like(ids)))
    return batches


def main() -> None:
    """Measure and print, and write with --write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write the ranges to rag/models/activations/")
    args = parser.parse_args()
    model = Checkpoint.of(encoder_folder("bundled"))
    assert model.shape
    paths = sorted(path for path in (ROOT / "seeds").iterdir() if path.suffix == ".txt")
    parsed = [parse(ParseTask(path, path.name, 10**7, model.folder, 120)) for path in paths]
    more = synthetic_paragraphs(SYNTHETIC)
    short = [part for text in more for part in (text.split(".")[0], " ".join(text.split()[:3]), text.split()[0])]
    asked = [case.question for case in load_cases(SEEDS_CASES)]
    texts = [*(text for one in parsed for text in one.texts), *more, *short, *asked, *ODD]
    texts.sort(key=len)
    draw = partial(encoder_graph, weights=read_weights(model.folder, model.shape), shape=model.shape)
    found = measured(draw, model.shape, encoder_batches(model.folder, texts))
    print(f"{len(texts)} texts; the smallest and the largest input of each matrix, of all channels:")
    for number, (low, high) in enumerate(found):
        print(f"  {number:2}  {low.min():9.3f}  {high.max():9.3f}")
    if args.write:
        print(f"written to {save_ranges(model.sha256, found)}")


if __name__ == "__main__":
    with one_line_errors():
        main()
