"""The line that questions wait in: a few are served at a time, each asker in turn, and each knows its position."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Generic, TypeVar

T = TypeVar("T")
Job = Callable[[], Generator[T]]
TICK = 0.3  # seconds between two looks at the position


class Line(Generic[T]):
    """Serves `width` jobs at a time. Who has others in the line already comes after those who have none."""

    def __init__(self, width: int):
        self._pool = ThreadPoolExecutor(width, thread_name_prefix="answer")
        self._waiting: list[Ticket[T]] = []
        self._open: dict[str, int] = {}  # how many jobs of each asker wait or are served
        self._lock = threading.Lock()

    def join(self, job: Job[T], asker: str = "") -> "Ticket[T]":
        """Queue a job. Call it from a running event loop."""
        with self._lock:
            ticket = Ticket(self, job, asker, self._open.get(asker, 0))
            self._open[asker] = ticket.turn + 1
            self._waiting.append(ticket)
            self._in_turn()
        self._pool.submit(self._serve_next)
        return ticket

    def position(self, ticket: "Ticket[T]") -> int:
        """Where a ticket stands among those that wait, from 1; 0 where it does not wait."""
        with self._lock:
            return self._waiting.index(ticket) + 1 if ticket in self._waiting else 0

    def leave(self, ticket: "Ticket[T]") -> None:
        """Take a ticket out of the line."""
        with self._lock:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
                self._done(ticket)

    def close(self) -> None:
        """Serve nobody any more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _serve_next(self) -> None:
        """Serve who is first, in a thread of the pool; nobody where the ticket that it was started for has left."""
        with self._lock:
            if not self._waiting:
                return
            ticket = self._waiting.pop(0)
        try:
            ticket.serve()
        finally:
            with self._lock:
                self._done(ticket)

    def _done(self, ticket: "Ticket[T]") -> None:
        for other in self._waiting:
            other.turn -= other.asker == ticket.asker and other.turn > ticket.turn
        self._in_turn()
        self._open[ticket.asker] -= 1
        if not self._open[ticket.asker]:
            del self._open[ticket.asker]

    def _in_turn(self) -> None:
        """First who has no other job before this one; among equals, who came first (sorting keeps their order)."""
        self._waiting.sort(key=lambda ticket: ticket.turn)


class Ticket(Generic[T]):
    """One place in the line. `turn`: how many other jobs of the asker come before this one."""

    def __init__(self, line: Line[T], job: Job[T], asker: str, turn: int):
        self.asker, self.turn = asker, turn
        self._line, self._job = line, job
        self._results: asyncio.Queue[T | Exception | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._stopped = threading.Event()

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """Leave the line, or end after the step at hand; `results` ends at once. Any thread may call it."""
        self._stopped.set()
        self._line.leave(self)
        self._say(None)

    async def results(self) -> AsyncIterator[T | int]:
        """What the job yields as it comes; before that, while others are served, the position in the line.

        Raises what the job raises.
        """
        while True:
            try:
                found = await asyncio.wait_for(self._results.get(), TICK)
            except TimeoutError:
                if position := self._line.position(self):
                    yield position
                continue
            if found is None or self.stopped:
                return
            if isinstance(found, Exception):
                raise found
            yield found

    def serve(self) -> None:
        """Run the job, in a thread of the line."""
        if self.stopped:
            return
        try:
            with closing(self._job()) as answers:
                for answer in answers:
                    self._say(answer)
                    if self.stopped:
                        return
        except Exception as error:  # it is raised again where the results are read
            self._say(error)
        else:
            self._say(None)

    def _say(self, result: T | Exception | None) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._results.put_nowait, result)
