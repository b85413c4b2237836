"""The child's side of `rag.process`: serve one call after another, and end soon after the parent does."""

import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from rag.errors import RagError

LOWEST = 19  # the lowest priority of POSIX
GRACE = 5.0  # seconds after its limit in which a call ends the process, if the parent is gone

Task = tuple[Callable[..., object], tuple[Any, ...], dict[str, Any]]
_parent: IO[bytes] | None = None
_sending = threading.Lock()


@dataclass(frozen=True, slots=True)
class Message:
    """A message before the result."""

    value: object


def report(value: object) -> None:
    """Send a value to the parent during a call; may be called from any thread."""
    _send(Message(value))


def serve(module: str, seconds: str, memory: str, lowest: str) -> None:
    """Read tasks from standard input and write results to standard output, until the input ends; first a None.

    `seconds`, `memory`: limits of a call, "" where it has none.
    """
    global _parent
    tasks, _parent = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not mix with the results
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is handled by the parent
    if lowest and sys.platform != "win32":
        os.nice(LOWEST)
    import_module(module)
    if memory:
        _limit_memory(2 * int(memory))
    with suppress(EOFError, BrokenPipeError):  # the parent has ended
        _send(None)
        while True:
            task: Task = pickle.load(tasks)  # noqa: S301 (its parent wrote it)
            if seconds:
                _end_after(float(seconds) + GRACE)
            _send(_result(*task))
            _end_after(0)


def _result(work: Callable[..., object], args: tuple[Any, ...], kwargs: dict[str, Any]) -> object:
    try:
        return work(*args, **kwargs)
    except (RagError, MemoryError) as error:
        return error


def _send(message: object) -> None:
    assert _parent
    with _sending:
        pickle.dump(message, _parent, pickle.HIGHEST_PROTOCOL)
        _parent.flush()


def _end_after(seconds: float) -> None:
    """Have the system end this process after so many seconds of processor time; 0 removes the limit."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _limit_memory(more: int) -> None:
    """Let allocations fail above so many more bytes: the parent only checks at intervals and sees no swapped memory."""
    if sys.platform == "linux":
        import resource  # noqa: PLC0415 (there is none on Windows)

        pages = int(Path("/proc/self/statm").read_text().split()[5])
        most = pages * resource.getpagesize() + more
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
