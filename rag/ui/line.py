"""The line that questions wait in: first come, first served, a few at a time, and each knows its position."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from rag.schema import Answer

Job = Callable[[], Generator[Answer]]
TICK = 0.3  # seconds between two looks at the position


class Line:
    """Serves `width` jobs at a time."""

    def __init__(self, width: int):
        self._pool = ThreadPoolExecutor(width, thread_name_prefix="answer")
        self._waiting: list[Ticket] = []
        self._lock = threading.Lock()

    def join(self, job: Job) -> "Ticket":
        """Queue a job. Call it from a running event loop."""
        ticket = Ticket(self, job)
        with self._lock:
            self._waiting.append(ticket)
        self._pool.submit(ticket.serve)
        return ticket

    def position(self, ticket: "Ticket") -> int:
        """Where a ticket stands among those that wait, from 1; 0 where it does not wait."""
        with self._lock:
            return self._waiting.index(ticket) + 1 if ticket in self._waiting else 0

    def leave(self, ticket: "Ticket") -> None:
        """Take a ticket out of the line."""
        with self._lock:
            if ticket in self._waiting:
                self._waiting.remove(ticket)

    def close(self) -> None:
        """Serve nobody any more."""
        self._pool.shutdown(wait=False, cancel_futures=True)


class Ticket:
    """One place in the line."""

    def __init__(self, line: Line, job: Job):
        self._line, self._job = line, job
        self._results: asyncio.Queue[Answer | Exception | None] = asyncio.Queue()
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

    async def results(self) -> AsyncIterator[Answer | int]:
        """The answers of the job as they come; before them, while others are served, the position in the line.

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
        self._line.leave(self)
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

    def _say(self, result: Answer | Exception | None) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._results.put_nowait, result)
