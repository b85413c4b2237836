"""Files -> ledger and vector store: what is new or changed is parsed, cut, encoded and put; what has gone is removed.

A document is replaced whole, in one transaction. A file that cannot be read any more loses its document: what the index
has of it may be wrong by now, and no answer is better than a wrong citation.
"""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from index.chunk import chunk
from index.load import load
from index.roots import File, Left, Plan, make_plan
from rag.encoder import Encoder, Tokens, encoded_text, encoder_folder
from rag.errors import ConfigError, DocumentError
from rag.generations import is_due, reach, sync
from rag.ledger_writer import LedgerWriter
from rag.lock import WriterLock
from rag.records import FileStamp
from rag.runtimes.open import open_indexer
from rag.schema import Chunk, Document
from rag.settings import Settings
from rag.text import searchable

RECIPE = 1  # goes up when parsing, cutting or encoding changes what is stored
BATCH = 256  # chunks that are encoded together; what a crash costs at most
RECENT_NS = 2_000_000_000  # an edit this soon after the last look can leave size and time as they were
MEGABYTE = 1_000_000

Progress = Callable[[int, int, str], None]
"""Called with the number of files done, of all files, and the source at hand."""


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
) -> BuildReport:
    """Make the index follow these files and folders; nothing outside of them is touched.

    With `verify` the contents of all files are compared, not only sizes and times. Ctrl-C at any moment leaves an index
    that is consistent, and the next run goes on. Raises ConfigError on a path that is not there, IndexLocked where
    another process is writing, IndexMismatch where the index belongs to another encoder, and StorageError where disk or
    Chroma server fail.
    """
    if not paths:
        raise ConfigError("nothing to index: give at least one file or folder")
    folder = encoder_folder(settings.encoder)
    with WriterLock(settings.data_dir), LedgerWriter.open(settings.data_dir) as ledger:
        encoder = encoder or open_indexer(settings, ledger.meta("encoder"))
        ledger.claim(encoder.digest)
        url = settings.chroma_url.rstrip("/")
        reach(url)
        plan = make_plan(paths, list(ledger.roots().values()), ledger.documents(), settings.data_dir)
        run = _Run(ledger, url, encoder, Tokens(folder), settings, progress or _silent)
        run.follow(plan, verify)
        sync(ledger, url)
    return BuildReport(
        added=tuple(run.added),
        updated=tuple(run.updated),
        deleted=tuple(run.deleted),
        unchanged=tuple(run.unchanged),
        failed=tuple(run.failed),
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
        sync(ledger, settings.chroma_url.rstrip("/"), rebuild=True)


@dataclass(frozen=True, slots=True)
class _Parsed:
    """A document on its way into the ledger."""

    document: Document
    chunks: list[Chunk]
    texts: list[str]
    stamp: FileStamp


@dataclass(slots=True)
class _Run:
    """One run over the files of a plan, and what came of it."""

    ledger: LedgerWriter
    url: str
    encoder: Encoder
    tokens: Tokens
    settings: Settings
    progress: Progress
    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    failed: list[Left] = field(default_factory=list)
    waiting: list[_Parsed] = field(default_factory=list)

    def follow(self, plan: Plan, verify: bool) -> None:
        for root in plan.roots:
            self.ledger.set_root(root)
        for document in plan.gone:
            self.ledger.remove(document.source)
            self.deleted.append(document.source)
        for done, file in enumerate(plan.files):
            self.progress(done, len(plan.files), file.source)
            self._take(file, verify)
            if sum(len(parsed.chunks) for parsed in self.waiting) >= BATCH:
                self._put()
        self._put()
        self.progress(len(plan.files), len(plan.files), "")

    def _take(self, file: File, verify: bool) -> None:
        try:
            stamp = self._stamp(file)
            if self._is_unchanged(file, stamp, verify):
                self.unchanged.append(file.source)
                return
            self.waiting.append(self._parse(file, stamp))
            (self.updated if file.known else self.added).append(file.source)
        except DocumentError as error:
            if file.known:
                self.ledger.remove(file.source)
            gone = "; what was indexed of it is out of date and was removed" if file.known else ""
            self.failed.append(Left(file.source, f"{error}{gone}"))

    def _stamp(self, file: File) -> FileStamp:
        checked_ns = time.time_ns()
        try:
            status = file.path.stat()
        except OSError as error:
            raise DocumentError(f"it cannot be read: {error.strerror or error}") from error
        recipe = f"{RECIPE}:{self.settings.chunk_tokens}"
        return FileStamp(file.root, file.relative, status.st_size, status.st_mtime_ns, checked_ns, recipe)

    def _is_unchanged(self, file: File, stamp: FileStamp, verify: bool) -> bool:
        if file.known is None or file.known.file.recipe != stamp.recipe:
            return False
        before = file.known.file
        same = (before.size, before.mtime_ns) == (stamp.size, stamp.mtime_ns)
        settled = same and before.mtime_ns < before.checked_ns - RECENT_NS
        if settled and not verify:
            return True
        if before.size != stamp.size or _content_digest(file.path) != file.known.digest:
            return False
        if not settled:
            self.ledger.touch(stamp)
        return True

    def _parse(self, file: File, stamp: FileStamp) -> _Parsed:
        document = load(file.path, file.source, int(self.settings.max_file_mb * MEGABYTE))
        chunks = chunk(document, self.tokens, self.settings.chunk_tokens)
        texts = [encoded_text(self.tokens, document.title, one.headings, searchable(one.text)) for one in chunks]
        return _Parsed(document, chunks, texts, stamp)

    def _put(self) -> None:
        """Encode what is waiting, across documents so that batches are full, and put it document by document."""
        waiting, self.waiting = self.waiting, []
        vectors = self._encoded([text for parsed in waiting for text in parsed.texts])
        at = 0
        for parsed in waiting:
            end = at + len(parsed.chunks)
            self.ledger.put(parsed.document, parsed.chunks, vectors[at:end], parsed.stamp)
            at = end
        if waiting and is_due(self.ledger):
            sync(self.ledger, self.url)

    def _encoded(self, texts: Sequence[str]) -> np.ndarray:
        parts = [self.encoder.encode(texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)]
        return np.concatenate(parts) if parts else np.zeros((0, 0), np.float32)


def _content_digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DocumentError(f"it cannot be read: {error.strerror or error}") from error


def _silent(done: int, total: int, source: str) -> None:
    """Progress that nobody watches."""
