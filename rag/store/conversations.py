"""Conversations in one SQLite file on this machine; every query names their owner.

A turn is stored with its whole Answer, so that its citations can be opened later. Deleted content is overwritten.
"""

import json
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import Connection
from typing import Self

from filelock import FileLock

from rag.errors import ConversationMissing, IndexMismatch, StorageError
from rag.schema import Answer, answer_from_dict
from rag.store.data_folder import make_data_folder
from rag.store.sqlite import Database, Migration, migrate, storable
from rag.text.normalize import searchable, strip_controls

FILE = "conversations.sqlite3"
TITLE_CHARACTERS = 70
MAX_SEARCH_WORDS = 16

MIGRATIONS: tuple[Migration, ...] = (
    (
        """CREATE TABLE conversations (
            id TEXT PRIMARY KEY, owner TEXT NOT NULL, title TEXT NOT NULL, updated TEXT NOT NULL) WITHOUT ROWID""",
        "CREATE INDEX conversations_by_owner ON conversations (owner, updated)",
        """CREATE TABLE turns (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
            number INTEGER NOT NULL, at TEXT NOT NULL, answer TEXT NOT NULL, UNIQUE (conversation, number))""",
        # rowid is the id of the turn; not stemmed, because searches match the beginnings of words
        "CREATE VIRTUAL TABLE turn_words USING fts5(question, text, tokenize = 'unicode61 remove_diacritics 2')",
    ),
    ("ALTER TABLE turns ADD COLUMN verdict TEXT NOT NULL DEFAULT ''",),
)


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """A question and its answer. `number` counts from 1; `at`: ISO time in UTC; `rating`: of the user, "" for none."""

    number: int
    at: str
    answer: Answer
    rating: str = ""


@dataclass(frozen=True, slots=True)
class ConversationInfo:
    """A conversation in a list. `updated`: ISO time in UTC; `turns`: how many it has."""

    id: str
    title: str
    updated: str
    turns: int


