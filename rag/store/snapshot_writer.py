"""Writing the next snapshot: a copy of the last one with the rows that were added, checked and published as a whole.

In the data folder it is written under another name, renamed once it is checked, and only then recorded in the ledger:
a crash while Chroma writes leaves the published one as it was. On a Chroma server, which keeps its own files, rows are
added to the published collection in place. The caller holds `rag.store.data_folder.WriterLock`. Building every snapshot
from nothing would be simpler, but takes minutes at 100,000 chunks (docs/performance.md, "Snapshots").
"""

import logging
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from rag.errors import CollectionError, StorageError
from rag.store.chroma import BATCH, Collection, chroma_version
from rag.store.ledger_writer import LedgerWriter
from rag.store.records import LedgerState, Snapshot
from rag.store.snapshots import (
    FOLDER,
    MAX_PENDING_ROWS,
    file_digests,
    is_recent,
    open_snapshot,
    probe,
    remove_old_snapshots,
)

UNFINISHED = ".tmp"
log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Draft:
    """A snapshot that is not published yet: it holds the rows up to `last_row`. `folder`: None on a server."""

    name: str
    folder: Path | None
    collection: Collection
    last_row: int
    written: int


class SnapshotWriter:
    """Writes snapshots during one run of the indexer; leaving it discards what was not published."""

    def __init__(self, ledger: LedgerWriter, url: str, *, rebuild: bool = False):
        self._ledger, self._url, self._rebuild = ledger, url, rebuild
        self._draft: _Draft | None = None
        self._failed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._discard()

    def add_committed(self) -> None:
        """Add the rows that were committed to the ledger, if they are many enough for a batch.

        A failure costs nothing but this work: `publish` starts again, and raises what is wrong.
        """
        if self._failed:
            return
        try:
            state = self._ledger.state()
            pending = state.last_row - self._draft.last_row if self._draft else state.added
            if pending >= BATCH:
                self._draft = self._draft or self._start(state, self._usable(state))
                self._fill(self._draft)
        except (CollectionError, OSError) as error:
            log.warning("the vector store cannot be written during the run: %s", error)
            self._discard()
            self._failed = True

    def finish(self) -> None:
        """Publish at the end of a run, unless too little has changed since the last snapshot. Errors as `publish`."""
        with self._storage_errors():
            recent = self._draft is None and is_recent(self._ledger, self._url)
            if recent:
                remove_old_snapshots(self._ledger, self._url)
        if not recent:
            self.publish()

    def publish(self) -> None:
        """Publish a snapshot of exactly the vectors of the ledger, built from nothing where the last is not usable.

        Raises StorageError where that fails; the ledger, and so every answer, is complete all the same.
        """
        with self._storage_errors():
            state = self._ledger.state()
            if self._draft is None:
                last = None if self._rebuild else self._usable(state)
                if last is None or state.added > 0 or state.deleted:
                    self._draft = self._start(state, last)
            if self._draft:
                self._fill(self._draft)
                self._ledger.publish(self._checked(self._draft, state), state.deleted)
            remove_old_snapshots(self._ledger, self._url)

    def _usable(self, state: LedgerState) -> Snapshot | None:
        """The last snapshot, or None where the next one has to be built from nothing."""
        try:
            open_snapshot(self._ledger, state, self._url).close()
        except CollectionError:
            return None
        # vectors deleted from an HNSW index leave gaps in its graph: build it anew when half of it is gaps
        sparse = state.snapshot is not None and state.snapshot.written > 2 * state.in_snapshot + MAX_PENDING_ROWS
        return None if sparse else state.snapshot

    def _start(self, state: LedgerState, last: Snapshot | None) -> _Draft:
        """A draft with the vectors of the last snapshot, or an empty one."""
        last_row, written = (last.last_row, last.written) if last else (0, 0)
        name = f"rag-{self._ledger.meta('id')}-{state.revision}-{secrets.token_hex(3)}"
        if self._url:
            name = last.name if last else name
            return _Draft(name, None, Collection.open(self._url, name, create=last is None), last_row, written)
        home = self._ledger.data_dir / FOLDER
        folder = home / f"{name}{UNFINISHED}"
        try:
            if last is None:
                folder.mkdir(parents=True)
            else:
                shutil.copytree(home / last.name, folder)
            return _Draft(name, folder, Collection.open(folder, create=last is None), last_row, written)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def _fill(self, draft: _Draft) -> None:
        for rows, vectors in self._ledger.vector_blocks(draft.last_row):
            draft.collection.add(rows, vectors)
            draft.last_row, draft.written = int(rows[-1]), draft.written + len(rows)

    def _checked(self, draft: _Draft, state: LedgerState) -> Snapshot:
        """Take the deleted rows out of a draft, check that it holds all others, and rename its folder."""
        draft.collection.delete(sorted(state.deleted))
        if (count := draft.collection.count()) != state.chunks:
            raise CollectionError(f"it holds {count!r} vectors instead of {state.chunks!r}")
        probe(draft.collection, self._ledger, state.last_row, state.chunks)
        self._draft = None
        draft.collection.close()
        files = {}
        if draft.folder:
            try:
                files = file_digests(draft.folder)
                draft.folder.rename(draft.folder.with_name(draft.name))
            finally:
                shutil.rmtree(draft.folder, ignore_errors=True)
        return Snapshot(draft.name, self._url, state.last_row, draft.written, chroma_version(), files)

    def _discard(self) -> None:
        draft, self._draft = self._draft, None
        if draft:
            with suppress(CollectionError):
                draft.collection.close()
            if draft.folder:
                shutil.rmtree(draft.folder, ignore_errors=True)

    @contextmanager
    def _storage_errors(self) -> Iterator[None]:
        try:
            yield
        except (CollectionError, OSError) as error:
            place = self._url or str(self._ledger.data_dir / FOLDER)
            raise StorageError(
                f"the vector store in {place!r} could not be brought up to date ({error}): the documents are safe in "
                "the ledger and answers are complete; see that there is room on the disk and run `rag index` again"
            ) from error


def update_snapshot(ledger: LedgerWriter, url: str, *, rebuild: bool = False) -> None:
    """Publish a snapshot of the ledger now; `rebuild`: from nothing. Errors as `SnapshotWriter.publish`."""
    with SnapshotWriter(ledger, url, rebuild=rebuild) as writer:
        writer.publish()
