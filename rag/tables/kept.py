"""Answers of cells, kept in one SQLite file of the data folder, so that only what changed is asked again."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

from filelock import FileLock

from rag.errors import IndexMismatch, StorageError
from rag.schema import Answer, answer_from_dict
from rag.store.data_folder import has_file, make_data_folder
from rag.store.sqlite import IN_LIST, Database, Migration, json_list, migrate, storable

FILE = "cells.sqlite3"
MIGRATIONS: tuple[Migration, ...] = (
    (
        """CREATE TABLE cells (
            key TEXT PRIMARY KEY, owner TEXT NOT NULL, source TEXT NOT NULL, answer TEXT NOT NULL) WITHOUT ROWID""",
        "CREATE INDEX cells_by_source ON cells (source)",
    ),
)


class KeptCells:
    """The kept cells of a data folder; safe to use from many threads and processes.

    `owner`: the user whose cells they are, "" where all documents are seen. Every method raises StorageError where the
    file cannot be read or written.
    """

    def __init__(self, data_dir: Path, owner: str = ""):
        make_data_folder(data_dir)
        self._owner = owner
        self._db = Database(data_dir / FILE, write=True)
        with FileLock(data_dir / "cells.lock"), self._db.outside_transaction() as db:
            try:
                migrate(db, MIGRATIONS)
            except IndexMismatch:
                raise StorageError(
                    f"the answers of tables in {str(data_dir / FILE)!r} were written by a newer version: "
                    "upgrade rag-assistant, or delete that file"
                ) from None

    def get(self, key: str) -> Answer | None:
        """The answer kept under a key, or None."""
        with self._db.reading() as db:
            row = db.execute("SELECT answer FROM cells WHERE key = ?", (self._own(key),)).fetchone()
        return answer_from_dict(json.loads(row[0])) if row else None

    def put(self, key: str, source: str, answer: Answer) -> None:
        """Keep the answer of a document."""
        values = (self._own(key), self._owner, storable(source), json.dumps(answer.to_dict()))
        with self._db.writing() as db:
            db.execute("INSERT OR REPLACE INTO cells VALUES (?, ?, ?, ?)", values)

    def keep_only(self, sources: Sequence[str]) -> None:
        """Forget the owner's cells of all documents but these, which are in the index."""
        query = f"DELETE FROM cells WHERE owner = ? AND source NOT {IN_LIST}"  # noqa: S608 (a constant)
        with self._db.writing() as db:
            db.execute(query, (self._owner, json_list([storable(source) for source in sources])))

    def close(self) -> None:
        """Close every connection."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _own(self, key: str) -> str:
        return hashlib.sha256(f"{self._owner}\0{key}".encode()).hexdigest()


def lean(answer: Answer) -> Answer:
    """An answer as a cell keeps it: with the passages that it cites, without prompt and reply."""
    cited = [
        p
        for p in answer.passages
        if any(c.source == p.source and p.start < c.end and c.start < p.end for c in answer.citations)
    ]
    trace = replace(answer.trace, prompt=None, reply=None)
    return replace(answer, passages=tuple(cited), trace=trace)


def forget(data_dir: Path, sources: Sequence[str]) -> None:
    """Erase the cells of documents that are removed, whoever asked for them."""
    if not has_file(data_dir, FILE):
        return
    database = Database(data_dir / FILE, write=True)
    try:
        with database.writing() as db:
            query = f"DELETE FROM cells WHERE source {IN_LIST}"  # noqa: S608 (a constant)
            db.execute(query, (json_list([storable(source) for source in sources]),))
        with database.outside_transaction() as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        database.close()
