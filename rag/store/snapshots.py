"""Snapshots: copies of the ledger's vectors in a Chroma collection, opened, checked and removed.

A snapshot holds nothing that the ledger does not: it is checked before it is used, and made again where it is damaged
or missing. In the data folder a published snapshot never changes, so that no process reads a folder that another one is
writing; `rag.store.snapshot_writer` writes the next one. Rows added since are compared exactly (`rag.store.vectors`).
"""

import hashlib
import shutil
from pathlib import Path

from rag.errors import CollectionError, StorageError
from rag.store.chroma import Collection, chroma_version, collection_names
from rag.store.ledger import Ledger
from rag.store.records import LedgerState

FOLDER = "chroma"
DATABASE, MAGIC = "chroma.sqlite3", b"SQLite format 3\0"
MIN_PENDING_ROWS = 512  # at the end of a run, fewer rows added or deleted are not worth a new snapshot
MAX_PENDING_ROWS = 32_768  # during a run, more than these make a new one due; comparing them exactly takes 5 ms
PROBES, PROBE_HITS, MAX_PROBES_LOST = 16, 10, 4
MIN_SELF_COSINE = 0.99  # of a vector with itself, after rounding to float16


def is_due(ledger: Ledger) -> bool:
    """Whether so many rows were added or deleted since the snapshot that searches become slower."""
    state = ledger.state()
    last_row = state.snapshot.last_row if state.snapshot else 0
    return max(state.added, len(state.deleted)) > max(MAX_PENDING_ROWS, last_row)


def is_recent(ledger: Ledger, url: str) -> bool:
    """Whether few rows were added or deleted since the snapshot, and it is sound as far as its files show."""
    state = ledger.state()
    snapshot = state.snapshot
    if snapshot is None or (snapshot.url, snapshot.version) != (url, chroma_version()):
        return False
    if max(state.added, len(state.deleted)) > MIN_PENDING_ROWS:
        return False
    if url:
        return snapshot.name in collection_names(url)
    folder = ledger.data_dir / FOLDER / snapshot.name
    return _has_database(folder) and file_digests(folder) == snapshot.files


def require_server(url: str) -> None:
    """Raise StorageError where the settings name a Chroma server and none answers there."""
    try:
        if url:
            collection_names(url)
    except CollectionError as error:
        raise StorageError(
            f"no Chroma server answers at {url!r} ({error}): start it with `chroma run`, or unset RAG_CHROMA_URL"
        ) from error


def open_snapshot(ledger: Ledger, state: LedgerState, url: str) -> Collection:
    """Open the collection of the snapshot and check it. Raises CollectionError where it is not what the ledger says."""
    snapshot = state.snapshot
    if snapshot is None:
        raise CollectionError("no vector store was built yet")
    if snapshot.url != url:
        raise CollectionError(f"the vector store is at {snapshot.url or 'the data folder'!r}")
    if url:
        collection = Collection.open(url, snapshot.name)
    else:
        folder = ledger.data_dir / FOLDER / snapshot.name
        if snapshot.version != chroma_version():
            raise CollectionError(f"it was written by chromadb {snapshot.version!r}")
        # damaged files can make Chroma crash the whole process: compare them before it opens them
        if file_digests(folder) != snapshot.files:
            raise CollectionError(f"the files in {str(folder)!r} are not as they were written")
        collection = Collection.open(folder)
    try:
        count = collection.count()
        expected = state.in_snapshot + sum(row <= snapshot.last_row for row in state.deleted)
        if count < state.in_snapshot or (
            not url and count != expected
        ):  # a server's may be ahead: it is written in place
            raise CollectionError(f"it holds {count!r} vectors instead of {expected!r}")
        probe(collection, ledger, snapshot.last_row, state.in_snapshot)
    except BaseException:
        collection.close()
        raise
    return collection


def probe(collection: Collection, ledger: Ledger, last_row: int, count: int) -> None:
    """Raise CollectionError unless vectors from all over a collection of `count` find themselves.

    A few may not: HNSW hides some behind thousands of nearly equal ones, as one file can bring, which is no damage.
    """
    lost = 0
    for vector in ledger.sample_vectors(PROBES, last_row):
        hits = collection.search(vector, PROBE_HITS)
        lost += len(hits) < min(PROBE_HITS, count) or hits[0][1] < MIN_SELF_COSINE
    if lost > MAX_PROBES_LOST:
        raise CollectionError(f"{lost!r} of {PROBES!r} vectors that it holds are not found in it")


def file_digests(folder: Path) -> dict[str, str]:
    """Digest of each file of the HNSW index. Chroma's SQLite file is left out, because opening it changes it."""
    digests = {}
    for metadata in sorted(folder.rglob("index_metadata.pickle")):  # without it Chroma does not read the others either
        for path in sorted(metadata.parent.iterdir()):
            with path.open("rb") as file:
                digests[path.relative_to(folder).as_posix()] = hashlib.file_digest(file, "blake2b").hexdigest()[:32]
    return digests


def remove_old_snapshots(ledger: Ledger, url: str) -> None:
    """Delete every snapshot of this ledger but the published one."""
    published = ledger.state().snapshot
    name = published.name if published else ""
    home = ledger.data_dir / FOLDER
    for folder in home.iterdir() if home.is_dir() else ():
        if url or folder.name != name:
            shutil.rmtree(folder, ignore_errors=True)
    for other in collection_names(url) if url else ():
        if other != name and other.startswith(f"rag-{ledger.meta('id')}-"):
            with Collection.open(url, other) as collection:
                collection.drop()


def _has_database(folder: Path) -> bool:
    try:
        with (folder / DATABASE).open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False