class Conversations:
    """The conversations of a data folder; safe to use from many threads and processes.

    `owner` is a user's name, "" where there are no users. Every method raises ConversationMissing on a conversation
    that is not there or not the owner's, and StorageError where the file cannot be read or written.
    """

    def __init__(self, data_dir: Path):
        make_data_folder(data_dir)
        self._db = Database(data_dir / FILE, write=True)
        with FileLock(data_dir / "conversations.lock"), self._db.outside_transaction() as db:
            try:
                migrate(db, MIGRATIONS)
            except IndexMismatch:
                raise StorageError(
                    f"the conversations in {str(data_dir / FILE)!r} were written by a newer version: "
                    "upgrade rag-assistant, or set RAG_DATA_DIR to another folder"
                ) from None

    def create(self, owner: str) -> str:
        """Start a conversation; returns its id."""
        conversation = secrets.token_hex(16)
        with self._db.writing() as db:
            db.execute("INSERT INTO conversations VALUES (?, ?, '', ?)", (conversation, owner, _now()))
        return conversation

    def append(self, conversation: str, owner: str, answer: Answer) -> int:
        """Add a turn and return its number; the first question is the title of the conversation."""
        with self._db.writing() as db:
            _require(db, conversation, owner)
            last = db.execute("SELECT max(number) FROM turns WHERE conversation = ?", (conversation,)).fetchone()[0]
            return _insert(db, conversation, (last or 0) + 1, answer)

    def replace_last(self, conversation: str, owner: str, answer: Answer) -> int:
        """Replace the last turn, as after a retry or an edited question; returns its number."""
        with self._db.writing() as db:
            _require(db, conversation, owner)
            query = """SELECT id, number, json_extract(answer, '$.question') FROM turns WHERE conversation = ?
                       ORDER BY number DESC LIMIT 1"""
            turn, number, question = db.execute(query, (conversation,)).fetchone() or (None, 1, "")
            db.execute("DELETE FROM turn_words WHERE rowid = ?", (turn,))
            db.execute("DELETE FROM turns WHERE id = ?", (turn,))
            return _insert(db, conversation, number, answer, former=_title(question))

    def turns(self, conversation: str, owner: str) -> list[StoredTurn]:
        """Every turn, in order."""
        with self._db.reading() as db:
            _require(db, conversation, owner)
            query = "SELECT number, at, answer, verdict FROM turns WHERE conversation = ? ORDER BY number"
            rows = db.execute(query, (conversation,)).fetchall()
        return [
            StoredTurn(number, at, answer_from_dict(json.loads(answer)), rating) for number, at, answer, rating in rows
        ]

    def rate(self, conversation: str, owner: str, number: int, rating: str) -> None:
        """Store the rating of a turn; it is lost when the turn is replaced."""
        with self._db.writing() as db:
            _require(db, conversation, owner)
            query = "UPDATE turns SET verdict = ? WHERE conversation = ? AND number = ?"
            db.execute(query, (rating, conversation, number))

    def find(self, owner: str, search: str = "") -> list[ConversationInfo]:
        """The conversations of an owner that have turns, the newest first.

        `search`: only those with every one of these words, or words that begin so, in one question and its answer, or
        with all of it in the title.
        """
        query = """SELECT c.id, c.title, c.updated, count(*) FROM conversations c JOIN turns t ON t.conversation = c.id
                   WHERE c.owner = ?"""
        values = [owner]
        if search.strip():
            words = re.findall(r"[^\W_]+", searchable(search))[:MAX_SEARCH_WORDS]
            query += """ AND (instr(lower(c.title), lower(?)) OR c.id IN (SELECT conversation FROM turns
                         WHERE id IN (SELECT rowid FROM turn_words WHERE turn_words MATCH ?)))"""
            values += [storable(search.strip()), " AND ".join(f'"{word}" *' for word in words) or '""']
        with self._db.reading() as db:
            rows = db.execute(f"{query} GROUP BY c.id ORDER BY c.updated DESC, c.id", values)
            return [ConversationInfo(*row) for row in rows]

    def title(self, conversation: str, owner: str) -> str:
        """The title of a conversation, "" before its first turn."""
        with self._db.reading() as db:
            return _require(db, conversation, owner)

    def rename(self, conversation: str, owner: str, title: str) -> None:
        """Change the title of a conversation; an empty one changes nothing."""
        if not (title := _title(title)):
            return
        with self._db.writing() as db:
            _require(db, conversation, owner)
            db.execute("UPDATE conversations SET title = ? WHERE id = ? AND owner = ?", (title, conversation, owner))

    def delete(self, conversation: str, owner: str) -> None:
        """Delete a conversation, with its traces in the word index and in the write-ahead log."""
        with self._db.writing() as db:
            _require(db, conversation, owner)
            words = "DELETE FROM turn_words WHERE rowid IN (SELECT id FROM turns WHERE conversation = ?)"
            db.execute(words, (conversation,))
            db.execute("DELETE FROM conversations WHERE id = ? AND owner = ?", (conversation, owner))
            db.execute("INSERT INTO turn_words (turn_words) VALUES ('optimize')")
        with self._db.outside_transaction() as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Close every connection."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _require(db: Connection, conversation: str, owner: str) -> str:
    """The title of a conversation of this owner."""
    query = "SELECT title FROM conversations WHERE id = ? AND owner = ?"
    row = db.execute(query, (storable(conversation), owner)).fetchone()
    if row is None:
        raise ConversationMissing(f"there is no conversation {conversation!r} any more: begin a new one")
    return str(row[0])


def _insert(db: Connection, conversation: str, number: int, answer: Answer, former: str = "") -> int:
    """Add a turn. The first question is the title until the user changes it; `former`: that of the turn replaced."""
    cursor = db.execute(
        "INSERT INTO turns (conversation, number, at, answer) VALUES (?, ?, ?, ?)",
        (conversation, number, _now(), json.dumps(answer.to_dict())),
    )
    db.execute(
        "INSERT INTO turn_words (rowid, question, text) VALUES (?, ?, ?)",
        (cursor.lastrowid, searchable(answer.question), searchable(answer.text)),
    )
    db.execute(
        """UPDATE conversations SET updated = ?, title = CASE WHEN ? = 1 AND title IN ('', ?) THEN ? ELSE title END
           WHERE id = ?""",
        (_now(), number, former, _title(answer.question), conversation),
    )
    return number


def _title(question: str) -> str:
    """A question in one line of at most TITLE_CHARACTERS, cut between words where possible."""
    line = " ".join(strip_controls(question).split())
    if len(line) <= TITLE_CHARACTERS:
        return line
    head = line[:TITLE_CHARACTERS]
    return (head.rpartition(" ")[0] or head[:-1]).rstrip(" ,;:.-") + "…"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
