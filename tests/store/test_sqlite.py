"""One SQLite file: transactions are whole, errors are said with the next step, migrations happen once."""

import sqlite3
import threading
from pathlib import Path

import pytest

from rag.errors import IndexMismatch, StorageError
from rag.store.sqlite import IN_LIST, Database, json_list, migrate, schema_version, storable


@pytest.fixture
def database(tmp_path: Path):
    opened = Database(tmp_path / "x.sqlite3", write=True)
    with opened.writing() as db:
        db.execute("CREATE TABLE t (a)")
    yield opened
    opened.close()


def rows(database: Database) -> list[object]:
    with database.reading() as db:
        return [row for (row,) in db.execute("SELECT a FROM t ORDER BY a")]


def test_a_transaction_is_written_whole_or_not_at_all(database: Database) -> None:
    with pytest.raises(ValueError, match="half"), database.writing() as db:
        db.execute("INSERT INTO t VALUES (1)")
        raise ValueError("half way")
    assert rows(database) == []
    with pytest.raises(StorageError, match="no such table"), database.writing() as db:
        db.execute("INSERT INTO t VALUES (1)")
        db.execute("INSERT INTO u VALUES (1)")
    assert rows(database) == []


def test_a_reading_connection_cannot_write(database: Database) -> None:
    reader = Database(database.path, write=False)
    with pytest.raises(StorageError, match="readonly"), reader.reading() as db:
        db.execute("INSERT INTO t VALUES (1)")
    reader.close()


def test_statements_of_one_reading_see_one_commit(database: Database) -> None:
    with database.reading() as db:
        assert db.execute("SELECT count(*) FROM t").fetchone() == (0,)
        writing = threading.Thread(target=lambda: _insert(database, 1))
        writing.start()
        writing.join()
        assert db.execute("SELECT count(*) FROM t").fetchone() == (0,)
    assert rows(database) == [1]


def _insert(database: Database, value: int) -> None:
    with database.writing() as db:
        db.execute("INSERT INTO t VALUES (?)", (value,))


def test_a_list_of_any_length_is_one_parameter(database: Database) -> None:
    with database.writing() as db:
        db.executemany("INSERT INTO t VALUES (?)", [(n,) for n in range(50_000)])
    with database.reading() as db:
        found = db.execute(f"SELECT count(*) FROM t WHERE a {IN_LIST}", (json_list(range(40_000)),)).fetchone()
    assert found == (40_000,)
    assert storable("a\udcff.txt") == "a\\udcff.txt"


def test_a_folder_that_is_missing_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="check that the folder exists"):
        Database(tmp_path / "missing" / "x.sqlite3", write=True)


def test_a_file_that_is_no_database_is_reported(tmp_path: Path) -> None:
    (tmp_path / "x.sqlite3").write_bytes(b"no database at all " * 100)
    with pytest.raises(StorageError, match="damaged"):
        Database(tmp_path / "x.sqlite3", write=True)


def test_migrations_go_on_from_where_a_ledger_is(tmp_path: Path) -> None:
    first = ("CREATE TABLE t (a)", "INSERT INTO t VALUES (1)")
    second = ("ALTER TABLE t ADD COLUMN b DEFAULT 2",)
    broken = ("CREATE TABLE u (a)", "INSERT INTO nowhere VALUES (1)")
    db = sqlite3.connect(tmp_path / "x", isolation_level=None)
    migrate(db, [first])
    migrate(db, [first])
    migrate(db, [first, second])
    assert db.execute("SELECT * FROM t").fetchall() == [(1, 2)]
    with pytest.raises(sqlite3.OperationalError):
        migrate(db, [first, second, broken])
    assert schema_version(db, [first, second]) == 2
    assert db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'u'").fetchone() == (0,)
    db.close()


def test_a_newer_file_is_refused(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "x", isolation_level=None)
    db.execute("PRAGMA user_version = 2")
    with pytest.raises(IndexMismatch, match="upgrade rag-assistant"):
        migrate(db, [("CREATE TABLE t (a)",)])
    db.close()
