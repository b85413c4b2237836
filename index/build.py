"""Bring the index up to date with files and folders: index what is new or changed, remove what is gone.

A document is replaced whole, in one transaction. A file that can no longer be read loses its document: what the index
holds may be wrong by now, and no answer is better than a wrong citation. Parsing (`index.workers`), encoding and
writing (`index.pipeline`) overlap.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from index.changes import RECIPE, StampedFile, check_file
from index.folders import require_paths
from index.parse import Parsed
from index.pipeline import ParsedFile, Pipeline
from index.plan import File, NotIndexed, Plan, make_plan
from index.workers import ParseResult, parse_all, parse_task
from rag.errors import ConfigError, DocumentError
from rag.models.encoder import Encoder
from rag.models.runtimes import open_document_encoder
from rag.settings import Settings
from rag.store.data_folder import WriterLock
from rag.store.ledger_writer import LedgerWriter
from rag.store.records import FileStamp
from rag.store.snapshot_writer import SnapshotWriter, update_snapshot
from rag.store.snapshots import require_server
from rag.tables.kept import forget

OnProgress = Callable[[int, int, str], None]
"""Called with the number of files done, the number of all files, and the current source or preparation step."""


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a run did, by source. `skipped` files are not indexed by rule, `failed` ones could not be read.

    `partly`: what of a file that was added or updated was not read, or not as it looks.
    """

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    failed: tuple[NotIndexed, ...] = ()
    skipped: tuple[NotIndexed, ...] = ()
    partly: tuple[NotIndexed, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether the index changed, or a file failed that should have changed it."""
        return bool(self.added or self.updated or self.deleted or self.failed)


def build_index(
    paths: Sequence[Path],
    settings: Settings,
    *,
    verify: bool = False,
    encoder: Encoder | None = None,
    progress: OnProgress | None = None,
    ready: Mapping[Path, ParseResult] | None = None,
) -> BuildReport:
    """Bring the index up to date with these files and folders; nothing outside of them is touched.

    With `verify` the contents of all files are compared, not only sizes and times. `ready`: results of files that were
    parsed before. Ctrl-C at any moment leaves a consistent index, and the next run continues. Raises ConfigError on a
    missing path, IndexLocked where another process is writing, IndexMismatch where the index belongs to another
    encoder, and StorageError where the disk or the Chroma server fails.
    """
    if not paths:
        raise ConfigError("nothing to index: give at least one file or folder")
    require_paths(paths, settings)
    report = progress or _no_progress
    with WriterLock(settings.data_dir, files=None) as lock, LedgerWriter.open(settings.data_dir) as ledger:
        encoder = encoder or open_document_encoder(settings, ledger.meta("encoder"), lambda line: report(0, 0, line))
        ledger.set_encoder(encoder.digest)
        url = settings.chroma_url.rstrip("/")
        require_server(url)
        plan = make_plan(paths, list(ledger.roots().values()), ledger.documents(), settings.data_dir)
        update = _IndexUpdate(ledger, encoder, settings, report, lock.set_files_left, len(plan.files))
        with SnapshotWriter(ledger, url) as snapshots:
            update.run(plan, snapshots, verify, ready or {})
            snapshots.finish()
    return BuildReport(
        added=tuple(update.added),
        updated=tuple(update.updated),
        deleted=tuple(document.source for document in plan.gone),
        unchanged=tuple(update.unchanged),
        failed=tuple(sorted(update.failed, key=lambda one: one.source)),
        skipped=plan.skipped,
        partly=tuple(sorted(update.partly, key=lambda one: one.source)),
    )


def remove(sources: Sequence[str], settings: Settings) -> None:
    """Remove documents from the index and erase their traces on the disk; the files themselves stay.

    Raises SourceMissing on a source that is not in the index, before anything is removed.
    """
    with WriterLock(settings.data_dir), LedgerWriter.open(settings.data_dir) as ledger:
        for source in sources:
            ledger.document(source)
        for source in dict.fromkeys(sources):
            ledger.remove(source)
        ledger.scrub()
        forget(settings.data_dir, sources)
        update_snapshot(ledger, settings.chroma_url.rstrip("/"), rebuild=True)


@dataclass(slots=True)
class _IndexUpdate:
    """One run over the files of a plan, with its results by source."""

    ledger: LedgerWriter
    encoder: Encoder
    settings: Settings
    progress: OnProgress
    tell_left: Callable[[int], None]
    files: int
    done: int = 0
    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    failed: list[NotIndexed] = field(default_factory=list)
    partly: list[NotIndexed] = field(default_factory=list)
    broken: list[tuple[File, DocumentError]] = field(default_factory=list)

    def run(self, plan: Plan, snapshots: SnapshotWriter, verify: bool, ready: Mapping[Path, ParseResult]) -> None:
        with self.ledger.transaction():
            for root in plan.roots:
                self.ledger.set_root(root)
            for document in plan.gone:
                self.ledger.remove(document.source)
        self.progress(0, self.files, plan.files[0].source if plan.files else "")
        new = {file.source: file.known is None for file in plan.files}

        def put(item: ParsedFile) -> None:
            source = item.parsed.document.source
            (self.added if new[source] else self.updated).append(source)
            self.partly += [NotIndexed(source, note) for note in item.parsed.document.notes]
            self._read(source)

        changed = self._changed(plan, verify)
        self.tell_left(self.files - self.done)
        with Pipeline(self.ledger, snapshots, self.encoder, put) as pipeline:
            for file, error in self.broken:
                self._fail(file, error, pipeline)
            tasks = [parse_task(file.path, file.source, self.settings) for file, _ in changed]
            with closing(parse_all(tasks, self.settings, ready)) as results:
                for (file, stamp), result in zip(changed, results, strict=True):
                    if isinstance(result, Parsed):
                        pipeline.add(ParsedFile(result, stamp))
                    else:
                        self._fail(file, result, pipeline)
            pipeline.finish()

    def _changed(self, plan: Plan, verify: bool) -> list[StampedFile]:
        """The files that changed since they were indexed."""
        changed: list[StampedFile] = []
        touched: list[FileStamp] = []
        for file in plan.files:
            try:
                stamp, same = check_file(file, f"{RECIPE}:{self.settings.chunk_tokens}", verify)
            except DocumentError as error:
                self.broken.append((file, error))
                continue
            if not same:
                changed.append((file, stamp))
                continue
            if file.known and stamp != file.known.file:
                touched.append(stamp)
            self.unchanged.append(file.source)
            self._tick(file.source)
        with self.ledger.transaction():
            for stamp in touched:
                self.ledger.touch(stamp)
        return changed

    def _fail(self, file: File, error: DocumentError, pipeline: Pipeline) -> None:
        if file.known:
            pipeline.remove(file.source)
        gone = "; its indexed version is out of date and was removed" if file.known else ""
        self.failed.append(NotIndexed(file.source, f"{error}{gone}"))
        self._read(file.source)

    def _read(self, source: str) -> None:
        self._tick(source)
        self.tell_left(self.files - self.done)

    def _tick(self, source: str) -> None:
        self.done += 1
        self.progress(self.done, self.files, source)


def _no_progress(done: int, total: int, source: str) -> None:
    """Report to nobody."""
