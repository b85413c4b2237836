"""The truth of the index, in one SQLite file, for those who read it: documents, chunks, vectors and words.

Any number of threads and processes may read while one writes (`rag.store.ledger_writer`). Knows nothing of files on
disk, encoders or Chroma.
"""

# ruff: noqa: S608 (the pieces that queries are put together from are constants of this file)

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
from rag.store import rows
from rag.store.access import views
from rag.store.bm25 import IN_SOURCES, LISTED, WordSearch
from rag.store.folder import has_file
from rag.store.migrations import require_newest
from rag.store.records import DocumentInfo, Root, StoredChunk, View
from rag.store.sqlite import Database

FILE = "ledger.sqlite3"
BLOCK = 8192  # rows of vectors read at a time

_CHUNK = """SELECT c.row, c.chunk_id, d.source, c.text, c.start, c."end", c.page, c.headings, d.title
            FROM chunks c JOIN documents d ON d.id = c.document_id"""


class Ledger(WordSearch):
    """The ledger of one data folder, open for reading. Every method raises StorageError on a damaged file.

    `owner`: for whom it was opened, None where it is seen whole.
    """

    def __init__(self, data_dir: Path, database: Database, owner: str | None = None):
        super().__init__(database, partial=owner is not None)
        self.data_dir, self.owner = data_dir, owner
        self._digest = (-1, "")

    @classmethod
    def open(cls, data_dir: Path, owner: str | None = None) -> Self:
        """Open the ledger of a data folder, or as much of it as is there for `owner`.

        Raises IndexMissing where none is, IndexMismatch on another schema, ConfigError where nobody may look.
        """
        if not has_file(data_dir, FILE):
            raise IndexMissing(f"nothing is indexed in {str(data_dir)!r} yet: run `rag index PATH` first")
        database = Database(data_dir / FILE, write=False, prepare=() if owner is None else views(owner))
        try:
            with database.reading() as db:
                require_newest(db)
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
        """The number of transactions so far; an unchanged number means an unchanged ledger."""
        return int(self.meta("revision") or 0)

    def meta(self, key: str) -> str | None:
        """A value noted under `key`, or None."""
        with self._db.reading() as db:
            return _noted(db, key)

    def expect(self, encoder: str) -> None:
        """Raise IndexMismatch unless the vectors come from this encoder (its digest), or there are none."""
        known = self.meta("encoder")
        if known not in (None, encoder):
            raise IndexMismatch(
                f"the index in {str(self.data_dir)!r} was built with encoder {known!r}, not {encoder!r}: choose that "
                f"encoder again, or delete {str(self.data_dir / FILE)!r} and index again"
            )

    def digest(self) -> str:
        """Hash of what is indexed and how: sources, contents, parsing, encoder; the same on every machine."""
        revision, digest = self._digest
        with self._db.reading() as db:
            newest = int(_noted(db, "revision") or 0)
            if newest != revision:
                found = db.execute("SELECT source, digest, recipe FROM documents ORDER BY source").fetchall()
                digest = hashlib.sha256(repr((_noted(db, "encoder"), found)).encode()).hexdigest()[:16]
                self._digest = (newest, digest)
        return digest

    def damage(self) -> str:
        """What SQLite's own check finds wrong with the file, "" where nothing is."""
        with self._db.reading() as db:
            found = str(db.execute("PRAGMA quick_check(1)").fetchone()[0])
        return "" if found == "ok" else found

    def roots(self) -> dict[str, Root]:
        """The indexed folders by their path."""
        with self._db.reading() as db:
            found = db.execute("SELECT path, prefix, whole, owner FROM roots")
            return {path: Root(path, prefix, bool(whole), owner) for path, prefix, whole, owner in found}

    def documents(self) -> list[DocumentInfo]:
        """Every document, by source."""
        with self._db.reading() as db:
            found = db.execute(
                """SELECT source, title, digest, date, json_array_length(pages), (SELECT count(*) FROM chunks c
                   WHERE c.document_id = d.id), characters, indexed_at, root, path, size, mtime_ns, checked_ns, recipe
                   FROM documents d ORDER BY source"""
            )
            return list(map(rows.info, found))

    def names(self) -> list[str]:
        """The source of every document, in order."""
        with self._db.reading() as db:
            return [source for (source,) in db.execute("SELECT source FROM documents ORDER BY source")]

    def document(self, source: str) -> Document:
        """A document with its text. Raises SourceMissing where there is none of that name."""
        query = "SELECT source, title, text, pages, headings, digest, date FROM documents WHERE source = ?"
        with self._db.reading() as db:
            found = db.execute(query, (rows.storable(source),)).fetchone()
        if found is None:
            raise SourceMissing(f"no document {source!r} in the index: `rag sources` lists what there is")
        return rows.document(found)

    def text(self, source: str, start: int, end: int) -> str:
        """`document(source).text[start:end]` without reading the rest; "" where the document is not there."""
        query = "SELECT substr(text, ?, ?) FROM documents WHERE source = ?"
        with self._db.reading() as db:
            found = db.execute(query, (start + 1, end - start, rows.storable(source))).fetchone()
        return str(found[0]) if found else ""

    def page(self, source: str, offset: int) -> int | None:
        """The page (from 1) on which an offset of a document lies, None where it has no pages or is not there."""
        with self._db.reading() as db:
            found = db.execute("SELECT pages FROM documents WHERE source = ?", (rows.storable(source),)).fetchone()
        return (bisect_right(loads(found[0]), offset) or None) if found else None

    def chunks(self, wanted: Sequence[int]) -> list[StoredChunk]:
        """The chunks of these rows in this order; a row that has left is left out."""
        with self._db.reading() as db:
            found = map(rows.chunk, db.execute(f"{_CHUNK} WHERE c.row IN {LISTED}", (rows.listed(wanted),)))
            by_row = {chunk.row: chunk for chunk in found}
        return [by_row[row] for row in wanted if row in by_row]

    def chunks_of(self, source: str) -> list[StoredChunk]:
        """All chunks of a document in reading order; none where there is no such document."""
        with self._db.reading() as db:
            found = db.execute(f"{_CHUNK} WHERE d.source = ? ORDER BY c.row", (rows.storable(source),))
            return list(map(rows.chunk, found))

    def rows_of(self, source: str, limit: int) -> list[int]:
        """The rows of the first `limit` chunks of a document in reading order."""
        query = f"SELECT row FROM chunks WHERE {IN_SOURCES} ORDER BY row LIMIT ?"
        with self._db.reading() as db:
            return [row for (row,) in db.execute(query, (rows.listed([source]), limit))]

    def rows(self, sources: Sequence[str] | None = None) -> np.ndarray:
        """The rows of all chunks, or of those of these documents, ascending: int64 [n]."""
        query, values = ("", ()) if sources is None else (f" WHERE {IN_SOURCES}", (rows.listed(sources),))
        with self._db.reading() as db:
            found = db.execute(f"SELECT row FROM chunks{query} ORDER BY row", values).fetchall()
        return np.fromiter((row for (row,) in found), np.int64, len(found))

    def seen(self, wanted: Sequence[int]) -> set[int]:
        """Which of these rows there are, for whom the ledger was opened."""
        with self._db.reading() as db:
            return {
                row for (row,) in db.execute(f"SELECT row FROM chunks WHERE row IN {LISTED}", (rows.listed(wanted),))
            }

    def neighbours(self, row: int, before: int, after: int) -> list[StoredChunk]:
        """The chunk of a row with up to `before` and `after` chunks of its document around it, in reading order."""
        with self._db.reading() as db:  # the rows of a document are consecutive: it is put in one transaction
            found = db.execute(
                f"{_CHUNK} WHERE c.row BETWEEN ? AND ? AND d.id = (SELECT document_id FROM chunks WHERE row = ?)"
                " ORDER BY c.row",
                (row - before, row + after, row),
            )
            return list(map(rows.chunk, found))

    def vectors(self, after_row: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Rows int64 [n] above `after_row` and their vectors float32 [n, dimension] of unit length."""
        if blocks := list(self.vector_blocks(after_row)):
            return np.concatenate([rows for rows, _ in blocks]), np.concatenate([vectors for _, vectors in blocks])
        return np.zeros(0, np.int64), np.zeros((0, 0), np.float32)

    def vectors_of(self, wanted: Sequence[int]) -> np.ndarray:
        """The vectors of these rows in this order, float32 [len(wanted), dimension]; zeros for a row that has left."""
        with self._db.reading() as db:
            query = f"SELECT row, vector FROM chunks WHERE row IN {LISTED}"
            found = dict(db.execute(query, (rows.listed(wanted),)).fetchall())
            size = db.execute("SELECT length(vector) FROM chunks LIMIT 1").fetchone() or (0,)
        nothing = bytes(size[0])
        return rows.vectors([found.get(row, nothing) for row in wanted])

    def sample_vectors(self, n: int, newest_row: int) -> np.ndarray:
        """Up to `n` vectors float32 [n, dimension] from all over the rows up to `newest_row`."""
        query = "SELECT vector FROM main.chunks WHERE row > ? AND row <= ? ORDER BY row LIMIT 1"
        with self._db.reading() as db:
            found = [db.execute(query, (newest_row * i // n, newest_row)).fetchone() for i in range(n)]
        return rows.vectors([row[0] for row in found if row])

    def vector_blocks(
        self, after_row: int = 0, sources: Sequence[str] | None = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """As `vectors`, in blocks of at most BLOCK rows, ascending; `sources`: only the rows of these documents."""
        query = "SELECT row, vector FROM chunks WHERE row > ?"
        values: list[Any] = []
        if sources is not None:
            query += f" AND {IN_SOURCES}"
            values.append(rows.listed(sources))
        while True:
            with self._db.reading() as db:
                found = db.execute(f"{query} ORDER BY row LIMIT {BLOCK}", (after_row, *values)).fetchall()
            if not found:
                return
            yield np.array([row for row, _ in found], np.int64), rows.vectors([blob for _, blob in found])
            after_row = found[-1][0]

    def view(self) -> View:
        """What a vector store, which knows no owners, has to know of the newest commit."""
        with self._db.reading() as db:
            kept = db.execute("SELECT name, place, row, written, version, files FROM generation").fetchone()
            generation = rows.generation(kept) if kept else None
            newest, count = db.execute("SELECT coalesce(max(row), 0), count(*) FROM main.chunks").fetchone()
            kept_row = generation.row if generation else 0
            later = db.execute("SELECT count(*) FROM main.chunks WHERE row > ?", (kept_row,)).fetchone()[0]
            gone = frozenset(row for (row,) in db.execute("SELECT row FROM gone"))
            return View(int(_noted(db, "revision") or 0), generation, count, newest, count - later, gone)


def _noted(db: sqlite3.Connection, key: str) -> str | None:
    row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])
