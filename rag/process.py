"""Calls functions in a process of its own: one that crashes, never ends or takes all memory costs that call alone.

The limits are kept from outside, so they hold in native code too. It is not multiprocessing, which would run the script
of whoever called us once more.
"""

import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, ParamSpec, TypeVar, cast

import psutil

from rag.errors import RagError

TICK = 0.03  # seconds between two looks at a process that is at work
START = 60.0  # seconds that a process may take to start
_CODE = "import sys; sys.path.insert(0, sys.argv[1]); from rag.process_child import serve; serve(*sys.argv[2:])"

Why = Literal["time", "memory", "crash"]
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a call may take: `seconds` on the clock, and `memory` in bytes above what its process has to begin with.

    Where the system tells (Linux does), time in which no processor was free for it does not count.
    """

    seconds: float
    memory: int


class Ended(Exception):
    """A call came to nothing: it went over a limit, or its process ended."""

    def __init__(self, why: Why):
        super().__init__(why)
        self.why: Why = why


class Process:
    """One process for the functions of one module, started at the first call; if it ends, the next call starts another.

    One call at a time; `kill` may come from any thread. With `lowest` it gives way to everything else.
    """

    def __init__(self, module: str, limits: Limits, *, lowest: bool = False):
        self._module, self._limits, self._lowest = module, limits, lowest
        self._running: subprocess.Popen[bytes] | None = None
        self._memory = 0  # bytes that it has before the first call

    def call(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What a function returns. Raises what it raises of our own errors, and Ended where it came to nothing."""
        running = self._started()
        with _watched(running, self._limits.seconds, self._memory + self._limits.memory) as over:
            found = self._answer(running, (work, args, kwargs))
        match found:
            case Ended():
                raise Ended(over[0]) if over else found
            case MemoryError():
                self.end()
                raise Ended("memory")
            case RagError():
                raise found
        return cast(R, found)

    def kill(self) -> None:
        """End what it is doing; `call` raises Ended."""
        if running := self._running:
            running.kill()

    def end(self) -> None:
        """Let go of the process."""
        running, self._running = self._running, None
        if running:
            running.kill()
            running.communicate()

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._running and self._running.poll() is None:
            return self._running
        self.end()
        root = str(Path(__file__).parent.parent)
        limits = (str(self._limits.seconds), str(self._limits.memory))
        command = [sys.executable, "-P", "-c", _CODE, root, self._module, *limits, "lowest" if self._lowest else ""]
        try:
            running = self._running = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C is for who started it; it ends with its standard input
            )
        except OSError as error:
            raise Ended("crash") from error
        with _watched(running, START, sys.maxsize):
            if ready := self._answer(running):
                raise cast(Ended, ready)
        self._memory = _memory(running.pid)
        return running

    def _answer(self, running: "subprocess.Popen[bytes]", task: object = None) -> object:
        """What comes of a task, or what it says first of all; Ended where it ends instead."""
        assert running.stdin
        assert running.stdout
        with suppress(EOFError, OSError, pickle.UnpicklingError):
            if task:
                pickle.dump(task, running.stdin)
                running.stdin.flush()
            return pickle.load(running.stdout)  # noqa: S301 (our own process wrote it)
        self.end()
        return Ended("crash")


@contextmanager
def _watched(running: "subprocess.Popen[bytes]", seconds: float, memory: int) -> Iterator[list[Why]]:
    """Kills a process that goes over a limit; over which one, is in the list."""
    over: list[Why] = []
    done = threading.Event()
    end = time.monotonic() + seconds
    before = waited = _waited(running.pid)

    def watch() -> None:
        nonlocal waited
        while not over and not done.wait(TICK):
            waited = max(waited, _waited(running.pid))  # 0 again once it has ended
            if time.monotonic() - (waited - before) > end:
                over.append("time")
            elif _memory(running.pid) > memory:
                over.append("memory")
        if over:
            running.kill()

    watcher = threading.Thread(target=watch, name="watch", daemon=True)
    watcher.start()
    try:
        yield over
    finally:
        done.set()
        watcher.join()


def _waited(pid: int) -> float:
    """Seconds that a process has waited for a processor, where the system tells; else 0."""
    with suppress(OSError, IndexError, ValueError):
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    return 0.0


def _memory(pid: int) -> int:
    """Bytes in memory of a process; 0 where it has ended."""
    with suppress(psutil.Error):
        return int(psutil.Process(pid).memory_info().rss)
    return 0
