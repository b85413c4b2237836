"""The ledger: the one SQLite file that documents, chunks, vectors and keywords are read from.

Any number of threads and processes may read while one writes (`rag.store.ledger_writer`). Chroma holds nothing that is
not here. The ledger knows nothing of files, encoders or Chroma.
"""

# ruff: noqa: S608 (the pieces that queries are put together from are constants)

import hashlib
import sqlite3
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from json import loads
from pathlib import Path
from typing import Any, Self

import numpy as np

from rag.errors import IndexMismatch, IndexMissing, RagError, SourceMissing
from rag.schema import Document
from rag.store import records
from rag.store.access import owner_views
from rag.store.bm25 import KeywordIndex
from rag.store.data_folder import has_file
from rag.store.records import DocumentInfo, LedgerState, Root, StoredChunk
from rag.store.sqlite import IN_LIST, Database, json_list, storable

FILE = "ledger.sqlite3"
BLOCK_ROWS = 8192  # rows of vectors read at a time

_CHUNK = """SELECT c.row, c.chunk_id, d.source, c.text, c.start, c."end", c.page, c.headings, d.title, d.date
            FROM chunks c JOIN documents d ON d.id = c.document_id"""
_OF_SOURCES = f"document_id IN (SELECT id FROM documents WHERE source {IN_LIST})"


