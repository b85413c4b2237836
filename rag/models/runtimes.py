"""Open an encoder as the settings say: `open_encoder` to ask, `open_indexer` to index; both give the same vectors."""

from collections.abc import Callable
from functools import partial
from typing import Any

from rag.errors import ConfigError
from rag.models.bert import BertShape, read_weights
from rag.models.bert_graph import Net, encoder
from rag.models.encoder import Encoder, TorchEncoder, encoder_folder
from rag.models.graph_encoder import GraphEncoder
from rag.models.quantize import Ranges
from rag.models.runtime_choice import Model, Report, choose, measured, probe
from rag.settings import Runtime, Settings


def open_encoder(settings: Settings, vectors: str | None = None) -> Encoder:
    """The encoder for questions; measures and writes nothing, and loads torch only where nothing lighter will do.

    `vectors`: digest of the vectors it is to join (`Ledger.meta("encoder")`), None where there are none yet.
    Raises ConfigError where there is no such encoder, or the runtime that is asked for cannot run it.
    """
    model = Model.of(encoder_folder(settings.encoder))
    opened = _make(model, choose_runtime(settings, model, vectors))
    return opened.ready() if isinstance(opened, GraphEncoder) else opened


def open_indexer(settings: Settings, vectors: str | None = None, report: Report = lambda _: None) -> Encoder:
    """The encoder for documents: the fastest here, measured at the first use and remembered in the cache folder.

    It makes the most of every core, and opens its network at the first text. Arguments and errors as for
    `open_encoder`; `report` hears what is being measured.
    """
    model = Model.of(encoder_folder(settings.encoder))
    make = partial(_make, model, busy=True)
    if settings.encoder_runtime != "auto":
        return make(settings.encoder_runtime)
    rates = probe(model, settings.cache_dir, make, report)
    return make(choose(model, vectors, rates, light=False))


def choose_runtime(settings: Settings, model: Model, vectors: str | None = None) -> Runtime:
    """The runtime for questions: the one asked for, or the fastest known that is quick to start."""
    if settings.encoder_runtime != "auto":
        return settings.encoder_runtime
    return choose(model, vectors, measured(model, settings.cache_dir), light=True)


def open_net(
    runtime: Runtime, draw: Callable[..., list[Any]], *, busy: bool = False, ranges: Ranges | None = None
) -> Net:
    """A drawn graph on a runtime other than torch; `busy`: one that always has something to run; `ranges` for int8.

    Raises ConfigError where the runtime is not installed.
    """
    try:
        from rag.models.openvino import PRECISIONS, OpenVinoNet  # noqa: PLC0415 (heavy, and not on every machine)

        return OpenVinoNet(draw, PRECISIONS[runtime], busy=busy, ranges=ranges)
    except ImportError as error:
        raise ConfigError(
            f"RAG_ENCODER_RUNTIME={runtime!r} cannot be loaded: {error}; choose 'auto' or install it"
        ) from None


def _make(model: Model, runtime: Runtime, *, busy: bool = False) -> Encoder:
    digest = model.digest(runtime)
    if runtime in ("torch", "torch-bf16"):
        return TorchEncoder(model.folder, bf16=runtime == "torch-bf16", digest=digest)
    if model.shape is None:
        raise ConfigError(
            f"RAG_ENCODER_RUNTIME={runtime!r} runs plain BERT with mean or CLS pooling and safetensors weights, which "
            f"{str(model.folder)!r} is not; choose 'auto' or 'torch'"
        )
    return GraphEncoder(model.folder, model.shape, partial(_encoder_net, model, model.shape, runtime, busy), digest)


def _encoder_net(model: Model, shape: BertShape, runtime: Runtime, busy: bool) -> Net:
    draw = partial(encoder, weights=read_weights(model.folder, shape), shape=shape)
    return open_net(runtime, draw, busy=busy, ranges=model.ranges(runtime))
