"""The tables of the ledger, as numbered migrations; knows nothing of what is written into them.

A released migration is never edited: a change is a new one at the end.
"""

import sqlite3
from collections.abc import Sequence

from rag.errors import IndexMismatch, IndexMissing

Migration = tuple[str, ...]

MIGRATIONS: tuple[Migration, ...] = (
    (
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
        "INSERT INTO meta VALUES ('revision', '0'), ('id', lower(hex(randomblob(8))))",
        # `prefix` stands in front of the sources of a root that would collide with another's;
        # `whole` is 0 while only single files of the folder were asked for
        "CREATE TABLE roots (path TEXT PRIMARY KEY, prefix TEXT NOT NULL, whole INTEGER NOT NULL) WITHOUT ROWID",
        """CREATE TABLE documents (
            id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL UNIQUE, root TEXT NOT NULL, path TEXT NOT NULL,
            title TEXT NOT NULL, text TEXT NOT NULL, characters INTEGER NOT NULL, pages TEXT NOT NULL,
            headings TEXT NOT NULL, digest TEXT NOT NULL, date TEXT, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
            checked_ns INTEGER NOT NULL, recipe TEXT NOT NULL, indexed_at TEXT NOT NULL, UNIQUE (root, path))""",
        # AUTOINCREMENT: a row number is never given twice, so it can name a vector for good
        """CREATE TABLE chunks (
            row INTEGER PRIMARY KEY AUTOINCREMENT, chunk_id TEXT NOT NULL,
            document_id INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
            start INTEGER NOT NULL, "end" INTEGER NOT NULL, page INTEGER, headings TEXT NOT NULL, text TEXT NOT NULL,
            vector BLOB NOT NULL)""",
        "CREATE INDEX chunks_by_document ON chunks (document_id)",
        # the vector store built from this ledger (at most one row): it holds all chunks up to `row`, less `gone`
        """CREATE TABLE generation (
            only INTEGER PRIMARY KEY CHECK (only = 1), name TEXT NOT NULL, place TEXT NOT NULL, row INTEGER NOT NULL,
            written INTEGER NOT NULL, version TEXT NOT NULL, files TEXT NOT NULL)""",
        # rows that left the ledger and may still be in the vector store
        "CREATE TABLE gone (row INTEGER PRIMARY KEY)",
        # chunks, in their searchable copies; rowid is the chunk's row
        "CREATE VIRTUAL TABLE words USING fts5(heading, body, tokenize = 'porter unicode61 remove_diacritics 2')",
        # whole documents; the text itself is read from `documents`, so it has to be deleted here before it is there
        """CREATE VIRTUAL TABLE document_words USING fts5(title, text, content = 'documents', content_rowid = 'id',
            tokenize = 'porter unicode61 remove_diacritics 2')""",
    ),
    # whose the documents of a root are; "" is everybody (rag/store/access.py)
    ("ALTER TABLE roots ADD COLUMN owner TEXT NOT NULL DEFAULT ''",),
)


def migrate(db: sqlite3.Connection, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Bring a ledger up to the newest schema, each migration in one transaction of its own.

    Raises IndexMismatch where the ledger is newer than this version.
    """
    for number in range(schema_version(db, migrations), len(migrations)):
        db.execute("BEGIN IMMEDIATE")
        try:
            for statement in migrations[number]:
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {number + 1}")
            db.execute("COMMIT")
        except BaseException:
            db.execute("ROLLBACK")
            raise


def schema_version(db: sqlite3.Connection, migrations: Sequence[Migration] = MIGRATIONS) -> int:
    """How many migrations a ledger has had. Raises IndexMismatch where it has more than this version knows."""
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version > len(migrations):
        raise IndexMismatch(
            f"the index has the schema {version!r}, newer than {len(migrations)!r} of this version: "
            "upgrade rag-assistant, or set RAG_DATA_DIR to another folder and index again"
        )
    return version


def require_newest(db: sqlite3.Connection) -> None:
    """Raise IndexMissing on a ledger that was never filled, IndexMismatch on one that is older or newer than this."""
    version = schema_version(db)
    if version == 0:
        raise IndexMissing("nothing is indexed yet: run `rag index PATH` with your documents first")
    if version < len(MIGRATIONS):
        raise IndexMismatch(f"the index has the older schema {version!r}: run `rag index PATH` once to upgrade it")
