"""Tables that are filled from the page, in the background: one for each owner, however many tabs open or close."""

import logging
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass, field
from typing import Literal

from rag.errors import RagError
from rag.tables.values import Table
from rag.ui.assistants import Assistants

MAX_QUESTIONS = 6
FILLED_AT_ONCE = 2  # tables; those of other owners wait
ENDING = 10.0  # seconds that a cell may take to end when the page does
State = Literal["waiting", "filling", "done", "stopped", "failed"]
BROKEN = "something went wrong; the log of the page has the details"
log = logging.getLogger(__name__)


@dataclass(slots=True)
class TableJob:
    """A table that is being filled, or was.

    `model`: "" for quotes alone; `where`: the documents that are asked, as the argument of Assistant.ask; `error`: why
    it failed.
    """

    questions: tuple[str, ...]
    model: str
    table: Table
    state: State = "waiting"
    error: str = ""
    stopping: threading.Event = field(default_factory=threading.Event)
    where: Mapping[str, str] = field(default_factory=dict)

    @property
    def busy(self) -> bool:
        """Whether cells are still to come."""
        return self.state in ("waiting", "filling")


class TableJobs:
    """Fills tables; safe to use from many threads. A stopped table that is asked for again goes on from there."""

    def __init__(self, assistants: Assistants):
        self._assistants = assistants
        self._jobs: dict[str, TableJob] = {}
        self._running: set[Future[None]] = set()
        self._pool = ThreadPoolExecutor(FILLED_AT_ONCE, thread_name_prefix="table")
        self._lock = threading.Lock()

    def start(self, owner: str, questions: Sequence[str], model: str, where: Mapping[str, str]) -> TableJob:
        """Fill a table for an owner, in place of their last one. `where`: as in TableJob."""
        job = TableJob(tuple(questions), model, Table(tuple(questions), ()), where=where)
        with self._lock:
            if owner in self._jobs:
                _stop(self._jobs[owner])
            self._jobs[owner] = job
            running = self._pool.submit(self._fill, owner, job)
            self._running.add(running)
        running.add_done_callback(self._running.discard)
        return job

    def job(self, owner: str) -> TableJob | None:
        """The last table of an owner, None where there is none."""
        return self._jobs.get(owner)

    def stop(self, owner: str) -> None:
        """Stop filling the table of an owner after the cell at hand."""
        if job := self.job(owner):
            _stop(job)

    def close(self) -> None:
        """Stop every table."""
        for job in list(self._jobs.values()):
            _stop(job)
        self._pool.shutdown(wait=False, cancel_futures=True)
        wait(list(self._running), ENDING)

    def _fill(self, owner: str, job: TableJob) -> None:
        try:
            assistant = self._assistants.assistant(owner, job.model)
            with closing(assistant.stream_table(job.questions, where=job.where)) as tables:
                for table in tables:
                    job.table = table
                    if job.stopping.is_set():
                        return
                    job.state = "filling"
            job.state = "done"
        except RagError as error:
            job.state, job.error = "failed", str(error)
        except Exception:
            log.exception("the table of %r could not be filled", job.questions)
            job.state, job.error = "failed", BROKEN
        finally:
            if job.stopping.is_set():
                job.state = "stopped"


def _stop(job: TableJob) -> None:
    if job.busy:
        job.stopping.set()
        if job.state == "waiting":
            job.state = "stopped"
