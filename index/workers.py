"""Reads files in processes of their own, beside the encoder; a file that crashes its reader costs that file alone."""

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Self

from index.parse import Job, Parsed, parse
from rag.errors import DocumentError

WORTH = 1_000_000  # bytes to read from which a process of its own pays for its start
MOST = 8
AHEAD = 4  # files read ahead, for each process
CRASHED = "reading it crashed: save it anew, or in another format"
# not by multiprocessing, which would run the script of whoever called us once more
_CODE = "import sys; sys.path.insert(0, sys.argv[1]); from index.parse import serve; serve()"

Result = Parsed | DocumentError


class Workers:
    """Some processes that parse, started at the first job; context manager that ends them."""

    def __init__(self, count: int):
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="parse")
        self._processes = [_Process() for _ in range(count)]
        self._idle: SimpleQueue[_Process] = SimpleQueue()
        for process in self._processes:
            self._idle.put(process)

    def parsed(self, jobs: Iterable[Job]) -> Iterator[Result]:
        """The result of each job in the order given; only a few jobs ahead of what was taken."""
        waiting: deque[Future[Result]] = deque()
        for job in jobs:
            waiting.append(self._threads.submit(self._ask, job))
            if len(waiting) >= AHEAD * len(self._processes):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        for process in self._processes:
            process.kill()
        self._threads.shutdown()
        for process in self._processes:
            process.end()

    def _ask(self, job: Job) -> Result:
        process = self._idle.get()
        try:
            return process.ask(job)
        finally:
            self._idle.put(process)


def parsed(jobs: Sequence[Job]) -> Generator[Result, None, None]:
    """The result of each job in the order given, by processes where there is enough to read."""
    if not sys.executable or sum(map(_size, jobs)) < WORTH:
        yield from map(_here, jobs)
        return
    with Workers(min(MOST, max(1, (os.cpu_count() or 1) // 2))) as workers:
        yield from workers.parsed(jobs)


class _Process:
    """One process; another one takes its place when it dies."""

    def __init__(self) -> None:
        self._running: subprocess.Popen[bytes] | None = None

    def ask(self, job: Job) -> Result:
        running = self._running = self._running or _started()
        assert running.stdin
        assert running.stdout
        try:
            pickle.dump(job, running.stdin)
            running.stdin.flush()
            found: Result = pickle.load(running.stdout)  # noqa: S301 (our own process wrote it)
        except (EOFError, OSError, pickle.UnpicklingError):
            self.end()
            return DocumentError(CRASHED)
        return found

    def kill(self) -> None:
        """End what it is doing; `ask` returns."""
        if self._running:
            self._running.kill()

    def end(self) -> None:
        """Let go of it; the next `ask` starts another one."""
        running, self._running = self._running, None
        if running:
            running.kill()
            running.communicate()


def _started() -> "subprocess.Popen[bytes]":
    root = str(Path(__file__).parent.parent)
    # a session of its own: Ctrl-C is for the one who writes the index; it ends with its standard input
    return subprocess.Popen(
        [sys.executable, "-P", "-c", _CODE, root],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )


def _here(job: Job) -> Result:
    try:
        return parse(job)
    except DocumentError as error:
        return error


def _size(job: Job) -> int:
    try:
        return job.path.stat().st_size
    except OSError:
        return 0
