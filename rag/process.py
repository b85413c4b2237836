"""Calls functions in a child process: one that crashes, never ends or takes all memory costs that call alone.

Time and memory are limited from outside, so the limits hold in native code too. It is not multiprocessing, which would
run the caller's script once more.
"""

import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar, cast

import psutil

from rag.errors import EndCause, ProcessEnded, RagError
from rag.process_child import Report

TICK = 0.03  # seconds between two looks at a process that is at work
START = 60.0  # seconds that a process may take to start
STOP = 10.0  # seconds that a killed process may take to end
_CODE = "import sys; sys.path.insert(0, sys.argv[1]); from rag.process_child import serve; serve(*sys.argv[2:])"

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a call may take: `seconds` on the clock, and `memory` in bytes above what its process has to begin with.

    Where the system counts it (Linux does), time in which no processor was free for it is left out.
    """

    seconds: float
    memory: int


class Process:
    """One process for the functions of one module, started at the first call; if it ends, the next call starts another.

    One call at a time; `kill` may come from any thread. `limits`: None for calls that may take what they need.
    `lowest`: it gives way to everything else. `on_report` gets what a function passes to `rag.process_child.report`.
    """

    def __init__(
        self,
        module: str,
        limits: Limits | None,
        *,
        lowest: bool = False,
        on_report: Callable[[Any], None] = lambda _: None,
    ):
        self._module, self._limits, self._lowest, self._on_report = module, limits, lowest, on_report
        self._running: subprocess.Popen[bytes] | None = None
        self._memory = 0  # bytes that it has before the first call

    def call(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What a function returns. Raises our own errors that it raises, and ProcessEnded where it has no result."""
        running = self._started()
        with self._limited(running) as over:
            result = self._answer(running, (work, args, kwargs))
        match result:
            case ProcessEnded():
                raise ProcessEnded(over[0]) if over else result
            case MemoryError():
                self.end()
                raise ProcessEnded("memory")
            case RagError():
                raise result
        return cast(R, result)

    def kill(self) -> None:
        """Kill the process, and wait until it has ended; a call at work raises ProcessEnded."""
        if running := self._running:
            running.kill()
            with suppress(subprocess.TimeoutExpired):
                running.wait(STOP)

    def end(self) -> None:
        """Kill the process and release its pipes; no call may be at work."""
        running, self._running = self._running, None
        if running:
            running.kill()
            running.communicate()

    def _limited(self, running: "subprocess.Popen[bytes]") -> AbstractContextManager[list[EndCause]]:
        if self._limits is None:
            return nullcontext(list[EndCause]())
        return _watched(running, self._limits.seconds, self._memory + self._limits.memory)

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._running and self._running.poll() is None:
            return self._running
        self.end()
        root = str(Path(__file__).parent.parent)
        limits = (str(self._limits.seconds), str(self._limits.memory)) if self._limits else ("", "")
        command = [sys.executable, "-P", "-c", _CODE, root, self._module, *limits, "lowest" if self._lowest else ""]
        try:
            running = self._running = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C is for whoever started it; it ends with its standard input
            )
        except OSError as error:
            raise ProcessEnded("crash") from error
        with _watched(running, START, sys.maxsize):
            if ready := self._answer(running):
                raise cast(ProcessEnded, ready)
        self._memory = _memory(running.pid)
        return running

    def _answer(self, running: "subprocess.Popen[bytes]", task: object = None) -> object:
        """The result of a task, or with none the first message of a process; ProcessEnded where it ends instead."""
        assert running.stdin
        assert running.stdout
        with suppress(EOFError, OSError, pickle.UnpicklingError):
            if task:
                pickle.dump(task, running.stdin)
                running.stdin.flush()
            while isinstance(message := pickle.load(running.stdout), Report):  # noqa: S301 (our own process wrote it)
                self._on_report(message.value)
            return message
        self.end()
        return ProcessEnded("crash")


class ProcessPool:
    """Several processes for the functions of one module; safe to use from many threads."""

    def __init__(self, size: int, module: str, limits: Limits | None, *, lowest: bool = False):
        self._processes = [Process(module, limits, lowest=lowest) for _ in range(size)]
        self._idle: SimpleQueue[Process] = SimpleQueue()
        for process in self._processes:
            self._idle.put(process)

    def call(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """As `Process.call`, in the first process that is idle."""
        process = self._idle.get()
        try:
            return process.call(work, *args, **kwargs)
        finally:
            self._idle.put(process)

    def kill(self) -> None:
        """Kill every process."""
        for process in self._processes:
            process.kill()

    def end(self) -> None:
        """Kill every process and release its pipes; no call may be at work."""
        for process in self._processes:
            process.end()


@contextmanager
def _watched(running: "subprocess.Popen[bytes]", seconds: float, memory: int) -> Iterator[list[EndCause]]:
    """Kills a process that goes over a limit; the list says which."""
    over: list[EndCause] = []
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
    """Seconds that a process has waited for a processor, where the system counts them; else 0."""
    with suppress(OSError, IndexError, ValueError):
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    return 0.0


def _memory(pid: int) -> int:
    """Bytes in memory of a process; 0 where it has ended."""
    with suppress(psutil.Error):
        return int(psutil.Process(pid).memory_info().rss)
    return 0
