"""Fill a table cell by cell: kept answers are taken up, all others are asked for and kept at once."""

import hashlib
import json
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace

from rag.errors import ConfigError, SourceMissing
from rag.schema import Answer
from rag.store.records import DocumentInfo
from rag.tables.kept import KeptCells, lean
from rag.tables.values import Cell, Row, Table

REMOVED = "the document was removed while the table was being filled"


@dataclass(frozen=True, slots=True)
class CellAnswerer:
    """What answers cells. `ask`: (question, source) -> Answer; `is_current`: whether its citations still hold.

    `recipe`: all else that decides an answer: the program's version, encoder, settings and model.
    """

    ask: Callable[[str, str], Answer]
    is_current: Callable[[Answer], bool]
    recipe: tuple[str, ...]


def questions_of(questions: Sequence[str], most: int) -> tuple[str, ...]:
    """The questions of a table, each once. Raises ConfigError on none, an empty one, and one of over `most` characters.

    What is wrong is said before the first document is read.
    """
    stripped = tuple(dict.fromkeys(question.strip() for question in questions))
    if not stripped or "" in stripped:
        raise ConfigError("a question of the table is empty; give at least one question, and write out each")
    if longest := next((question for question in stripped if len(question) > most), ""):
        raise ConfigError(f"a question of the table has {len(longest)!r} characters; ask it in at most {most}")
    return stripped


def fill(
    questions: Sequence[str],
    documents: Sequence[DocumentInfo],
    within: Sequence[str] | None,
    answerer: CellAnswerer,
    kept: KeptCells,
    notes: Sequence[str] = (),
    *,
    fresh: bool = False,
) -> Generator[Table]:
    """Yield the table before the first cell, and after each; documents one after the other.

    `documents`: all that there are; `within`: those to ask, in this order, None for all. Closing it early loses
    nothing: what has an answer is kept. `fresh`: kept answers are asked for again.
    """
    by_source = {document.source: document for document in documents}
    kept.keep_only(list(by_source))
    chosen = [by_source[source] for source in dict.fromkeys(by_source if within is None else within)]
    rows = [Row(d.source, d.title, d.date, (Cell(),) * len(questions)) for d in chosen]
    table = Table(tuple(questions), tuple(rows), notes=tuple(notes))
    yield table
    for at, document in enumerate(chosen):
        for column, question in enumerate(questions):
            answer = _answer(question, document, answerer, kept, fresh=fresh)
            cells = list(rows[at].cells)
            cells[column] = Cell(answer)
            rows[at] = replace(rows[at], cells=tuple(cells))
            table = replace(table, rows=tuple(rows), done=table.done + 1)
            yield table


def _answer(question: str, document: DocumentInfo, answerer: CellAnswerer, kept: KeptCells, *, fresh: bool) -> Answer:
    """The kept answer of a cell where it is still current, else a new one, which is kept unless it failed."""
    key = _key(question, document, answerer.recipe)
    found = None if fresh else kept.get(key)
    if found and answerer.is_current(found):
        return found
    try:
        answer = lean(answerer.ask(question, document.source))
    except SourceMissing:
        answer = Answer(question, question, "", None, "failed", 0.0, error=REMOVED)
    if answer.status != "failed":
        kept.put(key, document.source, answer)
    return answer


def _key(question: str, document: DocumentInfo, recipe: Sequence[str]) -> str:
    """What an answer depends on; the other documents, which only weigh words, do not count."""
    values = [*recipe, document.source, document.title, document.digest, document.file.recipe, question]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()
