"""Building, checking and replacing the generations of the vector store; each is a copy of the ledger's vectors.

In the data folder a generation never changes once it is published: new rows go into a copy of it, built under another
name, checked, renamed, and only then noted in the ledger. So a crash while Chroma writes leaves the former generation
as it was, and no process ever reads a folder that another one writes. On a Chroma server, which keeps its own house,
new rows go into the collection in place. The caller of everything that writes holds `rag.lock.WriterLock`.
"""

import hashlib
import secrets
import shutil
from pathlib import Path

from rag.collection import NAME, Collection, CollectionError, chroma_version, names
from rag.errors import StorageError
from rag.ledger import Ledger
from rag.ledger_writer import LedgerWriter
from rag.records import Generation, View

FOLDER, UNFINISHED = "chroma", ".tmp"
PENDING = 4096  # rows a reader scores one by one without anybody noticing (10 ms)
PROBES, PROBE_HITS = 16, 10
SAME = 0.99  # cosine of a vector and itself, after rounding to float16


def is_due(ledger: Ledger) -> bool:
    """Whether so much was added or removed since the newest generation that readers would feel it."""
    view = ledger.view()
    kept = view.generation.row if view.generation else 0
    return max(view.newest_row - kept, len(view.gone)) > max(PENDING, kept // 4)


def reach(url: str) -> None:
    """Raise StorageError where no Chroma server answers at a set address."""
    try:
        if url:
            names(url)
    except CollectionError as error:
        raise StorageError(
            f"no Chroma server answers at {url!r} ({error}): start it with `chroma run`, or unset RAG_CHROMA_URL"
        ) from error


def sync(ledger: LedgerWriter, url: str, *, rebuild: bool = False) -> None:
    """Make the newest generation hold exactly the ledger's vectors, anew where it cannot be trusted or with `rebuild`.

    Raises StorageError where that fails; the ledger, and so every answer, is complete all the same.
    """
    view = ledger.view()
    try:
        current = None if rebuild else _trusted(ledger, view, url)
        if current is None or view.newest_row > current.row or view.gone:
            ledger.publish(_write(ledger, view, current, url), settled=view.gone)
        _tidy(ledger, url)
    except (CollectionError, OSError) as error:
        place = url or str(ledger.data_dir / FOLDER)
        raise StorageError(
            f"the vector store in {place!r} could not be brought up to date ({error}): the documents are safe in the "
            "ledger and answers are complete; see that there is room on the disk and run `rag index` again"
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
        if _digests(folder) != generation.files:  # damage can make Chroma crash the whole process: look before it does
            raise CollectionError(f"the files in {str(folder)!r} are not as they were written")
        collection = Collection.open(folder)
    try:
        count = collection.count()
        expected = view.held + sum(row <= generation.row for row in view.gone)
        if count < view.held or (not url and count != expected):  # on a server the writer may be at work
            raise CollectionError(f"it holds {count!r} vectors instead of {expected!r}")
        _probe(collection, ledger, generation.row, view.held)
    except BaseException:
        collection.close()
        raise
    return collection


def _trusted(ledger: Ledger, view: View, url: str) -> Generation | None:
    """The newest generation, or None where a new one has to be made from nothing."""
    try:
        open_generation(ledger, view, url).close()
    except CollectionError:
        return None
    # what is taken out of the graph of an HNSW index leaves holes in it: start afresh when half of it is holes
    worn = view.generation is not None and view.generation.written > 2 * view.held + PENDING
    return None if worn else view.generation


def _write(ledger: Ledger, view: View, current: Generation | None, url: str) -> Generation:
    name = current.name if url and current else f"rag-{ledger.meta('id')}-{view.revision}-{secrets.token_hex(3)}"
    if url:
        written = _fill(url, name, ledger, view, current)
        return Generation(name, url, view.newest_row, written, chroma_version(), {})
    home = ledger.data_dir / FOLDER
    building = home / f"{name}{UNFINISHED}"
    try:
        if current is None:
            building.mkdir(parents=True)
        else:
            shutil.copytree(home / current.name, building)
        written = _fill(building, NAME, ledger, view, current)
        files = _digests(building)
        building.rename(home / name)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return Generation(name, "", view.newest_row, written, chroma_version(), files)


def _fill(place: Path | str, name: str, ledger: Ledger, view: View, current: Generation | None) -> int:
    """Bring one collection up to the ledger and check it; the number of vectors ever put into it."""
    with Collection.open(place, name, create=current is None) as collection:
        collection.delete(sorted(view.gone) if current else [])
        added = 0
        for rows, vectors in ledger.vector_blocks(current.row if current else 0):
            collection.add(rows, vectors)
            added += len(rows)
        held = added + (view.held if current else 0)
        if (count := collection.count()) != held:
            raise CollectionError(f"it holds {count!r} vectors instead of {held!r}")
        _probe(collection, ledger, view.newest_row, held)
    return added + (current.written if current else 0)


def _probe(collection: Collection, ledger: Ledger, newest_row: int, held: int) -> None:
    """Raise CollectionError unless vectors from all over the collection find themselves."""
    for vector in ledger.sample_vectors(PROBES, newest_row):
        found = collection.search(vector, PROBE_HITS)
        if len(found) < min(PROBE_HITS, held) or found[0][1] < SAME:
            raise CollectionError("a vector that it holds is not found in it")


def _digests(folder: Path) -> dict[str, str]:
    """Digest of each file of the vector index; Chroma's SQLite file is left out, for opening it changes it."""
    found = {}
    for metadata in sorted(folder.rglob("index_metadata.pickle")):  # without it Chroma does not read the others either
        for path in sorted(metadata.parent.iterdir()):
            with path.open("rb") as file:
                found[path.relative_to(folder).as_posix()] = hashlib.file_digest(file, "blake2b").hexdigest()[:32]
    return found


def _tidy(ledger: Ledger, url: str) -> None:
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
