"""The next generation of the vector store, made beside a run of the indexer and published as a whole.

In the data folder it is a copy of the newest generation under another name, checked, renamed, and only then noted in
the ledger: a crash while Chroma writes leaves the former one as it was. On a Chroma server, which keeps its own house,
new rows go into the collection in place. The caller holds `rag.store.lock.WriterLock`.
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
from rag.store.records import Generation, View
from rag.store.snapshots import FOLDER, PENDING, file_digests, is_settled, open_generation, probe, tidy

UNFINISHED = ".tmp"
log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Made:
    """A generation in the making: it holds the rows up to `row`. `folder`: where it is built, None on a server."""

    name: str
    folder: Path | None
    collection: Collection
    row: int
    written: int


class Growth:
    """Keeps the vector store up with the ledger through one run; leaving it drops what was not published."""

    def __init__(self, ledger: LedgerWriter, url: str, *, rebuild: bool = False):
        self._ledger, self._url, self._rebuild = ledger, url, rebuild
        self._made: _Made | None = None
        self._broken = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._drop()

    def follow(self) -> None:
        """Put in what was committed since, where it is worth a large write.

        A failure here costs nothing but work: `publish` begins anew, and says what is wrong.
        """
        if self._broken:
            return
        try:
            view = self._ledger.view()
            kept = self._made.row if self._made else view.generation.row if view.generation else 0
            if view.newest_row - kept >= BATCH:
                self._made = self._made or self._begun(view, self._trusted(view))
                self._fill(self._made)
        except (CollectionError, OSError) as error:
            log.warning("the vector store cannot be written along: %s", error)
            self._drop()
            self._broken = True

    def settle(self) -> None:
        """Publish at the end of a run, unless so little has changed that it can wait for more. Errors as `publish`."""
        with self._explained():
            settled = self._made is None and is_settled(self._ledger, self._url)
            if settled:
                tidy(self._ledger, self._url)
        if not settled:
            self.publish()

    def publish(self) -> None:
        """Make the newest generation hold exactly the ledger's vectors, anew where it cannot be trusted.

        Raises StorageError where that fails; the ledger, and so every answer, is complete all the same.
        """
        with self._explained():
            view = self._ledger.view()
            if self._made is None:
                current = None if self._rebuild else self._trusted(view)
                if current is None or view.newest_row > current.row or view.gone:
                    self._made = self._begun(view, current)
            if self._made:
                self._fill(self._made)
                self._ledger.publish(self._finished(self._made, view), settled=view.gone)
            tidy(self._ledger, self._url)

    def _trusted(self, view: View) -> Generation | None:
        """The newest generation, or None where a new one has to be made from nothing."""
        try:
            open_generation(self._ledger, view, self._url).close()
        except CollectionError:
            return None
        # what is taken out of the graph of an HNSW index leaves holes in it: start afresh when half of it is holes
        worn = view.generation is not None and view.generation.written > 2 * view.held + PENDING
        return None if worn else view.generation

    def _begun(self, view: View, current: Generation | None) -> _Made:
        row, written = (current.row, current.written) if current else (0, 0)
        name = f"rag-{self._ledger.meta('id')}-{view.revision}-{secrets.token_hex(3)}"
        if self._url:
            name = current.name if current else name
            return _Made(name, None, Collection.open(self._url, name, create=current is None), row, written)
        home = self._ledger.data_dir / FOLDER
        folder = home / f"{name}{UNFINISHED}"
        try:
            if current is None:
                folder.mkdir(parents=True)
            else:
                shutil.copytree(home / current.name, folder)
            return _Made(name, folder, Collection.open(folder, create=current is None), row, written)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def _fill(self, made: _Made) -> None:
        for rows, vectors in self._ledger.vector_blocks(made.row):
            made.collection.add(rows, vectors)
            made.row, made.written = int(rows[-1]), made.written + len(rows)

    def _finished(self, made: _Made, view: View) -> Generation:
        """Take out what has left, check that all else is there, and put the folder in its place."""
        made.collection.delete(sorted(view.gone))
        if (count := made.collection.count()) != view.rows:
            raise CollectionError(f"it holds {count!r} vectors instead of {view.rows!r}")
        probe(made.collection, self._ledger, view.newest_row, view.rows)
        self._made = None
        made.collection.close()
        if made.folder is None:
            return Generation(made.name, self._url, view.newest_row, made.written, chroma_version(), {})
        try:
            files = file_digests(made.folder)
            made.folder.rename(made.folder.with_name(made.name))
        finally:
            shutil.rmtree(made.folder, ignore_errors=True)
        return Generation(made.name, "", view.newest_row, made.written, chroma_version(), files)

    def _drop(self) -> None:
        made, self._made = self._made, None
        if made:
            with suppress(CollectionError):
                made.collection.close()
            if made.folder:
                shutil.rmtree(made.folder, ignore_errors=True)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (CollectionError, OSError) as error:
            place = self._url or str(self._ledger.data_dir / FOLDER)
            raise StorageError(
                f"the vector store in {place!r} could not be brought up to date ({error}): the documents are safe in "
                "the ledger and answers are complete; see that there is room on the disk and run `rag index` again"
            ) from error


def sync(ledger: LedgerWriter, url: str, *, rebuild: bool = False) -> None:
    """Bring the vector store up to the ledger now. Errors as `Growth.publish`."""
    with Growth(ledger, url, rebuild=rebuild) as growth:
        growth.publish()
