"""Finds the reader's weights and a runtime for them; without the weights there is no reader, and the project works."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
from safetensors import SafetensorError

from rag.errors import ConfigError
from rag.models.bert_graph import Net, inputs, reader, reader_names
from rag.models.encoder import encoder_folder
from rag.models.quantize import load_weights
from rag.models.reader import WEIGHTS, Reader, Runtime, pair_tokenizer
from rag.models.runtime_choice import Model
from rag.models.runtimes import choose_runtime, open_net
from rag.settings import Settings


def load_reader(settings: Settings, path: Path = WEIGHTS) -> Reader | None:
    """The reader on the runtime of the encoder, or None where its weights are missing.

    It has the shape and the tokenizer of the bundled encoder, whichever encoder the index uses. Raises ConfigError
    where the weights are damaged, or the runtime that is asked for cannot run them.
    """
    if not path.is_file():
        return None
    model = Model.of(encoder_folder("bundled"))
    try:
        weights = load_weights(path)
        if model.shape and (missing := reader_names(model.shape) - weights.keys()):
            raise SafetensorError(f"{min(missing)!r} is missing")
    except (OSError, SafetensorError) as error:
        raise ConfigError(f"the reader's weights {str(path)!r} cannot be read: {error}; install again") from None
    return Reader(_runtime(settings, model, weights), pair_tokenizer(model.folder))


def _runtime(settings: Settings, model: Model, weights: Mapping[str, np.ndarray]) -> Runtime:
    chosen = choose_runtime(settings, model)
    if model.shape is None or chosen in ("torch", "torch-bf16"):
        from rag.models.torch_reader import TorchRuntime  # noqa: PLC0415 (torch, seconds to import)

        return TorchRuntime.load(model.folder, weights)
    # no ranges: in int8 the reader keeps to its feed-forward matrices, for in all of them it reads worse
    # (docs/performance.md, "int8")
    return GraphRuntime(open_net(chosen, partial(reader, weights=weights, shape=model.shape)))


class GraphRuntime:
    """Runs the reader's network, drawn as a graph."""

    def __init__(self, net: Net):
        self._net = net

    def run(self, ids: np.ndarray, mask: np.ndarray, types: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """int64 [n, length] each -> float32 span logits [n, length, 2] and relevance logits [n]."""
        spans, relevance = self._net.run(inputs(ids, mask, types))
        return spans, relevance.reshape(-1)