class Ledger:
    """The ledger of a data folder, open for reading. Every method raises StorageError on a damaged file.

    `owner`: the user who sees no documents but their own and everybody's; None: all documents are seen. `keywords`:
    its keyword search.
    """

    def __init__(self, data_dir: Path, database: Database, owner: str | None = None):
        self.data_dir, self.owner = data_dir, owner
        self.keywords = KeywordIndex(database, restricted=owner is not None)
        self._db = database
        self._digest = (-1, "")

    @classmethod
    def open(cls, data_dir: Path, owner: str | None = None) -> Self:
        """Open the ledger of a data folder as `owner` sees it.

        Raises IndexMissing where there is none, IndexMismatch where its schema is another, ConfigError where the folder
        cannot be read.
        """
        if not has_file(data_dir, FILE):
            raise IndexMissing(f"nothing is indexed in {str(data_dir)!r} yet: run `rag index PATH` first")
        database = Database(data_dir / FILE, write=False, prepare=() if owner is None else owner_views(owner))
        try:
            with database.reading() as db:
                records.require_newest_schema(db)
        except RagError:
            database.close()
            raise
        return cls(data_dir, database, owner)

    def close(self) -> None:
        """Close every connection."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def revision(self) -> int:
        """The number of transactions so far: an unchanged number means an unchanged ledger."""
        return int(self.meta("revision") or 0)

    def meta(self, key: str) -> str | None:
        """The value stored under `key`, or None."""
        with self._db.reading() as db:
            return _meta(db, key)

    def require_encoder(self, encoder: str) -> None:
        """Raise IndexMismatch if the vectors were made by another encoder than this one (its digest)."""
        known = self.meta("encoder")
        if known not in (None, encoder):
            raise IndexMismatch(
                f"the index in {str(self.data_dir)!r} was built with encoder {known!r}, not {encoder!r}: choose that "
                f"encoder again, or delete {str(self.data_dir / FILE)!r} and index again"
            )

    def digest(self) -> str:
        """Hash of sources, contents, parsing and encoder: the same on every machine."""
        revision, digest = self._digest
        with self._db.reading() as db:
            newest = int(_meta(db, "revision") or 0)
            if newest != revision:
                indexed = db.execute("SELECT source, digest, recipe FROM documents ORDER BY source").fetchall()
                digest = hashlib.sha256(repr((_meta(db, "encoder"), indexed)).encode()).hexdigest()[:16]
                self._digest = (newest, digest)
        return digest

    def damage(self) -> str:
        """What SQLite's own check finds wrong with the file, "" if nothing is."""
        with self._db.reading() as db:
            said = str(db.execute("PRAGMA quick_check(1)").fetchone()[0])
        return "" if said == "ok" else said

    def roots(self) -> dict[str, Root]:
        """The indexed folders by their path."""
        with self._db.reading() as db:
            rows = db.execute("SELECT path, prefix, whole, owner FROM roots")
            return {path: Root(path, prefix, bool(whole), owner) for path, prefix, whole, owner in rows}

    def documents(self) -> list[DocumentInfo]:
        """Every document, by source."""
        with self._db.reading() as db:
            rows = db.execute(
                """SELECT source, title, digest, date, json_array_length(pages), (SELECT count(*) FROM chunks c
                   WHERE c.document_id = d.id), characters, indexed_at, notes, root, path, size, mtime_ns, checked_ns,
                   recipe FROM documents d ORDER BY source"""
            )
            return list(map(records.read_info, rows))

    def sources(self) -> list[str]:
        """The source of every document, in order."""
        with self._db.reading() as db:
            return [source for (source,) in db.execute("SELECT source FROM documents ORDER BY source")]

    def document(self, source: str) -> Document:
        """A document with its text. Raises SourceMissing where there is none of that name."""
        query = "SELECT source, title, text, pages, headings, digest, date, notes FROM documents WHERE source = ?"
        with self._db.reading() as db:
            row = db.execute(query, (storable(source),)).fetchone()
        if row is None:
            raise SourceMissing(f"no document {source!r} in the index: `rag sources` lists what there is")
        return records.read_document(row)

    def text(self, source: str, start: int, end: int) -> str:
        """`document(source).text[start:end]` without reading the rest; "" where there is no such document."""
        query = "SELECT substr(text, ?, ?) FROM documents WHERE source = ?"
        with self._db.reading() as db:
            row = db.execute(query, (start + 1, end - start, storable(source))).fetchone()
        return str(row[0]) if row else ""

    def page(self, source: str, offset: int) -> int | None:
        """The page (from 1) of an offset in a document; None where it has no pages or there is no such document."""
        with self._db.reading() as db:
            row = db.execute("SELECT pages FROM documents WHERE source = ?", (storable(source),)).fetchone()
        return (bisect_right(loads(row[0]), offset) or None) if row else None

    def chunks(self, rows: Sequence[int]) -> list[StoredChunk]:
        """The chunks of these rows in this order, without rows that were deleted."""
        with self._db.reading() as db:
            chunks = map(records.read_chunk, db.execute(f"{_CHUNK} WHERE c.row {IN_LIST}", (json_list(rows),)))
            by_row = {chunk.row: chunk for chunk in chunks}
        return [by_row[row] for row in rows if row in by_row]

    def chunks_of(self, source: str) -> list[StoredChunk]:
        """All chunks of a document in reading order; none where there is no such document."""
        with self._db.reading() as db:
            rows = db.execute(f"{_CHUNK} WHERE d.source = ? ORDER BY c.row", (storable(source),))
            return list(map(records.read_chunk, rows))

    def neighbours(self, row: int, before: int, after: int) -> list[StoredChunk]:
        """The chunk of a row with up to `before` and `after` chunks of its document around it, in reading order."""
        with self._db.reading() as db:  # the rows of a document are consecutive: it is written in one transaction
            rows = db.execute(
                f"{_CHUNK} WHERE c.row BETWEEN ? AND ? AND d.id = (SELECT document_id FROM chunks WHERE row = ?)"
                " ORDER BY c.row",
                (row - before, row + after, row),
            )
            return list(map(records.read_chunk, rows))

    def rows(self, sources: Sequence[str] | None = None) -> np.ndarray:
        """The rows of all chunks, or of those of these documents, ascending: int64 [n]."""
        query, values = ("", ()) if sources is None else (f" WHERE {_OF_SOURCES}", (json_list(sources),))
        with self._db.reading() as db:
            rows = db.execute(f"SELECT row FROM chunks{query} ORDER BY row", values).fetchall()
        return np.fromiter((row for (row,) in rows), np.int64, len(rows))

    def rows_of(self, source: str, limit: int) -> list[int]:
        """The rows of the first `limit` chunks of a document in reading order."""
        query = f"SELECT row FROM chunks WHERE {_OF_SOURCES} ORDER BY row LIMIT ?"
        with self._db.reading() as db:
            return [row for (row,) in db.execute(query, (json_list([source]), limit))]

    def visible(self, rows: Sequence[int]) -> set[int]:
        """Which of these rows exist and are visible to the owner."""
        with self._db.reading() as db:
            return {row for (row,) in db.execute(f"SELECT row FROM chunks WHERE row {IN_LIST}", (json_list(rows),))}

    def vectors(self, after_row: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Rows int64 [n] above `after_row` and their vectors float32 [n, dimension] of unit length."""
        if blocks := list(self.vector_blocks(after_row)):
            return np.concatenate([rows for rows, _ in blocks]), np.concatenate([vectors for _, vectors in blocks])
        return np.zeros(0, np.int64), np.zeros((0, 0), np.float32)

    def vectors_of(self, rows: Sequence[int]) -> np.ndarray:
        """The vectors of these rows in this order, float32 [len(rows), dimension]; zeros for a row that was deleted."""
        with self._db.reading() as db:
            query = f"SELECT row, vector FROM chunks WHERE row {IN_LIST}"
            by_row = dict(db.execute(query, (json_list(rows),)).fetchall())
            size = db.execute("SELECT length(vector) FROM chunks LIMIT 1").fetchone() or (0,)
        zeros = bytes(size[0])
        return records.read_vectors([by_row.get(row, zeros) for row in rows])

    def sample_vectors(self, n: int, last_row: int) -> np.ndarray:
        """Up to `n` vectors float32 [n, dimension], evenly spread over the rows up to `last_row`."""
        query = "SELECT vector FROM main.chunks WHERE row > ? AND row <= ? ORDER BY row LIMIT 1"
        with self._db.reading() as db:
            sample = [db.execute(query, (last_row * i // n, last_row)).fetchone() for i in range(n)]
        return records.read_vectors([row[0] for row in sample if row])

    def vector_blocks(
        self, after_row: int = 0, sources: Sequence[str] | None = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """As `vectors`, in blocks of at most BLOCK_ROWS; `sources`: only the rows of these documents."""
        query = "SELECT row, vector FROM chunks WHERE row > ?"
        values: list[Any] = []
        if sources is not None:
            query += f" AND {_OF_SOURCES}"
            values.append(json_list(sources))
        while True:
            with self._db.reading() as db:
                block = db.execute(f"{query} ORDER BY row LIMIT {BLOCK_ROWS}", (after_row, *values)).fetchall()
            if not block:
                return
            yield np.array([row for row, _ in block], np.int64), records.read_vectors([blob for _, blob in block])
            after_row = block[-1][0]

    def state(self) -> LedgerState:
        """The newest commit, of all owners, as the vector store needs it."""
        with self._db.reading() as db:
            row = db.execute("SELECT name, place, row, written, version, files FROM generation").fetchone()
            snapshot = records.read_snapshot(row) if row else None
            last, count = db.execute("SELECT coalesce(max(row), 0), count(*) FROM main.chunks").fetchone()
            after = (snapshot.last_row if snapshot else 0,)
            added = db.execute("SELECT count(*) FROM main.chunks WHERE row > ?", after).fetchone()[0]
            deleted = frozenset(row for (row,) in db.execute("SELECT row FROM gone"))
            return LedgerState(int(_meta(db, "revision") or 0), snapshot, count, last, count - added, deleted)


def _meta(db: sqlite3.Connection, key: str) -> str | None:
    row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])
