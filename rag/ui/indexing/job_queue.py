"""The queue of indexing jobs: which file is parsed next and what is written next, fairly between owners."""

import threading
from itertools import count

from index.workers import ParseResult
from rag.ui.indexing.jobs import Job

MAX_FINISHED = 200  # jobs that are still shown
MAX_WRITTEN = 16  # files that are written to the index in one run
MAX_PARSING_EACH = 2  # files of one owner that are parsed at a time
MAX_AHEAD = 20_000_000  # characters that are parsed and not written yet


class JobQueue:
    """The jobs of the page; safe to use from many threads. Whoever changes a job holds `change`."""

    def __init__(self) -> None:
        self.change = threading.Condition()
        self.closed = False
        self._jobs: list[Job] = []
        self._turns = count(1)
        self._last_turn: dict[tuple[str, str], int] = {}  # of an owner in parsing or writing

    def add(self, job: Job) -> Job:
        """Queue a job."""
        with self.change:
            for old in [j for j in self._jobs if not j.busy][:-MAX_FINISHED]:
                self._jobs.remove(old)
            self._jobs.append(job)
            self.change.notify_all()
        return job

    def of(self, owner: str) -> list[Job]:
        """The jobs of an owner, the newest first."""
        with self.change:
            return [job for job in reversed(self._jobs) if job.owner == owner]

    def files_left(self, owner: str) -> int | None:
        """How many files that an owner will see are still to be read, None while that is not known."""
        left = [job.files_left for job in self._jobs.copy() if job.owner in (owner, "")]
        known = [files for files in left if files is not None]
        return sum(known) if len(known) == len(left) else None

    def remove(self, job: Job) -> None:
        """Take a job off the list."""
        with self.change:
            self._jobs.remove(job)
            self.change.notify_all()

    def remove_finished(self, owner: str) -> None:
        """Take every finished job of an owner off the list."""
        with self.change:
            self._jobs = [job for job in self._jobs if job.busy or job.owner != owner]

    def close(self) -> None:
        """Give out no job any more."""
        with self.change:
            self.closed = True
            self.change.notify_all()

    def next_to_parse(self, patience: float) -> Job | None:
        """The next file to be parsed; None where there is none for so many seconds, or this is closed."""
        with self.change:
            self.change.wait_for(lambda: self.closed or self._parsable(), patience)
            parsable = [] if self.closed else self._parsable()
            if not parsable:
                return None
            job = self._first_in_turn("parse", parsable)
            job.state = "reading"
            return job

    def has_parsed(self, job: Job, found: ParseResult) -> None:
        """Note what was parsed."""
        with self.change:
            job.found, job.state, job.note = found, "read", "read"
            self.change.notify_all()

    def next_to_write(self, patience: float) -> list[Job]:
        """The next jobs, to be done together: a removal, or a folder, or files of one owner.

        None where there is none for so many seconds, or this is closed.
        """
        with self.change:
            self.change.wait_for(lambda: self.closed or self._writable(), patience)
            writable = [] if self.closed else self._writable()
            if not writable:
                return []
            removal = next((job for job in writable if job.kind == "removal"), None)
            first = removal or self._first_in_turn("write", writable)
            alike = [job for job in writable if (job.kind, job.owner, job.alone) == ("file", first.owner, False)]
            found = alike[:MAX_WRITTEN] if first in alike else [first]
            for job in found:
                job.state = "working"
            return found

    def _parsable(self) -> list[Job]:
        """Files that wait, of owners for whom little is being done yet."""
        if sum(job.length for job in self._jobs) >= MAX_AHEAD:
            return []
        busy = {job.owner: [0, 0] for job in self._jobs}
        for job in self._jobs:
            busy[job.owner][0] += job.state == "reading"
            busy[job.owner][1] += job.state in ("reading", "read")
        return [
            job
            for job in self._jobs
            if (job.kind, job.state) == ("file", "waiting")
            and busy[job.owner][0] < MAX_PARSING_EACH
            and busy[job.owner][1] < MAX_WRITTEN
        ]

    def _writable(self) -> list[Job]:
        return [job for job in self._jobs if job.state == ("read" if job.kind == "file" else "waiting")]

    def _first_in_turn(self, what: str, jobs: list[Job]) -> Job:
        """The oldest job of the owner whose last turn was the longest ago."""
        job = min(jobs, key=lambda job: self._last_turn.get((what, job.owner), 0))
        self._last_turn[what, job.owner] = next(self._turns)
        return job
