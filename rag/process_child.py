"""The child's side of `rag.process`: it serves one call after another and never outlives its parent for long."""

import os
import pickle
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from rag.errors import RagError

LOWEST = 19  # the lowest priority of POSIX
GRACE = 5.0  # seconds after its limit in which a call that lost its parent ends the process

Task = tuple[Callable[..., object], tuple[Any, ...], dict[str, Any]]


def serve(module: str, seconds: str, memory: str, lowest: str) -> None:
    """Read tasks from standard input and write results to standard output, until the input ends; first a None."""
    tasks, results = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not mix with the results
    if lowest and sys.platform != "win32":
        os.nice(LOWEST)
    import_module(module)
    _limit_memory(2 * int(memory))
    _send(results, None)
    with suppress(EOFError):
        while True:
            task: Task = pickle.load(tasks)  # noqa: S301 (its parent wrote it)
            _end_after(float(seconds) + GRACE)
            _send(results, _call(*task))
            _end_after(0)


def _call(work: Callable[..., object], args: tuple[Any, ...], kwargs: dict[str, Any]) -> object:
    try:
        return work(*args, **kwargs)
    except (RagError, MemoryError) as error:
        return error


def _send(results: IO[bytes], result: object) -> None:
    pickle.dump(result, results, pickle.HIGHEST_PROTOCOL)
    results.flush()


def _end_after(seconds: float) -> None:
    """Have the system end this process after so many seconds of processor time; 0 takes the limit away."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _limit_memory(more: int) -> None:
    """Let allocations fail above so many more bytes: the parent only checks at intervals and sees no swapped memory."""
    if sys.platform == "linux":
        import resource  # noqa: PLC0415 (there is none on Windows)

        pages = int(Path("/proc/self/statm").read_text().split()[5])
        most = pages * resource.getpagesize() + more
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
