"""Files -> ledger and vector store: what is new or changed is parsed, cut, encoded and put; what has gone is removed.

A document is replaced whole, in one transaction. A file that cannot be read any more loses its document: what the index
has of it may be wrong by now, and no answer is better than a wrong citation. Reading (`index.workers`), encoding and
writing (`index.pipeline`) overlap.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from index.changes import RECIPE, Stamped, stamped
from index.parse import Parsed
from index.pipeline import Item, Pipeline
from index.roots import File, Left, Plan, make_plan
from index.workers import Result, job_of, parsed
from rag.errors import ConfigError, DocumentError
from rag.models.encoder import Encoder
from rag.models.runtimes import open_indexer
from rag.settings import Settings
from rag.store.data_folder import WriterLock
from rag.store.ledger_writer import LedgerWriter
from rag.store.records import FileStamp
from rag.store.snapshot_writer import SnapshotWriter, update_snapshot
from rag.store.snapshots import require_server

Progress = Callable[[int, int, str], None]
"""Called with the number of files done, of all files, and the source at hand, or what is being prepared."""


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a run did, by source. `skipped` was passed over on purpose, `failed` could not be read."""

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    failed: tuple[Left, ...] = ()
    skipped: tuple[Left, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether the index is another one now, or should be."""
        return bool(self.added or self.updated or self.deleted or self.failed)


def build_index(
    paths: Sequence[Path],
    settings: Settings,
    *,
    verify: bool = False,
    encoder: Encoder | None = None,
    progress: Progress | None = None,
    ready: Mapping[Path, Result] | None = None,
) -> BuildReport:
    """Make the index follow these files and folders; nothing outside of them is touched.

    With `verify` the contents of all files are compared, not only sizes and times. `ready`: what was read of some of
    the files before. Ctrl-C at any moment leaves an index
    that is consistent, and the next run goes on. Raises ConfigError on a path that is not there, IndexLocked where
    another process is writing, IndexMismatch where the index belongs to another encoder, and StorageError where disk or
    Chroma server fail.
    """
    if not paths:
        raise ConfigError("nothing to index: give at least one file or folder")
    say = progress or _silent
    with WriterLock(settings.data_dir), LedgerWriter.open(settings.data_dir) as ledger:
        encoder = encoder or open_indexer(settings, ledger.meta("encoder"), lambda line: say(0, 0, line))
        ledger.set_encoder(encoder.digest)
        url = settings.chroma_url.rstrip("/")
        require_server(url)
        plan = make_plan(paths, list(ledger.roots().values()), ledger.documents(), settings.data_dir)
        run = _Run(ledger, encoder, settings, say, len(plan.files))
        with SnapshotWriter(ledger, url) as snapshots:
            run.follow(plan, snapshots, verify, ready or {})
            snapshots.finish()
    return BuildReport(
        added=tuple(run.added),
        updated=tuple(run.updated),
        deleted=tuple(document.source for document in plan.gone),
        unchanged=tuple(run.unchanged),
        failed=tuple(sorted(run.failed, key=lambda left: left.source)),
        skipped=plan.skipped,
    )


def remove(sources: Sequence[str], settings: Settings) -> None:
    """Take documents out of the index, traces on the disk included; the files themselves stay.

    Raises SourceMissing on a source that is not in the index, before anything is removed.
    """
    with WriterLock(settings.data_dir), LedgerWriter.open(settings.data_dir) as ledger:
        for source in sources:
            ledger.document(source)
        for source in dict.fromkeys(sources):
            ledger.remove(source)
        ledger.scrub()
        update_snapshot(ledger, settings.chroma_url.rstrip("/"), rebuild=True)


@dataclass(slots=True)
class _Run:
    """One run over the files of a plan, and what came of it."""

    ledger: LedgerWriter
    encoder: Encoder
    settings: Settings
    progress: Progress
    files: int
    done: int = 0
    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    failed: list[Left] = field(default_factory=list)
    broken: list[tuple[File, DocumentError]] = field(default_factory=list)

    def follow(self, plan: Plan, snapshots: SnapshotWriter, verify: bool, ready: Mapping[Path, Result]) -> None:
        with self.ledger.transaction():
            for root in plan.roots:
                self.ledger.set_root(root)
            for document in plan.gone:
                self.ledger.remove(document.source)
        self.progress(0, self.files, plan.files[0].source if plan.files else "")
        new = {file.source: file.known is None for file in plan.files}

        def put(item: Item) -> None:
            source = item.parsed.document.source
            (self.added if new[source] else self.updated).append(source)
            self._tick(source)

        changed = self._changed(plan, verify)
        with Pipeline(self.ledger, snapshots, self.encoder, put) as pipeline:
            for file, error in self.broken:
                self._fail(file, error, pipeline)
            jobs = [job_of(file.path, file.source, self.settings) for file, _ in changed]
            with closing(parsed(jobs, self.settings, ready)) as results:
                for (file, stamp), found in zip(changed, results, strict=True):
                    if isinstance(found, Parsed):
                        pipeline.add(Item(found, stamp))
                    else:
                        self._fail(file, found, pipeline)
            pipeline.finish()

    def _changed(self, plan: Plan, verify: bool) -> list[Stamped]:
        """The files that are not as they were when they were indexed."""
        changed: list[Stamped] = []
        touched: list[FileStamp] = []
        for file in plan.files:
            try:
                stamp, same = stamped(file, f"{RECIPE}:{self.settings.chunk_tokens}", verify)
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
        gone = "; what was indexed of it is out of date and was removed" if file.known else ""
        self.failed.append(Left(file.source, f"{error}{gone}"))
        self._tick(file.source)

    def _tick(self, source: str) -> None:
        self.done += 1
        self.progress(self.done, self.files, source)


def _silent(done: int, total: int, source: str) -> None:
    """Progress that nobody watches."""
