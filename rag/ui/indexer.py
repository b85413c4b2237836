"""What is indexed from the page, in the background: uploads and folders, one job after another, and how far each is.

The files are kept before a job begins, so that nothing is lost with the tab; after a crash the next job of the same
owner, or `rag index`, finishes what was begun.
"""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from index.build import BuildReport, build_index, remove
from rag.encoder import Encoder
from rag.errors import RagError, SourceMissing
from rag.owners import uploads_folder
from rag.records import DocumentInfo
from rag.settings import Settings
from rag.ui.uploads import Uploads

MOST_KEPT = 20  # finished jobs that are still shown
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Job:
    """One run over files or a folder. `error`: why it ended early; `report`: what it did, once it is over."""

    owner: str
    name: str
    paths: list[Path] = field(repr=False)
    done: int = 0
    total: int = 0
    at: str = ""
    report: BuildReport | None = None
    error: str = ""

    @property
    def busy(self) -> bool:
        """Whether it is still waiting or at work."""
        return self.report is None and not self.error


class Indexer:
    """Keeps uploads and indexes them; safe to use from many threads."""

    def __init__(self, settings: Settings, encoder: Encoder | None):
        self._settings, self._encoder = settings, encoder
        self._uploads = Uploads(settings)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="index")
        self._jobs: list[Job] = []
        self._lock = threading.Lock()

    def upload(self, owner: str, name: str, stream: IO[bytes]) -> Job:
        """Keep a file and queue it. Raises what `Uploads.save` raises."""
        path = self._uploads.save(owner, name, stream)
        return self._queue(Job(owner, path.name, [uploads_folder(self._settings.data_dir.resolve(), owner)]))

    def folder(self, path: Path) -> Job:
        """Queue a folder of this computer."""
        return self._queue(Job("", str(path), [path]))

    def jobs(self, owner: str) -> list[Job]:
        """The jobs of an owner, the newest first."""
        with self._lock:
            return [job for job in reversed(self._jobs) if job.owner == owner]

    def removable(self, owner: str, info: DocumentInfo) -> bool:
        """Whether an owner may remove a document: an upload of theirs, or anything where there are no users."""
        return self._settings.auth is None or self._uploads.holds(owner, Path(info.file.root) / info.file.path)

    def remove(self, owner: str, info: DocumentInfo) -> None:
        """Take a document out of the index, and delete its file where it is an upload.

        Raises SourceMissing where it is not the owner's, IndexLocked where something is being indexed elsewhere.
        """
        if not self.removable(owner, info):
            raise SourceMissing(f"{info.source!r} is not yours to remove: ask who runs this page")
        file = Path(info.file.root) / info.file.path
        if self._uploads.holds(owner, file):
            file.unlink(missing_ok=True)
        self._pool.submit(remove, [info.source], self._settings).result()

    def close(self) -> None:
        """Begin no further job."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _queue(self, job: Job) -> Job:
        with self._lock:
            finished = [j for j in self._jobs if not j.busy]
            for old in finished[:-MOST_KEPT]:
                self._jobs.remove(old)
            self._jobs.append(job)
        self._pool.submit(self._run, job)
        return job

    def _run(self, job: Job) -> None:
        def progress(done: int, total: int, source: str) -> None:
            job.done, job.total, job.at = done, total, source

        try:
            job.report = build_index(job.paths, self._settings, encoder=self._encoder, progress=progress)
        except RagError as error:
            job.error = str(error)
        except Exception:
            log.exception("%r could not be indexed", job.name)
            job.error = "Something went wrong here; the terminal that runs this page says what."
