"""The words of a ledger: BM25 over chunks and over whole documents, and which documents name something."""

# ruff: noqa: S608 (the pieces that queries are put together from are constants of this file)

from collections.abc import Sequence
from typing import Any

from rag.store import rows
from rag.store.sqlite import Database
from rag.text.words import all_words_query, any_word_query

LISTED = "(SELECT value FROM json_each(?))"
IN_SOURCES = f"document_id IN (SELECT id FROM documents WHERE source IN {LISTED})"


class WordSearch:
    """What `rag.store.ledger.Ledger` finds by words. `partial`: not all that is indexed is there for who asks."""

    def __init__(self, database: Database, partial: bool):
        self._db, self._partial = database, partial

    def keyword_search(
        self, question: str, limit: int, sources: Sequence[str] | None = None
    ) -> list[tuple[int, float]]:
        """The rows of chunks with any word of a question, best first, with their BM25 score (higher is better).

        BM25 is SQLite's own (sqlite.org/fts5.html, "The bm25() function"): k1 = 1.2 and b = 0.75; the title and
        headings of a chunk count like its text.
        """
        there, asked = "SELECT 1 FROM chunks WHERE row = words.rowid", f"SELECT row FROM chunks WHERE {IN_SOURCES}"
        return self._ranked("words", there, asked, question, limit, sources)

    def document_search(
        self, question: str, limit: int, sources: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """The sources of documents with any word of a question anywhere, best first, with their BM25 score."""
        there = "SELECT 1 FROM documents WHERE id = document_words.rowid"
        asked = f"SELECT id FROM documents WHERE source IN {LISTED}"
        found = self._ranked("document_words", there, asked, question, limit, sources)
        query = f"SELECT id, source FROM documents WHERE id IN {LISTED}"
        with self._db.reading() as db:
            source = dict(db.execute(query, (rows.listed([row for row, _ in found]),)).fetchall())
        return [(source[row], score) for row, score in found if row in source]

    def naming(self, term: str, sources: Sequence[str]) -> set[str]:
        """Which of these documents have all the words of a term anywhere (stemmed, in any order)."""
        if not (expression := all_words_query(term)):
            return set()
        query = (
            """SELECT d.source FROM document_words JOIN documents d ON d.id = document_words.rowid
                   WHERE document_words MATCH ? AND d.source IN """
            + LISTED
        )
        with self._db.reading() as db:
            return {source for (source,) in db.execute(query, (expression, rows.listed(sources)))}

    def _ranked(
        self, table: str, there: str, asked: str, question: str, limit: int, sources: Sequence[str] | None
    ) -> list[tuple[int, float]]:
        """Rows of a word index by BM25, best first. `there`: finds a row's text; `asked`: the rows of sources."""
        if not (expression := any_word_query(question)):
            return []
        query = f"SELECT rowid, -bm25({table}) AS score FROM {table} WHERE {table} MATCH ?"
        values: list[Any] = [expression]
        if sources is not None:
            query += f" AND rowid IN ({asked})"
            values.append(rows.listed(sources))
        elif self._partial:  # the word indexes hold everybody's rows
            query += f" AND EXISTS ({there})"
        with self._db.reading() as db:
            return db.execute(f"{query} ORDER BY score DESC, 1 LIMIT ?", (*values, limit)).fetchall()
