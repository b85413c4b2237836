"""Reads files in processes of their own, beside the encoder; a file that no reader gets done costs that file alone."""

import os
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

from index.parse import Job, Parsed, named, parse
from rag.errors import DocumentError
from rag.models.encoder import encoder_folder
from rag.process import Ended, Limits, ProcessPool
from rag.settings import MEGABYTE, Settings

MOST = 8
AHEAD = 4  # files read ahead, for each process
CRASHED = "reading it crashed: save it anew, or in another format"
STOPPED = "reading it took more than {} and was stopped: split it, save it in another format, or raise {}"

Result = Parsed | DocumentError


class Reader:
    """Reads files within limits in a process, or in several; `kill` may come from any thread."""

    def __init__(self, settings: Settings, processes: int = 1, *, lowest: bool = False):
        self._seconds, self._megabytes = settings.max_file_seconds, settings.max_file_memory_mb
        limits = Limits(self._seconds, int(self._megabytes * MEGABYTE))
        self._processes = ProcessPool(processes, "index.parse", limits, lowest=lowest)
        self.kill, self.end = self._processes.kill, self._processes.end

    def read(self, job: Job) -> Result:
        """A file, or the reason why there is none and what to do."""
        try:
            return self._processes.call(parse, job)
        except DocumentError as error:
            return error
        except Ended as ended:
            return DocumentError(self._reason(ended))

    def _reason(self, ended: Ended) -> str:
        if ended.why == "crash":
            return CRASHED
        limits = {
            "time": (f"{self._seconds:g} s", "max_file_seconds"),
            "memory": (f"{self._megabytes:,g} MB of memory", "max_file_memory_mb"),
        }
        return STOPPED.format(*limits[ended.why])


class Workers:
    """Some processes that read, started at the first job; context manager that ends them."""

    def __init__(self, count: int, settings: Settings):
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="parse")
        self._reader, self._ahead = Reader(settings, count), AHEAD * count

    def parsed(self, jobs: Iterable[Job]) -> Iterator[Result]:
        """The result of each job in the order given; only a few jobs ahead of what was taken."""
        waiting: deque[Future[Result]] = deque()
        for job in jobs:
            waiting.append(self._threads.submit(self._reader.read, job))
            if len(waiting) >= self._ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._reader.kill()
        self._threads.shutdown()
        self._reader.end()


def job_of(path: Path, source: str, settings: Settings) -> Job:
    """What a reader has to know of a file. Raises ConfigError where there is no encoder."""
    most = int(settings.max_file_mb * MEGABYTE)
    return Job(path, source, most, encoder_folder(settings.encoder), settings.chunk_tokens)


def parsed(jobs: Sequence[Job], settings: Settings, ready: Mapping[Path, Result]) -> Generator[Result, None, None]:
    """The result of each job in the order given; `ready`: those of files that were read before."""
    with closing(_read([job for job in jobs if job.path not in ready], settings)) as others:
        for job in jobs:
            found = ready[job.path] if job.path in ready else next(others)
            yield named(found, job.source) if isinstance(found, Parsed) else found


def _read(jobs: Sequence[Job], settings: Settings) -> Generator[Result, None, None]:
    if jobs:
        with Workers(min(MOST, max(1, (os.cpu_count() or 1) // 2), len(jobs)), settings) as workers:
            yield from workers.parsed(jobs)
