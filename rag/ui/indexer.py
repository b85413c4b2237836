"""What is indexed from the page, in the background: one job after another, however many tabs open or close.

The files are kept before a job begins, so that nothing is lost with a tab; what a crash left undone is taken up when
the page is served again.
"""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO

from rag.encoder import Encoder
from rag.errors import IndexLocked, IndexMissing, RagError, SourceMissing
from rag.ledger import Ledger
from rag.owners import uploads_folder
from rag.records import DocumentInfo
from rag.settings import Settings
from rag.ui.jobs import Job, is_named
from rag.ui.uploads import Uploads
from rag.ui.worker import Build, Progress, Remove, Worker, WorkerEnded

MOST_KEPT = 200  # finished jobs that are still shown
TOGETHER = 16  # files that are indexed in one run
RETRY = 2.0  # seconds between two tries while another process is writing
CRASHED = "reading it crashed, so it was not kept: save it anew, or in another format"
log = logging.getLogger(__name__)


class Indexer:
    """Keeps uploads and indexes them; safe to use from many threads."""

    def __init__(self, settings: Settings, encoder: Encoder | None):
        self._settings = settings
        self._uploads = Uploads(settings)
        self._worker = Worker(settings, encoder)
        self._jobs: list[Job] = []
        self._change = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="index", daemon=True)
        self._thread.start()

    def upload(self, owner: str, name: str, stream: IO[bytes]) -> Job:
        """Keep a file and queue it. Raises what `Uploads.save` raises."""
        path = self._uploads.save(owner, name, stream)
        return self._queue(Job(owner, "file", path.name, path))

    def folder(self, path: Path) -> Job:
        """Queue a folder of this computer."""
        return self._queue(Job("", "folder", str(path), path))

    def remove(self, owner: str, info: DocumentInfo) -> Job:
        """Queue that a document leaves the index, and its file where it is an upload.

        Raises SourceMissing where it is not the owner's.
        """
        if not self.removable(owner, info):
            raise SourceMissing(f"{info.source!r} is not yours to remove: ask who runs this page")
        path = Path(info.file.root) / info.file.path
        return self._queue(Job(owner, "removal", info.title, path, info.source))

    def removable(self, owner: str, info: DocumentInfo) -> bool:
        """Whether an owner may remove a document: an upload of theirs, or anything where there are no users."""
        return self._settings.auth is None or self.uploaded(owner, info)

    def uploaded(self, owner: str, info: DocumentInfo) -> bool:
        """Whether a document is an upload of an owner."""
        return self._uploads.holds(owner, Path(info.file.root) / info.file.path)

    def jobs(self, owner: str) -> list[Job]:
        """The jobs of an owner, the newest first."""
        with self._change:
            return [job for job in reversed(self._jobs) if job.owner == owner]

    def stop(self, owner: str, number: int) -> None:
        """Stop a job, or take a finished one off the list."""
        with self._change:
            found = [job for job in self._jobs if (job.owner, job.number) == (owner, number)]
            for job in found:
                if job.state == "waiting":
                    self._discard(job)
                if job.state != "working":
                    self._jobs.remove(job)
                job.stopped = True
            self._change.notify_all()
        if any(job.state == "working" for job in found):
            self._worker.stop()

    def forget(self, owner: str) -> None:
        """Take every finished job off the list."""
        with self._change:
            self._jobs = [job for job in self._jobs if job.busy or job.owner != owner]

    def close(self) -> None:
        """End what is being done; what is finished of it is kept, and the rest is taken up at the next start."""
        with self._change:
            self._closed = True
            self._change.notify_all()
        self._worker.stop()
        self._thread.join(10)
        self._worker.close()

    def _queue(self, job: Job) -> Job:
        with self._change:
            for old in [j for j in self._jobs if not j.busy][:-MOST_KEPT]:
                self._jobs.remove(old)
            self._jobs.append(job)
            self._change.notify_all()
        return job

    def _work(self) -> None:
        """The thread: take up what was left undone, then what comes."""
        self._guarded([], self._resume)
        while jobs := self._next():
            self._guarded(jobs, lambda jobs=jobs: self._run(jobs))  # type: ignore[misc]

    def _next(self) -> list[Job]:
        """What is done next, together: a removal, or a folder, or files of one owner; none when this is closed."""
        with self._change:
            while not self._closed:
                waiting = [job for job in self._jobs if job.state == "waiting"]
                if first := next((job for job in waiting if job.kind == "removal"), waiting[0] if waiting else None):
                    alike = [job for job in waiting if (job.kind, job.owner, job.alone) == ("file", first.owner, False)]
                    found = alike[:TOGETHER] if first in alike else [first]
                    for job in found:
                        job.state = "working"
                    return found
                self._change.wait()
        return []

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
                job.fail("Something went wrong here; the terminal that runs this page says what.")

    def _run(self, jobs: list[Job]) -> None:
        first = jobs[0]
        task = Remove((first.source,)) if first.kind == "removal" else Build(tuple(job.path for job in jobs))
        if first.kind == "removal" and self._uploads.holds(first.owner, first.path):
            first.path.unlink(
                missing_ok=True
            )  # before the document: after a crash in between it goes at the next start
        try:
            report = self._worker.run(task, lambda progress: _tell(jobs, progress))
        except IndexLocked as error:
            self._wait(jobs, str(error))
            return
        except WorkerEnded:
            self._after_crash(jobs)
            return
        for job in jobs:
            job.finish(report)
            if job.state == "failed":
                self._discard(job)

    def _discard(self, job: Job) -> None:
        """Delete the file of an upload that came to nothing; one that is indexed stays."""
        if job.kind == "file" and job.path not in self._indexed():
            job.path.unlink(missing_ok=True)

    def _wait(self, jobs: list[Job], reason: str) -> None:
        """Another process is writing: try again in a while."""
        with self._change:
            for job in jobs:
                job.state, job.said = "waiting", reason
            self._change.wait_for(lambda: self._closed, RETRY)

    def _after_crash(self, jobs: list[Job]) -> None:
        """The process ended: what was stopped is dropped, a single job has failed, of several each is tried alone."""
        if self._closed:
            return
        for job in jobs if len(jobs) == 1 else [job for job in jobs if job.stopped]:
            self._discard(job)
            near = f", at or near {job.progress.source!r}: take that file away and try again"
            job.fail("stopped" if job.stopped else CRASHED if job.kind == "file" else f"reading it crashed{near}")
        with self._change:
            crashed = not any(job.stopped for job in jobs)
            for job in jobs:
                if job.busy:
                    job.state, job.alone = "waiting", crashed

    def _resume(self) -> None:
        """Queue the uploads that are not in the index, and those whose file has gone."""
        for owner in self._uploads.owners() if self._settings.auth else [""]:
            home = uploads_folder(self._settings.data_dir.resolve(), owner)
            known = {path: info for path, info in self._indexed().items() if info.file.root == str(home)}
            files = self._uploads.files(owner)
            for path in files:
                if path not in known:
                    self._queue(Job(owner, "file", path.name, path))
            for path in known.keys() - set(files):
                self._queue(Job(owner, "removal", known[path].title, path, known[path].source))

    def _indexed(self) -> dict[Path, DocumentInfo]:
        """Every document by the place of its file."""
        try:
            with Ledger.open(self._settings.data_dir) as ledger:
                return {Path(info.file.root) / info.file.path: info for info in ledger.documents()}
        except IndexMissing:
            return {}


def _tell(jobs: list[Job], progress: Progress) -> None:
    """How far the jobs are, by what the process says of the file at hand."""
    for job in jobs:
        job.progress = progress
        if job.kind != "file":
            continue
        if is_named(progress.source, job.path.name):
            job.said = f"{progress.encoded:,} passages so far" if len(jobs) == 1 and progress.encoded else "reading"
        elif job.said:
            job.said = "read"
