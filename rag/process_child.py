"""What a process of `rag.process` does: it answers one call after another, and never outlives its parent for long."""

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

LOWEST = 19  # of the priorities that POSIX knows
GRACE = 5.0  # seconds after which a call that nobody waits for any more ends its process

Task = tuple[Callable[..., object], tuple[Any, ...], dict[str, Any]]


def serve(module: str, seconds: str, memory: str, lowest: str) -> None:
    """Tasks from standard input, what came of each to standard output, until the input ends; first that it is ready."""
    tasks, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not stand between two answers
    if lowest and sys.platform != "win32":
        os.nice(LOWEST)
    import_module(module)
    _limit_memory(2 * int(memory))
    _answer(answers, None)
    with suppress(EOFError):
        while True:
            task: Task = pickle.load(tasks)  # noqa: S301 (its parent wrote it)
            _end_after(float(seconds) + GRACE)
            _answer(answers, _done(*task))
            _end_after(0)


def _done(work: Callable[..., object], args: tuple[Any, ...], kwargs: dict[str, Any]) -> object:
    try:
        return work(*args, **kwargs)
    except (RagError, MemoryError) as error:
        return error


def _answer(answers: IO[bytes], found: object) -> None:
    pickle.dump(found, answers, pickle.HIGHEST_PROTOCOL)
    answers.flush()


def _end_after(seconds: float) -> None:
    """Have the system end this process when it has computed for so long; never for 0."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _limit_memory(more: int) -> None:
    """Let allocations fail above so many bytes more: the parent looks now and then only, and sees nothing swapped."""
    if sys.platform == "linux":
        import resource  # noqa: PLC0415 (there is none on Windows)

        pages = int(Path("/proc/self/statm").read_text().split()[5])
        most = pages * resource.getpagesize() + more
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
