"""Indexing in a process of its own: it gives way to those who ask, and what crashes it ends it alone."""

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path

import numpy as np

from index.build import BuildReport, build_index, remove
from index.workers import ParseResult
from rag.errors import IndexMissing, ProcessEnded, RagError
from rag.models.encoder import Encoder
from rag.models.runtimes import open_indexer
from rag.settings import Settings
from rag.store.ledger import Ledger

IDLE = 120.0  # seconds after which the process ends, with the memory of its models
LOWEST = 19  # of the priorities that POSIX knows
BROKEN = "Something went wrong here; the terminal that runs this page says what."
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Build:
    """Make the index follow these files and folders. `ready`: what was read of files before."""

    paths: tuple[Path, ...]
    ready: Mapping[Path, ParseResult] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Remove:
    """Take these sources out of the index."""

    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a task is: `done` of `total` files, `source` at hand, `encoded` passages so far."""

    done: int = 0
    total: int = 0
    source: str = ""
    encoded: int = 0


class Worker:
    """The process, started when there is something to do. One task at a time; `stop` may come from any thread."""

    def __init__(self, settings: Settings, encoder: Encoder | None):
        self._settings, self._encoder = settings, encoder
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None
        self._ending = threading.Lock()

    def run(self, task: Build | Remove, said: Callable[[Progress], None]) -> BuildReport:
        """Do a task and report. Raises ProcessEnded, and the errors of ours that the task raises."""
        while True:
            connection = self._started()
            try:
                connection.send(task)
                return _result(connection, said)
            except (EOFError, OSError):
                self.stop()
                if self._process and self._process.exitcode:
                    raise ProcessEnded("crash") from None
                # else it had just ended because there was nothing to do: once more, in another one

    def stop(self) -> None:
        """End the process; what it has finished is kept."""
        with self._ending:
            if process := self._process:
                process.terminate()
                process.join(10)
                if process.is_alive():
                    process.kill()
                    process.join()

    def close(self) -> None:
        """End the process and let go of it; no task may be at work."""
        self.stop()
        with self._ending:
            if self._connection:
                self._connection.close()
            if self._process:
                self._process.close()
            self._process = self._connection = None

    def _started(self) -> Connection:
        if self._process and self._connection and self._process.is_alive():
            return self._connection
        self.close()
        context = multiprocessing.get_context("spawn")
        self._connection, end = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(end, self._settings, self._encoder), name="rag-index", daemon=True
        )
        self._process.start()
        end.close()  # or the end of the process would not be noticed
        return self._connection


def _result(connection: Connection, said: Callable[[Progress], None]) -> BuildReport:
    while True:
        match connection.recv():
            case Progress() as progress:
                said(progress)
            case BuildReport() as report:
                return report
            case RagError() as error:
                raise error


def _serve(connection: Connection, settings: Settings, encoder: Encoder | None) -> None:
    """What the process does: one task after another, until there is none for a while or nobody to report to."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who started this
    with suppress(AttributeError, OSError):  # on Windows it runs with the priority of the rest
        os.nice(LOWEST)
    with suppress(EOFError, OSError):
        while connection.poll(IDLE):
            task = connection.recv()
            try:
                if isinstance(task, Remove):
                    remove(task.sources, settings)
                    connection.send(BuildReport(deleted=task.sources))
                else:
                    encoder = encoder or open_indexer(settings, _noted(settings))
                    connection.send(_built(task, settings, encoder, connection))
            except RagError as error:
                connection.send(error)
            except Exception:
                log.exception("a task failed")
                connection.send(RagError(BROKEN))


def _built(task: Build, settings: Settings, encoder: Encoder, connection: Connection) -> BuildReport:
    counting = _Counting(encoder, connection)

    def progress(done: int, total: int, source: str) -> None:
        counting.at = Progress(done, total, source, counting.at.encoded)
        connection.send(counting.at)

    return build_index(task.paths, settings, encoder=counting, progress=progress, ready=task.ready)


def _noted(settings: Settings) -> str | None:
    """The encoder of the index that is there."""
    try:
        with Ledger.open(settings.data_dir) as ledger:
            return ledger.meta("encoder")
    except IndexMissing:
        return None


class _Counting:
    """An encoder that tells how much it has encoded: one large file is thousands of passages."""

    def __init__(self, encoder: Encoder, connection: Connection):
        self._encoder, self._connection = encoder, connection
        self.at = Progress()

    @property
    def digest(self) -> str:
        """As of the encoder."""
        return self._encoder.digest

    @property
    def dimension(self) -> int:
        """As of the encoder."""
        return self._encoder.dimension

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Encode texts, and tell."""
        vectors = self._encoder.encode(texts)
        at = self.at
        self.at = Progress(at.done, at.total, at.source, at.encoded + len(texts))
        self._connection.send(self.at)
        return vectors
