"""Call functions in child processes with limits: a crash, an endless loop or exhausted memory costs that call alone.

Time and memory are limited from outside, so the limits hold in native code too. multiprocessing is not used, as it
would run the caller's script again.
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
from rag.process_child import Message

POLL_SECONDS = 0.03  # between two checks of a working process
START_SECONDS = 60.0  # that a process may take to start
STOP_SECONDS = 10.0  # that a killed process may take to end
_CODE = "import sys; sys.path.insert(0, sys.argv[1]); from rag.process_child import serve; serve(*sys.argv[2:])"

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one call: `seconds` of wall time, and `memory` in bytes above what the process has before its first.

    On Linux, time in which the process waited for a processor does not count.
    """

    seconds: float
    memory: int


class Process:
    """One child process that imports `module` and calls functions; if it ends, the next call starts another one.

    One call at a time; `kill` may be called from any thread. `limits`: None for calls without a limit. `lowest`: it
    runs at the lowest priority. `on_report` gets what a function passes to `rag.process_child.report`.
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
        self._memory = 0  # bytes of the process before its first call
        self._killed = False  # during the current call, which may still be starting the process

    def call(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a function in the process and return its result.

        Raises the RagError that the function raised, and ProcessEnded where it went over a limit or crashed.
        """
        self._killed = False
        running = self._started()
        if self._killed:
            running.kill()
        with self._limited(running) as exceeded:
            result = self._result(running, (work, args, kwargs))
        match result:
            case ProcessEnded():
                raise ProcessEnded(exceeded[0]) if exceeded else result
            case MemoryError():
                self.end()
                raise ProcessEnded("memory")
            case RagError():
                raise result
        return cast(R, result)

    def kill(self) -> None:
        """Kill the process and wait until it has ended; the current call raises ProcessEnded."""
        self._killed = True
        if running := self._running:
            running.kill()
            with suppress(subprocess.TimeoutExpired):
                running.wait(STOP_SECONDS)

    def end(self) -> None:
        """Kill the process and release its pipes; there must be no current call."""
        running, self._running = self._running, None
        if running:
            running.kill()
            running.communicate()

    def _limited(self, running: "subprocess.Popen[bytes]") -> AbstractContextManager[list[EndCause]]:
        if self._limits is None:
            return nullcontext(list[EndCause]())
        return _limited(running, self._limits.seconds, self._memory + self._limits.memory)

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
                start_new_session=True,  # Ctrl-C must not reach it; it ends when its standard input is closed
            )
        except OSError as error:
            raise ProcessEnded("crash") from error
        with _limited(running, START_SECONDS, sys.maxsize):
            if failed := self._result(running):
                raise cast(ProcessEnded, failed)
        self._memory = _memory(running.pid)
        return running

    def _result(self, running: "subprocess.Popen[bytes]", task: object = None) -> object:
        """The result of a task, or without one the first message of a process; a ProcessEnded where it ended."""
        assert running.stdin
        assert running.stdout
        with suppress(EOFError, OSError, pickle.UnpicklingError):
            if task:
                pickle.dump(task, running.stdin)
                running.stdin.flush()
            while isinstance(message := pickle.load(running.stdout), Message):  # noqa: S301 (our own process wrote it)
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
        """Kill every process and release its pipes; there must be no current call."""
        for process in self._processes:
            process.end()


@contextmanager
def _limited(running: "subprocess.Popen[bytes]", seconds: float, memory: int) -> Iterator[list[EndCause]]:
    """Kill a process that exceeds a limit; the list then holds which one."""
    exceeded: list[EndCause] = []
    done = threading.Event()
    end = time.monotonic() + seconds
    before = waited = _waited(running.pid)

    def watch() -> None:
        nonlocal waited
        while not exceeded and not done.wait(POLL_SECONDS):
            waited = max(waited, _waited(running.pid))  # 0 once the process has ended
            if time.monotonic() - (waited - before) > end:
                exceeded.append("time")
            elif _memory(running.pid) > memory:
                exceeded.append("memory")
        if exceeded:
            running.kill()

    watcher = threading.Thread(target=watch, name="limits", daemon=True)
    watcher.start()
    try:
        yield exceeded
    finally:
        done.set()
        watcher.join()


def _waited(pid: int) -> float:
    """Seconds that a process has waited for a processor; 0 where the system does not count them."""
    with suppress(OSError, IndexError, ValueError):
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    return 0.0


def _memory(pid: int) -> int:
    """Resident memory of a process in bytes; 0 where it has ended."""
    with suppress(psutil.Error):
        return int(psutil.Process(pid).memory_info().rss)
    return 0
