"""Whose turn it is: which file is read next and what is written to the index next, fairly between the people."""

import threading
from itertools import count

from index.workers import ParseResult
from rag.ui.indexing.jobs import Job

MOST_KEPT = 200  # finished jobs that are still shown
TOGETHER = 16  # files that are written to the index in one run
EACH = 2  # files of one person that are read at a time
AHEAD = 20_000_000  # characters that are read and not written yet


class JobQueue:
    """The jobs of the page; safe to use from many threads. Whoever changes a job holds `change`."""

    def __init__(self) -> None:
        self.change = threading.Condition()
        self.closed = False
        self._jobs: list[Job] = []
        self._turns = count(1)
        self._last: dict[tuple[str, str], int] = {}  # when somebody had a turn

    def add(self, job: Job) -> Job:
        """JobQueue a job."""
        with self.change:
            for old in [j for j in self._jobs if not j.busy][:-MOST_KEPT]:
                self._jobs.remove(old)
            self._jobs.append(job)
            self.change.notify_all()
        return job

    def of(self, owner: str) -> list[Job]:
        """The jobs of an owner, the newest first."""
        with self.change:
            return [job for job in reversed(self._jobs) if job.owner == owner]

    def take_off(self, job: Job) -> None:
        """Show a job no more."""
        with self.change:
            self._jobs.remove(job)
            self.change.notify_all()

    def forget(self, owner: str) -> None:
        """Take every finished job of an owner off the list."""
        with self.change:
            self._jobs = [job for job in self._jobs if job.busy or job.owner != owner]

    def close(self) -> None:
        """There is nothing to do any more."""
        with self.change:
            self.closed = True
            self.change.notify_all()

    def to_read(self, patience: float) -> Job | None:
        """The next file to be read; None where there is none for so many seconds, or this is closed."""
        with self.change:
            self.change.wait_for(lambda: self.closed or self._readable(), patience)
            readable = [] if self.closed else self._readable()
            if not readable:
                return None
            job = self._in_turn("read", readable)
            job.state = "reading"
            return job

    def has_read(self, job: Job, found: ParseResult) -> None:
        """Note what was read."""
        with self.change:
            job.found, job.state, job.said = found, "read", "read"
            self.change.notify_all()

    def to_do(self) -> list[Job]:
        """What is done next, together: a removal, or a folder, or files of one owner; none when this is closed."""
        with self.change:
            self.change.wait_for(lambda: self.closed or self._ready())
            if self.closed:
                return []
            ready = self._ready()
            first = next((job for job in ready if job.kind == "removal"), None) or self._in_turn("write", ready)
            alike = [job for job in ready if (job.kind, job.owner, job.alone) == ("file", first.owner, False)]
            found = alike[:TOGETHER] if first in alike else [first]
            for job in found:
                job.state = "working"
            return found

    def _readable(self) -> list[Job]:
        """Files that wait, of people for whom nothing much is being done yet."""
        if sum(job.length for job in self._jobs) >= AHEAD:
            return []
        busy = {job.owner: [0, 0] for job in self._jobs}
        for job in self._jobs:
            busy[job.owner][0] += job.state == "reading"
            busy[job.owner][1] += job.state in ("reading", "read")
        return [
            job
            for job in self._jobs
            if (job.kind, job.state) == ("file", "waiting")
            and busy[job.owner][0] < EACH
            and busy[job.owner][1] < TOGETHER
        ]

    def _ready(self) -> list[Job]:
        return [job for job in self._jobs if job.state == ("read" if job.kind == "file" else "waiting")]

    def _in_turn(self, what: str, jobs: list[Job]) -> Job:
        """The oldest job of whoever had the last turn the longest ago."""
        job = min(jobs, key=lambda job: self._last.get((what, job.owner), 0))
        self._last[what, job.owner] = next(self._turns)
        return job
