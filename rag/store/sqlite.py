"""One SQLite file for many reading threads and one writing: connections, transactions, migrations; knows no table.

Write-ahead logging lets other processes read while one writes. Errors of SQLite come out as StorageError.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rag.errors import IndexMismatch, StorageError

BUSY_SECONDS = 30.0
IN_LIST = "IN (SELECT value FROM json_each(?))"
"""SQL for "is one of", with one parameter (`json_list`) for any number of values."""

Migration = tuple[str, ...]
"""The statements that bring a file from one version of its schema to the next; never edited once released."""


class Database:
    """A pool of connections to one file. Raises StorageError where the file cannot be read or written.

    `prepare`: statements that every connection begins with.
    """

    def __init__(self, path: Path, *, write: bool, prepare: Sequence[str] = ()):
        self.path = path
        self._write, self._prepare = write, prepare
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._closed = False
        with self.reading():  # a file that is no database fails here, not at the first question
            pass

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection inside one read transaction: all statements see the same commit."""
        with self._connection() as db:
            db.execute("BEGIN")
            try:
                yield db
            finally:
                db.rollback()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection inside one write transaction, committed at the end and rolled back on any exception."""
        with self._connection() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:  # SQLite has rolled back by itself when the disk is full
                    db.rollback()
                raise

    @contextmanager
    def outside_transaction(self) -> Iterator[sqlite3.Connection]:
        """A connection in no transaction, for pragmas and migrations."""
        with self._connection() as db:
            yield db

    def close(self) -> None:
        """Close the idle connections; one in use is closed when it is given back."""
        with self._lock:
            idle, self._idle, self._closed = self._idle, [], True
        for db in idle:
            db.close()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with self._storage_errors():
            with self._lock:
                db = self._idle.pop() if self._idle else None
            db = db or self._connect()
            try:
                yield db
            except sqlite3.Error:
                db.close()
                raise
            except BaseException:
                self._give_back(db)
                raise
            self._give_back(db)

    def _give_back(self, db: sqlite3.Connection) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(db)
                return
        db.close()

    def _connect(self) -> sqlite3.Connection:
        mode = "rwc" if self._write else "rw"
        uri = f"{self.path.absolute().as_uri()}?mode={mode}"
        db = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            db.execute("PRAGMA foreign_keys = ON")
            if self._write:
                db.execute("PRAGMA journal_mode = WAL")
                # FULL: after a power failure the vector store must not hold more than the ledger
                db.execute("PRAGMA synchronous = FULL")
                db.execute("PRAGMA secure_delete = ON")  # deleted content is overwritten
            for statement in self._prepare:
                db.execute(statement)
            if not self._write:
                db.execute("PRAGMA query_only = ON")
        except BaseException:
            db.close()
            raise
        return db

    @contextmanager
    def _storage_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StorageError(f"{str(self.path)!r}: {error}; {_next_step(error)}") from error


def migrate(db: sqlite3.Connection, migrations: Sequence[Migration]) -> None:
    """Bring a file up to the newest schema, each migration in a transaction of its own. Errors as `schema_version`."""
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


def schema_version(db: sqlite3.Connection, migrations: Sequence[Migration]) -> int:
    """How many migrations a file has had. Raises IndexMismatch where it has more than this version knows."""
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version > len(migrations):
        raise IndexMismatch(
            f"the index has the schema {version!r}, newer than {len(migrations)!r} of this version: "
            "upgrade rag-assistant, or set RAG_DATA_DIR to another folder and index again"
        )
    return version


def json_list(values: Sequence[int] | Sequence[str]) -> str:
    """The parameter of IN_LIST."""
    return json.dumps([value if isinstance(value, str) else int(value) for value in values])


def storable(name: str) -> str:
    """A name that SQLite accepts: bytes of a file name that are not UTF-8 are escaped."""
    return name.encode("utf-8", "backslashreplace").decode()


def _next_step(error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", None)
    if code == sqlite3.SQLITE_FULL:
        return "make room on the disk and run `rag index` again; what was finished is kept"
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return "the file is damaged: restore it from a backup, or delete it and run `rag index` again"
    return "check that the folder exists and may be written, then try again"
