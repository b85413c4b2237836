"""Writing to the ledger: each method is one transaction, all or nothing; the caller holds `rag.store.lock.WriterLock`.

Inside `together` several are one, which is written to the disk once.
"""

# ruff: noqa: S608 (the pieces that queries are put together from are constants of this file)

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
from rag.store.folder import make_data_folder
from rag.store.ledger import FILE, Ledger
from rag.store.migrations import migrate
from rag.store.records import FileStamp, Generation, Root
from rag.store.sqlite import Database
from rag.text.normalize import searchable


class LedgerWriter(Ledger):
    """The ledger of one data folder, open for reading and writing."""

    _together: Connection | None = None

    @classmethod
    def open(cls, data_dir: Path) -> Self:  # type: ignore[override]  # who writes, writes for all
        """Open the ledger of a data folder; make or upgrade it first. Raises IndexMismatch where it is newer."""
        make_data_folder(data_dir)
        database = Database(data_dir / FILE, write=True)
        try:
            with database.outside_transaction() as db:
                migrate(db)
        except RagError:
            database.close()
            raise
        return cls(data_dir, database)

    def claim(self, encoder: str) -> None:
        """Note which encoder the vectors come from, for good. Raises IndexMismatch where it was another one."""
        self.expect(encoder)
        if self.meta("encoder") is None:
            self.set_meta("encoder", encoder)

    def set_meta(self, key: str, value: str) -> None:
        """Note a value under `key`."""
        with self._writing() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def set_root(self, root: Root) -> None:
        """Note an indexed folder, or how it is indexed from now on."""
        with self._writing() as db:
            values = (root.path, root.prefix, root.whole, root.owner)
            db.execute("INSERT OR REPLACE INTO roots VALUES (?, ?, ?, ?)", values)

    def put(self, document: Document, chunks: Sequence[Chunk], vectors: np.ndarray, file: FileStamp) -> None:
        """Add a document whole, in place of what was read from the same file before.

        `vectors`: float32 [len(chunks), dimension], kept as float16.
        """
        packed = np.ascontiguousarray(vectors, np.float16)
        with self._writing() as db:
            _delete(db, "root = ? AND path = ?", (file.root, file.path))
            cursor = db.execute(
                """INSERT INTO documents (source, title, text, characters, pages, headings, digest, date, root, path,
                   size, mtime_ns, checked_ns, recipe, indexed_at)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                (
                    document.source,
                    document.title,
                    document.text,
                    len(document.text),
                    json.dumps(document.pages),
                    json.dumps([(mark.start, mark.level, mark.text) for mark in document.headings]),
                    document.digest,
                    document.date,
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
        """Note that the content of a file is what it was, whatever its time says."""
        with self._writing() as db:
            db.execute(
                "UPDATE documents SET size = ?, mtime_ns = ?, checked_ns = ? WHERE root = ? AND path = ?",
                (file.size, file.mtime_ns, file.checked_ns, file.root, file.path),
            )

    def remove(self, source: str) -> None:
        """Take a document out. Raises SourceMissing where there is none of that name."""
        with self._writing() as db:
            if not _delete(db, "source = ?", (source,)):
                raise SourceMissing(f"no document {source!r} in the index: `rag sources` lists what there is")

    def publish(self, generation: Generation, settled: frozenset[int]) -> None:
        """Make a generation the newest one; `settled` rows are in no vector store any more."""
        with self._writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO generation VALUES (1, ?, ?, ?, ?, ?, ?)",
                (
                    generation.name,
                    generation.place,
                    generation.row,
                    generation.written,
                    generation.version,
                    json.dumps(generation.files),
                ),
            )
            db.executemany("DELETE FROM gone WHERE row = ?", [(row,) for row in settled])

    def scrub(self) -> None:
        """Overwrite what removed documents left in the word index and in the write-ahead log."""
        with self._writing() as db:
            db.execute("INSERT INTO words (words) VALUES ('optimize')")
            db.execute("INSERT INTO document_words (document_words) VALUES ('optimize')")
        with self._db.outside_transaction() as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    @contextmanager
    def together(self) -> Iterator[None]:
        """One transaction around all that this thread writes inside; no other thread may write meanwhile."""
        with self._db.writing() as db:
            self._together = db
            try:
                yield
            finally:
                self._together = None

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with nullcontext(self._together) if self._together else self._db.writing() as db:
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
