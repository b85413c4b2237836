"""Keyword search: BM25 over chunks and over whole documents, and which documents have a term.

BM25 is that of SQLite (sqlite.org/fts5.html, "The bm25() function"): k1 = 1.2 and b = 0.75.
"""

# ruff: noqa: S608 (the pieces that queries are put together from are constants of this file)

import re
from collections.abc import Iterable, Sequence
from secrets import token_hex
from typing import Any, NamedTuple

from rag.store.sqlite import IN_LIST, Database, json_list, storable
from rag.text.words import all_words_query, any_word_query, near_query, phrase_query

NEAR_WORDS = 8  # between the words of a term that counts as named

SPELLED = 100  # chunks that are looked at to see how a word is spelled


class Spelled(NamedTuple):
    """How many chunks have a word in their text and in title and headings; whether any text has it without capitals."""

    texts: int
    headings: int
    uncapitalised: bool


class KeywordIndex:
    """The word indexes of a ledger.

    `restricted`: the connections of `database` see the documents of one owner only, while the word indexes hold all.
    """

    def __init__(self, database: Database, *, restricted: bool):
        self._db, self._restricted = database, restricted

    def chunks(self, question: str, limit: int, sources: Sequence[str] | None = None) -> list[tuple[int, float]]:
        """The rows of chunks with any word of a question, best first, with their BM25 score (higher is better).

        The title and the headings of a chunk count like its text. `sources`: search these documents only.
        """
        visible = "SELECT 1 FROM chunks WHERE row = words.rowid"
        asked = f"SELECT row FROM chunks WHERE document_id IN (SELECT id FROM documents WHERE source {IN_LIST})"
        return self._ranked("words", visible, asked, question, limit, sources)

    def documents(self, question: str, limit: int, sources: Sequence[str] | None = None) -> list[tuple[str, float]]:
        """The sources of documents with any word of a question, best first, with their BM25 score."""
        visible = "SELECT 1 FROM documents WHERE id = document_words.rowid"
        asked = f"SELECT id FROM documents WHERE source {IN_LIST}"
        ranked = self._ranked("document_words", visible, asked, question, limit, sources)
        query = f"SELECT id, source FROM documents WHERE id {IN_LIST}"
        with self._db.reading() as db:
            by_id = dict(db.execute(query, (json_list([row for row, _ in ranked]),)).fetchall())
        return [(by_id[row], score) for row, score in ranked if row in by_id]

    def documents_with(self, term: str, sources: Sequence[str]) -> set[str]:
        """Which of these documents have all the words of a term anywhere (stemmed, in any order)."""
        if not (expression := all_words_query(term)):
            return set()
        query = f"""SELECT d.source FROM document_words JOIN documents d ON d.id = document_words.rowid
                    WHERE document_words MATCH ? AND d.source {IN_LIST}"""
        with self._db.reading() as db:
            return {source for (source,) in db.execute(query, (expression, json_list(sources)))}

    def documents_naming(self, term: str, sources: Sequence[str], *, near: bool = False) -> set[str]:
        """Which of these documents have the words of a term in a row (stemmed), or `near`: close to each other."""
        if not (expression := _naming(term, near)):
            return set()
        query = f"""SELECT d.source FROM document_words JOIN documents d ON d.id = document_words.rowid
                    WHERE document_words MATCH ? AND d.source {IN_LIST}"""
        with self._db.reading() as db:
            return {source for (source,) in db.execute(query, (expression, json_list(sources)))}

    def place(self, term: str, source: str, *, near: bool = False) -> int | None:
        """Where a document first has a term, as `documents_naming` finds it: an offset of its text, or None."""
        if not (expression := _naming(term, near)):
            return None
        mark = token_hex(8)  # of which no document can know
        query = """SELECT instr(highlight(document_words, 1, ?, ''), ?) FROM document_words
                   JOIN documents d ON d.id = document_words.rowid WHERE document_words MATCH ? AND d.source = ?"""
        with self._db.reading() as db:
            row = db.execute(query, (mark, mark, expression, storable(source))).fetchone()
        return row[0] - 1 if row and row[0] else None

    def any_document_with(self, term: str) -> bool:
        """Whether any document has all the words of a term."""
        if not (expression := all_words_query(term)):
            return False
        query = """SELECT 1 FROM document_words JOIN documents d ON d.id = document_words.rowid
                   WHERE document_words MATCH ? LIMIT 1"""
        with self._db.reading() as db:
            return db.execute(query, (expression,)).fetchone() is not None

    def known(self, terms: Iterable[str]) -> set[str]:
        """Which of these words any document has, in any form (stemmed)."""
        query = """SELECT 1 FROM document_words JOIN documents d ON d.id = document_words.rowid
                   WHERE document_words MATCH ? LIMIT 1"""
        with self._db.reading() as db:
            return {term for term in terms if db.execute(query, (f'"{term}"',)).fetchone()}

    def spelled(self, word: str) -> Spelled:
        """Where a word in lower case is spelled so; of the first SPELLED chunks that have it in any form."""
        query = f"""SELECT heading, body FROM words JOIN chunks c ON c.row = words.rowid
                    WHERE words MATCH ? LIMIT {SPELLED}"""
        exact = re.compile(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", re.IGNORECASE)
        with self._db.reading() as db:
            rows = db.execute(query, (f'"{word}"',)).fetchall()
        bodies = [set(exact.findall(body)) for _, body in rows]
        return Spelled(
            sum(map(bool, bodies)),
            sum(bool(exact.search(heading)) for heading, _ in rows),
            any(word in body for body in bodies),
        )

    def _ranked(
        self, table: str, visible: str, asked: str, question: str, limit: int, sources: Sequence[str] | None
    ) -> list[tuple[int, float]]:
        """Rows of a word index by BM25, best first. `visible`, `asked`: SQL for rows of the owner, of the sources."""
        if not (expression := any_word_query(question)):
            return []
        query = f"SELECT rowid, -bm25({table}) AS score FROM {table} WHERE {table} MATCH ?"
        values: list[Any] = [expression]
        if sources is not None:
            query += f" AND rowid IN ({asked})"
            values.append(json_list(sources))
        elif self._restricted:
            query += f" AND EXISTS ({visible})"
        with self._db.reading() as db:
            return db.execute(f"{query} ORDER BY score DESC, 1 LIMIT ?", (*values, limit)).fetchall()


def _naming(term: str, near: bool) -> str:
    return near_query(term, NEAR_WORDS) if near else phrase_query(term)
