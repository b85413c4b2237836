"""Call functions in a child process with limits of time and memory: a crash or an endless loop costs that call alone.

The limits are enforced from outside the process, so they hold in native code too. multiprocessing is not used, as it
would run the caller's own script again in the child.
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
from typing import ParamSpec, TypeVar, cast

import psutil

from rag.errors import EndCause, ProcessEnded, RagError

POLL_SECONDS = 0.03  # between two checks of a working process
START_SECONDS = 60.0  # that a process may take to start
_CODE = "import sys; sys.path.insert(0, sys.argv[1]); from rag.process_child import serve; serve(*sys.argv[2:])"

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one call: `seconds` of wall time, and `memory` in bytes above what the process has before the call.

    On Linux, time in which the process waited for a processor does not count.
    """

    seconds: float
    memory: int


class Process:
    """One child process that imports `module` and calls functions; if it ends, the next call starts another one.

    One call at a time; `kill` may be called from any thread. With `lowest` it runs at the lowest priority.
    """

    def __init__(self, module: str, limits: Limits, *, lowest: bool = False):
        self._module, self._limits, self._lowest = module, limits, lowest
        self._running: subprocess.Popen[bytes] | None = None
        self._memory = 0  # bytes of the process before its first call

    def call(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a function in the process and return its result.

        Raises the RagError that the function raised, and ProcessEnded where it went over a limit or crashed.
        """
        running = self._started()
        with _limited(running, self._limits.seconds, self._memory + self._limits.memory) as exceeded:
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
        """End the current call; `call` raises ProcessEnded."""
        if running := self._running:
            running.kill()

    def end(self) -> None:
        """End the process and release it."""
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
        """The result of a task, or None from a process that has started; a ProcessEnded where it ends instead."""
        assert running.stdin
        assert running.stdout
        with suppress(EOFError, OSError, pickle.UnpicklingError):
            if task:
                pickle.dump(task, running.stdin)
                running.stdin.flush()
            return pickle.load(running.stdout)  # noqa: S301 (our own process wrote it)
        self.end()
        return ProcessEnded("crash")


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
    """Seconds that a process has waited for a processor; 0 where the system does not say."""
    with suppress(OSError, IndexError, ValueError):
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    return 0.0


def _memory(pid: int) -> int:
    """Resident memory of a process in bytes; 0 where it has ended."""
    with suppress(psutil.Error):
        return int(psutil.Process(pid).memory_info().rss)
    return 0
