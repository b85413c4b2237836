"""A queue that is fair between those who ask: few jobs run at a time, and each waiting one knows its position."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Generic, TypeVar

T = TypeVar("T")
Job = Callable[[], Generator[T]]
TICK = 0.3  # seconds between two looks at the position


class FairQueue(Generic[T]):
    """Runs `width` jobs at a time; safe to use from many threads.

    A job comes after those of askers who have fewer jobs before it; among equals, the first to come is the first.
    """

    def __init__(self, width: int):
        self._pool = ThreadPoolExecutor(width, thread_name_prefix="answer")
        self._waiting: list[Ticket[T]] = []
        self._open: dict[str, int] = {}  # jobs of each asker that wait or run
        self._lock = threading.Lock()

    def join(self, job: Job[T], asker: str = "") -> "Ticket[T]":
        """Queue a job. Call it from a running event loop."""
        with self._lock:
            ticket = Ticket(self, job, asker, self._open.get(asker, 0))
            self._open[asker] = ticket.jobs_before + 1
            self._waiting.append(ticket)
            self._sort()
        self._pool.submit(self._run_next)
        return ticket

    def position(self, ticket: "Ticket[T]") -> int:
        """The position of a ticket among those that wait, from 1; 0 where it does not wait."""
        with self._lock:
            return self._waiting.index(ticket) + 1 if ticket in self._waiting else 0

    def leave(self, ticket: "Ticket[T]") -> None:
        """Take a ticket out of the queue."""
        with self._lock:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
                self._finish(ticket)

    def close(self) -> None:
        """Run nothing any more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run_next(self) -> None:
        """Run the first job, in a thread of the pool; none where the ticket that this was submitted for has left."""
        with self._lock:
            if not self._waiting:
                return
            ticket = self._waiting.pop(0)
        try:
            ticket.run()
        finally:
            with self._lock:
                self._finish(ticket)

    def _finish(self, ticket: "Ticket[T]") -> None:
        for other in self._waiting:
            other.jobs_before -= other.asker == ticket.asker and other.jobs_before > ticket.jobs_before
        self._sort()
        self._open[ticket.asker] -= 1
        if not self._open[ticket.asker]:
            del self._open[ticket.asker]

    def _sort(self) -> None:
        self._waiting.sort(key=lambda ticket: ticket.jobs_before)  # sorting is stable


class Ticket(Generic[T]):
    """A job in the queue. `jobs_before`: how many other jobs of the same asker come before it."""

    def __init__(self, queue: FairQueue[T], job: Job[T], asker: str, jobs_before: int):
        self.asker, self.jobs_before = asker, jobs_before
        self._queue, self._job = queue, job
        self._results: asyncio.Queue[T | Exception | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._stopped = threading.Event()

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """Leave the queue, or end after the step at hand; `results` ends at once. Any thread may call it."""
        self._stopped.set()
        self._queue.leave(self)
        self._put(None)

    async def results(self) -> AsyncIterator[T | int]:
        """What the job yields, as it comes; before that, while it waits, its position in the queue.

        Raises what the job raises.
        """
        while True:
            try:
                result = await asyncio.wait_for(self._results.get(), TICK)
            except TimeoutError:
                if position := self._queue.position(self):
                    yield position
                continue
            if result is None or self.stopped:
                return
            if isinstance(result, Exception):
                raise result
            yield result

    def run(self) -> None:
        """Run the job, in a thread of the queue."""
        if self.stopped:
            return
        try:
            with closing(self._job()) as results:
                for result in results:
                    self._put(result)
                    if self.stopped:
                        return
        except Exception as error:  # raised again where the results are read
            self._put(error)
        else:
            self._put(None)

    def _put(self, result: T | Exception | None) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._results.put_nowait, result)
