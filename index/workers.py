"""Parse files in child processes with limits, while the encoder works; a file that crashes its parser fails alone."""

import os
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

from index.parse import Parsed, ParseTask, parse, renamed
from rag.errors import DocumentError, ProcessEnded
from rag.models.encoder import encoder_folder
from rag.process import Limits, ProcessPool
from rag.settings import MEGABYTE, Settings

MAX_PROCESSES = 8
QUEUED_PER_PROCESS = 4  # files that are parsed ahead
CRASHED = "reading it crashed: save it anew, or in another format"
STOPPED = "reading it took more than {} and was stopped: split it, save it in another format, or raise {}"

ParseResult = Parsed | DocumentError


class ParserProcesses:
    """Child processes, one or several, that parse files within limits; `kill` may be called from any thread."""

    def __init__(self, settings: Settings, count: int = 1, *, lowest: bool = False):
        self._seconds, self._megabytes = settings.max_file_seconds, settings.max_file_memory_mb
        limits = Limits(self._seconds, int(self._megabytes * MEGABYTE))
        self._processes = ProcessPool(count, "index.parse", limits, lowest=lowest)
        self.kill, self.end = self._processes.kill, self._processes.end

    def parse(self, task: ParseTask) -> ParseResult:
        """The parsed file, or the error with the reason and what to do."""
        try:
            return self._processes.call(parse, task)
        except DocumentError as error:
            return error
        except ProcessEnded as ended:
            return DocumentError(self._reason(ended))

    def _reason(self, ended: ProcessEnded) -> str:
        if ended.cause == "crash":
            return CRASHED
        limits = {
            "time": (f"{self._seconds:g} s", "max_file_seconds"),
            "memory": (f"{self._megabytes:,g} MB of memory", "max_file_memory_mb"),
        }
        return STOPPED.format(*limits[ended.cause])


class ParserPool:
    """Some parser processes, each started at its first task; the context manager ends them."""

    def __init__(self, count: int, settings: Settings):
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="parse")
        self._processes = ParserProcesses(settings, count)
        self._ahead = QUEUED_PER_PROCESS * count

    def parse(self, tasks: Iterable[ParseTask]) -> Iterator[ParseResult]:
        """The result of each task in the order given; only a few tasks ahead of what was taken."""
        pending: deque[Future[ParseResult]] = deque()
        for task in tasks:
            pending.append(self._threads.submit(self._processes.parse, task))
            if len(pending) >= self._ahead:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._processes.kill()
        self._threads.shutdown()
        self._processes.end()


def parse_task(path: Path, source: str, settings: Settings) -> ParseTask:
    """The task of parsing a file as the settings say. Raises ConfigError where there is no encoder."""
    max_bytes = int(settings.max_file_mb * MEGABYTE)
    return ParseTask(path, source, max_bytes, encoder_folder(settings.encoder), settings.chunk_tokens)


def parse_all(
    tasks: Sequence[ParseTask], settings: Settings, ready: Mapping[Path, ParseResult]
) -> Generator[ParseResult, None, None]:
    """The result of each task in the order given; `ready`: results of files that were parsed before."""
    with closing(_in_pool([task for task in tasks if task.path not in ready], settings)) as others:
        for task in tasks:
            result = ready[task.path] if task.path in ready else next(others)
            yield renamed(result, task.source) if isinstance(result, Parsed) else result


def _in_pool(tasks: Sequence[ParseTask], settings: Settings) -> Generator[ParseResult, None, None]:
    if tasks:
        with ParserPool(min(MAX_PROCESSES, max(1, (os.cpu_count() or 1) // 2), len(tasks)), settings) as pool:
            yield from pool.parse(tasks)
