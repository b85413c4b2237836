"""What the process that indexes is called for; it reports its progress. `rag.ui.indexing.indexer` calls it."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import ParamSpec, TypeVar

import numpy as np

import index.build
from index.build import BuildReport, build_index
from index.workers import ParseResult
from rag.errors import IndexMissing, RagError
from rag.models.encoder import Encoder
from rag.models.runtimes import open_document_encoder
from rag.process_child import report
from rag.settings import Settings
from rag.store.ledger import Ledger

BROKEN = "Something went wrong here; the terminal that runs this page says what."
log = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a task is: `done` of `total` files, `source` at hand, `encoded` passages so far."""

    done: int = 0
    total: int = 0
    source: str = ""
    encoded: int = 0


def build(
    paths: Sequence[Path], ready: Mapping[Path, ParseResult], settings: Settings, encoder: Encoder | None
) -> BuildReport:
    """Make the index follow these files and folders. `ready`: results of files that were parsed before.

    Raises our own errors; any other is logged, and a RagError is raised.
    """
    return _guarded(_build, paths, ready, settings, encoder)


def remove(sources: Sequence[str], settings: Settings) -> BuildReport:
    """Take these sources out of the index. Raises as `build`."""
    _guarded(index.build.remove, sources, settings)
    return BuildReport(deleted=tuple(sources))


def _guarded(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    try:
        return work(*args, **kwargs)
    except (RagError, MemoryError):
        raise
    except Exception as error:
        log.exception("indexing failed")
        raise RagError(BROKEN) from error


def _build(
    paths: Sequence[Path], ready: Mapping[Path, ParseResult], settings: Settings, encoder: Encoder | None
) -> BuildReport:
    counting = _CountingEncoder(encoder or _encoder(settings))

    def progress(done: int, total: int, source: str) -> None:
        counting.progress = Progress(done, total, source, counting.progress.encoded)
        report(counting.progress)

    return build_index(paths, settings, encoder=counting, progress=progress, ready=ready)


@cache
def _encoder(settings: Settings) -> Encoder:
    """The encoder, with the runtime of the index that there is."""
    try:
        with Ledger.open(settings.data_dir) as ledger:
            return open_document_encoder(settings, ledger.meta("encoder"))
    except IndexMissing:
        return open_document_encoder(settings, None)


class _CountingEncoder:
    """An encoder that reports how much it has encoded: one large file is thousands of passages."""

    def __init__(self, encoder: Encoder):
        self._encoder = encoder
        self.progress = Progress()

    @property
    def digest(self) -> str:
        """As of the encoder."""
        return self._encoder.digest

    @property
    def dimension(self) -> int:
        """As of the encoder."""
        return self._encoder.dimension

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Encode texts, and report it."""
        vectors = self._encoder.encode(texts)
        self.progress = replace(self.progress, encoded=self.progress.encoded + len(texts))
        report(self.progress)
        return vectors
