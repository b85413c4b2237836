"""The network of the reader and of the checker: a small BERT with three heads, run as a graph or by torch."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from safetensors import SafetensorError

from rag.errors import ConfigError
from rag.models.bert import CompiledGraph, graph_inputs, reader_graph, reader_weight_names
from rag.models.encoder import encoder_folder
from rag.models.quantize import load_quantised
from rag.models.runtimes import Checkpoint, choose_runtime, compile_graph
from rag.settings import Settings


class Logits(NamedTuple):
    """What the network says, in float32: `spans` [n, length, 2], `relevance` [n], `names` [n, length]."""

    spans: np.ndarray
    relevance: np.ndarray
    names: np.ndarray


class Backend(Protocol):
    """Runs the network of the reader."""

    def run(self, ids: np.ndarray, mask: np.ndarray, types: np.ndarray) -> Logits:
        """The logits for tokens: int64 [n, length] each."""
        ...


class GraphBackend:
    """Runs the network as a compiled graph."""

    def __init__(self, graph: CompiledGraph):
        self._graph = graph

    def run(self, ids: np.ndarray, mask: np.ndarray, types: np.ndarray) -> Logits:
        """The logits for tokens: int64 [n, length] each."""
        spans, relevance, names = self._graph.run(graph_inputs(ids, mask, types))
        return Logits(spans, relevance.reshape(-1), names.reshape(ids.shape))


def open_backend(settings: Settings, path: Path) -> Backend | None:
    """The network of the weights in a file, in the shape of the bundled encoder, or None where there is no such file.

    Raises ConfigError where the weights are damaged, or the runtime of the settings cannot run them.
    """
    if not path.is_file():
        return None
    bundled = Checkpoint.of(encoder_folder("bundled"))
    try:
        weights = load_quantised(path)
        if bundled.shape and (missing := reader_weight_names(bundled.shape) - weights.keys()):
            raise SafetensorError(f"{min(missing)!r} is missing")
    except (OSError, SafetensorError) as error:
        raise ConfigError(f"the weights {str(path)!r} cannot be read: {error}; install again") from None
    return _backend(settings, bundled, weights)


def _backend(settings: Settings, bundled: Checkpoint, weights: Mapping[str, np.ndarray]) -> Backend:
    runtime = choose_runtime(settings, bundled)
    if bundled.shape is None or runtime in ("torch", "torch-bf16"):
        from rag.models.torch_reader import TorchBackend  # noqa: PLC0415 (torch, seconds to import)

        return TorchBackend.load(bundled.folder, weights)
    # no activation ranges, so that only the feed-forward matrices are int8: in all of them the reader is less accurate
    # (docs/performance.md, "int8")
    return GraphBackend(compile_graph(runtime, partial(reader_graph, weights=weights, shape=bundled.shape)))
