"""The tables of the ledger: their schema, the frozen values that they hold, and the conversion of rows to values."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rag.errors import IndexMismatch, IndexMissing
from rag.schema import Chunk, Document, Heading
from rag.store.sqlite import Migration, schema_version

MIGRATIONS: tuple[Migration, ...] = (
    (
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
        "INSERT INTO meta VALUES ('revision', '0'), ('id', lower(hex(randomblob(8))))",
        # `prefix` is put before the sources of a root that would collide with another's;
        # `whole` is 0 while only single files of the folder were indexed
        "CREATE TABLE roots (path TEXT PRIMARY KEY, prefix TEXT NOT NULL, whole INTEGER NOT NULL) WITHOUT ROWID",
        """CREATE TABLE documents (
            id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL UNIQUE, root TEXT NOT NULL, path TEXT NOT NULL,
            title TEXT NOT NULL, text TEXT NOT NULL, characters INTEGER NOT NULL, pages TEXT NOT NULL,
            headings TEXT NOT NULL, digest TEXT NOT NULL, date TEXT, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
            checked_ns INTEGER NOT NULL, recipe TEXT NOT NULL, indexed_at TEXT NOT NULL, UNIQUE (root, path))""",
        # AUTOINCREMENT: a row number is never used again, so that it can identify a vector in Chroma
        """CREATE TABLE chunks (
            row INTEGER PRIMARY KEY AUTOINCREMENT, chunk_id TEXT NOT NULL,
            document_id INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
            start INTEGER NOT NULL, "end" INTEGER NOT NULL, page INTEGER, headings TEXT NOT NULL, text TEXT NOT NULL,
            vector BLOB NOT NULL)""",
        "CREATE INDEX chunks_by_document ON chunks (document_id)",
        # the published snapshot (at most one row): all chunks up to `row`, less those in `gone`
        """CREATE TABLE generation (
            only INTEGER PRIMARY KEY CHECK (only = 1), name TEXT NOT NULL, place TEXT NOT NULL, row INTEGER NOT NULL,
            written INTEGER NOT NULL, version TEXT NOT NULL, files TEXT NOT NULL)""",
        # rows that were deleted and may still be in the snapshot
        "CREATE TABLE gone (row INTEGER PRIMARY KEY)",
        # the searchable copies of chunks; rowid is the chunk's row
        "CREATE VIRTUAL TABLE words USING fts5(heading, body, tokenize = 'porter unicode61 remove_diacritics 2')",
        # whole documents; the text is read from `documents`, so a row has to be deleted here first
        """CREATE VIRTUAL TABLE document_words USING fts5(title, text, content = 'documents', content_rowid = 'id',
            tokenize = 'porter unicode61 remove_diacritics 2')""",
    ),
    # the owner of the documents of a root, "" for everybody (rag/store/access.py)
    ("ALTER TABLE roots ADD COLUMN owner TEXT NOT NULL DEFAULT ''",),
    ("ALTER TABLE documents ADD COLUMN notes TEXT NOT NULL DEFAULT '[]'",),
)


@dataclass(frozen=True, slots=True)
class FileStamp:
    """The file that a document was read from, and its state at that time.

    `root` and `path` (POSIX, relative to it) identify the file. `checked_ns`: when its content was last compared.
    `recipe`: how it was parsed and chunked; a document with another recipe has to be indexed again.
    """

    root: str
    path: str
    size: int
    mtime_ns: int
    checked_ns: int
    recipe: str


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A document without its text. `pages`, `chunks` and `characters` are counts; `indexed_at`: ISO time in UTC.

    `notes`: as of Document.
    """

    source: str
    title: str
    digest: str
    date: str | None
    pages: int
    chunks: int
    characters: int
    indexed_at: str
    file: FileStamp
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Size of the file in bytes."""
        return self.file.size


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """A chunk with its row number, which is never used again, and the title and date of its document."""

    row: int
    chunk: Chunk
    title: str
    date: str | None


@dataclass(frozen=True, slots=True)
class Root:
    """An indexed folder. `prefix` is put before its sources; `whole`: False while only single files were indexed.

    `owner`: whose its documents are, "" for everybody's.
    """

    path: str
    prefix: str
    whole: bool
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A copy of the vectors up to `last_row` in a Chroma collection.

    `url`: the Chroma server, "" for the data folder; `written`: how many vectors were ever added to it; `version`: of
    chromadb; `files`: digest of each file that must not change.
    """

    name: str
    url: str
    last_row: int
    written: int
    version: str
    files: dict[str, str]


@dataclass(frozen=True, slots=True)
class LedgerState:
    """A commit of the ledger as a vector store needs to know it.

    `chunks`: how many there are, up to `last_row`; `in_snapshot`: how many of them the snapshot has to hold; `deleted`:
    the rows that were deleted since the snapshot.
    """

    revision: int
    snapshot: Snapshot | None
    chunks: int
    last_row: int
    in_snapshot: int
    deleted: frozenset[int]

    @property
    def added(self) -> int:
        """How many rows were added since the snapshot, at most."""
        return self.last_row - (self.snapshot.last_row if self.snapshot else 0)


def require_newest_schema(db: sqlite3.Connection) -> None:
    """Raise IndexMissing on a ledger that was never written to, IndexMismatch on one of another version."""
    version = schema_version(db, MIGRATIONS)
    if version == 0:
        raise IndexMissing("nothing is indexed yet: run `rag index PATH` with your documents first")
    if version < len(MIGRATIONS):
        raise IndexMismatch(f"the index has the older schema {version!r}: run `rag index PATH` once to upgrade it")


def read_document(row: tuple[Any, ...]) -> Document:
    """source, title, text, pages, headings, digest, date, notes -> Document."""
    source, title, text, pages, headings, digest, date, notes = row
    marks = tuple(Heading(*mark) for mark in json.loads(headings))
    return Document(source, title, text, tuple(json.loads(pages)), marks, digest, date, tuple(json.loads(notes)))


def read_info(row: tuple[Any, ...]) -> DocumentInfo:
    """The fields of DocumentInfo up to `indexed_at`, its notes, then the fields of FileStamp -> DocumentInfo."""
    source, title, digest, date, pages, chunks, characters, indexed_at, notes, *file = row
    stamp, said = FileStamp(*file), tuple(json.loads(notes))
    return DocumentInfo(source, title, digest, date, pages, chunks, characters, indexed_at, stamp, said)


def read_chunk(row: tuple[Any, ...]) -> StoredChunk:
    """row, chunk_id, source, text, start, end, page, headings, title, date -> StoredChunk."""
    number, identity, source, text, start, end, page, headings, title, date = row
    chunk = Chunk(identity, source, text, start, end, page, tuple(json.loads(headings)))
    return StoredChunk(number, chunk, title, date)


def read_snapshot(row: tuple[Any, ...]) -> Snapshot:
    """name, place, row, written, version, files -> Snapshot."""
    name, url, last_row, written, version, files = row
    return Snapshot(name, url, last_row, written, version, json.loads(files))


def read_vectors(blobs: Sequence[bytes]) -> np.ndarray:
    """Blobs of float16 -> float32 [len(blobs), dimension], normalised again after the rounding."""
    dimension = len(blobs[0]) // 2 if blobs else 0
    vectors = np.frombuffer(b"".join(blobs), np.float16).reshape(len(blobs), dimension).astype(np.float32)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.finfo(np.float32).tiny)
    return vectors
