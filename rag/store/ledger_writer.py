"""Writing to the ledger: each method is one transaction; the caller holds `rag.store.data_folder.WriterLock`.

Inside `transaction` several are one, which is written to the disk once.
"""

# ruff: noqa: S608 (the pieces that queries are put together from are constants)

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import Connection
from typing import Self

import numpy as np

from rag.errors import RagError, SourceMissing
from rag.schema import Chunk, Document
from rag.store.data_folder import make_data_folder
from rag.store.ledger import FILE, Ledger
from rag.store.records import MIGRATIONS, FileStamp, Root, Snapshot
from rag.store.sqlite import Database, migrate
from rag.text.normalize import searchable


class LedgerWriter(Ledger):
    """The ledger of one data folder, open for reading and writing."""

    _transaction: Connection | None = None  # the one that is under way

    @classmethod
    def open(cls, data_dir: Path) -> Self:  # type: ignore[override]  # a writer sees all documents
        """Open the ledger of a data folder, made or migrated first. Raises IndexMismatch where its schema is newer."""
        make_data_folder(data_dir)
        database = Database(data_dir / FILE, write=True)
        try:
            with database.outside_transaction() as db:
                migrate(db, MIGRATIONS)
        except RagError:
            database.close()
            raise
        return cls(data_dir, database)

    def set_encoder(self, encoder: str) -> None:
        """Store the digest of the encoder that makes the vectors. Raises IndexMismatch if it was another one before."""
        self.require_encoder(encoder)
        if self.meta("encoder") is None:
            self.set_meta("encoder", encoder)

    def set_meta(self, key: str, value: str) -> None:
        """Store a value under `key`."""
        with self._writing() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def set_root(self, root: Root) -> None:
        """Store an indexed folder, or change how it is indexed."""
        with self._writing() as db:
            values = (root.path, root.prefix, root.whole, root.owner)
            db.execute("INSERT OR REPLACE INTO roots VALUES (?, ?, ?, ?)", values)

    def put(self, document: Document, chunks: Sequence[Chunk], vectors: np.ndarray, file: FileStamp) -> None:
        """Add a document with its chunks, in place of the one from the same file before.

        `vectors`: float32 [len(chunks), dimension], stored as float16.
        """
        packed = np.ascontiguousarray(vectors, np.float16)
        with self._writing() as db:
            _delete(db, "root = ? AND path = ?", (file.root, file.path))
            cursor = db.execute(
                """INSERT INTO documents (source, title, text, characters, pages, headings, digest, date, notes, root,
                   path, size, mtime_ns, checked_ns, recipe, indexed_at)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                (
                    document.source,
                    document.title,
                    document.text,
                    len(document.text),
                    json.dumps(document.pages),
                    json.dumps([(mark.start, mark.level, mark.text) for mark in document.headings]),
                    document.digest,
                    document.date,
                    json.dumps(document.notes),
                    file.root,
                    file.path,
                    file.size,
                    file.mtime_ns,
                    file.checked_ns,
                    file.recipe,
                    datetime.now(UTC).isoformat(timespec="seconds"),
                ),
            )
            db.execute(
                "INSERT INTO document_words (rowid, title, text) VALUES (?, ?, ?)",
                (cursor.lastrowid, document.title, document.text),
            )
            _insert_chunks(db, cursor.lastrowid, document.title, chunks, packed)

    def touch(self, file: FileStamp) -> None:
        """Store the new size and times of a file whose content has not changed."""
        with self._writing() as db:
            db.execute(
                "UPDATE documents SET size = ?, mtime_ns = ?, checked_ns = ? WHERE root = ? AND path = ?",
                (file.size, file.mtime_ns, file.checked_ns, file.root, file.path),
            )

    def remove(self, source: str) -> None:
        """Delete a document. Raises SourceMissing where there is none of that name."""
        with self._writing() as db:
            if not _delete(db, "source = ?", (source,)):
                raise SourceMissing(f"no document {source!r} in the index: `rag sources` lists what there is")

    def publish(self, snapshot: Snapshot, deleted: frozenset[int]) -> None:
        """Make a snapshot the current one; these deleted rows are not in it."""
        placed = (snapshot.name, snapshot.url, snapshot.last_row)
        values = (*placed, snapshot.written, snapshot.version, json.dumps(snapshot.files))
        with self._writing() as db:
            db.execute("INSERT OR REPLACE INTO generation VALUES (1, ?, ?, ?, ?, ?, ?)", values)
            db.executemany("DELETE FROM gone WHERE row = ?", [(row,) for row in deleted])

    def scrub(self) -> None:
        """Overwrite what deleted documents left in the word indexes and in the write-ahead log."""
        with self._writing() as db:
            db.execute("INSERT INTO words (words) VALUES ('optimize')")
            db.execute("INSERT INTO document_words (document_words) VALUES ('optimize')")
        with self._db.outside_transaction() as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One transaction around everything that this thread writes inside; no other thread may write meanwhile."""
        with self._db.writing() as db:
            self._transaction = db
            try:
                yield
            finally:
                self._transaction = None

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with nullcontext(self._transaction) if self._transaction else self._db.writing() as db:
            db.execute("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'revision'")
            yield db


def _delete(db: Connection, where: str, values: tuple[str, ...]) -> bool:
    of_document = f"FROM chunks WHERE document_id = (SELECT id FROM documents WHERE {where})"
    db.execute(f"INSERT INTO gone SELECT row {of_document}", values)
    db.execute(
        "INSERT INTO document_words (document_words, rowid, title, text)"
        f" SELECT 'delete', id, title, text FROM documents WHERE {where}",
        values,
    )
    db.execute(f"DELETE FROM words WHERE rowid IN (SELECT row {of_document})", values)
    return db.execute(f"DELETE FROM documents WHERE {where}", values).rowcount > 0


def _insert_chunks(
    db: Connection, document: int | None, title: str, chunks: Sequence[Chunk], vectors: np.ndarray
) -> None:
    last = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'chunks'").fetchone()
    first = (last[0] if last else 0) + 1
    db.executemany(
        """INSERT INTO chunks (row, chunk_id, document_id, start, "end", page, headings, text, vector)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            (row, one.id, document, one.start, one.end, one.page, json.dumps(one.headings), one.text, vector)
            for row, (one, vector) in enumerate(zip(chunks, map(np.ndarray.tobytes, vectors), strict=True), first)
        ),
    )
    headings = {path: searchable(" ".join(dict.fromkeys([title, *path]))) for path in {c.headings for c in chunks}}
    db.executemany(
        "INSERT INTO words (rowid, heading, body) VALUES (?, ?, ?)",
        ((row, headings[chunk.headings], searchable(chunk.text)) for row, chunk in enumerate(chunks, first)),
    )
