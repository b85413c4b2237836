"""The generations of the vector store, each a copy of the ledger's vectors: opening, checking and tidying them.

In the data folder a generation never changes once it is published, so that no process ever reads a folder that another
one writes; `rag.store.growth` makes the next one. What came after it readers score one by one.
"""

import hashlib
import shutil
from pathlib import Path

from rag.errors import CollectionError, StorageError
from rag.store.chroma import Collection, chroma_version, names
from rag.store.ledger import Ledger
from rag.store.records import View

FOLDER = "chroma"
DATABASE, MAGIC = "chroma.sqlite3", b"SQLite format 3\0"
PENDING = 32_768  # rows that a reader scores one by one without anybody noticing (5 ms)
LATER = 512  # rows that came or left: not worth a new generation at the end of a run
PROBES, PROBE_HITS, MOST_LOST = 16, 10, 4
SAME = 0.99  # cosine of a vector and itself, after rounding to float16


def is_due(ledger: Ledger) -> bool:
    """Whether so much was added or removed since the newest generation that readers would feel it."""
    view = ledger.view()
    kept = view.generation.row if view.generation else 0
    return max(view.newest_row - kept, len(view.gone)) > max(PENDING, kept)


def is_settled(ledger: Ledger, url: str) -> bool:
    """Whether the newest generation is sound, as far as can be told without opening it, and little has come since."""
    view = ledger.view()
    generation = view.generation
    if generation is None or (generation.place, generation.version) != (url, chroma_version()):
        return False
    if max(view.newest_row - generation.row, len(view.gone)) > LATER:
        return False
    if url:
        return generation.name in names(url)
    folder = ledger.data_dir / FOLDER / generation.name
    return _has_database(folder) and file_digests(folder) == generation.files


def reach(url: str) -> None:
    """Raise StorageError where no Chroma server answers at a set address."""
    try:
        if url:
            names(url)
    except CollectionError as error:
        raise StorageError(
            f"no Chroma server answers at {url!r} ({error}): start it with `chroma run`, or unset RAG_CHROMA_URL"
        ) from error


def open_generation(ledger: Ledger, view: View, url: str) -> Collection:
    """Open the newest generation and check it. Raises CollectionError where it is not what the ledger says."""
    generation = view.generation
    if generation is None:
        raise CollectionError("no vector store was built yet")
    if generation.place != url:
        raise CollectionError(f"the vector store is at {generation.place or 'the data folder'!r}")
    if url:
        collection = Collection.open(url, generation.name)
    else:
        folder = ledger.data_dir / FOLDER / generation.name
        if generation.version != chroma_version():
            raise CollectionError(f"it was written by chromadb {generation.version!r}")
        # damage can make Chroma crash the whole process: look before it does
        if file_digests(folder) != generation.files:
            raise CollectionError(f"the files in {str(folder)!r} are not as they were written")
        collection = Collection.open(folder)
    try:
        count = collection.count()
        expected = view.held + sum(row <= generation.row for row in view.gone)
        if count < view.held or (not url and count != expected):  # on a server the writer may be at work
            raise CollectionError(f"it holds {count!r} vectors instead of {expected!r}")
        probe(collection, ledger, generation.row, view.held)
    except BaseException:
        collection.close()
        raise
    return collection


def probe(collection: Collection, ledger: Ledger, newest_row: int, held: int) -> None:
    """Raise CollectionError unless vectors from all over the collection find themselves.

    A few may not: HNSW loses some behind thousands of nearly equal ones, as one file can bring, and that is no damage.
    """
    lost = 0
    for vector in ledger.sample_vectors(PROBES, newest_row):
        found = collection.search(vector, PROBE_HITS)
        lost += len(found) < min(PROBE_HITS, held) or found[0][1] < SAME
    if lost > MOST_LOST:
        raise CollectionError(f"{lost!r} of {PROBES!r} vectors that it holds are not found in it")


def file_digests(folder: Path) -> dict[str, str]:
    """Digest of each file of the vector index; Chroma's SQLite file is left out, for opening it changes it."""
    found = {}
    for metadata in sorted(folder.rglob("index_metadata.pickle")):  # without it Chroma does not read the others either
        for path in sorted(metadata.parent.iterdir()):
            with path.open("rb") as file:
                found[path.relative_to(folder).as_posix()] = hashlib.file_digest(file, "blake2b").hexdigest()[:32]
    return found


def tidy(ledger: Ledger, url: str) -> None:
    """Remove every generation but the newest."""
    kept = ledger.view().generation
    name = kept.name if kept else ""
    home = ledger.data_dir / FOLDER
    for folder in home.iterdir() if home.is_dir() else ():
        if url or folder.name != name:
            shutil.rmtree(folder, ignore_errors=True)
    for other in names(url) if url else ():
        if other != name and other.startswith(f"rag-{ledger.meta('id')}-"):
            with Collection.open(url, other) as collection:
                collection.drop()


def _has_database(folder: Path) -> bool:
    try:
        with (folder / DATABASE).open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False
