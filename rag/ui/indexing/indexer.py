"""Indexing from the page, in the background: jobs go on however many tabs open or close.

Files are kept before a job begins, so that nothing is lost with a tab; what a crash left undone is taken up when the
page is served again. Several files are parsed at a time, so that a slow one keeps nobody waiting; what was parsed is
written to the index in turn.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from index.build import BuildReport
from index.workers import ParserProcesses, parse_task
from rag.errors import IndexLocked, IndexMissing, ProcessEnded, RagError, SourceMissing
from rag.models.encoder import Encoder
from rag.process import Process
from rag.settings import Settings
from rag.store.access import uploads_folder
from rag.store.data_folder import files_left
from rag.store.ledger import Ledger
from rag.store.records import DocumentInfo
from rag.ui.indexing import worker
from rag.ui.indexing.job_queue import JobQueue
from rag.ui.indexing.jobs import Job
from rag.ui.indexing.uploads import Uploads

PARSING = 4  # files that are parsed at a time
IDLE = 120.0  # seconds after which an idle process ends, with the memory of its models
RETRY = 2.0  # seconds between two attempts while another process is writing
CRASHED = "indexing it crashed, so it was not kept: save it anew, or in another format"
CRASHED_NEAR = "indexing it crashed, at or near {!r}: take that file away and try again"
log = logging.getLogger(__name__)


class Indexer:
    """Keeps uploads and indexes them; safe to use from many threads."""

    def __init__(self, settings: Settings, encoder: Encoder | None):
        self._settings, self._encoder = settings, encoder
        self._uploads = Uploads(settings)
        self._queue = JobQueue()
        self._parsers: dict[Job, ParserProcesses] = {}
        self._writing: Sequence[Job] = ()
        self._writer = Process("rag.ui.indexing.worker", None, lowest=True, on_report=self._show_progress)
        loops = [self._write_jobs, *[self._parse_files] * PARSING]
        self._threads = [threading.Thread(target=loop, name="index", daemon=True) for loop in loops]
        for thread in self._threads:
            thread.start()

    def upload(self, owner: str, name: str, stream: IO[bytes]) -> Job:
        """Keep a file and queue it. Raises what `Uploads.save` raises."""
        path = self._uploads.save(owner, name, stream)
        return self._queue.add(Job(owner, "file", path.name, path))

    def folder(self, path: Path) -> Job:
        """Queue a folder of this computer."""
        return self._queue.add(Job("", "folder", str(path), path))

    def remove(self, owner: str, info: DocumentInfo) -> Job:
        """Queue that a document is removed from the index, and its file where it is an upload.

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

    def files_left(self, owner: str) -> int | None:
        """How many files that an owner will see are still being read, here or elsewhere; None while that is unknown."""
        here, elsewhere = self._queue.files_left(owner), 0 if self._writing else files_left(self._settings.data_dir)
        return None if here is None or elsewhere is None else here + elsewhere

    def stop(self, owner: str, number: int) -> None:
        """Stop a job, or take a finished one off the list."""
        with self._queue.change:
            found = [job for job in self._queue.of(owner) if job.number == number]
            for job in found:
                job.stopped = True
                if job in self._parsers:
                    self._parsers[job].kill()
                elif job.state not in ("reading", "working"):
                    if job.busy:
                        self._discard(job)
                    self._queue.remove(job)
        if any(job.state == "working" for job in found):
            self._writer.kill()

    def forget(self, owner: str) -> None:
        """Take every finished job off the list."""
        self._queue.remove_finished(owner)

    def close(self) -> None:
        """Stop what is being done; what is finished of it is kept, and the rest is taken up at the next start."""
        self._queue.close()
        with self._queue.change:
            for parser in self._parsers.values():
                parser.kill()
        self._writer.kill()
        for thread in self._threads:
            thread.join(10)
        self._writer.end()

    def _parse_files(self) -> None:
        """A thread that parses files in a child process."""
        parser = ParserProcesses(self._settings, lowest=True)
        while not self._queue.closed:
            if job := self._queue.next_to_parse(IDLE):
                self._guarded([job], lambda job=job: self._parse(job, parser))  # type: ignore[misc]
            else:
                parser.end()
        parser.end()

    def _parse(self, job: Job, parser: ParserProcesses) -> None:
        with self._queue.change:
            if not job.stopped:
                self._parsers[job] = parser
        if job not in self._parsers:
            self._drop(job, "stopped")
            return
        try:
            found = parser.parse(parse_task(job.path, job.path.name, self._settings))
        finally:
            with self._queue.change:
                del self._parsers[job]
        if job.stopped:
            self._drop(job, "stopped")
        else:
            self._queue.has_parsed(job, found)

    def _write_jobs(self) -> None:
        """The thread that writes: takes up what was left undone, then what comes."""
        self._guarded([], self._resume)
        while not self._queue.closed:
            if jobs := self._queue.next_to_write(IDLE):
                self._guarded(jobs, lambda jobs=jobs: self._write(jobs))  # type: ignore[misc]
                with self._queue.change:
                    self._queue.change.notify_all()
            else:
                self._writer.end()

    def _guarded(self, jobs: Sequence[Job], work: Callable[[], None]) -> None:
        """Do something for jobs, which have failed where it raises an error."""
        try:
            work()
        except RagError as error:
            for job in jobs:
                job.fail(str(error))
        except Exception:
            log.exception("%r could not be indexed", [job.name for job in jobs])
            for job in jobs:
                job.fail(worker.BROKEN)

    def _write(self, jobs: Sequence[Job]) -> None:
        first = jobs[0]
        if first.kind == "removal" and self._uploads.holds(first.owner, first.path):
            # before the document: after a crash in between it is removed at the next start
            first.path.unlink(missing_ok=True)
        try:
            report = self._report(jobs)
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

    def _report(self, jobs: Sequence[Job]) -> BuildReport:
        self._writing = jobs
        try:
            if jobs[0].kind == "removal":
                return self._writer.call(worker.remove, [jobs[0].source], self._settings)
            ready = {job.path: job.found for job in jobs if job.found}
            return self._writer.call(worker.build, [job.path for job in jobs], ready, self._settings, self._encoder)
        finally:
            self._writing = ()

    def _show_progress(self, progress: worker.Progress) -> None:
        for job in self._writing:
            job.show_progress(progress, is_alone=len(self._writing) == 1)

    def _drop(self, job: Job, reason: str) -> None:
        self._discard(job)
        job.fail(reason)

    def _discard(self, job: Job) -> None:
        """Delete the file of an upload that failed or was stopped; one that is indexed stays."""
        if job.kind == "file" and job.path not in self._indexed():
            job.path.unlink(missing_ok=True)

    def _wait(self, jobs: Sequence[Job], reason: str) -> None:
        """Another process is writing: try again in a while."""
        with self._queue.change:
            for job in jobs:
                job.note = reason
                job.retry()
            self._queue.change.wait_for(lambda: self._queue.closed, RETRY)

    def _after_crash(self, jobs: Sequence[Job]) -> None:
        """The process ended: stopped jobs are dropped, a single job has failed, of several each is tried alone."""
        if self._queue.closed:
            return
        for job in jobs if len(jobs) == 1 else [job for job in jobs if job.stopped]:
            crashed = CRASHED if job.kind == "file" else CRASHED_NEAR.format(job.progress.source)
            self._drop(job, "stopped" if job.stopped else crashed)
        with self._queue.change:
            crashed_alone = not any(job.stopped for job in jobs)
            for job in jobs:
                if job.busy:
                    job.alone = crashed_alone
                    job.retry()

    def _resume(self) -> None:
        """Queue the uploads that are not in the index, and remove documents whose upload has gone."""
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
