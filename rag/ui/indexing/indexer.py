"""What is indexed from the page, in the background: one job after another, however many tabs open or close.

The files are kept before a job begins, so that nothing is lost with a tab; what a crash left undone is taken up when
the page is served again. Several files are read at a time, so that a slow one keeps nobody waiting; what was read is
written to the index in turn.
"""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO

from index.workers import ParserProcess, parse_task
from rag.errors import IndexLocked, IndexMissing, ProcessEnded, RagError, SourceMissing
from rag.models.encoder import Encoder
from rag.settings import Settings
from rag.store.access import uploads_folder
from rag.store.ledger import Ledger
from rag.store.records import DocumentInfo
from rag.ui.indexing.job_queue import JobQueue
from rag.ui.indexing.jobs import Job, State, is_named
from rag.ui.indexing.uploads import Uploads
from rag.ui.indexing.worker import BROKEN, IDLE, Build, Progress, Remove, Worker

READERS = 4  # files that are read at a time
RETRY = 2.0  # seconds between two tries while another process is writing
CRASHED = "indexing it crashed, so it was not kept: save it anew, or in another format"
log = logging.getLogger(__name__)


class Indexer:
    """Keeps uploads and indexes them; safe to use from many threads."""

    def __init__(self, settings: Settings, encoder: Encoder | None):
        self._settings = settings
        self._uploads = Uploads(settings)
        self._worker = Worker(settings, encoder)
        self._queue = JobQueue()
        self._readers: dict[Job, ParserProcess] = {}
        work = [self._work, *[self._read] * READERS]
        self._threads = [threading.Thread(target=one, name="index", daemon=True) for one in work]
        for thread in self._threads:
            thread.start()

    def upload(self, owner: str, name: str, stream: IO[bytes]) -> Job:
        """Keep a file and queue it. Raises what `Uploads.save` raises."""
        path = self._uploads.save(owner, name, stream)
        return self._queue.add(Job(owner, "file", path.name, path))

    def folder(self, path: Path) -> Job:
        """JobQueue a folder of this computer."""
        return self._queue.add(Job("", "folder", str(path), path))

    def remove(self, owner: str, info: DocumentInfo) -> Job:
        """JobQueue that a document leaves the index, and its file where it is an upload.

        Raises SourceMissing where it is not the owner's.
        """
        if not self.removable(owner, info):
            raise SourceMissing(f"{info.source!r} is not yours to remove: ask who runs this page")
        path = Path(info.file.root) / info.file.path
        return self._queue.add(Job(owner, "removal", info.title, path, info.source))

    def removable(self, owner: str, info: DocumentInfo) -> bool:
        """Whether an owner may remove a document: an upload of theirs, or anything where there are no users."""
        return self._settings.auth is None or self.uploaded(owner, info)

    def uploaded(self, owner: str, info: DocumentInfo) -> bool:
        """Whether a document is an upload of an owner."""
        return self._uploads.holds(owner, Path(info.file.root) / info.file.path)

    def jobs(self, owner: str) -> list[Job]:
        """The jobs of an owner, the newest first."""
        return self._queue.of(owner)

    def stop(self, owner: str, number: int) -> None:
        """Stop a job, or take a finished one off the list."""
        with self._queue.change:
            found = [job for job in self._queue.of(owner) if job.number == number]
            for job in found:
                job.stopped = True
                if job in self._readers:
                    self._readers[job].kill()
                elif job.state not in ("reading", "working"):
                    if job.busy:
                        self._discard(job)
                    self._queue.take_off(job)
        if any(job.state == "working" for job in found):
            self._worker.stop()

    def forget(self, owner: str) -> None:
        """Take every finished job off the list."""
        self._queue.forget(owner)

    def close(self) -> None:
        """End what is being done; what is finished of it is kept, and the rest is taken up at the next start."""
        self._queue.close()
        with self._queue.change:
            for reader in self._readers.values():
                reader.kill()
        self._worker.stop()
        for thread in self._threads:
            thread.join(10)
        self._worker.close()

    def _read(self) -> None:
        """One of the threads that read files, each in a process, which ends when there is nothing to read."""
        reader = ParserProcess(self._settings, lowest=True)
        while not self._queue.closed:
            if job := self._queue.to_read(IDLE):
                self._guarded([job], lambda job=job: self._read_one(job, reader))  # type: ignore[misc]
            else:
                reader.end()
        reader.end()

    def _read_one(self, job: Job, reader: ParserProcess) -> None:
        self._readers[job] = reader
        try:
            found = reader.parse(parse_task(job.path, job.path.name, self._settings))
        finally:
            with self._queue.change:
                del self._readers[job]
        if job.stopped:
            reader.end()  # it was killed, perhaps too late for this file
            self._drop(job, "stopped")
        else:
            self._queue.has_read(job, found)

    def _work(self) -> None:
        """The thread that writes: takes up what was left undone, then what comes."""
        self._guarded([], self._resume)
        while jobs := self._queue.to_do():
            self._guarded(jobs, lambda jobs=jobs: self._run(jobs))  # type: ignore[misc]
            with self._queue.change:
                self._queue.change.notify_all()

    def _guarded(self, jobs: list[Job], work: Callable[[], None]) -> None:
        """Do it; whatever goes wrong is said of the jobs."""
        try:
            work()
        except RagError as error:
            for job in jobs:
                job.fail(str(error))
        except Exception:
            log.exception("%r could not be indexed", [job.name for job in jobs])
            for job in jobs:
                job.fail(BROKEN)

    def _run(self, jobs: list[Job]) -> None:
        first = jobs[0]
        if first.kind == "removal" and self._uploads.holds(first.owner, first.path):
            # before the document: after a crash in between it goes at the next start
            first.path.unlink(missing_ok=True)
        try:
            report = self._worker.run(_task(jobs), lambda progress: _tell(jobs, progress))
        except IndexLocked as error:
            self._wait(jobs, str(error))
            return
        except ProcessEnded:
            self._after_crash(jobs)
            return
        for job in jobs:
            job.finish(report)
            if job.state == "failed":
                self._discard(job)

    def _drop(self, job: Job, reason: str) -> None:
        self._discard(job)
        job.fail(reason)

    def _discard(self, job: Job) -> None:
        """Delete the file of an upload that came to nothing; one that is indexed stays."""
        if job.kind == "file" and job.path not in self._indexed():
            job.path.unlink(missing_ok=True)

    def _wait(self, jobs: list[Job], reason: str) -> None:
        """Another process is writing: try again in a while."""
        with self._queue.change:
            for job in jobs:
                job.state, job.said = _again(job), reason
            self._queue.change.wait_for(lambda: self._queue.closed, RETRY)

    def _after_crash(self, jobs: list[Job]) -> None:
        """The process ended: what was stopped is dropped, a single job has failed, of several each is tried alone."""
        if self._queue.closed:
            return
        for job in jobs if len(jobs) == 1 else [job for job in jobs if job.stopped]:
            near = f"indexing it crashed, at or near {job.progress.source!r}: take that file away and try again"
            self._drop(job, "stopped" if job.stopped else CRASHED if job.kind == "file" else near)
        with self._queue.change:
            crashed = not any(job.stopped for job in jobs)
            for job in jobs:
                if job.busy:
                    job.state, job.alone = _again(job), crashed

    def _resume(self) -> None:
        """JobQueue the uploads that are not in the index, and those whose file has gone."""
        for owner in self._uploads.owners() if self._settings.auth else [""]:
            home = uploads_folder(self._settings.data_dir.resolve(), owner)
            known = {path: info for path, info in self._indexed().items() if info.file.root == str(home)}
            files = self._uploads.files(owner)
            for path in files:
                if path not in known:
                    self._queue.add(Job(owner, "file", path.name, path))
            for path in known.keys() - set(files):
                self._queue.add(Job(owner, "removal", known[path].title, path, known[path].source))

    def _indexed(self) -> dict[Path, DocumentInfo]:
        """Every document by the place of its file."""
        try:
            with Ledger.open(self._settings.data_dir) as ledger:
                return {Path(info.file.root) / info.file.path: info for info in ledger.documents()}
        except IndexMissing:
            return {}


def _task(jobs: list[Job]) -> Build | Remove:
    if jobs[0].kind == "removal":
        return Remove((jobs[0].source,))
    return Build(tuple(job.path for job in jobs), {job.path: job.found for job in jobs if job.found})


def _again(job: Job) -> State:
    """The state of a job that is to be done once more."""
    return "read" if job.kind == "file" else "waiting"


def _tell(jobs: list[Job], progress: Progress) -> None:
    """How far the jobs are, by what the process says of the file at hand."""
    for job in jobs:
        job.progress = progress
        if job.kind == "file" and is_named(progress.source, job.path.name) and progress.encoded and len(jobs) == 1:
            job.said = f"{progress.encoded:,} passages so far"
